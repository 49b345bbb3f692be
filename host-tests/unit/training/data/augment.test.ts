import { describe, expect, it } from "vitest";
import { AugmentError, augment, readAugment } from "../../../../tools/training/data/augment";
import { SourceError } from "../../../../tools/training/data/fields";
import { type Examples, rowOf } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";
import { countsPerDegree, countsPerG } from "../../../../tools/training/sensor";

const window = 60;
const still = new Int16Array(window * 6);
for (let i = 0; i < window; i++) still[6 * i + 2] = countsPerG;
/** Still, with a swing of x and of the turn about z in its middle. */
const swing = still.slice();
for (let i = 20; i < 40; i++) {
	swing[6 * i] = Math.round(8000 * Math.sin(((i - 20) / 10) * Math.PI));
	swing[6 * i + 5] = Math.round(4000 * Math.sin(((i - 20) / 20) * Math.PI));
}

function setOf(...rows: Int16Array[]): Examples {
	return {
		input: { datatype: "INT16", shape: [window, 6], scale: 1 / 32768, zeroPoint: 0 },
		classes: ["a", "b"],
		rows: Int16Array.from(rows.flatMap((row) => [...row])),
		labels: Uint8Array.from(rows, (_, i) => i % 2),
		groups: rows.map((_, i) => `group ${i}`),
		origins: rows.map((_, i) => ({ file: "f", line: i + 1, start: 0, end: 1 })),
	};
}

/** The copies that are made of one row. */
function copiesOf(row: Int16Array, options: object): Int16Array[] {
	const examples = augment(setOf(row), { copies: 200, ...options, random: createRandom(1) });
	return Array.from({ length: 200 }, (_, i) => rowOf(examples, i + 1) as Int16Array);
}

function column(row: Int16Array, channel: number): number[] {
	return Array.from({ length: window }, (_, i) => row[6 * i + channel]!);
}

describe("augmentation", () => {
	it("keeps each row, followed by copies of its class, group and origin", () => {
		const examples = augment(setOf(still, swing), { copies: 2, shift: 3, random: createRandom(1) });
		expect([...examples.labels]).toEqual([0, 0, 0, 1, 1, 1]);
		expect(examples.groups).toEqual(["group 0", "group 0", "group 0", "group 1", "group 1", "group 1"]);
		expect(examples.origins!.map(({ line }) => line)).toEqual([1, 1, 1, 2, 2, 2]);
		expect(rowOf(examples, 0)).toEqual(still);
		expect(rowOf(examples, 3)).toEqual(swing);
	});

	it("repeats by its seed", () => {
		const noise = { acceleration: 0.1, rotation: 1 };
		const rows = (seed: number) => augment(setOf(swing), { copies: 2, noise, random: createRandom(seed) }).rows;
		expect(rows(5)).toEqual(rows(5));
		expect(rows(5)).not.toEqual(rows(6));
	});

	it("shifts by whole samples, as far as it may and no further, and holds the ends", () => {
		const row = Int16Array.from(still, (_, i) => Math.floor(i / 6));
		const shifts = copiesOf(row, { shift: 2 }).map((copy) => {
			const shift = 30 - copy[6 * 30]!;
			expect(column(copy, 0)).toEqual(Array.from({ length: window }, (_, i) => Math.min(Math.max(i - shift, 0), 59)));
			return shift;
		});
		expect(new Set(shifts)).toEqual(new Set([-2, -1, 0, 1, 2]));
	});

	it("scales movement and leaves gravity", () => {
		const factors = copiesOf(swing, { scale: 0.3 }).map((copy) => {
			expect(column(copy, 2)).toEqual(column(swing, 2));
			const factor = copy[6 * 25]! / swing[6 * 25]!;
			expect(copy[6 * 30 + 5]! / swing[6 * 30 + 5]!).toBeCloseTo(factor, 2);
			return factor;
		});
		expect(Math.min(...factors)).toBeGreaterThan(0.699);
		expect(Math.min(...factors)).toBeLessThan(0.75);
		expect(Math.max(...factors)).toBeGreaterThan(1.25);
		expect(Math.max(...factors)).toBeLessThan(1.301);
	});

	it("turns gravity and movement alike, by no more than the strap's play", () => {
		const angles = copiesOf(swing, { rotation: 10 }).map((copy) => {
			const gravity = [copy[0]!, copy[1]!, copy[2]!];
			expect(Math.hypot(...gravity)).toBeCloseTo(countsPerG, -1);
			const turn = Math.hypot(copy[6 * 30 + 3]!, copy[6 * 30 + 4]!, copy[6 * 30 + 5]!);
			expect(Math.abs(turn - swing[6 * 30 + 5]!)).toBeLessThan(2);
			return (Math.acos(gravity[2]! / Math.hypot(...gravity)) * 180) / Math.PI;
		});
		expect(Math.max(...angles)).toBeLessThan(Math.SQRT2 * 10 + 0.1);
		expect(Math.max(...angles)).toBeGreaterThan(8);
	});

	it("adds noise of the given deviation to each value", () => {
		const copies = copiesOf(still, { noise: { acceleration: 0.01, rotation: 2 } });
		const deviation = (channel: number) => {
			const values = copies.flatMap((copy) => column(copy, channel));
			return Math.sqrt(values.reduce((sum, value) => sum + (value - still[channel]!) ** 2, 0) / values.length);
		};
		for (const channel of [0, 1, 2]) expect(deviation(channel) / (0.01 * countsPerG)).toBeCloseTo(1, 1);
		for (const channel of [3, 4, 5]) expect(deviation(channel) / (2 * countsPerDegree)).toBeCloseTo(1, 1);
	});

	it("adds one offset throughout a copy", () => {
		const offsets = copiesOf(still, { bias: { acceleration: 0.05, rotation: 20 } }).map((copy) => {
			for (let channel = 0; channel < 6; channel++) expect(new Set(column(copy, channel)).size).toBe(1);
			return [copy[0]!, copy[5]!];
		});
		const greatest = (i: number) => Math.max(...offsets.map((offset) => Math.abs(offset[i]!)));
		expect(greatest(0)).toBeLessThanOrEqual(0.05 * countsPerG + 1);
		expect(greatest(0)).toBeGreaterThan(0.045 * countsPerG);
		expect(greatest(1)).toBeLessThanOrEqual(20 * countsPerDegree + 1);
		expect(greatest(1)).toBeGreaterThan(18 * countsPerDegree);
	});

	it("saturates", () => {
		const full = new Int16Array(window * 6).fill(32767);
		for (const copy of copiesOf(full, { bias: { acceleration: 1, rotation: 100 } }))
			expect(Math.min(...copy)).toBeGreaterThan(0);
	});

	it("takes windows without a gyroscope, and nothing but windows of motion", () => {
		const three: Examples = { ...setOf(), input: { ...setOf().input, shape: [2, 3] }, rows: new Int16Array(6) };
		const one = { ...three, labels: new Uint8Array(1), groups: ["g"], origins: [] };
		expect(augment(one, { copies: 1, rotation: 5, random: createRandom(1) }).rows.length).toBe(12);
		const picture: Examples = { ...one, input: { datatype: "INT8", shape: [6], scale: 1, zeroPoint: 0 } };
		expect(() => augment(picture, { copies: 1, shift: 1, random: createRandom(1) })).toThrow(AugmentError);
	});

	it("refuses more copies than memory holds", () => {
		const many = { ...setOf(), rows: new Int16Array(0), labels: new Uint8Array(10_000) };
		expect(() => augment(many, { copies: 100, shift: 1, random: createRandom(1) })).toThrow(AugmentError);
	});

	it("is described by a recipe, field by field", () => {
		const json = { copies: 2, shift: 3, scale: 0.1, rotation: 10, noise: { acceleration: 0.01, rotation: 1 } };
		expect(readAugment(json)).toEqual(json);
		for (const [field, wrong] of [
			["augment.copies", { shift: 1 }],
			["augment.copies", { copies: 0, shift: 1 }],
			["augment.rotation", { copies: 1, rotation: 90 }],
			["augment.noise.rotation", { copies: 1, noise: { acceleration: 1 } }],
			["augment.jitter", { copies: 1, shift: 1, jitter: 1 }],
			["augment", { copies: 1 }],
			["augment", null],
		] as const) {
			try {
				readAugment(wrong);
				expect.unreachable();
			} catch (error) {
				expect(error).toBeInstanceOf(SourceError);
				expect((error as SourceError).field).toBe(field);
			}
		}
	});
});
