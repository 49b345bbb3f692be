import { JSONError, JSONReader } from "common/json";

/** What a model says of itself, inside its file. */
export interface Card {
	/** Names the model in paths and topics: letters, digits, `.`, `_` and `-`, at most 32. */
	readonly name: string;
	readonly version: string;
	/** One for each element of the output; empty when the model is no classifier. */
	readonly labels: readonly string[];
}

/** Bytes of a card at most. */
export const cardLength = 2048;
/** Classes at most, and UTF-8 bytes of a label: what a device's record has room for. */
export const maximumLabels = 16;
export const labelLength = 32;

const nameLength = 32;

function isName(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
		if (!letter && !(code >= 0x30 && code <= 0x39) && 0x2d !== code && 0x2e !== code && 0x5f !== code) return false;
	}
	return text.length > 0;
}

/** Reads a card; fields that the gateway does not need are passed over. Throws `JSONError`. */
export function parseCard(bytes: Uint8Array): Card {
	if (bytes.length > cardLength) throw new JSONError("a card too long", cardLength);
	const reader = new JSONReader(bytes);
	const labels: string[] = [];
	let name = "";
	let version = "";
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
			default:
				reader.skip();
		}
	}
	reader.end();
	if (!isName(name) || !isName(version)) throw new JSONError("a card without a proper name and version", 0);
	return { name, version, labels };
}
