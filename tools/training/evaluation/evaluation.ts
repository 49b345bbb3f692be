/** What was measured of a model on rows that it never saw, as plain data: for the card, the report and the tables. */

import type { Examples } from "../examples";
import { createRandom } from "../random";
import { areShares, type Calibration, calibrationOf } from "./calibration";
import { type Ranking, rankingOf } from "./curves";
import { type Bootstrap, bootstrap, type Interval, wilson } from "./intervals";
import {
	accuracyOf,
	type ClassFigures,
	classFigures,
	countConfusion,
	foundClasses,
	type MeanFigures,
	meanFigures,
} from "./metrics";

export interface Evaluation {
	readonly classes: readonly string[];
	readonly rows: number;
	/** Different groups among the rows: people, devices, sessions. */
	readonly groups: number;
	/** Rows are true classes, columns found ones. */
	readonly confusion: readonly (readonly number[])[];
	readonly accuracy: number;
	/** Mean of the classes' recalls: what always saying the commonest class cannot raise. */
	readonly balancedAccuracy: number;
	/** Share of the commonest class: the accuracy of a model that has learnt nothing. */
	readonly baseline: number;
	readonly perClass: readonly (ClassFigures & { readonly ranking: Ranking | null })[];
	readonly macro: MeanFigures;
	readonly weighted: MeanFigures;
	/** null when the scores are no shares of a whole. */
	readonly calibration: Calibration | null;
	readonly bootstrap: Bootstrap;
	/** Of the accuracy, rows taken as independent. */
	readonly wilson: Interval;
}

/** Rows and what a model said to them. */
export interface Answers {
	readonly classes: readonly string[];
	readonly labels: Uint8Array;
	readonly groups: readonly string[];
	/** Rows × classes; the greatest wins. */
	readonly scores: ArrayLike<number>;
}

export interface AssessOptions {
	/** Of the bootstrap. */
	readonly seed?: number;
	readonly replicates?: number;
}

/** Throws RangeError when there are no rows, or not as many scores as rows and classes ask for, or one is not a number. */
export function assess(answers: Answers, { seed = 1, replicates }: AssessOptions = {}): Evaluation {
	const { classes: names, labels, groups, scores } = answers;
	const classes = names.length;
	if (labels.length === 0) throw new RangeError("there are no rows to evaluate on");
	if (scores.length !== labels.length * classes || groups.length !== labels.length) {
		throw new RangeError(
			`${labels.length} rows of ${classes} classes need ${labels.length * classes} scores and a group each, ` +
				`got ${scores.length} scores and ${groups.length} groups`,
		);
	}
	const bad = Array.prototype.findIndex.call(scores, (score: number) => !Number.isFinite(score));
	if (bad >= 0) throw new RangeError(`row ${Math.floor(bad / classes)} has a score that is no number`);
	const found = foundClasses(scores, classes);
	const counts = countConfusion(labels, found, classes);
	const figures = classFigures(counts, names);
	const { macro, weighted } = meanFigures(figures);
	const accuracy = accuracyOf(counts, classes);
	return {
		classes: names,
		rows: labels.length,
		groups: new Set(groups).size,
		confusion: names.map((_, i) => Array.from(counts.subarray(i * classes, (i + 1) * classes))),
		accuracy,
		balancedAccuracy: macro.recall,
		baseline: Math.max(...figures.map(({ support }) => support)) / labels.length,
		perClass: figures.map((figure, i) => ({ ...figure, ranking: rankingOf(labels, scores, classes, i) })),
		macro,
		weighted,
		calibration: areShares(scores, classes) ? calibrationOf(labels, scores, classes) : null,
		bootstrap: bootstrap({
			truth: labels,
			found,
			names,
			groups,
			random: createRandom(seed),
			...(replicates !== undefined && { replicates }),
		}),
		wilson: wilson(Math.round(accuracy * labels.length), labels.length),
	};
}

/** Runs a model on rows of its raw input, one after another; gives the rows of its raw output. */
export type RunModel = (inputs: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * The scores, rows × classes, that a model gives on the rows as they are stored. `run` is the engine: what is measured is
 * what will be deployed. Throws RangeError when it gives neither a float32 for each class nor, for two classes, the share
 * of the second.
 */
export async function scoresOf(examples: Examples, run: RunModel): Promise<Float32Array> {
	const { rows, labels, classes } = examples;
	const outputs = await run(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
	const width = outputs.length / (4 * labels.length);
	const single = classes.length === 2 && width === 1;
	if (!single && width !== classes.length) {
		throw new RangeError(
			`the model gave ${outputs.length} bytes for ${labels.length} rows of ${classes.length} classes, ` +
				`not ${labels.length * classes.length} floats`,
		);
	}
	// A copy, since floats need an alignment that bytes need not have.
	const values = new Float32Array(outputs.slice().buffer);
	return single ? Float32Array.from({ length: 2 * values.length }, (_, i) => pair(values[i >> 1]!, i & 1)) : values;
}

function pair(second: number, index: number): number {
	return index === 1 ? second : 1 - second;
}

/** Measures a model by running it. */
export async function evaluate(
	examples: Examples,
	run: RunModel,
	options: AssessOptions = {},
): Promise<{ evaluation: Evaluation; scores: Float32Array }> {
	const scores = await scoresOf(examples, run);
	const { classes, labels, groups } = examples;
	return { evaluation: assess({ classes, labels, groups, scores }, options), scores };
}

/** What a model card has room for. */
export interface CompactEvaluation {
	readonly accuracy: number;
	/** Of the accuracy, 95 %, by the bootstrap. */
	readonly interval: readonly [number, number];
	readonly macroF1: number;
	/** Expected calibration error, where scores are shares. */
	readonly calibrationError?: number;
	readonly rows: number;
	readonly groups: number;
	/** Rows are true classes, columns found ones; or, where that takes too many bytes, the classes' recalls alone. */
	readonly confusion?: readonly (readonly number[])[];
	readonly recalls?: readonly (number | null)[];
}

/** At most `limit` bytes of JSON for up to 16 classes. */
export function compact(evaluation: Evaluation, limit = 900): CompactEvaluation {
	const { calibration, confusion, perClass } = evaluation;
	const { low, high } = evaluation.bootstrap.accuracy;
	const figures: CompactEvaluation = {
		accuracy: rounded(evaluation.accuracy),
		interval: [rounded(low), rounded(high)],
		macroF1: rounded(evaluation.macro.f1),
		...(calibration && { calibrationError: rounded(calibration.expectedError) }),
		rows: evaluation.rows,
		groups: evaluation.groups,
	};
	const whole = { ...figures, confusion };
	if (JSON.stringify(whole).length <= limit) return whole;
	return { ...figures, recalls: perClass.map(({ recall }) => (recall === null ? null : rounded(recall))) };
}

function rounded(share: number): number {
	return Math.round(share * 10000) / 10000;
}
