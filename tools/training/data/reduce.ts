/** Pictures brought to the size that a model takes. */

import type { Examples, InputFormat } from "../examples";
import type { Picture } from "./recording";

export interface Reduction {
	/** Pixels of a side afterwards. */
	readonly size: number;
	/** Pixels cut off at each side before. */
	readonly margin: number;
	/** Straightens slanting strokes before: see `deslant`. */
	readonly deslant?: boolean;
}

/** Where a new pixel (x, y) lies in the original: (xx · x + xy · y + x0, yx · x + yy · y + y0). */
export interface Affine {
	readonly xx: number;
	readonly xy: number;
	readonly x0: number;
	readonly yx: number;
	readonly yy: number;
	readonly y0: number;
}

/** The picture under a map; between pixels the brightness is interpolated, outside it is 0. */
export function remap(picture: Picture, { xx, xy, x0, yx, yy, y0 }: Affine): Picture {
	const { width, height, pixels: old } = picture;
	const pixels = new Float32Array(old.length);
	for (let j = 0, at = 0; j < height; j++)
		for (let i = 0; i < width; i++, at++) {
			const x = xx * i + xy * j + x0;
			const y = yx * i + yy * j + y0;
			const column = Math.floor(x);
			const row = Math.floor(y);
			if (column < -1 || row < -1 || column >= width || row >= height) continue;
			const right = x - column;
			const below = y - row;
			const place = row * width + column;
			let shade = 0;
			if (row >= 0) {
				if (column >= 0) shade += (1 - right) * (1 - below) * old[place]!;
				if (column + 1 < width) shade += right * (1 - below) * old[place + 1]!;
			}
			if (row + 1 < height) {
				if (column >= 0) shade += (1 - right) * below * old[place + width]!;
				if (column + 1 < width) shade += right * below * old[place + width + 1]!;
			}
			pixels[at] = shade;
		}
	return { ...picture, pixels };
}

/**
 * Shears the picture along its rows so that brightness no longer drifts sideways from row to row: with (x̄, ȳ) the centre
 * of brightness, row y moves by −(y − ȳ) · Σ b (x − x̄)(y − ȳ) / Σ b (y − ȳ)². It is what LeCun et al., "Gradient-Based
 * Learning Applied to Document Recognition" (1998), section III.A, call deslanting; they too crop to 20 × 20 then.
 */
export function deslant(picture: Picture): Picture {
	const { width, height, pixels } = picture;
	let [whole, acrossSum, downSum] = [0, 0, 0];
	for (let y = 0, at = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const shade = pixels[at++]!;
			whole += shade;
			acrossSum += shade * x;
			downSum += shade * y;
		}
	const [across, down] = [acrossSum / whole, downSum / whole];
	let [covariance, variance] = [0, 0];
	for (let y = 0, at = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const shade = pixels[at++]! * (y - down);
			covariance += shade * (x - across);
			variance += shade * (y - down);
		}
	// A dark picture, or one of a single row, has no slant.
	if (!(variance > 1e-9)) return picture;
	const slope = covariance / variance;
	return remap(picture, { xx: 1, xy: slope, x0: -slope * down, yx: 0, yy: 1, y0: 0 });
}

/**
 * Averages over areas: each new pixel is the mean of what it covers of the old ones, parts of pixels counted by their
 * area, within the frame that the margin leaves. In shades 0 … 1, row after row.
 */
export function reduce(picture: Picture, reduction: Reduction): Float32Array {
	const { size, margin } = reduction;
	const { width, height, pixels } = reduction.deslant ? deslant(picture) : picture;
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

/** Elements of a row: grey from 0 to 255, less 128. */
export function storedPicture(picture: Picture, reduction: Reduction): Int8Array {
	return Int8Array.from(reduce(picture, reduction), (shade) => Math.round(255 * shade) - 128);
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
		rows.set(storedPicture(picture, reduction), i * length);
	});
	const labels = Uint8Array.from(pictures, ({ label }) => classes.indexOf(label));
	const groups = pictures.map(({ group }) => group);
	return { input, classes, rows, labels, groups, pictures: { originals: pictures, reduction } };
}
