/**
 * The whole gateway loses its power at every operation on its flash, one after the other, while it does something that
 * has to last: the next start serves the old or the new, and nothing that was answered is taken back.
 */
import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { publicDigits } from "../../tools/firmware-image/publisher-key";
import { signFirmware } from "../../tools/firmware-image/signed-firmware";
import { buildPage } from "../../tools/page/build";
import { GatewayClient } from "../../tools/simulator/gateway-client";
import { buildImage } from "../../tools/simulator/image";
import { root } from "../../tools/simulator/paths";
import { type Exit, type PowerCut, Simulator } from "../../tools/simulator/simulator";
import { DeviceClient } from "../device-client";
import { makeFile, makeWindow } from "./model-files";
import { freePort } from "./ports";

const temporary = mkdtempSync(join(tmpdir(), "power-cuts-"));
const token = "operator";
const publisher = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const ways = ["before", "torn", "after"] as const;

let simulator: Simulator;
let broker: Broker;
let address: string;
let client: GatewayClient;
let manifest: string;
let prepared: string;
let device: DeviceClient;
const exits: Exit[] = [];
const lines: string[] = [];
const published = new Set<string>();

const add = (directory: string) =>
	simulator.add({
		name: "gateway",
		app: manifest,
		directory,
		storage: {
			gateway: { port: Number(new URL(address).port), name: "gateway" },
			operator: { token },
			cloud: { broker: broker.address },
		},
		chips: [{ chip: "ssd1306", bus: "i2c", address: 0x3c }],
		restarts: true,
	});

beforeAll(async () => {
	await Promise.all([buildPage(), buildEngine()]);
	broker = await Broker.start([0]);
	broker.onPublish((topic, payload) => {
		if (topic.endsWith("/result")) published.add(JSON.parse(payload.toString()).id);
	});
	address = `http://127.0.0.1:${await freePort()}`;
	client = new GatewayClient({ address, token });
	manifest = join(temporary, "manifest.json");
	writeFileSync(
		manifest,
		JSON.stringify({
			build: { NAME: "gateway" },
			include: join(root, "manifest.json"),
			config: { gateway: { firmwareKey: publicDigits(publisher) } },
		}),
	);
	simulator = await Simulator.start({ build: "release", speed: 5, progress: () => {} });
	simulator.on("exit", (exit) => exits.push(exit));
	simulator.on("log", ({ text }) => lines.push(text));
	// A gateway that has served before, and knows a device.
	prepared = join(temporary, "prepared");
	mkdirSync(prepared);
	await add(prepared);
	await client.ready();
	await client.openPairing();
	device = new DeviceClient({ id: "device", address });
	await device.join(() => client.accept(device.id));
	await client.closePairing();
	await simulator.stop("gateway");
});

afterAll(async () => {
	device?.close();
	await simulator?.close();
	await broker?.close();
	rmSync(temporary, { recursive: true });
});

const isCut = () => exits.some(({ cause }) => cause === "power cut");

/** Does it on a gateway of its own, without a cut or with one; then looks at what is left. Gives whether it was cut. */
async function run(cut: PowerCut, action: () => Promise<void>, look: () => Promise<void>): Promise<boolean> {
	const directory = join(temporary, "running");
	cpSync(prepared, directory, { recursive: true });
	exits.length = 0;
	lines.length = 0;
	await add(directory);
	await client.ready();
	await simulator.cutPower("gateway", cut);
	const failure = await action().then(
		() => undefined,
		(error: unknown) => ({ error }),
	);
	// What goes on after the answer counts too.
	await wait(100);
	await simulator.cutPower("gateway", undefined);
	if (failure && exits.length === 0) throw failure.error;
	const wasCut = isCut();
	await look();
	expect(exits.filter(({ reason }) => reason !== "power" && reason !== "restart")).toEqual([]);
	await simulator.stop("gateway");
	rmSync(directory, { recursive: true });
	return wasCut;
}

async function cutEverywhere(action: () => Promise<void>, look: () => Promise<void>): Promise<number> {
	let cuts = 0;
	for (let nth = 1; ; nth++) {
		let wasCut = false;
		for (const how of ways)
			if (await run({ nth, how }, action, look)) {
				wasCut = true;
				cuts++;
			}
		if (!wasCut) return cuts;
	}
}

/** One inference of an administrator's: which version answered. */
async function version(): Promise<string> {
	const response = await fetch(`${address}/v2/models/gesture/infer`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${token}`,
			"content-type": "application/octet-stream",
			"inference-header-content-length": "0",
			connection: "close",
		},
		body: new Uint8Array(makeWindow(1)),
	});
	const body = Buffer.from(await response.arrayBuffer());
	expect(response.status, body.toString()).toBe(200);
	const length = Number(response.headers.get("inference-header-content-length"));
	return JSON.parse(body.subarray(0, length).toString()).model_version;
}

test("firmware update: the old or the new firmware runs", { timeout: 600_000 }, async () => {
	const successor = fileURLToPath(new URL("./apps/successor/manifest.json", import.meta.url));
	const image = await buildImage(successor, { version: "9.0.0" });
	const file = signFirmware(image, { product: "gateway", version: "9.0.0", key: publisher });
	const ends = { old: 0, new: 0 };
	const cuts = await cutEverywhere(
		async () => {
			const response = await fetch(`${address}/api/v1/firmware`, {
				method: "PUT",
				headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
				body: new Uint8Array(file),
			});
			expect(response.status, await response.text()).toBe(202);
			const isOver = () => isCut() || lines.includes("successor in ota_1");
			await expect.poll(isOver, { timeout: 20_000 }).toBe(true);
		},
		async () => {
			const isNew = () => lines.some((line) => line.startsWith("successor"));
			const isOld = async () => (await fetch(`${address}/v2/health/ready`).catch(() => undefined))?.ok ?? false;
			await expect.poll(async () => isNew() || (await isOld()), { timeout: 20_000 }).toBe(true);
			ends[isNew() ? "new" : "old"]++;
		},
	);
	console.log(`firmware update: ${cuts} cuts, ${ends.old} ended with the old firmware, ${ends.new} with the new`);
	expect(ends.old).toBeGreaterThan(10);
	expect(ends.new).toBeGreaterThan(0);
	expect(cuts).toBeGreaterThan(40);
});

test("model install: the old or the new model serves", { timeout: 600_000 }, async () => {
	const content = await makeFile({ version: "2.0.0", seed: 1 });
	const gateway = new Gateway({ address: new URL(address), token });
	const seen = new Set<string>();
	const cuts = await cutEverywhere(
		async () => {
			await uploadModel({
				...{ gateway, name: "gesture", version: "2.0.0", content },
				onProgress() {},
				onRetry() {},
				sleep: async () => {
					throw new Error("cut");
				},
			});
			await gateway.request("POST", "/v2/repository/models/gesture/load", { parameters: { version: "2.0.0" } });
		},
		async () => {
			await client.ready();
			const answered = await version();
			expect(["1.0.0", "2.0.0"]).toContain(answered);
			seen.add(answered);
		},
	);
	console.log(`model install: ${cuts} cuts`);
	expect([...seen].sort()).toEqual(["1.0.0", "2.0.0"]);
	expect(cuts).toBeGreaterThan(20);
});

test("outbox and counters: what was answered is published, and no counter goes back", {
	timeout: 600_000,
}, async () => {
	const window = Buffer.from(makeWindow(1));
	const answered: string[] = [];
	let number = 0;
	let used = 0;
	const cuts = await cutEverywhere(
		async () => {
			// The device's counter runs ahead of what the store has, so that each of these is a checkpoint.
			for (let round = 0; round < 3; round++) {
				device.skip(300);
				const { status, body } = await device.infer(window, ++number);
				expect(status, body.toString()).toBe(200);
				answered.push(`device:${number}`);
				used = device.counter;
			}
		},
		async () => {
			await client.ready();
			// Sent again as it was, by somebody who has listened.
			if (used > 0) expect((await device.replay(window, used)).status).toBe(401);
			expect((await device.infer(window, ++number)).status).toBe(200);
			answered.push(`device:${number}`);
			await expect.poll(() => answered.filter((id) => !published.has(id)), { timeout: 20_000 }).toEqual([]);
			used = 0;
		},
	);
	console.log(`outbox and counters: ${cuts} cuts`);
	expect(cuts).toBeGreaterThan(20);
});
