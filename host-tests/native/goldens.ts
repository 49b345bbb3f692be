/** The recorded models: goldens/FAMILY/CASE.tflite and CASE.golden, as corpus/README.md describes them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Golden {
	/** FAMILY/CASE */
	name: string;
	/** Of the .tflite file. */
	model: string;
	/** Of the .golden file. */
	rows: string;
	/** For float32 outputs, where it is not that of all others. */
	tolerance?: number;
}

const folder = fileURLToPath(new URL("goldens", import.meta.url));

/** goldens/FAMILY/tolerances.json, of those that state some. */
function tolerancesOf(family: string): Record<string, number> {
	const path = `${folder}/${family}/tolerances.json`;
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

export function listGoldens(): Golden[] {
	return readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.flatMap(({ name: family }) => {
			const tolerances = tolerancesOf(family);
			return readdirSync(`${folder}/${family}`)
				.filter((file) => file.endsWith(".tflite"))
				.map((file) => file.slice(0, -".tflite".length))
				.map((name) => ({
					name: `${family}/${name}`,
					model: `${folder}/${family}/${name}.tflite`,
					rows: `${folder}/${family}/${name}.golden`,
					tolerance: tolerances[name],
				}));
		})
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Rows {
	count: number;
	/** All rows' inputs, all rows' outputs. */
	inputs: Buffer;
	outputs: Buffer;
}

/** @param inputBytes Of one row. @param outputBytes Of one row. */
export function readRows(path: string, inputBytes: number, outputBytes: number): Rows {
	const bytes = readFileSync(path);
	const count = bytes.readUInt32LE(0);
	const size = inputBytes + outputBytes;
	if (count === 0 || bytes.length !== 4 + count * size) throw new Error(`${path}: not ${count} rows of ${size} bytes`);
	const starts = Array.from({ length: count }, (_, i) => 4 + i * size);
	return {
		count,
		inputs: Buffer.concat(starts.map((at) => bytes.subarray(at, at + inputBytes))),
		outputs: Buffer.concat(starts.map((at) => bytes.subarray(at + inputBytes, at + size))),
	};
}
