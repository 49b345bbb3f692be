import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compiles32Bit } from "../../tools/simulator/build";
import { type MachineOptions, Simulator } from "../../tools/simulator/simulator";
import { hasProgram } from "../optional";
import { hasRecordings, readRecordings } from "../recordings";
import { toCounts } from "../unit/wearable/wear";
import { FakeGateway } from "./fake-gateway";

const app = fileURLToPath(new URL("../../firmware/wearable/manifest.json", import.meta.url));
const available = hasProgram(
	await compiles32Bit(),
	"the wearable's memory with 16-byte slots",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);
const recorded = hasRecordings("the replay of real recordings to a gateway");

let gateway: FakeGateway;
let directory: string;
let simulator: Simulator | undefined;
let exits: string[];

beforeEach(async () => {
	gateway = new FakeGateway();
	await gateway.start();
	directory = await mkdtemp(join(tmpdir(), "wearable-"));
	exits = [];
});

afterEach(async () => {
	await simulator?.close();
	simulator = undefined;
	await gateway.stop();
	await rm(directory, { recursive: true, force: true });
	expect(exits).toEqual([]);
	expect(gateway.faults).toEqual([]);
});

async function start(build: "release" | "release32", speed: number): Promise<Simulator> {
	simulator = await Simulator.start({ build, speed });
	simulator.on("exit", ({ machine, cause, message, stack }) =>
		exits.push(`${machine}: ${cause}: ${message}\n${stack}`),
	);
	return simulator;
}

function wearable(
	motion: Readonly<Record<string, unknown>>,
	settings: Readonly<Record<string, string | number>> = {},
): MachineOptions {
	return {
		name: "wearable-1",
		app,
		directory: join(directory, "wearable-1"),
		storage: { wearable: { id: "wearable-1", name: "Left wrist", gateway: gateway.address, ...settings } },
		chips: [{ chip: "mpu6050", bus: "i2c", address: 0x68, motion }],
	};
}

const gestures = { source: "gestures", kinds: ["left", "right", "other"], pause: 0.5, seed: 5 };

async function until(condition: () => boolean, milliseconds = 30_000): Promise<void> {
	for (const end = Date.now() + milliseconds; !condition(); ) {
		if (Date.now() > end)
			throw new Error(`not within ${milliseconds} ms; log:\n${simulator?.log("wearable-1").join("\n")}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

const numbers = () => gateway.windows.map(({ number }) => number);

test("wearable: joins, streams windows over one connection, and tells of each", async () => {
	await start("release", 10);
	await simulator!.add(wearable(gestures, { battery: 87, signal: -61 }));
	await until(() => gateway.windows.length >= 10);
	expect(gateway.joins).toBe(1);
	expect(new Set(numbers()).size).toBe(gateway.windows.length);
	expect(gateway.windows.every(({ body }) => 1428 === body.length)).toBe(true);
	const log = simulator!.log("wearable-1").map((line) => line.trim());
	expect(log[0]).toBe("TMLaaS wearable 0.1.0, wearable-1");
	expect(log[1]).toBe("network simulated: on line as wearable-1");
	expect(log[2]).toMatch(/^asks to join, code \d{4}$/);
	expect(log[3]).toBe("joined");
	expect(log[4]).toMatch(/^window \d+: left 0\.98 \(\d+ ms\)$/);
});

test("wearable whose gateway goes away: keeps the newest windows, repeats none, and goes on when it is back", async () => {
	await start("release", 20);
	await simulator!.add(wearable(gestures));
	await until(() => gateway.windows.length >= 3);
	await gateway.stop();
	const before = gateway.windows.length;
	const strokes = async () => {
		const status = await simulator!.chip("wearable-1", "i2c", 0x68, { do: "status" });
		return (status as { strokes: number }).strokes;
	};
	for (const goal = (await strokes()) + 20; (await strokes()) < goal; )
		await new Promise((resolve) => setTimeout(resolve, 50));
	expect(gateway.windows.length).toBe(before);
	await gateway.start();
	await until(() => gateway.windows.length >= before + 8);
	const seen = numbers();
	expect(new Set(seen).size).toBe(seen.length);
	expect([...seen].sort((a, b) => a - b)).toEqual(seen);
	const log = simulator!.log("wearable-1").join("");
	expect(log).toMatch(/gateway: (cannot be reached|breaks off its answer); \d windows? waiting/);
	expect(log).toMatch(/\d+ windows dropped for want of room/);
	// Four windows waited, the last ones; those before them are gone.
	const [last, oldest, , , newest] = seen.slice(before - 1);
	expect(newest! - oldest!).toBeLessThan(oldest! - last!);
	expect(oldest! - last!).toBeGreaterThan(8);
});

test("wearable that is switched off and on: keeps its key, its numbers go on, none repeats", async () => {
	await start("release", 10);
	for (let boot = 0; boot < 4; boot++) {
		await simulator!.add(wearable(gestures));
		const goal = gateway.windows.length + 3;
		await until(() => gateway.windows.length >= goal);
		await simulator!.stop("wearable-1");
	}
	expect(gateway.joins).toBe(1);
	const seen = numbers();
	expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(seen);
});

test("wearable that the gateway sends away: comes back with the same window and a new counter", async () => {
	await start("release", 20);
	const refused: { number: number; counter: number; body: Buffer }[] = [];
	gateway.refuse = (window) => {
		if (refused.length === 3) return undefined;
		refused.push(window);
		return { status: 503, headers: { "Retry-After": "1" } };
	};
	await simulator!.add(wearable(gestures));
	await until(() => gateway.windows.length >= 2);
	const first = gateway.windows[0]!;
	for (const { number, counter, body } of refused) {
		expect(number).toBe(first.number);
		expect(counter).toBeLessThan(first.counter);
		expect(body.equals(first.body)).toBe(true);
	}
});

test("wearable that was removed: asks to join again, seldom, and is let in with a new key", async () => {
	await start("release", 40);
	await simulator!.add(wearable(gestures));
	await until(() => gateway.windows.length >= 2);
	gateway.pairing = false;
	gateway.keys.clear();
	await until(() => gateway.joins >= 3);
	gateway.pairing = true;
	const before = gateway.windows.length;
	await until(() => gateway.windows.length > before + 1);
	expect(simulator!.log("wearable-1").join("")).toContain("does not know this device");
});

test.skipIf(!recorded)(
	"wearable: 98 real recordings arrive as 98 windows, equal but for the sensor's quantisation",
	async () => {
		const recordings = readRecordings();
		await start("release", 20);
		await simulator!.add(wearable({ source: "rows", recordings, rest: 130 }, { history: 0 }));
		await until(() => gateway.windows.length >= recordings.length, 60_000);
		expect(await simulator!.chip("wearable-1", "i2c", 0x68, { do: "status" })).toMatchObject({
			done: true,
			played: 98,
		});
		const windows = gateway.windows.map(({ body }) => new Int16Array(new Uint8Array(body).buffer));
		expect(windows).toEqual(recordings.map(toCounts));
	},
);

test.skipIf(!available)(
	"wearable: within 32 KiB of heap with the device's 16-byte slots, through joining, 200 windows and an outage",
	async () => {
		await start("release32", 40);
		await simulator!.add(wearable({ ...gestures, pause: 0.1 }, { battery: 87, signal: -61 }));
		await until(() => gateway.windows.length >= 100, 60_000);
		await gateway.stop();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		await gateway.start();
		await until(() => gateway.windows.length >= 200, 60_000);
		const { slots, chunks, stack, native } = await simulator!.report("wearable-1");
		console.log(
			`wearable: ${slots.peak + chunks.peak} B of heap at most (slots ${slots.peak}, chunks ${chunks.peak}), stack ${stack.peak} B, native ${native.peak} B`,
		);
		expect(slots.peak + chunks.peak).toBeLessThanOrEqual(32 * 1024);
	},
);
