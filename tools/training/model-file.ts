/** From a graph to the bytes of a model file as it is deployed: with its card and its golden rows. */

import { encodeText } from "common/text";
import { type Card, cardEntry, longestCard } from "./card";
import { type Golden, goldenEntry, packGoldens } from "./goldens";
import type { Graph } from "./tflite/schema";
import { writeModel } from "./tflite/writer";

/** The card has more bytes than a gateway reads. */
export class CardLengthError extends Error {
	override readonly name = "CardLengthError";

	constructor(length: number) {
		super(`the card has ${length} bytes of ${longestCard}: shorten the statement or the labels`);
	}
}

/** The file without metadata, for the engine to measure. */
export function bareModel(graph: Graph, description: string): Uint8Array {
	return writeModel({ ...graph, description, metadata: [] });
}

/** The file as it is deployed. Throws `CardLengthError`. */
export function finishedModel(graph: Graph, options: { card: Card; goldens: readonly Golden[] }): Uint8Array {
	const { card, goldens } = options;
	const text = encodeText(JSON.stringify(card));
	if (text.length > longestCard) throw new CardLengthError(text.length);
	return writeModel({
		...graph,
		description: `${card.name} ${card.version}`,
		metadata: [
			{ name: cardEntry, data: text },
			{ name: goldenEntry, data: packGoldens(goldens) },
		],
	});
}
