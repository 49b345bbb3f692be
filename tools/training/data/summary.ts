/** What came in, class by class. */

import type { Problem } from "./recording";

export interface ClassSummary {
	readonly name: string;
	/** Files with a recording of the class, recordings (or pictures) and their samples. */
	readonly files: number;
	readonly recordings: number;
	readonly rows: number;
	/** Of all its recordings; 0 for pictures. */
	readonly seconds: number;
	/** Different persons, devices or sessions. */
	readonly groups: number;
	/** Rows of model input made of it. */
	readonly examples: number;
	/** Values at or beyond the range of the wearable's sensor. */
	readonly saturated: number;
	/** Problems with files of the class; those of files that hold several classes count with none. */
	readonly skipped: number;
}

export interface ImportReport {
	readonly classes: readonly ClassSummary[];
	readonly problems: readonly Problem[];
	/** Labels that no class takes, and how many recordings have them. */
	readonly others: ReadonlyMap<string, number>;
	/** Files whose names the source's pattern does not match. */
	readonly ignored: number;
}

const columns = Object.freeze([
	"files",
	"recordings",
	"rows",
	"seconds",
	"groups",
	"examples",
	"saturated",
	"skipped",
] as const);

/** A table of the classes with their totals, and a line for what was left out. */
export function reportText({ classes, others, ignored }: ImportReport): string {
	const cell = (summary: ClassSummary, column: (typeof columns)[number]) =>
		"seconds" === column ? summary.seconds.toFixed(1) : String(summary[column]);
	const table = [["class", ...columns], ...classes.map((one) => [one.name, ...columns.map((name) => cell(one, name))])];
	const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
	const lines = table.map((row) =>
		row.map((text, i) => (0 === i ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("  "),
	);
	for (const [label, count] of others) lines.push(`left out: ${count} of "${label}", which is in no class`);
	if (ignored > 0) lines.push(`passed over: ${ignored} ${1 === ignored ? "file" : "files"} of other names`);
	return lines.join("\n");
}

/** `file:line: row skipped, reason`. */
export function problemText({ file, line, skipped, reason }: Problem): string {
	return `${file}:${line}: ${skipped} skipped, ${reason}`;
}
