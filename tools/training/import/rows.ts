/** Rows of numbers in lines of text, however they are separated. */

import { decodeText, TextError } from "common/text";
import { limits } from "../data/recording";

/** A row of the file that could not be used. */
export interface RowProblem {
	/** Counted from 1. */
	readonly line: number;
	readonly reason: string;
}

/** Rows that belong together. */
export interface Block {
	/** Where its first row is. */
	readonly line: number;
	/** Row after row, as in the file; NaN in a column "-". */
	readonly values: Float32Array;
	/** Rows among them that were left out. */
	readonly malformed: number;
}

export interface RowsOptions {
	/** What the columns are, "-" where nobody asks; a line that says just this is a header and passed over. */
	readonly columns: readonly string[];
	/** A line that begins a block; "" is a blank line. Without one the whole text is one block. */
	readonly divider?: string;
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads rows of numbers, separated by commas, semicolons or tabs where a line has any, else by spaces. A malformed row
 * is left out and reported. What exceeds `limits` ends the reading and is reported.
 */
export function readRows(bytes: Uint8Array, options: RowsOptions): { blocks: Block[]; problems: RowProblem[] } {
	const { columns, divider } = options;
	const blocks: Block[] = [];
	const problems: RowProblem[] = [];
	let values: number[] = [];
	let first = 0;
	let malformed = 0;
	const finish = () => {
		if (values.length) blocks.push({ line: first, values: Float32Array.from(values), malformed });
		values = [];
		malformed = 0;
	};
	for (const { line, text, reason } of readLines(bytes)) {
		if (problems.length === limits.problems) {
			problems.push({ line, reason: `more than ${limits.problems} malformed rows; the rest is not read` });
			break;
		}
		if (undefined === text) {
			problems.push({ line, reason });
			malformed++;
			continue;
		}
		if (text === divider) {
			finish();
			continue;
		}
		if ("" === text) continue;
		const fields = split(text);
		if (isHeader(fields, columns)) continue;
		const problem = rowProblem(fields, columns);
		if (problem) {
			problems.push({ line, reason: problem });
			malformed++;
			continue;
		}
		if (0 === values.length) first = line;
		for (const field of fields) values.push(Number(field));
	}
	finish();
	return { blocks, problems };
}

function split(text: string): string[] {
	const separator = /[,;\t]/.exec(text)?.[0];
	return undefined === separator ? text.split(/\s+/) : text.split(separator).map((field) => field.trim());
}

function isHeader(fields: readonly string[], columns: readonly string[]): boolean {
	return fields.length === columns.length && columns.every((name, i) => "-" === name || name === fields[i]);
}

function rowProblem(fields: readonly string[], columns: readonly string[]): string | undefined {
	if (columns.length !== fields.length) {
		const found = `${fields.length} field${1 === fields.length ? "" : "s"}`;
		return `${found} where ${columns.join()} are expected`;
	}
	for (const [i, field] of fields.entries())
		if ("-" !== columns[i] && (!number.test(field) || !Number.isFinite(Math.fround(Number(field)))))
			return `"${field.slice(0, 20)}" is not a number`;
	return;
}

type Line =
	| { readonly line: number; readonly text: string; readonly reason?: undefined }
	| { readonly line: number; readonly text?: undefined; readonly reason: string };

/** Lines without their ends and outer white space, or why one cannot be read. LF, CR LF and CR end a line. */
export function* readLines(bytes: Uint8Array): Generator<Line> {
	let line = 0;
	for (let start = 0; start < bytes.length; ) {
		let end = start;
		while (end < bytes.length && 0x0a !== bytes[end] && 0x0d !== bytes[end]) end++;
		line++;
		if (line > limits.rows) {
			yield { line, reason: `more than ${limits.rows} lines; the rest is not read` };
			return;
		}
		yield readLine(bytes, start, end, line);
		start = 0x0d === bytes[end] && 0x0a === bytes[end + 1] ? end + 2 : end + 1;
	}
}

function readLine(bytes: Uint8Array, start: number, end: number, line: number): Line {
	if (end - start > limits.line) return { line, reason: `a line of more than ${limits.line} bytes` };
	try {
		const text = decodeText(bytes.subarray(start, end));
		return { line, text: (1 === line ? text.replace(/^\uFEFF/, "") : text).trim() };
	} catch (error) {
		if (!(error instanceof TextError)) throw error;
		return { line, reason: "this is not UTF-8 text" };
	}
}

/** Tells which line, from 1, a byte of a text is in; soonest when it is asked in ascending order. */
export class LineFinder {
	readonly #bytes: Uint8Array;
	#position = 0;
	#line = 1;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	lineOf(position: number): number {
		const bytes = this.#bytes;
		if (position < this.#position) {
			this.#position = 0;
			this.#line = 1;
		}
		const end = Math.min(position, bytes.length);
		for (; this.#position < end; this.#position++) {
			const byte = bytes[this.#position];
			if (0x0a === byte || (0x0d === byte && 0x0a !== bytes[this.#position + 1])) this.#line++;
		}
		return this.#line;
	}
}
