/** The options of a network and of its training, as a recipe states them. */

import { Fields, SourceError } from "../data/fields";

export interface FilterOptions {
	/** How many filters. */
	readonly filters: number;
	/** Steps that each filter sees. */
	readonly kernel: number;
	/** Steps from one window to the next; 1 when absent. */
	readonly stride?: number;
	/** Steps of the result of which only the greatest goes on; all of them when absent. */
	readonly pool?: number;
}

export interface TrainingOptions {
	readonly epochs: number;
	/** Rows of one step. */
	readonly batch: number;
	/** Adam's step in the first epoch; falls along half a cosine to nothing at the end. */
	readonly learningRate: number;
	/** Share of a weight taken off per step and unit of learning rate (Loshchilov and Hutter, 2019). */
	readonly decay: number;
	/** Epochs without a better validation loss after which training ends. */
	readonly patience: number;
	/** Share of each target that is spread over all classes (Szegedy et al., 2016); none when absent. */
	readonly smoothing?: number;
	/**
	 * Trainings from different first weights, of which the one with the best validation loss is kept; 1 when absent. Few
	 * neurons may all be silent for every row from the start, which no training mends.
	 */
	readonly restarts?: number;
}

export interface QuantisationOptions {
	/** One scale for all weights of a layer, or one for each neuron or filter. */
	readonly weights: "tensor" | "channel";
	/** Epochs of training on as int8, after the training in floats. */
	readonly aware: number;
	/** Share of the training set's stored values that fit int8 without saturating. */
	readonly inputQuantile: number;
}

interface CommonOptions {
	/** Steps that are averaged before the first layer. */
	readonly pool?: number;
	/** Widths of the hidden dense layers. */
	readonly hidden: readonly number[];
	/** `logistic`: one output, the share of the second of two classes. */
	readonly output: "softmax" | "logistic";
	readonly training: TrainingOptions;
	readonly quantisation: QuantisationOptions;
}

export type NetworkOptions =
	| (CommonOptions & { readonly kind: "dense" })
	| (CommonOptions & { readonly kind: "convolution"; readonly filters: readonly FilterOptions[] });

/** Limits keep a typing error from filling the memory; a microcontroller's are far below. */
const widest = 4096;
const longest = 100_000;
const deepest = 16;

/** Takes what a recipe holds under `model`. Throws `SourceError`. */
export function readNetworkOptions(json: unknown): NetworkOptions {
	const fields = new Fields("model", json);
	const kind = fields.choice("kind", ["dense", "convolution"]);
	const pool = readSize(fields, "pool");
	const common = {
		...(pool !== undefined && { pool }),
		hidden: readList(fields, "hidden").map((width, i) => readWidth(width, `${fields.nameOf("hidden")}[${i}]`)),
		output: fields.choice("output", ["softmax", "logistic"]),
		training: readTraining(fields.object("training")),
		quantisation: readQuantisation(fields.object("quantisation")),
	};
	const filters = kind === "dense" ? [] : readList(fields, "filters");
	fields.end();
	if (kind === "dense") return { kind, ...common };
	if (filters.length === 0) throw new SourceError(fields.nameOf("filters"), "is empty: a convolution needs an entry");
	return {
		kind,
		...common,
		filters: filters.map((entry, i) => readFilters(new Fields(`${fields.nameOf("filters")}[${i}]`, entry))),
	};
}

function readFilters(fields: Fields): FilterOptions {
	const [stride, pool] = [readSize(fields, "stride"), readSize(fields, "pool")];
	const filters = {
		filters: fields.integer("filters", 1, widest),
		kernel: fields.integer("kernel", 1, widest),
		...(stride !== undefined && { stride }),
		...(pool !== undefined && { pool }),
	};
	fields.end();
	return filters;
}

function readTraining(fields: Fields): TrainingOptions {
	const smoothing = fields.optional("smoothing", (key) => fields.number(key, 0, 0.9));
	const restarts = fields.optional("restarts", (key) => fields.integer(key, 1, 100));
	const training = {
		epochs: fields.integer("epochs", 1, longest),
		batch: fields.integer("batch", 1, longest),
		learningRate: fields.number("learningRate", 1e-9, 10),
		decay: fields.number("decay", 0, 10),
		patience: fields.integer("patience", 1, longest),
		...(smoothing !== undefined && { smoothing }),
		...(restarts !== undefined && { restarts }),
	};
	fields.end();
	return training;
}

function readQuantisation(fields: Fields): QuantisationOptions {
	const quantisation = {
		weights: fields.choice("weights", ["tensor", "channel"]),
		aware: fields.integer("aware", 0, longest),
		inputQuantile: fields.number("inputQuantile", 0.5, 1),
	};
	fields.end();
	return quantisation;
}

function readSize(fields: Fields, key: string): number | undefined {
	return fields.optional(key, () => fields.integer(key, 1, widest));
}

function readList(fields: Fields, key: string): readonly unknown[] {
	const value = fields.value(key);
	if (Array.isArray(value) && value.length <= deepest) return value;
	throw new SourceError(fields.nameOf(key), `is no list of at most ${deepest}`);
}

function readWidth(width: unknown, name: string): number {
	if (typeof width === "number" && Number.isInteger(width) && width >= 1 && width <= widest) return width;
	throw new SourceError(name, `is no whole number from 1 to ${widest}`);
}
