/** Models that are sound and meant to exhaust the gateway: refused with figures, and it serves on. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway, RefusedError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import { text } from "../native/flatbuffer";
import { codes, type ModelDescription, types } from "../native/model";
import { makeFile, scoresLength, windowLength } from "./model-files";
import { freePort } from "./ports";

let fleet: Fleet;
let gateway: Gateway;
let ended = "";
let latest = 0;

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	// With the device's slots the heap is as tight as the device's.
	const build = (await compiles32Bit()) ? "release32" : "release";
	fleet = await Fleet.start({ build, port: await freePort(), wearables: [] });
	fleet.simulator.on("exit", ({ cause, stack }) => {
		ended = `${cause}${stack}`;
	});
	gateway = new Gateway({ address: new URL(fleet.address), token: fleet.token });
});

afterAll(() => fleet?.close());

/** Uploads and loads; the refusal. */
async function refusal(change: (model: ModelDescription) => ModelDescription): Promise<RefusedError["problem"]> {
	const version = `2.0.${++latest}`;
	const content = await makeFile({ version, seed: latest, change });
	const sleep = () => wait(50);
	await uploadModel({ gateway, name: "gesture", version, content, sleep, onProgress() {}, onRetry() {} });
	const path = "/v2/repository/models/gesture";
	const error = await gateway.request("POST", `${path}/load`, { parameters: { version } }).then(
		() => new Error("was not refused"),
		(error: unknown) => error,
	);
	expect(ended).toBe("");
	if (!(error instanceof RefusedError)) throw error;
	await gateway.request("DELETE", `${path}/versions/${version}/content`);
	return error.problem;
}

/** Further inputs of one byte. */
const inputs = (count: number) => (model: ModelDescription) => {
	const name = text("n".repeat(1000));
	const more = Array.from({ length: count }, () => ({ type: types.INT8, shape: [1], scale: 1, fields: { 3: name } }));
	return {
		...model,
		tensors: [...model.tensors, ...more],
		inputs: [...model.inputs, ...more.map((_, i) => model.tensors.length + i)],
	};
};

/** A second output of so many floats whose decimal forms are long. */
const output = (elements: number) => (model: ModelDescription) => {
	const last = model.tensors.length;
	const shape = [1, elements / 3, 3];
	const { TMLAAS_CARD: card, TMLAAS_GOLDEN: golden } = model.metadata!;
	return {
		...model,
		tensors: [
			...model.tensors,
			{ type: types.INT32, shape: [3], data: Int32Array.from(shape) },
			{ type: types.FLOAT32, shape },
			{ type: types.FLOAT32, shape, fields: { 3: text("many") } },
		],
		operators: [
			...model.operators,
			{ code: codes.BROADCAST_TO, inputs: [8, last], outputs: [last + 1] },
			{ code: codes.EXP, inputs: [last + 1], outputs: [last + 2] },
		],
		outputs: [...model.outputs, last + 2],
		metadata: { TMLAAS_CARD: unlabelled(card!), TMLAAS_GOLDEN: widen(golden!, elements) },
	};
};

/** A classifier has one output. */
const unlabelled = (card: Uint8Array) =>
	Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(card).toString()), labels: [] }));

/** The golden rows with a second output. */
function widen(golden: Uint8Array, elements: number): Buffer {
	const parts: Uint8Array[] = [golden.subarray(0, 4)];
	for (let at = 4; at < golden.length; at += windowLength + scoresLength) {
		const row = Uint8Array.from(golden.subarray(at, at + windowLength + scoresLength));
		const scores = new Float32Array(row.slice(windowLength).buffer);
		const more = Float32Array.from({ length: elements }, (_, i) => Math.exp(scores[i % 3]!));
		parts.push(row, new Uint8Array(more.buffer));
	}
	return Buffer.concat(parts);
}

it.each([8, 400])("%i more inputs: 422", async (count) => {
	expect(await refusal(inputs(count))).toMatchObject({ status: 422, code: "engine", engine: 207, serving: "1.0.0" });
});

it.each([255, 3000])("%i more floats of output: 507", async (count) => {
	expect(await refusal(output(count))).toMatchObject({ status: 507, code: "memory", output: 12 + 4 * count });
});

it("101 golden rows: 422 before any has run", async () => {
	const problem = await refusal((model) => {
		const rows = Buffer.alloc(4 + 101 * 1440);
		rows.writeUInt32LE(101);
		return { ...model, metadata: { ...model.metadata, TMLAAS_GOLDEN: rows } };
	});
	expect(problem).toMatchObject({ status: 422, code: "golden", golden: { rows: 101, maximum: 100 } });
});

it("as many bytes of output as there may be: served as binary data, and refused as JSON", async () => {
	// Another name: devices' windows are not its input.
	const version = "1";
	const path = "/v2/repository/models/wide";
	const content = await makeFile({ name: "wide", version, seed: 1, change: (model) => output(252)(model) });
	const sleep = () => wait(50);
	await uploadModel({ gateway, name: "wide", version, content, sleep, onProgress() {}, onRetry() {} });
	await gateway.request("POST", `${path}/load`, { parameters: { version } });
	const data = new Array(714).fill(7);
	const ask = (parameters: object) => {
		const inputs = [{ name: "input", datatype: "INT16", shape: [1, 119, 6], data }];
		const text = JSON.stringify({ inputs, parameters });
		return gateway.exchange({
			method: "POST",
			path: "/v2/models/wide/infer",
			headers: { "content-type": "application/json", "content-length": text.length },
			send: (outgoing) => outgoing.end(text),
		});
	};
	for (let i = 0; i < 10; i++) {
		const answers = await Promise.all([{}, { binary_data_output: true }, {}, { binary_data_output: true }].map(ask));
		expect(answers.map(({ status }) => status)).toEqual([400, 200, 400, 200]);
	}
	expect(ended).toBe("");
	await gateway.request("POST", `${path}/unload`, {});
});
