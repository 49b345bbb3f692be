import { describe, expect, it } from "vitest";
import { AugmentError, augment } from "../../../../tools/training/data/augment";
import type { Picture } from "../../../../tools/training/data/recording";
import { deslant, reduce, remap, toPictureExamples } from "../../../../tools/training/data/reduce";
import { select } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";

function pictureOf(width: number, height: number, shade: (x: number, y: number) => number, label = "a"): Picture {
	const pixels = Float32Array.from({ length: width * height }, (_, i) => shade(i % width, Math.floor(i / width)));
	return { label, group: label, source: { file: "f", line: 1 }, width, height, pixels };
}

/** The centre of brightness, and how far it drifts sideways from row to row. */
function momentsOf({ width, pixels }: Picture) {
	const sum = (of: (x: number, y: number) => number) =>
		pixels.reduce((total, shade, i) => total + shade * of(i % width, Math.floor(i / width)), 0);
	const whole = sum(() => 1);
	const x = sum((x) => x) / whole;
	const y = sum((_, y) => y) / whole;
	return { whole, x, y, slope: sum((i, j) => (i - x) * (j - y)) / sum((_, j) => (j - y) ** 2) };
}

describe("reducing pictures", () => {
	it("averages what a new pixel covers", () => {
		const picture = pictureOf(4, 4, (x, y) => (x + 4 * y) / 16);
		expect([...reduce(picture, { size: 2, margin: 0 })]).toEqual([2.5 / 16, 4.5 / 16, 10.5 / 16, 12.5 / 16]);
		expect([...reduce(picture, { size: 4, margin: 0 })]).toEqual([...picture.pixels]);
		expect([...reduce(picture, { size: 1, margin: 1 })]).toEqual([7.5 / 16]);
	});

	it("counts parts of pixels by their area", () => {
		const bright = pictureOf(3, 3, (x, y) => (x === 1 && y === 1 ? 1 : 0));
		for (const shade of reduce(bright, { size: 2, margin: 0 })) expect(shade).toBeCloseTo(0.25 / 2.25, 6);
		const white = pictureOf(28, 28, () => 1);
		for (const margin of [0, 1, 2, 3, 4, 5])
			for (const shade of reduce(white, { size: 8, margin })) expect(shade).toBeCloseTo(1, 6);
	});

	it("stores grey from −128 to 127, which stands for 0 to 1", () => {
		const pictures = [pictureOf(2, 1, (x) => x, "b"), pictureOf(2, 1, () => 0.5)];
		const wide = pictures.map((picture) => ({ ...picture, height: 1, width: 2 }));
		const { rows, labels, input } = toPictureExamples(
			wide.map((picture) => pictureOf(2, 2, (x) => picture.pixels[x]!, picture.label)),
			{ classes: ["a", "b"], reduction: { size: 2, margin: 0 } },
		);
		expect([...rows]).toEqual([-128, 127, -128, 127, 0, 0, 0, 0]);
		expect([...labels]).toEqual([1, 0]);
		expect(input.scale * (127 - input.zeroPoint)).toBe(1);
	});
});

describe("deslanting", () => {
	it("straightens a slanting stroke and leaves its height and brightness", () => {
		const slanting = pictureOf(28, 28, (x, y) => (y >= 6 && y < 22 && Math.abs(x - (20 - y / 2)) < 1.5 ? 1 : 0));
		const before = momentsOf(slanting);
		expect(before.slope).toBeCloseTo(-0.5, 1);
		const after = momentsOf(deslant(slanting));
		expect(Math.abs(after.slope)).toBeLessThan(0.01);
		expect(after.whole).toBeCloseTo(before.whole, 1);
		expect(after.x).toBeCloseTo(before.x, 1);
		expect(after.y).toBeCloseTo(before.y, 1);
	});

	it("leaves upright, dark and flat pictures", () => {
		const upright = pictureOf(9, 9, (x, y) => (x === 4 && y > 1 ? 1 : 0));
		expect([...deslant(upright).pixels]).toEqual([...upright.pixels]);
		const dark = pictureOf(9, 9, () => 0);
		expect([...deslant(dark).pixels]).toEqual([...dark.pixels]);
		const flat = pictureOf(9, 9, (_, y) => (y === 4 ? 1 : 0));
		expect([...deslant(flat).pixels]).toEqual([...flat.pixels]);
	});

	it("interpolates between pixels, and is dark outside", () => {
		const picture = pictureOf(3, 2, (x, y) => x + 10 * y);
		const same = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };
		expect([...remap(picture, { ...same, x0: 0.5 }).pixels]).toEqual([0.5, 1.5, 1, 10.5, 11.5, 6]);
		expect([...remap(picture, { ...same, x0: -0.5 }).pixels]).toEqual([0, 0.5, 1.5, 5, 10.5, 11.5]);
		expect([...remap(picture, { ...same, y0: 1 }).pixels]).toEqual([10, 11, 12, 0, 0, 0]);
		expect([...remap(picture, { ...same, y0: -0.5 }).pixels]).toEqual([0, 0.5, 1, 5, 6, 7]);
		expect([...remap(picture, { ...same, xx: -1, x0: 2 }).pixels]).toEqual([2, 1, 0, 12, 11, 10]);
	});
});

describe("augmentation of pictures", () => {
	const blob = pictureOf(28, 28, (x, y) => Math.exp(-((x - 12) ** 2 / 8 + (y - 15) ** 2 / 18)));
	const other = pictureOf(28, 28, () => 0.5, "b");
	const examples = toPictureExamples([other, blob], { classes: ["a", "b"], reduction: { size: 28, margin: 0 } });

	/** The centre of brightness of each copy of the blob. */
	function copies(options: object) {
		const rows = augment(select(examples, [1]), { copies: 100, ...options, random: createRandom(1) }).rows;
		return Array.from({ length: 100 }, (_, i) => {
			const row = rows.subarray((i + 1) * 784, (i + 2) * 784);
			return momentsOf({ ...blob, pixels: Float32Array.from(row, (stored) => stored + 128) });
		});
	}

	it("keeps each row, followed by copies of its class and group", () => {
		const more = augment(examples, { copies: 2, shift: 1, random: createRandom(1) });
		expect([...more.labels]).toEqual([1, 1, 1, 0, 0, 0]);
		expect(more.groups).toEqual(["b", "b", "b", "a", "a", "a"]);
		expect(more.rows.subarray(0, 784)).toEqual(examples.rows.subarray(0, 784));
		expect(more.rows.subarray(3 * 784, 4 * 784)).toEqual(examples.rows.subarray(784));
	});

	it("moves as far as it may", () => {
		const moved = copies({ shift: 2 }).map(({ x, y }) => [x - 12, y - 15]);
		for (const axis of [0, 1]) {
			const greatest = Math.max(...moved.map((by) => by[axis]!));
			expect(greatest).toBeGreaterThan(1.8);
			expect(greatest).toBeLessThan(2.1);
		}
	});

	it("turns about the centre", () => {
		const radius = Math.hypot(12 - 13.5, 15 - 13.5);
		const angles = copies({ rotation: 20 }).map(({ x, y }) => {
			expect(Math.hypot(x - 13.5, y - 13.5)).toBeCloseTo(radius, 1);
			const turn = Math.atan2(y - 13.5, x - 13.5) - Math.atan2(1.5, -1.5);
			return (turn * 180) / Math.PI;
		});
		expect(Math.max(...angles)).toBeGreaterThan(16);
		expect(Math.max(...angles)).toBeLessThan(22);
		expect(Math.min(...angles)).toBeLessThan(-16);
	});

	it("scales both ways apart", () => {
		const areas = copies({ scale: 0.2 }).map(({ whole }) => whole / momentsOf(blob).whole / 255);
		expect(Math.min(...areas)).toBeGreaterThan(0.6);
		expect(Math.max(...areas)).toBeLessThan(1.46);
		expect(Math.max(...areas) - Math.min(...areas)).toBeGreaterThan(0.4);
	});

	it("refuses what belongs to a motion sensor", () => {
		const noise = { acceleration: 0.1, rotation: 1 };
		expect(() => augment(examples, { copies: 1, noise, random: createRandom(1) })).toThrow(AugmentError);
	});
});
