import type { Examples, InputFormat, Stored } from "../../../../tools/training/examples";
import { createRandom, normal, shuffle } from "../../../../tools/training/random";

export const formats = Object.freeze({
	INT8: { datatype: "INT8", shape: [6], scale: 1 / 255, zeroPoint: -128 },
	INT16: { datatype: "INT16", shape: [3, 2], scale: 1 / 32768, zeroPoint: 0 },
	FLOAT32: { datatype: "FLOAT32", shape: [6], scale: 1, zeroPoint: 0 },
} as const satisfies Record<string, InputFormat>);

const middles = Object.freeze({ INT8: 0, INT16: 0, FLOAT32: 0.5 });
const spreads = Object.freeze({ INT8: 20, INT16: 3000, FLOAT32: 0.1 });
const arrays = Object.freeze({ INT8: Int8Array, INT16: Int16Array, FLOAT32: Float32Array });

const features = 6;

/**
 * Normal rows of six features around a middle for each class, `apart` standard deviations from feature to feature.
 * The middles are the same for every seed.
 */
export function blobs(options: {
	datatype: InputFormat["datatype"];
	classes: number;
	rows: number;
	seed: number;
	apart?: number;
}): Examples {
	const { datatype, classes, rows, seed, apart = 2 } = options;
	const places = createRandom(99);
	const centres = Float64Array.from({ length: classes * features }, () => (places() - 0.5) * 2 * apart);
	const random = createRandom(seed);
	const labels = Uint8Array.from({ length: rows }, (_, row) => row % classes);
	const values: Stored = new arrays[datatype](rows * features);
	for (let i = 0; i < values.length; i++) {
		const centre = centres[labels[Math.floor(i / features)]! * features + (i % features)]!;
		const value = middles[datatype] + spreads[datatype] * (centre + normal(random));
		values[i] = datatype === "FLOAT32" ? value : limit(Math.round(value), datatype === "INT8" ? 128 : 32768);
	}
	return {
		input: formats[datatype],
		classes: Array.from({ length: classes }, (_, k) => `class-${k}`),
		rows: values,
		labels,
		groups: Array.from(labels, (_, row) => `${seed}-${row}`),
	};
}

/** The same rows with labels of other rows. */
export function shuffled(examples: Examples, seed: number): Examples {
	const order = Uint32Array.from(examples.labels.keys());
	shuffle(order, createRandom(seed));
	return { ...examples, labels: Uint8Array.from(order, (row) => examples.labels[row]!) };
}

function limit(value: number, end: number): number {
	return Math.max(-end, Math.min(end - 1, value));
}
