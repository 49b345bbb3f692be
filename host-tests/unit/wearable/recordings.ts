import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../../../../shared/data/nano-gestures/hori.csv", import.meta.url));

/** Whether real recordings lie beside the project: 98 horizontal gestures of 119 samples at 119 Hz. */
export const recorded = existsSync(path);

/** The recordings as flat arrays of six values a row, in g and °/s. */
export function readRecordings(): number[][] {
	const recordings: number[][] = [[]];
	for (const line of readFileSync(path, "latin1").split(/\r?\n/).slice(1)) {
		if ("" === line.trim()) recordings.push([]);
		else recordings.at(-1)!.push(...line.split(",").map(Number));
	}
	return recordings.filter((recording) => recording.length > 0);
}
