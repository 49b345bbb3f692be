/** The models of scikit-learn that fixtures/make.py exports, with what scikit-learn says of every row of their test sets. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Examples, InputFormat } from "../../../../tools/training/examples";

const folder = fileURLToPath(new URL("fixtures/", import.meta.url));

interface Index {
	data: Record<string, { features: number; stored: "i1" | "<i2" | "<f4" }>;
	models: Record<string, { data: string; classes: string[]; found: number[]; shares: boolean } | { refused: string }>;
}

const index = JSON.parse(readFileSync(`${folder}fixtures.json`, "utf8")) as Index;

export interface Fixture {
	readonly name: string;
	readonly onnx: Uint8Array;
	readonly classes: readonly string[];
	/** For each row of the test set the class that scikit-learn predicts. */
	readonly found: readonly number[];
	/** rows × classes, or × 1 of what is regressed; undefined where scikit-learn goes by votes or decisions. */
	readonly shares: Float32Array | undefined;
	readonly rows: Float32Array;
	/** The rows as they lie in the file: whole numbers of 8 or 16 bits, or floats. */
	readonly stored: { readonly input: InputFormat; readonly rows: Int8Array | Int16Array | Float32Array };
}

const formats = {
	i1: { datatype: "INT8", make: (bytes: ArrayBuffer) => new Int8Array(bytes) },
	"<i2": { datatype: "INT16", make: (bytes: ArrayBuffer) => new Int16Array(bytes) },
	"<f4": { datatype: "FLOAT32", make: (bytes: ArrayBuffer) => new Float32Array(bytes) },
} as const;

function read(name: string): ArrayBuffer {
	return new Uint8Array(readFileSync(folder + name)).buffer;
}

export const fixtures: readonly Fixture[] = Object.entries(index.models).flatMap(([name, entry]) => {
	if ("refused" in entry) return [];
	const { features, stored } = index.data[entry.data]!;
	const { datatype, make } = formats[stored];
	const rows = make(read(`${entry.data}.rows`));
	return {
		name,
		onnx: new Uint8Array(read(`${name}.onnx`)),
		classes: entry.classes,
		found: entry.found,
		shares: entry.shares ? new Float32Array(read(`${name}.shares`)) : undefined,
		rows: Float32Array.from(rows),
		stored: { input: { datatype, shape: [features], scale: 1, zeroPoint: 0 }, rows },
	};
});

/** Models that cannot be imported, with a word that their error has to hold. */
export const refused: readonly { name: string; onnx: Uint8Array; node: string }[] = Object.entries(
	index.models,
).flatMap(([name, entry]) =>
	"refused" in entry ? { name, onnx: new Uint8Array(read(`${name}.onnx`)), node: entry.refused } : [],
);

export function fixture(name: string): Fixture {
	return fixtures.find((one) => one.name === name)!;
}

export function floatInput(features: number): InputFormat {
	return { datatype: "FLOAT32", shape: [features], scale: 1, zeroPoint: 0 };
}

/** Rows without classes, as calibration takes them. */
export function examplesOf(input: InputFormat, rows: Examples["rows"]): Examples {
	return { input, classes: [], rows, labels: new Uint8Array(), groups: [] };
}
