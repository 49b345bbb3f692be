/** Candidates as lines of text. */

import { bytes, duration, percent } from "../evaluation/format";
import { alignColumns } from "../tflite/table";
import type { Candidate, SearchResult } from "./search";
import type { Choices } from "./space";

/** "model.hidden [20,10], model.pool 2"; what all have in common is left out by `common`. */
export function choicesText(choices: Choices, common: ReadonlySet<string> = new Set()): string {
	return Object.entries(choices)
		.filter(([name]) => !common.has(name))
		.map(([name, value]) => `${shortName(name)} ${typeof value === "string" ? value : JSON.stringify(value)}`)
		.join(", ");
}

/** The last word, and the one before where there is one: "training.learningRate". */
function shortName(name: string): string {
	return name
		.split(".")
		.slice(-2)
		.join(".")
		.replace(/^model\./, "");
}

/** Names whose value is the same in all candidates. */
export function commonChoices(candidates: readonly Candidate[]): Set<string> {
	const [first, ...others] = candidates.map(({ choices }) => choices);
	if (!first || others.length === 0) return new Set();
	const same = (name: string) => others.every((one) => JSON.stringify(one[name]) === JSON.stringify(first[name]));
	return new Set(Object.keys(first).filter(same));
}

/** One line for each candidate, the most accurate first. `●`: on the front, `★`: chosen, `✗`: beyond the limits. */
export function resultTable({ candidates, front, chosen }: SearchResult): string[] {
	const common = commonChoices(candidates);
	const sorted = [...candidates].sort((a, b) => b.accuracy - a.accuracy || a.flash - b.flash);
	const timed = candidates.some(({ seconds }) => seconds !== undefined);
	const mark = ({ number, over }: Candidate) => {
		if (number === chosen) return "★";
		if (over.length > 0) return "✗";
		return front.includes(number) ? "●" : "";
	};
	return alignColumns([
		["", "", "validation", "RAM", "flash", ...(timed ? ["time"] : []), "choices"],
		...sorted.map((one) => [
			mark(one),
			one.number,
			percent(one.accuracy, 2),
			bytes(one.ram),
			bytes(one.flash),
			...(timed ? [one.seconds === undefined ? "–" : duration(one.seconds)] : []),
			choicesText(one.choices, common),
		]),
	]);
}
