import { describe, expect, test } from "vitest";
import {
	activeEntry,
	areBlank,
	type Entry,
	isBootable,
	nextSequence,
	parseEntry,
	State,
	sequenceCRC,
	slotOf,
	writeEntry,
} from "../../../../tools/simulator/bootloader/otadata";
import { createRandom } from "../../../../tools/training/random";

const entry = (sequence: number, state: number): Entry => parseEntry(writeEntry(sequence, state));
const erased = parseEntry(new Uint8Array(32).fill(0xff));

describe("entry", () => {
	test("has the CRC that ESP-IDF's tools write (otatool.py, esptool's blank OTA data of ota_0 and ota_1)", () => {
		expect(sequenceCRC(1)).toBe(0x4743989a);
		expect(sequenceCRC(2)).toBe(0x55f63774);
	});

	test("is 32 bytes: number, label, state, CRC", () => {
		const expected = new Uint8Array(32).fill(0xff);
		expected.set([1, 0, 0, 0]);
		expected.set([2, 0, 0, 0, 0x9a, 0x98, 0x43, 0x47], 24);
		expect(writeEntry(1, State.valid)).toEqual(expected);
		expect(parseEntry(expected)).toEqual({ sequence: 1, state: 2, isWhole: true });
	});

	test("is read back as it was written", () => {
		const random = createRandom(1);
		for (let round = 0; round < 1000; round++) {
			const sequence = 1 + Math.floor(random() * 0xfffffffe);
			const state = Math.floor(random() * 0x100000000);
			expect(entry(sequence, state)).toEqual({ sequence, state, isWhole: true });
		}
	});

	test("that is torn anywhere in its number or CRC says nothing", () => {
		const bytes = writeEntry(5, State.new);
		for (const at of [0, 1, 2, 3, 28, 29, 30, 31])
			for (let bit = 0; bit < 8; bit++) {
				const torn = bytes.slice();
				torn[at]! ^= 1 << bit;
				expect(isBootable(parseEntry(torn))).toBe(false);
			}
		expect(isBootable(erased)).toBe(false);
	});
});

test.each([
	["nothing chosen yet", erased, erased, undefined, true],
	["the first alone", entry(1, State.valid), erased, 0, false],
	["the second alone", erased, entry(2, State.new), 1, false],
	["the higher number", entry(3, State.valid), entry(2, State.valid), 0, false],
	["the higher number, on trial", entry(3, State.valid), entry(4, State.pendingVerify), 1, false],
	["the lower one when the higher is bad", entry(3, State.valid), entry(4, State.invalid), 0, false],
	["the lower one when the higher was aborted", entry(5, State.aborted), entry(4, State.valid), 1, false],
	["none when both are bad", entry(5, State.aborted), entry(4, State.invalid), undefined, true],
	["an undefined state as good", entry(1, State.undefined), erased, 0, false],
	["the first of equals", entry(2, State.valid), entry(2, State.valid), 0, false],
] as const)("active: %s", (_, first, second, active, blank) => {
	expect(activeEntry([first, second])).toBe(active);
	expect(areBlank([first, second])).toBe(blank);
});

test("the next number names the slot and does not go back", () => {
	for (const slots of [1, 2, 3, 5])
		for (let current = 1; current < 40; current++)
			for (let slot = 0; slot < slots; slot++) {
				const next = nextSequence(current, slot, slots);
				expect(slotOf(next, slots)).toBe(slot);
				expect(next).toBeGreaterThanOrEqual(current);
				expect(next - current).toBeLessThan(slots);
			}
});
