/** Models follow one another, good ones and bad, while wearables and others send windows. */
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway, RefusedError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import type { Report } from "../../tools/simulator/simulator";
import { Feed } from "./feed";
import { changes, makeFile, makeWindow, runWindows, scoresLength } from "./model-files";
import { freePort } from "./ports";

/** How many models are tried; `SWAPS` in the environment asks for more or fewer. */
const swaps = Number(process.env.SWAPS ?? 100);
const wearables = 8;

let fleet: Fleet;
let broker: Broker;
let gateway: Gateway;
let ended = "";
const logs: string[] = [];
const published: { id: string; device: string; window: number; version: string }[] = [];

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	broker = await Broker.start([0]);
	broker.onPublish((topic, payload) => {
		if (topic.endsWith("/result")) published.push(JSON.parse(payload.toString()));
	});
	fleet = await Fleet.start({
		build: (await compiles32Bit()) ? "release32" : "release",
		speed: 6,
		port: await freePort(),
		broker: broker.address,
		wearables: Array.from({ length: wearables }, (_, index) => ({
			id: `wearable-${index + 1}`,
			name: `Wearable ${index + 1}`,
			motion: { source: "gestures", kinds: ["left", "right", "other"], pause: 0.5 } as const,
		})),
	});
	fleet.simulator.on("exit", ({ machine, cause, stack }) => {
		ended += `${machine}: ${cause}${stack}`;
	});
	fleet.simulator.on("log", ({ machine, text }) => logs.push(`${machine} ${text}`));
	gateway = new Gateway({ address: new URL(fleet.address), token: fleet.token });
	await fleet.admit();
});

afterAll(async () => {
	await fleet?.close();
	await broker?.close();
});

/** What a gateway answered, and to which window. */
interface Answered {
	readonly version: string;
	readonly window: Buffer;
	readonly scores: Buffer;
}

/** Sends one window after the other as raw binary requests, and never one again. */
async function stream(client: number, answers: Answered[], signal: AbortSignal): Promise<void> {
	for (let number = 0; !signal.aborted; number++) {
		const window = makeWindow(1000 * client + (number % 97));
		const response = await fetch(`${fleet.address}/v2/models/gesture/infer`, {
			method: "POST",
			headers: {
				authorization: `Bearer ${fleet.token}`,
				"content-type": "application/octet-stream",
				"inference-header-content-length": "0",
				connection: "close",
			},
			body: new Uint8Array(window),
		});
		const body = Buffer.from(await response.arrayBuffer());
		expect([response.status, 200 === response.status ? "" : body.toString()]).toEqual([200, ""]);
		const length = Number(response.headers.get("inference-header-content-length"));
		const { model_version: version } = JSON.parse(body.subarray(0, length).toString());
		answers.push({ version, window, scores: body.subarray(length) });
		await wait(5);
	}
}

/** Uploads and loads; gives the code with which it was refused. */
async function deploy(version: string, content: Uint8Array): Promise<string> {
	try {
		await uploadModel({
			gateway,
			name: "gesture",
			version,
			content,
			onProgress: () => {},
			onRetry: () => {},
			sleep: async () => {
				throw new Error("an upload was interrupted");
			},
		});
		await gateway.request("POST", "/v2/repository/models/gesture/load", { parameters: { version } });
		return "";
	} catch (error) {
		if (error instanceof RefusedError && undefined !== error.problem.code) return error.problem.code;
		throw error;
	}
}

/** Sends the file as what it is not. */
async function sendDamaged(version: string, content: Uint8Array): Promise<string> {
	const reply = await gateway.exchange({
		method: "PUT",
		path: `/v2/repository/models/gesture/versions/${version}/content`,
		headers: {
			"content-type": "application/octet-stream",
			"content-length": content.length,
			"repr-digest": `sha-256=:${Buffer.alloc(32, 7).toString("base64")}:`,
		},
		send: (request) => request.end(content),
	});
	return JSON.parse(reply.text).code;
}

/** What may come: its name, the code with which it is refused, and how it is made and sent. */
const kinds: readonly (readonly [string, string, (version: string, seed: number) => Promise<string>])[] = [
	["an operator that is not there", "engine", async (v, seed) => deploy(v, await broken(v, seed, "unsupported"))],
	[
		"a file cut short",
		"engine",
		async (v, seed) => deploy(v, (await makeFile({ version: v, seed })).subarray(0, 64 * (1 + (seed % 100)))),
	],
	["tensors beyond all memory", "memory", async (v, seed) => deploy(v, await broken(v, seed, "large"))],
	["golden rows that do not come out", "golden", async (v, seed) => deploy(v, await broken(v, seed, "golden"))],
	["a tensor that is not there", "engine", async (v, seed) => deploy(v, await broken(v, seed, "index"))],
	["another input", "interface", async (v, seed) => deploy(v, await broken(v, seed, "interface"))],
	["another hash", "hash", async (v, seed) => sendDamaged(v, await makeFile({ version: v, seed }))],
	["a file larger than the store", "size", async (v) => deploy(v, new Uint8Array(600_000))],
];

const broken = (version: string, seed: number, change: keyof typeof changes) =>
	makeFile({ version, seed, change: changes[change] });

/** What is in use is garbage too: the least of some reports is nearest to what stays. */
const least = (reports: readonly Report[], use: (report: Report) => number) => Math.min(...reports.map(use));
const slots = (report: Report) => report.slots.current;
const heap = (report: Report) => report.slots.current + report.chunks.current;
const native = (report: Report) => report.native.current;

it(`${swaps} models, good and bad, while ${wearables} wearables and another client stream`, async () => {
	const files = new Map<string, Uint8Array>([
		["1.0.0", await readFile(new URL("../../models/gesture.tflite", import.meta.url))],
	]);
	const answers: Answered[] = [];
	const stop = new AbortController();
	const feed = await Feed.open(fleet.address, fleet.token);
	const streaming = stream(1, answers, stop.signal);
	let failed: unknown;
	streaming.catch((error: unknown) => {
		failed = error;
	});
	let live = "1.0.0";
	const reports: Report[] = [];
	const refused: Record<string, number> = {};
	for (let swap = 1; swap <= swaps && !ended && !failed; swap++) {
		const version = `1.0.${swap}`;
		// Every other one is good.
		const kind = swap % 2 ? undefined : kinds[(swap / 2 - 1) % kinds.length]!;
		if (undefined === kind) {
			const file = await makeFile({ version, seed: swap });
			files.set(version, file);
			expect(await deploy(version, file)).toBe("");
			live = version;
		} else {
			const [what, code, send] = kind;
			expect([what, await send(version, swap)]).toEqual([what, code]);
			refused[what] = 1 + (refused[what] ?? 0);
		}
		const { models } = await gateway.stock();
		expect(models.find(({ role }) => "live" === role)?.version).toBe(live);
		for (const model of models)
			if (!model.factory && "stored" === model.role)
				await gateway.request("DELETE", `/v2/repository/models/gesture/versions/${model.version}/content`);
		// The windows that come in between are answered by the one that serves.
		const count = answers.length;
		await expect.poll(() => failed ?? answers.length > count, { timeout: 10_000, interval: 5 }).toBeTruthy();
		reports.push(await fleet.simulator.report("gateway"));
	}
	stop.abort();
	await streaming;
	expect(ended).toBe("");

	// Each answer is what the engine makes of the window with the file of the version that the answer names.
	const results = feed.of("result").map(({ data }) => data);
	feed.close();
	let compared = 0;
	for (const [version, file] of files) {
		const own = answers.filter((answer) => version === answer.version);
		const seen = results.filter((result) => version === result.version);
		const windows = [...own.map(({ window }) => window), ...seen.map(({ window }) => Buffer.from(window, "base64"))];
		if (0 === windows.length) continue;
		const expected = await runWindows(file, windows);
		for (const [i, { scores }] of own.entries()) expect(Buffer.compare(scores, expected[i]!)).toBe(0);
		for (const [i, { probabilities }] of seen.entries())
			expect(probabilities).toEqual(
				Array.from({ length: scoresLength / 4 }, (_, k) => Buffer.from(expected[own.length + i]!).readFloatLE(4 * k)),
			);
		compared += windows.length;
	}
	expect(compared).toBe(answers.length + results.length);
	expect(new Set(answers.map(({ version }) => version)).size).toBeGreaterThan(swaps / 2);

	// No wearable had to send a window again, and none was lost on the way to the cloud.
	const expected =
		/^wearable-\d+ (TMLaaS wearable |network \w+: on line as |joined$|asks to join, |window \d+: (left|right|other) )/;
	expect(logs.filter((line) => line.startsWith("wearable") && !expected.test(line))).toEqual([]);
	const last = new Map<string, number>();
	for (const line of logs) {
		const match = /^(wearable-\d+) window (\d+): /.exec(line);
		if (match) last.set(match[1]!, Number(match[2]));
	}
	expect(last.size).toBe(wearables);
	const lost = () => {
		const ids = new Set(published.map(({ id }) => id));
		return [...last].flatMap(([device, count]) =>
			Array.from({ length: count }, (_, i) => `${device}:${i + 1}`).filter((id) => !ids.has(id)),
		);
	};
	await expect.poll(lost, { timeout: 20_000, interval: 200 }).toEqual([]);

	const half = Math.ceil(swaps / 2);
	const [first, second] = [reports.slice(0, half), reports.slice(half)];
	console.log(
		`${swaps} swaps: ${files.size - 1} served, refused ${JSON.stringify(refused)}; ${answers.length} answers to the other` +
			` client, ${published.length} windows of wearables, ${compared} compared; in use at least ${least(first, heap)} B in the` +
			` first half and ${least(second, heap)} B in the second (slots ${least(first, slots)} and ${least(second, slots)}),` +
			` of native memory ${least(first, native)} and ${least(second, native)} B`,
	);
	expect(least(second, slots)).toBeLessThanOrEqual(1.03 * least(first, slots));
	expect(least(second, heap)).toBeLessThanOrEqual(1.1 * least(first, heap));
	expect(least(second, native)).toBeLessThanOrEqual(1.1 * least(first, native));
}, 300_000);
