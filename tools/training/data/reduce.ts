/** Pictures brought to the size that a model takes. */

import type { Examples, InputFormat } from "../examples";
import type { Picture } from "./recording";

export interface Reduction {
	/** Pixels of a side afterwards. */
	readonly size: number;
	/** Pixels cut off at each side before. */
	readonly margin: number;
}

/**
 * Averages over areas: each new pixel is the mean of what it covers of the old ones, parts of pixels counted by their
 * area, within the frame that the margin leaves. In shades 0 … 1, row after row.
 */
export function reduce({ width, height, pixels }: Picture, { size, margin }: Reduction): Float32Array {
	const across = shares(width, size, margin);
	const down = shares(height, size, margin);
	const reduced = new Float32Array(size * size);
	for (let y = 0; y < size; y++)
		for (let x = 0; x < size; x++) {
			let sum = 0;
			for (const [row, a] of down[y]!)
				for (const [column, b] of across[x]!) sum += a * b * pixels[row * width + column]!;
			reduced[y * size + x] = sum;
		}
	return reduced;
}

/** For each new pixel along a side the old ones that it covers and their shares of it. */
function shares(length: number, size: number, margin: number): [index: number, share: number][][] {
	const step = (length - 2 * margin) / size;
	return Array.from({ length: size }, (_, i) => {
		const start = margin + i * step;
		const end = start + step;
		const covered: [number, number][] = [];
		for (let k = Math.floor(start); k < end && k < length; k++) {
			const share = (Math.min(end, k + 1) - Math.max(start, k)) / step;
			if (share > 1e-9) covered.push([k, share]);
		}
		return covered;
	});
}

/** Rows of int8 with scale 1/255 and zero point −128: stored = grey − 128, grey = 255 · shade, rounded. */
export function toPictureExamples(
	pictures: readonly Picture[],
	options: { classes: readonly string[]; reduction: Reduction },
): Examples {
	const { classes, reduction } = options;
	const length = reduction.size ** 2;
	const input: InputFormat = { datatype: "INT8", shape: [length], scale: 1 / 255, zeroPoint: -128 };
	const rows = new Int8Array(pictures.length * length);
	pictures.forEach((picture, i) => {
		reduce(picture, reduction).forEach((shade, k) => {
			rows[i * length + k] = Math.round(255 * shade) - 128;
		});
	});
	const labels = Uint8Array.from(pictures, ({ label }) => classes.indexOf(label));
	return { input, classes, rows, labels, groups: pictures.map(({ group }) => group) };
}
