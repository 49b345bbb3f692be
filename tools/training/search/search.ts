/** Tries recipes out of a space against the limits of a device, at random but repeatably. */

import type { Random } from "../random";
import { choose, type Merits, paretoFront } from "./front";
import { type Choices, type Json, samplePoint } from "./space";

/** Of a device; absent: without limit. */
export interface Limits {
	/** Bytes. */
	readonly ram?: number;
	readonly flash?: number;
	readonly seconds?: number;
}

export interface Candidate extends Attempt {
	/** From 1 on, in the order in which they were tried. */
	readonly number: number;
	readonly recipe: Json;
	readonly choices: Choices;
	/** What the limits forbid: "flash", "ram", "seconds". */
	readonly over: readonly (keyof Limits)[];
}

/** A point of the space of which no model could be made. */
export interface Failure {
	readonly number: number;
	readonly choices: Choices;
	readonly reason: string;
}

export interface SearchResult {
	readonly candidates: readonly Candidate[];
	readonly failures: readonly Failure[];
	/** Of the candidates within the limits those that no other beats in everything: numbers. */
	readonly front: readonly number[];
	/** The smallest among those that are as good as the best, as far as the rows can tell. */
	readonly chosen?: number;
}

/** The recipe that was tried is impossible: unknown options, no data left, an operator that the engine lacks. */
export class AttemptError extends Error {
	override readonly name = "AttemptError";
}

export interface Attempt extends Merits {
	/** Validation rows that the accuracy was measured on. */
	readonly rows: number;
}

export interface SearchTask {
	readonly space: Json;
	/** Recipes to try at most; a smaller space is tried whole. */
	readonly budget: number;
	readonly limits: Limits;
	readonly random: Random;
	/** Makes and measures a model, never on test rows. Throws `AttemptError`; undefined where it was stopped. */
	attempt(recipe: Json): Promise<Attempt | undefined>;
	onCandidate?(candidate: Candidate | Failure): void;
	/** Asked before each attempt: true ends the search with what there is. */
	stopped?(): boolean;
}

/** Draws for one recipe that was not tried yet, before the space counts as exhausted. */
const patience = 200;

export async function search(task: SearchTask): Promise<SearchResult> {
	const { space, budget, limits, random, attempt } = task;
	const candidates: Candidate[] = [];
	const failures: Failure[] = [];
	const tried = new Set<string>();
	for (let number = 1; number <= budget && !task.stopped?.(); number++) {
		const point = drawNew();
		if (!point) break;
		try {
			const attempted = await attempt(point.recipe);
			if (!attempted) break;
			candidates.push({ number, ...point, ...attempted, over: exceeded(attempted, limits) });
			task.onCandidate?.(candidates.at(-1)!);
		} catch (error) {
			if (!(error instanceof AttemptError)) throw error;
			failures.push({ number, choices: point.choices, reason: error.message });
			task.onCandidate?.(failures.at(-1)!);
		}
	}
	const within = candidates.filter(({ over }) => over.length === 0);
	const chosen = choose(within);
	return {
		candidates,
		failures,
		front: paretoFront(within).map(({ number }) => number),
		...(chosen && { chosen: chosen.number }),
	};

	function drawNew() {
		for (let draws = 0; draws < patience; draws++) {
			const point = samplePoint(space, random);
			const key = JSON.stringify(point.recipe);
			if (!tried.has(key)) {
				tried.add(key);
				return point;
			}
		}
		return undefined;
	}
}

function exceeded(merits: Merits, limits: Limits): (keyof Limits)[] {
	return (["ram", "flash", "seconds"] as const).filter(
		(key) => (merits[key] ?? 0) > (limits[key] ?? Number.POSITIVE_INFINITY),
	);
}
