import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import { DeviceClient } from "../device-client";
import { makeFile } from "./model-files";
import { freePort } from "./ports";

const devices = 32;
const duration = 5_000;
const infer = "/v2/models/gesture/infer";

let fleet: Fleet;
let port: number;
let ended = "";

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	port = await freePort();
	// With the device's slots the heap is as tight as the device's.
	const build = (await compiles32Bit()) ? "release32" : "release";
	fleet = await Fleet.start({ build, port, wearables: [] });
	fleet.simulator.on("exit", ({ cause, stack }) => {
		ended = `${cause}${stack}`;
	});
});

afterAll(() => fleet?.close());

/** Sends one request on a connection of its own; the status, or what else became of it. */
function send(head: string, body: Buffer): Promise<string> {
	return new Promise((resolve) => {
		let answer = "";
		const socket = connect(port, "127.0.0.1");
		const deadline = setTimeout(() => socket.destroy(), 10_000);
		socket.on("data", (data) => {
			answer += data.toString("latin1");
			if (answer.includes("\r\n\r\n")) socket.destroy();
		});
		socket.on("error", () => {});
		socket.on("close", () => {
			clearTimeout(deadline);
			resolve(answer.slice(9, 12) || "nothing");
		});
		socket.write(`${head} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n`);
		socket.write(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
		socket.write(body);
	});
}

/** One model after the other takes the place of the one before; gives how many have. */
async function replaceModels(end: number): Promise<number> {
	const gateway = new Gateway({ address: new URL(fleet.address), token: fleet.token });
	let count = 0;
	for (; Date.now() < end && !ended; count++) {
		const version = `1.0.${count + 1}`;
		const content = await makeFile({ version, seed: count });
		await uploadModel({ gateway, name: "gesture", version, content, sleep, onProgress() {}, onRetry() {} });
		await gateway.request("POST", "/v2/repository/models/gesture/load", { parameters: { version } });
		for (const model of (await gateway.stock()).models)
			if ("stored" === model.role && !model.factory)
				await gateway.request("DELETE", `/v2/repository/models/gesture/versions/${model.version}/content`);
	}
	return count;
}

it("the gateway lives through the largest bodies from all sides, with 32 devices and viewers that do not read", async () => {
	const operator = `HTTP/1.1\r\nAuthorization: Bearer ${fleet.token}\r\nX-Filler:`;
	await fleet.client.openPairing();
	for (let i = 1; i <= devices; i++) {
		const device = new DeviceClient({ id: `d-${i}`, address: fleet.address });
		await device.join(() => fleet.client.accept(device.id));
		expect((await device.infer(Buffer.alloc(1428, i), 1)).status).toBe(200);
		device.close();
	}
	const viewers = [1, 2, 3].map(() => {
		const viewer = connect(port, "127.0.0.1");
		viewer.on("error", () => {});
		viewer.write(`GET /api/v1/events ${operator} x\r\nHost: 127.0.0.1\r\n\r\n`);
		return viewer.pause();
	});
	const { inputs } = (await fleet.client.request("GET", "/v2/models/gesture")) as { inputs: object[] };
	const window = { ...inputs[0], data: Array(714).fill(-12345) };
	// Names in nested objects, and fields, of which as many as can be come before the end is seen.
	const members = Array.from({ length: 30 }, (_, i) => `"${i}-of-many":1,`).join("");
	const names = `{${members}"n":`.repeat(16);
	const fields = Array.from({ length: 24 }, (_, i) => `Unread-${i}: ${"v".repeat(40)}\r\n`).join("");
	const requests: [string, Buffer, readonly string[]][] = [
		[`POST ${infer}`, Buffer.alloc(9_620, "["), ["401"]],
		[`POST ${infer}`, Buffer.alloc(16_384, "["), ["413"]],
		[`POST ${infer} ${operator}`, Buffer.alloc(8_000, "["), ["400"]],
		[`POST ${infer} ${operator}`, Buffer.alloc(9_620, "["), ["413"]],
		[`POST ${infer} ${operator}`, Buffer.from(names), ["400"]],
		[`POST ${infer} ${operator}`, Buffer.from(`{"x":"${"\\u00e9".repeat(1_300)}"}`), ["400"]],
		[`POST ${infer} ${operator}`, Buffer.from(JSON.stringify({ inputs: [window] })), ["200"]],
		[`GET /v2 HTTP/1.1\r\n${fields}X-Filler:`, Buffer.alloc(0), ["200"]],
		["POST /api/v1/join", Buffer.alloc(1_024, '"'), ["400"]],
		[`GET /api/v1/devices ${operator}`, Buffer.alloc(0), ["200"]],
		["GET /app.js", Buffer.alloc(0), ["200"]],
		[`GET /api/v1/models ${operator}`, Buffer.alloc(0), ["200"]],
		[`POST /v2/repository/index ${operator}`, Buffer.from("{}"), ["200"]],
		[`POST /v2/repository/models/gesture/load ${operator}`, Buffer.alloc(512, "["), ["400"]],
		[`PUT /v2/repository/models/gesture/versions/9/content ${operator}`, Buffer.alloc(40_000), ["415"]],
	];
	const wrong: string[] = [];
	let sent = 0;
	const end = Date.now() + duration;
	const replacing = replaceModels(end);
	await Promise.all(
		Array.from({ length: 10 }, async () => {
			while (Date.now() < end && !ended) {
				const [head, body, expected] = requests[sent++ % requests.length]!;
				const status = await send(head, body);
				// 503: the memory for bodies is taken.
				if (!expected.includes(status) && "503" !== status) wrong.push(`${head.slice(0, 40)}: ${status}`);
			}
		}),
	);
	const replaced = await replacing;
	for (const viewer of viewers) viewer.destroy();
	expect(ended).toBe("");
	expect(replaced).toBeGreaterThan(0);
	expect(wrong).toEqual([]);
	expect(sent).toBeGreaterThan(100);
	expect((await fetch(`${fleet.address}/v2/health/ready`)).status).toBe(200);
}, 60_000);
