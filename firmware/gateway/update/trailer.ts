/** The signed end of a firmware file. DESIGN.md has every bit of it. */
import { decodeText, TextError } from "common/text";

/** "TMLFIRM1": the magic, and the layout's version. */
export const mark = Object.freeze([0x54, 0x4d, 0x4c, 0x46, 0x49, 0x52, 0x4d, 0x31]);

/** Bytes of all of it, and of what its signature is over. */
export const trailerLength = 168;
export const signedLength = 104;

export const fingerprintLength = 8;
export const productLength = 16;
export const versionLength = 32;

/** Where each field begins. */
export const offsets = Object.freeze({ chip: 8, zero: 10, length: 12, product: 16, version: 32, hash: 64, signer: 96 });

export interface Trailer {
	readonly product: string;
	/** As in the image's header: `esp_chip_id_t` of ESP-IDF. */
	readonly chip: number;
	readonly version: string;
	/** Bytes of the image. */
	readonly length: number;
	/** The SHA-256 that the image ends with. */
	readonly hash: Uint8Array;
	/** The first bytes of the SHA-256 of the signer's public key: they say which key to try, and prove nothing. */
	readonly signer: Uint8Array;
	readonly signature: Uint8Array;
}

/** Views of `bytes`, which has `trailerLength` of them; undefined when they are no trailer. Nothing is verified. */
export function readTrailer(bytes: Uint8Array): Trailer | undefined {
	for (let i = 0; i < mark.length; i++) if (mark[i] !== bytes[i]) return;
	const view = new DataView(bytes.buffer, bytes.byteOffset, trailerLength);
	const product = readName(bytes, offsets.product, productLength);
	const version = readName(bytes, offsets.version, versionLength);
	if (undefined === product || undefined === version || 0 !== view.getUint16(offsets.zero, true)) return;
	return {
		product,
		version,
		chip: view.getUint16(offsets.chip, true),
		length: view.getUint32(offsets.length, true),
		hash: bytes.subarray(offsets.hash, offsets.signer),
		signer: bytes.subarray(offsets.signer, signedLength),
		signature: bytes.subarray(signedLength, trailerLength),
	};
}

/** Letters, digits, `.`, `-` and `_`, then zeros; undefined for anything else, or nothing. */
function readName(bytes: Uint8Array, start: number, length: number): string | undefined {
	let end = start;
	while (end < start + length && 0 !== bytes[end]) end++;
	for (let i = end; i < start + length; i++) if (0 !== bytes[i]) return;
	try {
		const text = decodeText(bytes.subarray(start, end));
		return isName(text) ? text : undefined;
	} catch (error) {
		if (error instanceof TextError) return;
		throw error;
	}
}

/** Whether a text may be a product or a version: letters, digits, `.`, `-` and `_`, at least one. */
export function isName(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
		if (!letter && !(code >= 0x30 && code <= 0x39) && 0x2d !== code && 0x2e !== code && 0x5f !== code) return false;
	}
	return text.length > 0;
}
