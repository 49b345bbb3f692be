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

/**
 * Gives each unit, the largest first, to the set whose class counts it brings nearest to what they are to be; then moves
 * single units as long as that improves. With units of one row of one class this is a stratified split.
 */
function assign(
	examples: Examples,
	options: { by: SplitOptions["by"]; shares: readonly number[]; seed: number },
): Uint32Array[] {
	const { by, seed, shares } = options;
	const whole = shares.reduce((sum, share) => sum + share, 0);
	if (shares.some((share) => !(share >= 0)) || !(whole > 0)) throw new SplitError("shares are numbers from 0");
	const units = [...gather(unitNames(examples, by)).values()].map((rows) => toUnit(examples, rows));
	const order = Uint32Array.from(units.keys());
	shuffle(order, createRandom(seed));
	// Sorting is stable: units of one size stay as they were shuffled.
	const sorted = Array.from(order, (i) => units[i]!).sort((a, b) => b.rows.length - a.rows.length);
	const totals = new Float64Array(examples.classes.length);
	for (const label of examples.labels) totals[label]! += 1;
	const sets = shares.map((share) => new TargetSet(totals.map((total) => (total * share) / whole)));
	const places = sorted.map((unit) => {
		const place = cheapest(sets, unit);
		sets[place]!.add(unit, 1);
		return place;
	});
	improve(sets, sorted, places);
	return sets.map((set, i) => {
		if (shares[i]! > 0 && 0 === set.units)
			throw new SplitError(
				`${units.length} ${"group" === by ? "groups" : "recordings"} do not fill ${sets.length} sets`,
			);
		const rows = sorted.flatMap((unit, at) => (places[at] === i ? unit.rows : []));
		return Uint32Array.from(rows).sort();
	});
}

function toUnit({ classes, labels }: Examples, rows: readonly number[]): Unit {
	const counts = new Float64Array(classes.length);
	for (const index of rows) counts[labels[index]!]! += 1;
	return { rows, counts };
}

/** A set on its way to the counts of each class that it is to have. */
class TargetSet {
	units = 0;
	readonly #target: Float64Array;
	readonly #counts: Float64Array;

	constructor(target: Float64Array) {
		this.#target = target;
		this.#counts = new Float64Array(target.length);
	}

	/** `sign` -1 takes the unit out again. */
	add({ counts }: Unit, sign: 1 | -1): void {
		counts.forEach((count, i) => {
			this.#counts[i]! += sign * count;
		});
		this.units += sign;
	}

	/** By how much adding (or with -1 removing) the unit would raise Σ (count − target)² / target. */
	cost({ counts }: Unit, sign: 1 | -1): number {
		let cost = 0;
		counts.forEach((count, i) => {
			if (0 === count) return;
			const target = this.#target[i]!;
			if (target > 0) cost += (count * (2 * sign * (this.#counts[i]! - target) + count)) / target;
			else cost += sign > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
		});
		return cost;
	}
}

/** Of equals the first. */
function cheapest(sets: readonly TargetSet[], unit: Unit): number {
	let best = 0;
	let least = Number.POSITIVE_INFINITY;
	sets.forEach((set, i) => {
		const cost = set.cost(unit, 1);
		if (cost < least) {
			least = cost;
			best = i;
		}
	});
	return best;
}

/** Moving costs passes × units × sets; few passes change anything. */
const maximumPasses = 8;

function improve(sets: readonly TargetSet[], units: readonly Unit[], places: number[]): void {
	for (let pass = 0, moved = true; moved && pass < maximumPasses; pass++) {
		moved = false;
		units.forEach((unit, at) => {
			const from = sets[places[at]!]!;
			if (1 === from.units) return;
			const gain = from.cost(unit, -1);
			const to = cheapest(sets, unit);
			if (to === places[at] || !(sets[to]!.cost(unit, 1) + gain < -1e-9)) return;
			from.add(unit, -1);
			sets[to]!.add(unit, 1);
			places[at] = to;
			moved = true;
		});
	}
}
