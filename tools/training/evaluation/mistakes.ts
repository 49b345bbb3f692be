/** The rows to look at first. */

import type { Examples } from "../examples";
import { foundClasses } from "./metrics";

export interface Mistake {
	readonly row: number;
	readonly truth: number;
	readonly found: number;
	/** Scores of the class found and of the true one. */
	readonly score: number;
	readonly truthScore: number;
}

/** The rows that were found wrongly with the greatest lead over the truth, the worst first. */
export function worstMistakes({ classes, labels }: Examples, scores: ArrayLike<number>, count: number): Mistake[] {
	const width = classes.length;
	const found = foundClasses(scores, width);
	const wrong = Array.from(labels.keys()).filter((row) => found[row] !== labels[row]);
	const mistakes = wrong.map((row) => ({
		row,
		truth: labels[row]!,
		found: found[row]!,
		score: scores[row * width + found[row]!]!,
		truthScore: scores[row * width + labels[row]!]!,
	}));
	const lead = ({ score, truthScore }: Mistake) => score - truthScore;
	return mistakes.sort((a, b) => lead(b) - lead(a) || a.row - b.row).slice(0, count);
}
