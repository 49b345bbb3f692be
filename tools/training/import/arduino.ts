import { encodeText } from "common/text";
import type { Identity, Imported, ImportFile, Recording } from "../data/recording";
import { type RowProblem, readRows } from "./rows";
import { importText } from "./text";

export interface Recordings {
	/** Each one samples × 6: aX, aY, aZ in g, gX, gY, gZ in °/s. */
	readonly recordings: readonly Float32Array[];
	readonly problems: readonly RowProblem[];
}

/** Recordings as Arduino's IMU capture sketches print them: a header line, a blank line between recordings. */
const format = Object.freeze({ columns: Object.freeze(["aX", "aY", "aZ", "gX", "gY", "gZ"] as const), divider: "" });
const units = Object.freeze({ acceleration: "g", rotation: "°/s" });

/** Reads rows of six numbers in g and °/s. A malformed row is left out and reported; nothing is guessed. */
export function readArduino(text: string): Recordings {
	const { blocks, problems } = readRows(encodeText(text), format);
	return { recordings: blocks.map(({ values }) => values), problems };
}

/** The format says nothing of the rate, in samples a second; `rows`: samples that each recording must have. */
export function importArduino(
	file: ImportFile,
	options: Identity & { rate: number; rows?: number },
): Imported<Recording> {
	return importText(file, { ...options, ...format, units });
}
