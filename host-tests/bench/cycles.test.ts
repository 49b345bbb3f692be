import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { hasProgram } from "../optional";
import { compilers, isInstalled } from "./engine/build";
import { estimateCycles } from "./engine/cycles";
import { decode } from "./engine/xtensa";
import stored from "./engine.json" with { type: "json" };

const golden = (name: string) => fileURLToPath(new URL(`../native/goldens/${name}`, import.meta.url));
const bytes = (...[a = 0, b = 0, c = 0]: number[]) => a | (b << 8) | (c << 16);

describe("Xtensa instructions", () => {
	it.each([
		["l32i a3, a4, 8", bytes(0x32, 0x24, 0x02), { length: 3, reads: [4], loads: 3, isJump: false }],
		["l32i.n a3, a4, 8", bytes(0x38, 0x24), { length: 2, reads: [4], loads: 3, isJump: false }],
		["l32r a3", bytes(0x31, 0xff, 0xff), { length: 3, reads: [], loads: 3, isJump: false }],
		["mull a5, a6, a7", bytes(0x70, 0x56, 0x82), { length: 3, reads: [6, 7], multiplies: 5, isJump: false }],
		["bne a2, a3", bytes(0x37, 0x92, 0x10), { length: 3, reads: [2, 3], isJump: true }],
		["bnez.n a2", bytes(0xcc, 0x12), { length: 2, reads: [2], isJump: true }],
		["j", bytes(0x06, 0x00, 0x00), { length: 3, reads: [], isJump: true }],
		["loopnez a4", bytes(0x76, 0x94, 0x20), { length: 3, reads: [4], isJump: false }],
		["ret.n", bytes(0x0d, 0xf0), { length: 2, reads: [], isJump: true }],
		[
			"mula.dd.lh.ldinc m1, a2, m0, m3",
			bytes(0x44, 0x12, 0x0a),
			{ length: 3, reads: [2, 16, 19], loads: 17, isJump: false },
		],
	])("%s", (_text, word, instruction) => expect(decode(word)).toEqual(instruction));
});

const { advice } = compilers.esp32;
const skipped = !hasProgram(isInstalled(compilers.esp32), "the estimate of the ESP32's cycles", advice);
test.skipIf(skipped)("cycles are estimated over just the instructions that are counted", async () => {
	const { instructions, cycles } = await estimateCycles(
		golden("networks/gest6_int8.tflite"),
		golden("networks/gest6_int8.golden"),
	);
	// One row against the mean of all, and the call between the two readings.
	const counted = stored.models.gest6_int8.esp32.invoke;
	expect(Math.abs(instructions - counted) / counted).toBeLessThan(0.02);
	expect(cycles).toBeGreaterThan(instructions);
	expect(cycles).toBeLessThan(2 * instructions);
});
