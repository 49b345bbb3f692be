/** A recipe says in data how a model is made: from where its rows come to how it is trained. */

import { type AugmentOptions, readAugment } from "./data/augment";
import { Fields, SourceError } from "./data/fields";
import { type DataSource, readSource, readSplit } from "./data/source";
import type { SplitOptions } from "./data/split";
import { type Method, readMethod } from "./method";

/** A file `models/NAME.json`. */
export interface Recipe {
	/** Names the model in paths and topics. */
	readonly name: string;
	readonly version: string;
	/** Decides every random draw: generated data, first weights, the order of the mini-batches. */
	readonly seed: number;
	/** What the data is, for the card. */
	readonly statement: string;
	readonly data: DataSource;
	/** How recordings are divided; generated motion comes divided by device. */
	readonly split: SplitOptions | undefined;
	/** What is added to the training set. */
	readonly augment: AugmentOptions | undefined;
	readonly method: Method;
}

/** What may stand in a path and a topic, and what a gateway takes. */
const namePattern = /^[A-Za-z0-9._-]{1,32}$/;

/** Checks a recipe's JSON. Throws `SourceError` and the errors of the methods' readers, which name the field. */
export function readRecipe(json: unknown): Recipe {
	const fields = new Fields("recipe", json);
	const name = readName(fields, "name");
	const version = readName(fields, "version");
	const seed = fields.integer("seed", 0, 0xffffffff);
	const statement = fields.text("statement");
	const data = readSource(fields.value("data"));
	const split = fields.optional("split", () => readSplit(fields.value("split")));
	if (data.kind === "generated" && split)
		throw new SourceError("split", "is not for generated data, which comes split");
	if (data.kind !== "generated" && !split)
		throw new SourceError("split", "is missing: how are the recordings divided?");
	const augment = fields.optional("augment", () => readAugment(fields.value("augment")));
	const method = readMethod(fields.value("model"));
	fields.end();
	return { name, version, seed, statement, data, split, augment, method };
}

function readName(fields: Fields, key: string): string {
	const text = fields.text(key);
	if (!namePattern.test(text))
		throw new SourceError(fields.nameOf(key), "has other than 1 to 32 letters, digits or ._-");
	return text;
}
