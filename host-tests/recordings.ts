import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readArduino } from "../tools/training/import/arduino";
import { hasData } from "./optional";

const file = fileURLToPath(new URL("../../shared/data/nano-gestures/hori.csv", import.meta.url));

/** Whether the recordings lie beside the project; says what is skipped where they do not. */
export const hasRecordings = (skipped: string): boolean => hasData(file, skipped);

/** 98 horizontal gestures of 119 samples at 119 Hz: arrays of six values a row, in g and °/s. */
export function readRecordings(): number[][] {
	return readArduino(readFileSync(file, "utf8")).recordings.map((recording) => Array.from(recording));
}
