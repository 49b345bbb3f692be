/** The options of a network and of its training, as a recipe states them. */

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

/** An option that is missing, unknown, or not what it must be. `place` is its path in the options. */
export class NetworkOptionsError extends Error {
	override readonly name = "NetworkOptionsError";
	readonly place: string;

	constructor(place: string, complaint: string) {
		super(`${place}: ${complaint}`);
		this.place = place;
	}
}

/** Limits keep a typing error from filling the memory; a microcontroller's are far below. */
const widest = 4096;
const longest = 100_000;
const deepest = 16;

/** Takes what a recipe's JSON holds. Throws `NetworkOptionsError`. */
export function readNetworkOptions(json: unknown): NetworkOptions {
	const options = new Fields(json, "");
	const kind = options.choice("kind", ["dense", "convolution"]);
	const common = {
		...options.optional("pool", () => options.whole("pool", 1, widest)),
		hidden: options.list("hidden").map((_, i, all) => wholeOf(all[i], `hidden[${i}]`, 1, widest)),
		output: options.choice("output", ["softmax", "logistic"]),
		training: readTraining(options.object("training")),
		quantisation: readQuantisation(options.object("quantisation")),
	};
	if (kind === "dense") {
		options.finish();
		return { kind, ...common };
	}
	const filters = options.list("filters").map((entry, i) => readFilters(new Fields(entry, `filters[${i}]`)));
	if (filters.length === 0) throw new NetworkOptionsError("filters", "a convolution needs at least one entry");
	options.finish();
	return { kind, ...common, filters };
}

function readFilters(fields: Fields): FilterOptions {
	const filters = {
		filters: fields.whole("filters", 1, widest),
		kernel: fields.whole("kernel", 1, widest),
		...fields.optional("stride", () => fields.whole("stride", 1, widest)),
		...fields.optional("pool", () => fields.whole("pool", 1, widest)),
	};
	fields.finish();
	return filters;
}

function readTraining(fields: Fields): TrainingOptions {
	const training = {
		epochs: fields.whole("epochs", 1, longest),
		batch: fields.whole("batch", 1, longest),
		learningRate: fields.number("learningRate", 1e-9, 10),
		decay: fields.number("decay", 0, 10),
		patience: fields.whole("patience", 1, longest),
		...fields.optional("smoothing", () => fields.number("smoothing", 0, 0.9)),
	};
	fields.finish();
	return training;
}

function readQuantisation(fields: Fields): QuantisationOptions {
	const quantisation = {
		weights: fields.choice("weights", ["tensor", "channel"]),
		aware: fields.whole("aware", 0, longest),
		inputQuantile: fields.number("inputQuantile", 0.5, 1),
	};
	fields.finish();
	return quantisation;
}

/** The fields of one JSON object, each asked for once; `finish` refuses those that nobody asked for. */
class Fields {
	readonly #fields: ReadonlyMap<string, unknown>;
	readonly #place: string;
	readonly #asked = new Set<string>();

	constructor(json: unknown, place: string) {
		if (typeof json !== "object" || json === null || Array.isArray(json)) {
			throw new NetworkOptionsError(place || "options", "must be an object");
		}
		this.#fields = new Map(Object.entries(json));
		this.#place = place;
	}

	choice<const T extends string>(name: string, choices: readonly T[]): T {
		const found = choices.find((choice) => choice === this.#take(name));
		if (found !== undefined) return found;
		throw new NetworkOptionsError(
			this.#at(name),
			`must be one of ${choices.map((choice) => `"${choice}"`).join(", ")}`,
		);
	}

	whole(name: string, least: number, most: number): number {
		return wholeOf(this.#take(name), this.#at(name), least, most);
	}

	number(name: string, least: number, most: number): number {
		const value = this.#take(name);
		if (typeof value === "number" && value >= least && value <= most) return value;
		throw new NetworkOptionsError(this.#at(name), `must be a number from ${least} to ${most}`);
	}

	list(name: string): readonly unknown[] {
		const value = this.#take(name);
		if (Array.isArray(value) && value.length <= deepest) return value;
		throw new NetworkOptionsError(this.#at(name), `must be a list of at most ${deepest}`);
	}

	object(name: string): Fields {
		return new Fields(this.#take(name), this.#at(name));
	}

	/** `{ [name]: read() }` where the field is there, else nothing. */
	optional<const N extends string, T>(name: N, read: () => T): { [K in N]?: T } {
		return this.#fields.has(name) ? ({ [name]: read() } as { [K in N]?: T }) : {};
	}

	finish(): void {
		for (const name of this.#fields.keys()) {
			if (!this.#asked.has(name)) throw new NetworkOptionsError(this.#at(name), "there is no such option");
		}
	}

	#take(name: string): unknown {
		this.#asked.add(name);
		return this.#fields.get(name);
	}

	#at(name: string): string {
		return this.#place ? `${this.#place}.${name}` : name;
	}
}

function wholeOf(value: unknown, place: string, least: number, most: number): number {
	if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
	throw new NetworkOptionsError(place, `must be a whole number from ${least} to ${most}`);
}
