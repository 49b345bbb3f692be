import { describe, expect, it } from "vitest";
import { checkLeakage, LeakageError } from "../../../../tools/training/data/leakage";
import type { Examples, Origin } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";

const window = 20;
const random = createRandom(1);
/** A long movement of three channels. */
const stream = Int16Array.from({ length: 3000 }, () => Math.floor(2000 * random() - 1000));

function setOf(rows: readonly { start: number; origin?: Origin; values?: Int16Array }[]): Examples {
	return {
		input: { datatype: "INT16", shape: [window, 3], scale: 1 / 32768, zeroPoint: 0 },
		classes: ["a"],
		rows: Int16Array.from(
			rows.flatMap(({ start, values }) => [...(values ?? stream.slice(start * 3, (start + window) * 3))]),
		),
		labels: new Uint8Array(rows.length),
		groups: rows.map(({ start }) => `group ${start}`),
		...(rows[0]?.origin && { origins: rows.map(({ origin }) => origin!) }),
	};
}

function refusal(training: Examples, validation: Examples, test: Examples): LeakageError | undefined {
	try {
		checkLeakage({ training, validation, test });
	} catch (error) {
		if (error instanceof LeakageError) return error;
		throw error;
	}
	return;
}

describe("leakage between sets", () => {
	const apart = [setOf([{ start: 0 }, { start: 50 }]), setOf([{ start: 100 }]), setOf([{ start: 150 }])] as const;

	it("is not found where there is none", () => {
		expect(refusal(...apart)).toBeUndefined();
		// Twice in one set is no leakage.
		expect(refusal(setOf([{ start: 0 }, { start: 0 }]), apart[1], apart[2])).toBeUndefined();
	});

	it("is found where two sets have the same row, and both are named", () => {
		const error = refusal(setOf([{ start: 0 }, { start: 50 }]), setOf([{ start: 100 }]), setOf([{ start: 50 }]));
		expect(error?.rows).toEqual(["training row 1 (group 50)", "test row 0 (group 50)"]);
	});

	it("is found between the other two sets as well", () => {
		expect(
			refusal(setOf([{ start: 0 }]), setOf([{ start: 100 }]), setOf([{ start: 300 }, { start: 100 }]))?.rows,
		).toEqual(["validation row 0 (group 100)", "test row 1 (group 100)"]);
	});

	it.each([1, 3, 10, -1, -7, -10])("is found where a window is another's shifted by %i samples", (shift) => {
		const error = refusal(setOf([{ start: 200 }]), setOf([{ start: 100 }]), setOf([{ start: 200 + shift }]));
		expect(error?.message).toContain(`shifted by ${Math.abs(shift)} samples`);
	});

	it("is not seen in shifts of windows that are still", () => {
		const still = new Int16Array(window * 3).fill(7);
		const moved = still.slice();
		moved[59] = 8;
		expect(
			refusal(setOf([{ start: 0, values: still }]), apart[1], setOf([{ start: 0, values: moved }])),
		).toBeUndefined();
	});

	it("is found where windows of one recording overlap, however their rows differ", () => {
		const origin = (start: number, file = "f"): Origin => ({ file, line: 3, start, end: start + 1 });
		const at = (start: number, time: number, file?: string) => setOf([{ start, origin: origin(time, file) }]);
		expect(refusal(at(0, 0), at(50, 1), at(100, 2))).toBeUndefined();
		expect(refusal(at(0, 0), at(50, 1), at(100, 0.5, "g"))).toBeUndefined();
		expect(refusal(at(0, 0), at(50, 1), at(100, 1.5))?.rows).toEqual([
			"validation row 0 (f:3 from 1.00 s)",
			"test row 0 (f:3 from 1.50 s)",
		]);
	});

	it("is found past a row that lies within another of its own set", () => {
		const origin = (start: number, end: number): Origin => ({ file: "f", line: 1, start, end });
		const training = setOf([
			{ start: 0, origin: origin(0, 10) },
			{ start: 50, origin: origin(1, 2) },
		]);
		const validation = setOf([{ start: 100, origin: origin(20, 21) }]);
		expect(refusal(training, validation, setOf([{ start: 150, origin: origin(5, 6) }]))?.rows[0]).toContain("row 0");
	});

	it("is found in pictures and floats as well", () => {
		const pictures = (values: number[]): Examples => ({
			input: { datatype: "INT8", shape: [2], scale: 1 / 255, zeroPoint: -128 },
			classes: ["a"],
			rows: Int8Array.from(values),
			labels: new Uint8Array(values.length / 2),
			groups: values.map((_, i) => `p${i}`),
		});
		expect(refusal(pictures([1, 2]), pictures([3, 4]), pictures([2, 1]))).toBeUndefined();
		expect(refusal(pictures([1, 2]), pictures([3, 4]), pictures([5, 6, 3, 4]))?.rows[1]).toBe("test row 1 (p1)");
		const floats = (values: number[]): Examples => ({
			...pictures(values),
			input: { datatype: "FLOAT32", shape: [2], scale: 1, zeroPoint: 0 },
			rows: Float32Array.from(values),
		});
		expect(refusal(floats([0.5, 2]), floats([3, 4]), floats([0.25, 2]))).toBeUndefined();
		expect(refusal(floats([0.5, 2]), floats([3, 4]), floats([0.5, 2]))?.rows[0]).toBe("training row 0 (p0)");
	});
});
