/** Versions that outlast a restart, and those that do not, on a gateway whose process is killed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway, RefusedError, UnreachableError } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { DeviceClient } from "../device-client";
import { labels, makeFile, makeWindow, runWindows } from "./model-files";
import { freePort } from "./ports";

/** How often the gateway's process is killed while models come; `KILLS` in the environment asks for more or fewer. */
const kills = Number(process.env.KILLS ?? 20);
const token = "operator";

let directory: string;
let port: number;
let fleet: Fleet;
let gateway: Gateway;

/** `speed`: of the gateway's clock. */
async function start(speed = 1): Promise<void> {
	fleet = await Fleet.start({ build: "release", port, directory, wearables: [], token, speed });
	gateway = new Gateway({ address: new URL(fleet.address), token });
}

async function kill(): Promise<void> {
	fleet.simulator.kill();
	await fleet.simulator.ended;
}

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	port = await freePort();
	directory = await mkdtemp(join(tmpdir(), "tmlaas-trial-"));
	await start();
});

afterAll(async () => {
	await fleet?.close();
	await rm(directory, { recursive: true });
});

async function upload(version: string, content: Uint8Array): Promise<void> {
	await uploadModel({
		...{ gateway, name: "gesture", version, content, onProgress() {}, onRetry() {} },
		sleep: () => wait(20),
	});
}

const load = (version: string, shadow = false) =>
	gateway.request("POST", "/v2/repository/models/gesture/load", { parameters: { version, shadow } });

/** The version that answers a window. */
async function infer(window: Buffer): Promise<string> {
	const { headers, status, text } = await gateway.exchange({
		method: "POST",
		path: "/v2/models/gesture/infer",
		headers: {
			"content-type": "application/octet-stream",
			"content-length": window.length,
			"inference-header-content-length": "0",
		},
		send: (request) => request.end(window),
	});
	expect(status).toBe(200);
	return JSON.parse(text.slice(0, Number(headers["inference-header-content-length"]))).model_version;
}

const statusOf = async (version: string) => (await gateway.stock()).models.find((model) => version === model.version);

it("killed while a version is on trial – the one before serves, and the next start says why", async () => {
	await upload("1.1.0", await makeFile({ version: "1.1.0", seed: 1 }));
	await load("1.1.0");
	expect(await infer(makeWindow(1))).toBe("1.1.0");
	expect(await statusOf("1.1.0")).toMatchObject({ state: "READY", role: "live", trial: true });
	await kill();
	await start();
	expect(await infer(makeWindow(1))).toBe("1.0.0");
	const status = await statusOf("1.1.0");
	expect(status).toMatchObject({ state: "UNAVAILABLE", role: "stored", failed: true });
	expect(status!.reason).toContain("restarted");
	expect(fleet.simulator.log("gateway").join("\n")).toMatch(/model gesture 1\.1\.0: failed, the gateway restarted/);
});

it("killed after a minute of service – it serves on", async () => {
	await kill();
	await start(40);
	await upload("1.2.0", await makeFile({ version: "1.2.0", seed: 2 }));
	await load("1.2.0");
	await infer(makeWindow(1));
	await expect.poll(async () => (await statusOf("1.2.0"))?.trial, { timeout: 20_000, interval: 100 }).toBe(false);
	await kill();
	await start();
	expect(await infer(makeWindow(1))).toBe("1.2.0");
	expect(await statusOf("1.2.0")).toMatchObject({ role: "live", trial: false });
});

it(`killed ${kills} times while models are uploaded, loaded and removed – one always serves, whole`, async () => {
	const files = new Map<string, Uint8Array>();
	let next = 3;
	let stored = 0;
	let resumed = 0;
	for (let round = 0; round < kills; round++) {
		let alive = true;
		const working = (async () => {
			while (alive) {
				const version = `1.${next}.0`;
				const file = files.get(version) ?? (await makeFile({ version, seed: next }));
				files.set(version, file);
				if (0 < ((await statusOf(version))?.offset ?? 0)) resumed++;
				await upload(version, file);
				stored++;
				await load(version);
				for (const { role, factory, version: other } of (await gateway.stock()).models)
					if ("stored" === role && !factory && "1.2.0" !== other)
						await gateway.request("DELETE", `/v2/repository/models/gesture/versions/${other}/content`);
				next++;
			}
		})().catch((error: unknown) => {
			if (!(error instanceof UnreachableError)) throw error;
		});
		await wait(5 + ((round * 37) % 120));
		alive = false;
		await kill();
		await working;
		await start();
		const { models } = await gateway.stock();
		const live = models.filter(({ role }) => "live" === role);
		expect(live).toHaveLength(1);
		expect(["1.2.0", ...files.keys()]).toContain(live[0]!.version);
		expect(await infer(makeWindow(2))).toBe(live[0]!.version);
	}
	console.log(`${kills} kills: ${stored} uploads ended, ${resumed} went on where they had stopped`);
	expect(stored).toBeGreaterThan(kills / 4);
}, 300_000);

it("what was refused and why is the engine's own word, and the old version serves", async () => {
	const before = await infer(makeWindow(3));
	const file = await makeFile({ version: "8.0.0", seed: 8 });
	await upload("8.0.0", file.subarray(0, 1000));
	await expect(load("8.0.0")).rejects.toSatisfy(
		(error: RefusedError) => error instanceof RefusedError && "engine" === error.problem.code,
	);
	expect(await infer(makeWindow(3))).toBe(before);
});

const best = (scores: Uint8Array) => {
	const values = new Float32Array(Uint8Array.from(scores).buffer);
	return values.indexOf(Math.max(...values));
};

it("a shadow sees the windows of devices, and is compared as the engine would", async () => {
	const live = await makeFile({ version: "1.2.0", seed: 2 });
	const shadow = await makeFile({ version: "9.0.0", seed: 9 });
	await load("1.2.0");
	const report = async () => gateway.exchange({ method: "GET", path: "/v2/models/gesture/shadow" });
	expect((await report()).status).toBe(404);
	await upload("9.0.0", shadow);
	await load("9.0.0", true);
	await fleet.client.openPairing();
	const device = new DeviceClient({ id: "d-1", address: fleet.address });
	await device.join(() => fleet.client.accept(device.id));
	const windows = Array.from({ length: 12 }, (_, i) => makeWindow(100 + i));
	for (const [i, window] of windows.entries()) expect((await device.infer(window, i + 1)).status).toBe(200);
	device.close();
	const matrix = Array.from({ length: labels.length }, () => labels.map(() => 0));
	const [rows, columns] = await Promise.all([live, shadow].map((file) => runWindows(file, windows)));
	for (let i = 0; i < windows.length; i++) matrix[best(rows![i]!)]![best(columns![i]!)]!++;
	expect(JSON.parse((await report()).text)).toMatchObject({
		...{ version: "9.0.0", against: "1.2.0", windows: windows.length, rows: labels, columns: labels, matrix },
		agreements: matrix.reduce((sum, row, i) => sum + row[i]!, 0),
	});
	expect(await infer(windows[0]!)).toBe("1.2.0");
});
