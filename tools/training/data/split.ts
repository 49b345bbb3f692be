/** Sets for training, validation and test, and folds of cross-validation: seeded, and even in classes. */

import { type Examples, type Split, select } from "../examples";
import { createRandom, shuffle } from "../random";

export interface SplitOptions {
	/**
	 * What is never divided. "class": a recording, so that the sets have the classes in equal shares; "group": all of a
	 * person, device or session, so that the test set's people are new to the model, and the classes as even as that
	 * allows.
	 */
	readonly by: "class" | "group";
	/** Shares of the rows; their sum counts as all of them. */
	readonly shares: { readonly training: number; readonly validation: number; readonly test: number };
	/** The same seed gives the same sets. */
	readonly seed: number;
}

/** The rows cannot be divided so; says what is missing. */
export class SplitError extends Error {}

/** Throws `SplitError` when a set stays empty. */
export function splitExamples(examples: Examples, options: SplitOptions): Split {
	const { training, validation, test } = options.shares;
	const sets = assign(examples, { ...options, shares: [training, validation, test] });
	const [first, second, third] = sets.map((rows) => select(examples, rows));
	return { training: first!, validation: second!, test: third! };
}

/** One division into rows to train on and rows to measure on: indices of rows, ascending. */
export interface Fold {
	/** What is held out: the group's name, or the fold's number from 1. */
	readonly name: string;
	readonly training: Uint32Array;
	readonly test: Uint32Array;
}

/** Each row is in one fold's test set. Throws `SplitError` when a fold stays empty. */
export function kFolds(examples: Examples, options: Pick<SplitOptions, "by" | "seed"> & { folds: number }): Fold[] {
	const { folds } = options;
	if (!(Number.isInteger(folds) && folds >= 2)) throw new SplitError(`${folds} folds: at least 2`);
	const sets = assign(examples, { ...options, shares: new Array<number>(folds).fill(1) });
	return sets.map((test, i) => ({ name: String(i + 1), training: without(examples, test), test }));
}

/** A fold for each group in turn, in the order in which the groups first occur. */
export function leaveOneGroupOut(examples: Examples): Fold[] {
	const groups = gather(examples.groups);
	if (groups.size < 2) throw new SplitError("one group cannot be left out of none");
	return [...groups].map(([name, rows]) => {
		const test = Uint32Array.from(rows);
		return { name, training: without(examples, test), test };
	});
}

function without(examples: Examples, held: Uint32Array): Uint32Array {
	const out = new Uint8Array(examples.labels.length);
	for (const index of held) out[index] = 1;
	return Uint32Array.from(examples.labels.keys()).filter((index) => 0 === out[index]);
}

/** The rows of each name, by the order in which the names first occur. */
function gather(names: readonly string[]): Map<string, number[]> {
	const rows = new Map<string, number[]>();
	names.forEach((name, i) => {
		const known = rows.get(name);
		if (known) known.push(i);
		else rows.set(name, [i]);
	});
	return rows;
}

/** Names what must stay together. */
function unitNames({ groups, origins }: Examples, by: SplitOptions["by"]): readonly string[] {
	if ("group" === by) return groups;
	if (origins) return origins.map(({ file, line }) => `${file}:${line}`);
	return groups.map((_, i) => String(i));
}

/** Rows that stay together, and how many of them are of each class. */
interface Unit {
	readonly rows: readonly number[];
	readonly counts: Float64Array;
}

/** Orders that are tried for units of more than one row; more make the sets hardly more even. */
const tries = 50;

/**
 * Gives each unit, in an order drawn from the seed, to the set whose class counts it brings nearest to what they are to
 * be, and takes the best of several orders. With units of one row of one class this is a stratified split.
 */
function assign(
	examples: Examples,
	options: { by: SplitOptions["by"]; shares: readonly number[]; seed: number },
): Uint32Array[] {
	const { by, seed, shares } = options;
	const whole = shares.reduce((sum, share) => sum + share, 0);
	if (shares.some((share) => !(share >= 0)) || !(whole > 0)) throw new SplitError("shares are numbers from 0");
	const units = [...gather(unitNames(examples, by)).values()].map((rows) => toUnit(examples, rows));
	const totals = new Float64Array(examples.classes.length);
	for (const label of examples.labels) totals[label]! += 1;
	const targets = shares.map((share) => totals.map((total) => (total * share) / whole));
	const random = createRandom(seed);
	const order = Uint32Array.from(units.keys());
	let best: { sets: TargetSet[]; cost: number } | undefined;
	for (let left = units.some(({ rows }) => rows.length > 1) ? tries : 1; left > 0; left--) {
		shuffle(order, random);
		const sets = targets.map((target) => new TargetSet(target));
		for (const index of order) cheapest(sets, units[index]!).add(units[index]!);
		const cost = sets.reduce((sum, set) => sum + set.cost, 0);
		const fills = sets.every((set, i) => set.rows.length > 0 || 0 === shares[i]);
		if (fills && (!best || cost < best.cost)) best = { sets, cost };
	}
	if (!best) {
		const what = "group" === by ? "groups" : "recordings";
		throw new SplitError(`${units.length} ${what} do not fill ${shares.filter((share) => share > 0).length} sets`);
	}
	return best.sets.map(({ rows }) => Uint32Array.from(rows).sort());
}

function toUnit({ classes, labels }: Examples, rows: readonly number[]): Unit {
	const counts = new Float64Array(classes.length);
	for (const index of rows) counts[labels[index]!]! += 1;
	return { rows, counts };
}

/** A set on its way to the counts of each class that it is to have. */
class TargetSet {
	readonly rows: number[] = [];
	readonly #target: Float64Array;
	readonly #counts: Float64Array;

	constructor(target: Float64Array) {
		this.#target = target;
		this.#counts = new Float64Array(target.length);
	}

	add({ rows, counts }: Unit): void {
		for (const row of rows) this.rows.push(row);
		counts.forEach((count, i) => {
			this.#counts[i]! += count;
		});
	}

	/** Σ (count − target)² / target over the classes. */
	get cost(): number {
		return this.#target.reduce((sum, target, i) => {
			return target > 0 ? sum + (this.#counts[i]! - target) ** 2 / target : sum;
		}, 0);
	}

	/** By how much the unit would raise the cost; infinite where the set is to have nothing of its class. */
	costOf({ counts }: Unit): number {
		let cost = 0;
		counts.forEach((count, i) => {
			if (0 === count) return;
			const target = this.#target[i]!;
			cost += target > 0 ? (count * (2 * (this.#counts[i]! - target) + count)) / target : Number.POSITIVE_INFINITY;
		});
		return cost;
	}
}

/** Of equals the first. */
function cheapest(sets: readonly TargetSet[], unit: Unit): TargetSet {
	let best: TargetSet | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const set of sets) {
		const cost = set.costOf(unit);
		if (cost >= least) continue;
		least = cost;
		best = set;
	}
	return best!;
}
