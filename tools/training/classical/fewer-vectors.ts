import { rowLength } from "../examples";
import type { TrainingTask } from "../trainer";
import { clusterMiddles } from "./clusters";
import { type Kernel, kernelWith, squaredNorms } from "./kernel";
import type { Vectors } from "./machines";
import { membersOf, pairsOf, pricesOf } from "./pairs";
import { solvePrimal } from "./primal";
import type { Centred } from "./task";

export interface VectorOptions {
	readonly c: number;
	readonly gamma: number;
	readonly balanced: boolean;
	readonly vectors: number;
}

/**
 * A machine with a limit on its vectors. Those that a training picks are most of the rows where classes overlap, far more
 * than what they describe needs; a few that lie well, with coefficients fitted to all rows, do nearly as well.
 * When stopped, pairs that were not reached decide nothing.
 */
export async function fitVectors(options: VectorOptions, task: TrainingTask, centred: Centred): Promise<Vectors> {
	const { training, random } = task;
	const { labels, classes } = training;
	const { values, features } = centred;
	const kernel: Kernel = { kind: "radial", gamma: options.gamma / features };
	const each = Math.floor(options.vectors / classes.length);
	const places = classes.map((_, own) => {
		const rows = rowsAt(
			values,
			features,
			Uint32Array.from(labels.keys()).filter((row) => labels[row] === own),
		);
		return asStored(clusterMiddles(rows, { features, count: each, random }), task, centred);
	});
	const counts = Uint32Array.from(places, ({ length }) => length / features);
	const starts = counts.map((_, own) => counts.subarray(0, own).reduce((sum, count) => sum + count, 0));
	const pairs = pairsOf(classes.length);
	const width = classes.length - 1;
	const coefficients = new Float64Array(counts.reduce((sum, count) => sum + count, 0) * width);
	const intercepts = new Float64Array(pairs.length);
	for (const [index, { first, second }] of pairs.entries()) {
		const members = membersOf(labels, { first, second });
		const basis = joined([places[first]!, places[second]!]);
		const solution = solvePrimal({
			kernels: kernelsBetween(kernel, rowsAt(values, features, members), basis, features),
			between: kernelsBetween(kernel, basis, basis, features),
			signs: Int8Array.from(members, (row) => (labels[row] === first ? 1 : -1)),
			prices: pricesOf(options, labels, members),
		});
		for (let i = 0; i < counts[first]!; i++) coefficients[(starts[first]! + i) * width + second - 1] = solution[i]!;
		for (let i = 0; i < counts[second]!; i++) {
			coefficients[(starts[second]! + i) * width + first] = solution[counts[first]! + i]!;
		}
		intercepts[index] = solution.at(-1)!;
		await task.onProgress?.({ step: index + 1, steps: pairs.length });
		if (task.stopped?.()) break;
	}
	const real = joined(places).map((value, i) => value * centred.scale + centred.means[i % features]!);
	return { values: real, counts, coefficients, intercepts };
}

/** The nearest points that a model which stores integers can hold, so that the coefficients fit what it will have. */
function asStored(points: Float32Array, { training }: TrainingTask, { means, scale }: Centred): Float32Array {
	const { input } = training;
	if (input.datatype === "FLOAT32") return points;
	const features = rowLength(input);
	return points.map((value, i) => {
		const mean = means[i % features]!;
		const stored = Math.round((value * scale + mean) / input.scale);
		return (stored * input.scale - mean) / scale;
	});
}

function kernelsBetween(kernel: Kernel, rows: Float32Array, vectors: Float32Array, features: number): Float64Array {
	const known = { values: vectors, norms: squaredNorms(vectors, features) };
	const count = vectors.length / features;
	const kernels = new Float64Array((rows.length / features) * count);
	for (let row = 0; row < rows.length / features; row++) {
		const own = rows.subarray(row * features, (row + 1) * features);
		kernelWith(kernel, known, own, kernels.subarray(row * count, (row + 1) * count));
	}
	return kernels;
}

function rowsAt(values: Float32Array, features: number, rows: Uint32Array): Float32Array {
	return joined(Array.from(rows, (row) => values.subarray(row * features, (row + 1) * features)));
}

function joined(parts: readonly Float32Array[]): Float32Array {
	const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
