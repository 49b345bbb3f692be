/**
 * What a wearable and the gateway say to each other over HTTP: header names, the signed text, limits.
 * Both apps import this file, so the two ends cannot drift apart.
 */

/** The header fields of a signed request, lower case as the parser gives them. */
export const Header = Object.freeze({
	/** The device's id. */
	device: "tmlaas-device",
	/** Decimal, greater than in every earlier request of this device. */
	counter: "tmlaas-counter",
	/** HMAC-SHA-256 over `signedText` and the body, 64 lower-case hexadecimal digits. */
	signature: "tmlaas-signature",
	/**
	 * `window=17;battery=87;signal=-61;rate=119.4;firmware=0.1.0`, each part optional but the window: percent, dBm, samples a
	 * second.
	 */
	status: "tmlaas-status",
	/** Open Inference Protocol, binary tensor extension: bytes of JSON ahead of the tensors; 0 is a raw tensor. */
	inferenceLength: "inference-header-content-length",
} as const);

/** Whether `text` is an id of a device, which stands in paths, topics and keys of the key-value store: 1 to 15 of a-z, 0-9 and -. */
export function isDeviceId(text: string): boolean {
	if (text.length > 15) return false;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39) && 0x2d !== code) return false;
	}
	return text.length > 0;
}

/** Whether `text` is a name or version of a model, which stands in paths and topics: 1 to 32 letters, digits, `.`, `_` and `-`. */
export function isModelName(text: string): boolean {
	if (text.length > 32) return false;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
		if (!letter && !(code >= 0x30 && code <= 0x39) && 0x2d !== code && 0x2e !== code && 0x5f !== code) return false;
	}
	return text.length > 0;
}

/** A device's key: 32 bytes, written as 64 hexadecimal digits. */
export const keyLength = 32;

export const Limits = Object.freeze({
	/** Characters of a device's name; it is shown as text and never as markup. */
	deviceName: 32,
	/** Characters of the status header. */
	status: 96,
	/** A counter or window number never exceeds what a double holds exactly. */
	counter: Number.MAX_SAFE_INTEGER,
	/** Seconds for which pairing stays open. */
	pairing: 120,
} as const);

/** The text that is signed ahead of the body: fields that cannot hold a line feed, each ended by one. */
export function signedText(method: string, path: string, device: string, counter: string, status: string): string {
	return `${method}\n${path}\n${device}\n${counter}\n${status}\n`;
}
