/** The model card that travels in the file: compact JSON under the name TMLAAS_CARD. */

import type { Reduction } from "./data/reduce";
import type { DataSource } from "./data/source";
import type { CompactEvaluation } from "./evaluation/evaluation";
import type { InputFormat } from "./examples";
import type { Recipe } from "./recipe";
import { channelNames } from "./sensor";

export const cardEntry = "TMLAAS_CARD";
/** Bytes that a gateway reads at most. */
export const longestCard = 2048;

export interface Card {
	readonly name: string;
	readonly version: string;
	/** In the order of the outputs. */
	readonly labels: readonly string[];
	readonly input: CardInput;
	/** What the data was. */
	readonly data: string;
	/** What was measured on rows that the model never saw, by the engine that runs it. */
	readonly metrics: CompactEvaluation & {
		/** Accuracy before quantisation. */
		readonly floatAccuracy: number;
	};
	readonly seed: number;
}

/** What stands in the model's input tensor. */
export type CardInput =
	| {
			readonly window: number;
			/** Samples a second. */
			readonly rate?: number;
			readonly channels: readonly string[];
			/** Full scale of the counts: ±g and ±°/s. */
			readonly accelerometer: number;
			readonly gyroscope?: number;
	  }
	| {
			readonly shape: readonly number[];
			/** How pictures were brought to this size; whoever asks the model has to do the same. */
			readonly picture: Reduction & { readonly width: number; readonly height: number };
	  };

export function createCard(
	recipe: Recipe,
	measured: { input: InputFormat; classes: readonly string[]; metrics: Card["metrics"] },
): Card {
	const { name, version, seed, statement } = recipe;
	const { input, classes, metrics } = measured;
	return { name, version, labels: classes, input: describeInput(recipe.data, input), data: statement, seed, metrics };
}

function describeInput(data: DataSource, { shape, rate }: InputFormat): CardInput {
	if (data.kind === "images") return { shape, picture: { width: data.width, height: data.height, ...data.reduce } };
	const [window = 0, channels = 0] = shape;
	return {
		window,
		...(rate !== undefined && { rate }),
		channels: channelNames.slice(0, channels),
		accelerometer: 4,
		...(channels > 3 && { gyroscope: 2000 }),
	};
}
