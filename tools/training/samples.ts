/** Rows of features as text, one row a line. */

import { readLines } from "./import/rows";

/** A line that is no row of features. */
export class SamplesError extends Error {
	override readonly name = "SamplesError";
	/** Counted from 1. */
	readonly line: number;

	constructor(line: number, reason: string) {
		super(reason);
		this.line = line;
	}
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const mostValues = 1 << 24;

/**
 * Reads rows of `width` numbers, separated by commas, semicolons, tabs or spaces; a first line without a number is a
 * heading. Throws a `SamplesError` for the first line that is none, since what the model is given has to be right.
 */
export function readSamples(bytes: Uint8Array, width: number): { values: Float32Array; rows: number } {
	const values: number[] = [];
	let rows = 0;
	for (const { line, text, reason } of readLines(bytes)) {
		if (text === undefined) throw new SamplesError(line, reason);
		if (text === "") continue;
		const fields = text.split(/\s*[,;\t]\s*|\s+/);
		if (rows === 0 && !fields.some((field) => number.test(field))) continue;
		if (fields.length !== width) throw new SamplesError(line, `${fields.length} numbers where a row has ${width}`);
		for (const field of fields) {
			if (!number.test(field) || !Number.isFinite(Math.fround(Number(field))))
				throw new SamplesError(line, `"${field.slice(0, 20)}" is not a number`);
			values.push(Number(field));
		}
		rows++;
		if (values.length > mostValues) throw new SamplesError(line, `more than ${mostValues} numbers`);
	}
	if (rows === 0) throw new SamplesError(1, "there is no row in the file");
	return { values: Float32Array.from(values), rows };
}
