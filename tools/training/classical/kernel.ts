import type { KernelRow } from "./smo";

/** linear: x · s; radial: exp(−gamma · |x − s|²). */
export type Kernel = { readonly kind: "linear" } | { readonly kind: "radial"; readonly gamma: number };

/** Bytes of kernel rows that are kept. */
const cacheBytes = 64 * 1024 * 1024;

/** The kernel among a set of rows, computed row by row as it is asked for; the least recently used are forgotten. */
export class KernelMatrix {
	readonly diagonal: Float64Array;
	readonly row: KernelRow;

	constructor(kernel: Kernel, values: Float32Array, features: number) {
		const rows = values.length / features;
		const norms = squaredNorms(values, features);
		this.diagonal = kernel.kind === "linear" ? norms : new Float64Array(rows).fill(1);
		const cache = new Map<number, Float32Array>();
		const kept = Math.max(2, Math.floor(cacheBytes / (4 * rows)));
		this.row = (row) => {
			let result = cache.get(row);
			if (result) cache.delete(row);
			else {
				result = new Float32Array(rows);
				for (let other = 0; other < rows; other++) {
					const product = dot(values, row * features, values, other * features, features);
					result[other] =
						kernel.kind === "linear"
							? product
							: Math.exp(-kernel.gamma * Math.max(0, norms[row]! + norms[other]! - 2 * product));
				}
				if (cache.size >= kept) cache.delete(cache.keys().next().value!);
			}
			cache.set(row, result);
			return result;
		};
	}
}

/** The kernel of one row with each of the vectors, whose squared norms are given. */
export function kernelWith(
	kernel: Kernel,
	vectors: { values: Float32Array; norms: Float64Array },
	row: Float32Array,
	result: Float64Array,
): void {
	const features = row.length;
	const norm = dot(row, 0, row, 0, features);
	for (let i = 0; i < result.length; i++) {
		const product = dot(vectors.values, i * features, row, 0, features);
		result[i] =
			kernel.kind === "linear"
				? product
				: Math.exp(-kernel.gamma * Math.max(0, norm + vectors.norms[i]! - 2 * product));
	}
}

export function squaredNorms(values: Float32Array, features: number): Float64Array {
	return Float64Array.from({ length: values.length / features }, (_, i) =>
		dot(values, i * features, values, i * features, features),
	);
}

/** Four sums side by side, which the processor can add up at the same time. */
function dot(a: Float32Array, aFrom: number, b: Float32Array, bFrom: number, count: number): number {
	let [s0, s1, s2, s3] = [0, 0, 0, 0];
	let i = 0;
	for (; i + 4 <= count; i += 4) {
		s0 += a[aFrom + i]! * b[bFrom + i]!;
		s1 += a[aFrom + i + 1]! * b[bFrom + i + 1]!;
		s2 += a[aFrom + i + 2]! * b[bFrom + i + 2]!;
		s3 += a[aFrom + i + 3]! * b[bFrom + i + 3]!;
	}
	for (; i < count; i++) s0 += a[aFrom + i]! * b[bFrom + i]!;
	return s0 + s1 + (s2 + s3);
}
