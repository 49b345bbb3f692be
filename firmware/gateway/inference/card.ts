import { JSONError, JSONReader } from "common/json";
import { isModelName } from "common/protocol";

/** What a model says of itself, inside its file. */
export interface Card {
	/** Names the model in paths and topics: letters, digits, `.`, `_` and `-`, at most 32. */
	readonly name: string;
	readonly version: string;
	/** One for each element of the output; empty when the model is no classifier. */
	readonly labels: readonly string[];
	/** Elements of the input as the card describes it: by its shape, or as a window of channels; undefined: it does not. */
	readonly inputElements: number | undefined;
}

/** Bytes of a card at most. */
export const cardLength = 2048;
/** Classes at most, and UTF-8 bytes of a label: what a device's record has room for. */
export const maximumLabels = 16;
export const labelLength = 32;

/** Bytes of a name and of a version that are read at most: as many as `isModelName` takes characters. */
const nameLength = 32;
const maximumElements = 0x7fffffff;

/** Reads a card; fields that the gateway does not need are passed over. Throws `JSONError`. */
export function parseCard(bytes: Uint8Array): Card {
	if (bytes.length > cardLength) throw new JSONError("a card too long", cardLength);
	const reader = new JSONReader(bytes);
	const labels: string[] = [];
	let name = "";
	let version = "";
	let inputElements: number | undefined;
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key()) {
		switch (key) {
			case "name":
				name = reader.string(nameLength);
				break;
			case "version":
				version = reader.string(nameLength);
				break;
			case "labels":
				reader.array();
				while (reader.element()) {
					if (maximumLabels === labels.length) throw new JSONError("too many labels", reader.position);
					labels.push(reader.string(labelLength));
				}
				break;
			case "input":
				inputElements = parseInput(reader);
				break;
			default:
				reader.skip();
		}
	}
	reader.end();
	if (!isModelName(name) || !isModelName(version)) throw new JSONError("a card without a proper name and version", 0);
	return { name, version, labels, inputElements };
}

/** The product of `shape`, or of `window` and the number of `channels`. */
function parseInput(reader: JSONReader): number | undefined {
	let shape: number | undefined;
	let window: number | undefined;
	let channels: number | undefined;
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key()) {
		switch (key) {
			case "shape":
				shape = 1;
				reader.array();
				while (reader.element()) shape *= reader.integer(1, maximumElements);
				break;
			case "window":
				window = reader.integer(1, maximumElements);
				break;
			case "channels":
				channels = 0;
				reader.array();
				for (; reader.element(); channels++) reader.skip();
				break;
			default:
				reader.skip();
		}
	}
	return shape ?? (undefined === window || undefined === channels ? undefined : window * channels);
}
