/** How far a figure measured on so many rows may be from the truth. */

import type { Random } from "../random";
import { accuracyOf, type Counts, classFigures, meanFigures } from "./metrics";

/** In which the true value lies with the confidence that is stated beside. */
export interface Interval {
	readonly low: number;
	readonly high: number;
}

export interface Bootstrap {
	/**
	 * What is drawn with replacement: `rows` within each class; or whole `groups`, since rows of one person or session err
	 * alike and are no independent witnesses.
	 */
	readonly unit: "rows" | "groups";
	/** How many there are of what is drawn. With fewer than ten or so groups the intervals come out too narrow. */
	readonly units: number;
	readonly replicates: number;
	/** Share of intervals that hold the truth, were the measurement repeated. */
	readonly confidence: number;
	readonly accuracy: Interval;
	readonly balancedAccuracy: Interval;
	readonly macroF1: Interval;
	/** Of each class; null when it has no rows. */
	readonly recalls: readonly (Interval | null)[];
}

export interface BootstrapOptions {
	readonly truth: Uint8Array;
	readonly found: Uint8Array;
	readonly names: readonly string[];
	/** For each row the group that it belongs to; groups are drawn when there are several and one of them repeats. */
	readonly groups: readonly string[];
	readonly random: Random;
	readonly replicates?: number;
	readonly confidence?: number;
}

/**
 * Percentile intervals (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13), of groups where rows
 * come in groups (the cluster bootstrap: Field and Welsh, "Bootstrapping clustered data", 2007). Where a draw holds no row
 * of a class, the class's recall is left out of that draw. Where no draw differs, as when every row is right, the interval
 * is Wilson's for as many rows, or groups, as there are: all groups right is no proof that the next one is.
 */
export function bootstrap({
	truth,
	found,
	names,
	groups,
	random,
	replicates = 2000,
	confidence = 0.95,
}: BootstrapOptions): Bootstrap {
	const classes = names.length;
	const members = new Map<string, number[]>();
	groups.forEach((group, row) => {
		const rows = members.get(group);
		if (rows) rows.push(row);
		else members.set(group, [row]);
	});
	const clustered = members.size > 1 && members.size < truth.length;
	const units = clustered ? members.size : truth.length;
	const unitsOf = names.map((_, label) => {
		const rows = [...truth.keys()].filter((row) => truth[row] === label);
		return clustered ? new Set(rows.map((row) => groups[row])).size : rows.length;
	});
	const draw = clustered
		? groupDraws([...members.values()], { truth, found, classes, random })
		: rowDraws({ truth, found, classes, random });
	const samples = {
		accuracy: new Float64Array(replicates),
		balancedAccuracy: new Float64Array(replicates),
		macroF1: new Float64Array(replicates),
	};
	const recalls = names.map((): number[] => []);
	const counts = new Uint32Array(classes * classes);
	for (let replicate = 0; replicate < replicates; replicate++) {
		counts.fill(0);
		draw(counts);
		const figures = classFigures(counts, names);
		const { macro } = meanFigures(figures);
		samples.accuracy[replicate] = accuracyOf(counts, classes);
		samples.balancedAccuracy[replicate] = macro.recall;
		samples.macroF1[replicate] = macro.f1;
		figures.forEach(({ recall }, i) => {
			if (recall !== null) recalls[i]!.push(recall);
		});
	}
	return {
		unit: clustered ? "groups" : "rows",
		units,
		replicates,
		confidence,
		accuracy: interval(samples.accuracy, confidence, units),
		balancedAccuracy: interval(samples.balancedAccuracy, confidence, units),
		macroF1: interval(samples.macroF1, confidence, units),
		recalls: recalls.map((values, label) =>
			values.length === 0 ? null : interval(Float64Array.from(values), confidence, unitsOf[label]!),
		),
	};
}

interface Rows {
	readonly truth: Uint8Array;
	readonly found: Uint8Array;
	readonly classes: number;
	readonly random: Random;
}

/** As many rows of each class as there are, so that each draw is the same mixture of classes. */
function rowDraws({ truth, found, classes, random }: Rows): (counts: Counts) => void {
	const byClass = Array.from({ length: classes }, (_, label) => found.filter((_, row) => truth[row] === label));
	return (counts) => {
		byClass.forEach((rows, label) => {
			for (let i = 0; i < rows.length; i++) {
				counts[label * classes + rows[Math.floor(random() * rows.length)]!]! += 1;
			}
		});
	};
}

/** As many groups as there are, each with all its rows. */
function groupDraws(members: readonly number[][], { truth, found, classes, random }: Rows): (counts: Counts) => void {
	const cells = members.map((rows) => Uint16Array.from(rows, (row) => truth[row]! * classes + found[row]!));
	return (counts) => {
		for (let i = 0; i < cells.length; i++) {
			for (const cell of cells[Math.floor(random() * cells.length)]!) counts[cell]! += 1;
		}
	};
}

/** The central `confidence` of the values, interpolated linearly; Wilson's where they are all alike. Sorts them. */
function interval(values: Float64Array, confidence: number, units: number): Interval {
	values.sort();
	const at = (share: number) => {
		const position = share * (values.length - 1);
		const below = Math.floor(position);
		const next = values[Math.min(below + 1, values.length - 1)]!;
		return values[below]! + (position - below) * (next - values[below]!);
	};
	const [low, high] = [at((1 - confidence) / 2), at((1 + confidence) / 2)];
	return low < high ? { low, high } : wilson(low * units, units);
}

/**
 * Wilson's score interval of a share at 95 % (Wilson, 1927), rows taken as independent. Unlike the bootstrap's it has a
 * width where every row is right.
 */
export function wilson(right: number, rows: number): Interval {
	const z = 1.959963984540054;
	const share = right / rows;
	const scale = 1 + z ** 2 / rows;
	const middle = (share + z ** 2 / (2 * rows)) / scale;
	const half = (z / scale) * Math.sqrt((share * (1 - share)) / rows + z ** 2 / (4 * rows ** 2));
	// Rounding must not keep the ends from what was seen.
	return { low: right > 0 ? middle - half : 0, high: right < rows ? middle + half : 1 };
}
