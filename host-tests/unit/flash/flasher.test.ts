import { describe, expect, test } from "vitest";
import { type FlashOptions, flash, type Progress } from "../../../tools/flash/flasher";
import type { Part } from "../../../tools/flash/parts";
import { FlashChip } from "../../../tools/simulator/rom-loader/flash-chip";
import { SimulatedLine, type SimulatedLineOptions } from "../../../tools/simulator/rom-loader/simulated-line";

/** Bytes with all values in them, those that SLIP escapes too. */
function bytes(length: number, seed: number): Uint8Array {
	let state = seed;
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return state >>> 24;
	});
}

const gateway: readonly Part[] = [
	{ name: "bootloader.bin", offset: 0x1000, bytes: bytes(5001, 1) },
	{ name: "partitions.bin", offset: 0x8000, bytes: bytes(3072, 2) },
	{ name: "otadata.bin", offset: 0xd000, bytes: new Uint8Array(8192).fill(0xff) },
	{ name: "app.bin", offset: 0x10000, bytes: bytes(40003, 3) },
];
const wearable: readonly Part[] = [{ name: "app.bin", offset: 0, bytes: bytes(40003, 4) }];

async function run(
	board: Partial<SimulatedLineOptions> = {},
	options: Partial<FlashOptions> = {},
): Promise<{ line: SimulatedLine; progress: Progress[]; error: unknown }> {
	const line = new SimulatedLine({ chip: "ESP32", ...board });
	const progress: Progress[] = [];
	let error: unknown;
	try {
		await flash({
			line,
			chip: "ESP32",
			parts: gateway,
			erase: false,
			baudRate: 460800,
			attempts: 7,
			onProgress: (step) => progress.push(step),
			...options,
		});
	} catch (problem) {
		error = problem;
	}
	return { line, progress, error };
}

/** For boards that will not answer. */
const once = { attempts: 1 };

/** What the flash has to hold: the parts, erased sectors' ends as FF, all else as it was. */
function expected(parts: readonly Part[], before: number): Uint8Array {
	const image = new Uint8Array(4 << 20).fill(before);
	for (const { offset, bytes } of parts) {
		image.fill(0xff, offset, Math.ceil((offset + bytes.length) / 4096) * 4096);
		image.set(bytes, offset);
	}
	return image;
}

function same(actual: Uint8Array, wanted: Uint8Array): void {
	expect(actual.findIndex((byte, index) => byte !== wanted[index])).toBe(-1);
	expect(actual.length).toBe(wanted.length);
}

describe.concurrent("writes", () => {
	test("an ESP32 by its ROM, byte for byte, and leaves what is not its own", async () => {
		const { line, progress, error } = await run();
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(gateway, 0x5a));
		expect(line.board.state).toBe("firmware");
		expect(progress.map(({ step }) => step).filter((step, index, all) => step !== all[index - 1])).toEqual([
			"connecting",
			"connected",
			...gateway.flatMap(() => ["writing", "verified"]),
			"finished",
		]);
		expect(progress[1]).toEqual({
			step: "connected",
			board: { chip: "ESP32", mac: "24:6f:28:aa:bb:cc", flashSize: 4 << 20 },
		});
		expect(progress.at(-1)).toEqual({ step: "finished", isReset: true });
	});

	test("an ESP8266 by the stub, compressed", async () => {
		const { line, progress, error } = await run({ chip: "ESP8266" }, { chip: "ESP8266", parts: wearable });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(wearable, 0x5a));
		expect(progress[1]).toEqual({
			step: "connected",
			board: { chip: "ESP8266", mac: "5c:cf:7f:aa:bb:cc", flashSize: 4 << 20 },
		});
	});

	test("into an erased flash where that was asked for", async () => {
		const old = await run({}, { erase: true });
		expect(old.error).toBeUndefined();
		same(old.line.board.flash.bytes, expected(gateway, 0xff));
		const stub = await run({ chip: "ESP8266" }, { chip: "ESP8266", parts: wearable, erase: true });
		expect(stub.error).toBeUndefined();
		same(stub.line.board.flash.bytes, expected(wearable, 0xff));
	});

	test("a flash of 8 MB beyond what the ROM assumes", async () => {
		const far = [{ name: "far.bin", offset: 6 << 20, bytes: bytes(5000, 5) }];
		const { line, error } = await run({ flash: new FlashChip({ size: 8 << 20 }) }, { parts: far });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes.subarray(6 << 20, (6 << 20) + 5000), far[0]!.bytes);
	});

	test("a board whose button is held, by a port without signals, and says that it has to be reset by hand", async () => {
		const { line, progress, error } = await run({ hasSignals: false, startsInLoader: true });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(gateway, 0x5a));
		expect(progress.at(-1)).toEqual({ step: "finished", isReset: false });
	});

	test("whatever pieces the answers come in", async () => {
		const parts = [gateway[0]!];
		for (const piece of [1, 7, 4096]) {
			const { line, error } = await run({ piece }, { parts });
			expect(error).toBeUndefined();
			same(line.board.flash.bytes, expected(parts, 0x5a));
		}
	});
});

describe.concurrent("in spite of", () => {
	test("noise before the loader's first word", async () => {
		const { line, error } = await run({ faults: { noise: bytes(600, 6) } });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(gateway, 0x5a));
	});

	test("a byte that is lost within a block", async () => {
		const { line, error } = await run({ faults: { lost: new Set([2000]) } });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(gateway, 0x5a));
	});

	test("a write that fails once", async () => {
		const { line, error } = await run({ faults: { failedWrites: 2 } });
		expect(error).toBeUndefined();
		same(line.board.flash.bytes, expected(gateway, 0x5a));
	});
});

describe.concurrent("says", () => {
	test("that nothing came back, and how to hold the button", async () => {
		const { error } = await run({ faults: { isDead: true } }, once);
		expect(error).toMatchObject({ name: "FlashError", code: "no-answer" });
		expect(String(error)).toContain("Nothing came");
		expect(String(error)).toContain("PRG");
	});

	test("that the firmware runs instead of the loader", async () => {
		// Without the reset circuit the board goes on with what it says.
		const line = new SimulatedLine({ chip: "ESP32", faults: { ignoresSignals: true } });
		const chatter = setInterval(() => line.onData(Buffer.from("tmlaas: 3 windows\r\n")), 20);
		const error = await flash({
			line,
			chip: "ESP32",
			parts: gateway,
			erase: false,
			baudRate: 460800,
			attempts: 1,
			onProgress() {},
		}).catch((problem) => problem);
		clearInterval(chatter);
		expect(error).toMatchObject({ code: "no-answer" });
		expect(String(error)).toContain("runs its firmware");
	});

	test("that the board waits but does not hear", async () => {
		const { error } = await run({ faults: { isDeaf: true } }, once);
		expect(error).toMatchObject({ code: "no-answer" });
		expect(String(error)).toContain("does not hear this computer");
	});

	test("that a port without signals cannot reset the board", async () => {
		const { error } = await run({ hasSignals: false }, once);
		expect(error).toMatchObject({ code: "no-answer" });
		expect(String(error)).toContain("cannot reset a board");
	});

	test.each([
		["ESP8266", "ESP32", "npm run flash -- wearable"],
		["ESP32", "ESP8266", "npm run flash -- gateway"],
		["ESP32-S3", "ESP32", "Wireless Stick V3"],
	] as const)("that an %s is no %s, and writes nothing", async (found, chip, advice) => {
		const { line, error } = await run({ chip: found }, { chip, parts: wearable });
		expect(error).toMatchObject({ code: "wrong-chip" });
		expect(String(error)).toContain(advice);
		expect(line.board.state).toBe("firmware");
		expect(line.board.flash.bytes.every((byte) => byte === 0x5a)).toBe(true);
	});

	test("that the flash is too small, before anything is erased", async () => {
		const parts = [{ name: "app.bin", offset: 0x1ff000, bytes: bytes(5000, 7) }];
		const { line, error } = await run({ flash: new FlashChip({ size: 2 << 20 }) }, { parts, erase: true });
		expect(error).toMatchObject({ code: "too-large" });
		expect(line.board.flash.bytes.every((byte) => byte === 0x5a)).toBe(true);
	});

	test("that the line is too slow", async () => {
		const { error } = await run({ faults: { fastest: 230400 } });
		expect(error).toMatchObject({ code: "baud-rate" });
		expect(String(error)).toContain("--baud 115200");
	});

	test("that writing fails for good", async () => {
		const { error } = await run({ faults: { failedWrites: 9 } });
		expect(error).toMatchObject({ code: "write" });
		expect(String(error)).toContain("bootloader.bin");
	});

	test("that a worn cell does not take what is written", async () => {
		const flash = new FlashChip({ worn: new Map([[0x10000 + 100, 0xff]]) });
		const { error } = await run({ flash });
		expect(error).toMatchObject({ code: "write" });
		expect(String(error)).toContain("app.bin");
	});

	test("that the flash forgot what was written", async () => {
		for (const chip of ["ESP32", "ESP8266"] as const) {
			const parts = chip === "ESP32" ? gateway : wearable;
			const forgotten = [parts.at(-1)!.offset + 12345];
			const { error, progress } = await run({ chip, faults: { forgotten } }, { chip, parts });
			expect(error).toMatchObject({ code: "verify" });
			expect(progress.filter(({ step }) => step === "verified")).toHaveLength(parts.length - 1);
		}
	});

	test("that the plug was pulled", async () => {
		const { error } = await run({ faults: { unpluggedAfter: 7 } });
		expect(error).toMatchObject({ name: "LineError", code: "lost" });
	});

	test("that the stub does not start", async () => {
		const { error } = await run(
			{ chip: "ESP8266", faults: { refusesStub: true } },
			{ chip: "ESP8266", parts: wearable },
		);
		expect(error).toMatchObject({ code: "no-answer" });
	});
});
