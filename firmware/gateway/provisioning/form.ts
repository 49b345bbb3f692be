import { decodeText, TextError } from "common/text";

/** The body is no form. */
export class FormError extends Error {}

const ampersand = 0x26;
const equals = 0x3d;
const plus = 0x2b;
const percent = 0x25;

/**
 * The fields of an `application/x-www-form-urlencoded` body (URL Standard, 5.1) that have these names; others are passed
 * over, and of two the first counts. Throws `FormError` for what no browser sends.
 */
export function readForm<Name extends string>(body: Uint8Array, names: readonly Name[]): Partial<Record<Name, string>> {
	const fields: Partial<Record<Name, string>> = {};
	let start = 0;
	while (start < body.length) {
		let end = body.indexOf(ampersand, start);
		if (end < 0) end = body.length;
		let middle = body.indexOf(equals, start);
		if (middle < 0 || middle > end) middle = end;
		const name = decode(body.subarray(start, middle)) as Name;
		if (names.includes(name)) fields[name] ??= decode(body.subarray(Math.min(middle + 1, end), end));
		start = end + 1;
	}
	return fields;
}

function decode(bytes: Uint8Array): string {
	const decoded = new Uint8Array(bytes.length);
	let length = 0;
	for (let at = 0; at < bytes.length; at++) {
		let byte = bytes[at]!;
		if (plus === byte) byte = 0x20;
		else if (percent === byte) {
			const high = digit(bytes[++at]);
			const low = digit(bytes[++at]);
			if (high < 0 || low < 0) throw new FormError("malformed percent encoding");
			byte = (high << 4) | low;
		}
		// No text here has one, and those in C end at it.
		if (0 === byte) throw new FormError("a zero byte");
		decoded[length++] = byte;
	}
	try {
		return decodeText(decoded.slice(0, length));
	} catch (error) {
		if (error instanceof TextError) throw new FormError(error.message);
		throw error;
	}
}

function digit(code: number | undefined): number {
	if (undefined === code) return -1;
	if (code >= 0x30 && code <= 0x39) return code - 0x30;
	const letter = code | 0x20;
	return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
