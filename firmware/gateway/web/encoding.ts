import { encodeText } from "common/text";

// XS converts between text and bytes natively; elsewhere the same is done byte by byte.
const fromString = ArrayBuffer.fromString as ((text: string) => ArrayBuffer) | undefined;
const fromArrayBuffer = String.fromArrayBuffer as
	| ((buffer: ArrayBufferLike, byteOffset: number, byteLength: number) => string)
	| undefined;

/** The UTF-8 bytes of text without U+0000 and lone surrogates, as heads of messages and JSON are. */
export function encode(text: string): Uint8Array {
	return undefined === fromString ? encodeText(text) : new Uint8Array(fromString(text));
}

/** The text of bytes[start, end), none of them zero; undefined where one is not ASCII. */
export function decodeASCII(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (undefined === fromArrayBuffer) {
		const text = decodeLatin1(bytes, start, end);
		for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return;
		return text;
	}
	try {
		const text = fromArrayBuffer(bytes.buffer, bytes.byteOffset + start, end - start);
		if (text.length === end - start) return text;
	} catch {
		// Not UTF-8 either.
	}
}

/** One character for each byte. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
	return text;
}
