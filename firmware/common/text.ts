/** UTF-8 (RFC 3629) between text and bytes; a wrong byte is an error and never a replacement. */

export class TextError extends Error {}

// XS converts natively. Node, where tests run, and what is not ASCII on the way in are converted here, byte by byte.
const buffers = ArrayBuffer as unknown as { fromString?(text: string): ArrayBuffer };
const strings = String as unknown as {
	fromArrayBuffer?(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): string;
};

/** The bytes of `text`, which has no U+0000 and no lone surrogate: the readers of JSON and MQTT let none in. */
export function encodeText(text: string): Uint8Array {
	if (undefined !== buffers.fromString) return new Uint8Array(buffers.fromString(text));
	const bytes = new Uint8Array(text.length * 4);
	let end = 0;
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (code < 0x80) bytes[end++] = code;
		else if (code < 0x800) {
			bytes[end++] = 0xc0 | (code >> 6);
			bytes[end++] = 0x80 | (code & 0x3f);
		} else if (code < 0x10000) {
			bytes[end++] = 0xe0 | (code >> 12);
			bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
			bytes[end++] = 0x80 | (code & 0x3f);
		} else {
			bytes[end++] = 0xf0 | (code >> 18);
			bytes[end++] = 0x80 | ((code >> 12) & 0x3f);
			bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
			bytes[end++] = 0x80 | (code & 0x3f);
		}
	}
	return bytes.slice(0, end);
}

/**
 * The text of `bytes[start, end)` when all of them are ASCII and none is zero; undefined otherwise.
 */
function decodeASCII(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (undefined === strings.fromArrayBuffer) {
		let text = "";
		for (let i = start; i < end; i++) {
			const byte = bytes[i]!;
			if (0 === byte || byte >= 0x80) return;
			text += String.fromCharCode(byte);
		}
		return text;
	}
	try {
		// It stops at a zero, and counts a sequence of bytes as one character.
		const text = strings.fromArrayBuffer(bytes.buffer, bytes.byteOffset + start, end - start);
		if (text.length === end - start) return text;
	} catch {
		// Not UTF-8 either.
	}
}

/** The text of `bytes`; throws `TextError` for overlong, truncated or surrogate sequences. */
export function decodeText(bytes: Uint8Array): string {
	const ascii = decodeASCII(bytes, 0, bytes.length);
	if (undefined !== ascii) return ascii;
	const length = bytes.length;
	let text = "";
	let at = 0;
	while (at < length) {
		const first = bytes[at++]!;
		if (first < 0x80) {
			text += String.fromCharCode(first);
			continue;
		}
		const more =
			first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
		if (0 === more || at + more > length) throw new TextError("not UTF-8");
		let code = first & (0x3f >> more);
		for (let i = 0; i < more; i++) {
			const next = bytes[at++]!;
			if (0x80 !== (next & 0xc0)) throw new TextError("not UTF-8");
			code = (code << 6) | (next & 0x3f);
		}
		if (
			(2 === more && code < 0x800) ||
			(3 === more && (code < 0x10000 || code > 0x10ffff)) ||
			(code >= 0xd800 && code <= 0xdfff)
		)
			throw new TextError("not UTF-8");
		text += String.fromCodePoint(code);
	}
	return text;
}
