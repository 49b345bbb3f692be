/**
 * A space of recipes: a recipe in which any value may be a choice. `{"choose": [...]}` takes one of a list, whose entries
 * may hold choices themselves; `{"between": [low, high]}` a number, `"scale": "log"` one whose logarithm is evenly spread,
 * `"whole": true` a whole one.
 */

import { SourceError } from "../data/fields";
import { between, type Random } from "../random";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What was chosen, by the name of its place: "model.hidden". */
export type Choices = Readonly<Record<string, Json>>;

export interface Point {
	/** Without choices: a recipe like any other. */
	readonly recipe: Json;
	readonly choices: Choices;
}

const deepest = 32;
const longest = 1000;
/** Digits that a drawn number is written with. */
const digits = 3;

type Node = { readonly [key: string]: Json };

function isNode(json: Json): json is Node {
	return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** How many recipes the space holds; Infinity where a number is drawn that need not be whole. Throws `SourceError`. */
export function countPoints(space: Json, name = "", depth = 0): number {
	checkDepth(name, depth);
	if (Array.isArray(space)) return product(space.map((entry, i) => countPoints(entry, `${name}[${i}]`, depth + 1)));
	if (!isNode(space)) return 1;
	if (Object.hasOwn(space, "choose")) {
		return readList(space, name).reduce<number>(
			(sum, entry, i) => sum + countPoints(entry, `${name}[${i}]`, depth + 1),
			0,
		);
	}
	if (Object.hasOwn(space, "between")) {
		const { low, high, whole } = readRange(space, name);
		return whole ? high - low + 1 : Number.POSITIVE_INFINITY;
	}
	return product(Object.entries(space).map(([key, value]) => countPoints(value, join(name, key), depth + 1)));
}

/** A recipe out of the space, each entry of each choice alike. Throws `SourceError` where a choice is none. */
export function samplePoint(space: Json, random: Random): Point {
	const choices: Record<string, Json> = {};
	const recipe = resolve(space, "", 0);
	return { recipe, choices };

	function resolve(json: Json, name: string, depth: number): Json {
		checkDepth(name, depth);
		if (Array.isArray(json)) return json.map((entry, i) => resolve(entry, `${name}[${i}]`, depth + 1));
		if (!isNode(json)) return json;
		if (Object.hasOwn(json, "choose")) {
			const list = readList(json, name);
			// Its place among the names is before what is chosen inside.
			choices[name] = null;
			const value = resolve(list[Math.floor(random() * list.length)]!, name, depth + 1);
			// Of a choice among whole models its kind tells enough; what is chosen inside has names of its own.
			choices[name] = isNode(value) && typeof value.kind === "string" ? value.kind : value;
			return value;
		}
		if (Object.hasOwn(json, "between")) {
			const value = draw(readRange(json, name), random);
			choices[name] = value;
			return value;
		}
		return Object.fromEntries(
			Object.entries(json).map(([key, value]) => [key, resolve(value, join(name, key), depth + 1)]),
		);
	}
}

interface Range {
	readonly low: number;
	readonly high: number;
	readonly log: boolean;
	readonly whole: boolean;
}

function draw({ low, high, log, whole }: Range, random: Random): number {
	if (whole && !log) return Math.floor(between(random, low, high + 1));
	const value = log ? Math.exp(between(random, Math.log(low), Math.log(high))) : between(random, low, high);
	return whole ? Math.round(value) : Math.min(high, Math.max(low, Number(value.toPrecision(digits))));
}

function readList(node: Node, name: string): readonly Json[] {
	refuseOthers(node, name, ["choose"]);
	const list = node.choose!;
	if (!Array.isArray(list) || list.length === 0 || list.length > longest) {
		throw new SourceError(`${name}.choose`, `is no list of 1 to ${longest} entries`);
	}
	return list;
}

function readRange(node: Node, name: string): Range {
	refuseOthers(node, name, ["between", "scale", "whole"]);
	const { between: ends, scale = "linear", whole = false } = node;
	const [low, high] = Array.isArray(ends) && ends.length === 2 ? ends : [];
	if (typeof low !== "number" || typeof high !== "number" || !(low < high)) {
		throw new SourceError(`${name}.between`, "is no pair of numbers, the smaller first");
	}
	if (scale !== "linear" && scale !== "log") throw new SourceError(`${name}.scale`, "is none of linear, log");
	if (scale === "log" && low <= 0)
		throw new SourceError(`${name}.between`, "begins at or below 0, where no logarithm is");
	if (typeof whole !== "boolean") throw new SourceError(`${name}.whole`, "is neither true nor false");
	if (whole && !(Number.isInteger(low) && Number.isInteger(high))) {
		throw new SourceError(`${name}.between`, "has ends that are not whole");
	}
	return { low, high, log: scale === "log", whole };
}

function refuseOthers(node: Node, name: string, known: readonly string[]): void {
	const other = Object.keys(node).find((key) => !known.includes(key));
	if (other !== undefined)
		throw new SourceError(join(name, other), `does not belong to a choice; there are ${known.join(", ")}`);
}

function checkDepth(name: string, depth: number): void {
	if (depth > deepest) throw new SourceError(name, `is nested more than ${deepest} deep`);
}

function join(name: string, key: string): string {
	return name === "" ? key : `${name}.${key}`;
}

function product(counts: readonly number[]): number {
	return counts.reduce((all, count) => all * count, 1);
}
