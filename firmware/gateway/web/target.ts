import { decodeText, TextError } from "common/text";

const slash = 0x2f;
const dot = 0x2e;
const percent = 0x25;
const backslash = 0x5c;

function hexDigit(code: number): number {
	if (code >= 0x30 && code <= 0x39) return code - 0x30;
	const letter = code | 0x20;
	return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * Percent-decodes an ASCII path once (RFC 3986). Undefined for a path that names nothing here and might name something
 * elsewhere: empty and dot segments, encoded slashes, backslashes, control characters, text that is not UTF-8.
 */
export function decodePath(raw: string): string | undefined {
	const length = raw.length;
	// Most paths have nothing that needs a closer look, and that is seen without one.
	if (
		!raw.includes("%") &&
		!raw.includes("\\") &&
		!raw.includes("//") &&
		!raw.includes("/.") &&
		(1 === length || !raw.endsWith("/"))
	)
		return raw;
	const bytes = new Uint8Array(length);
	let end = 0;
	let plain = true;
	/** Where the current segment begins. */
	let segment = 1;
	for (let at = 0; at < length; at++) {
		let code = raw.charCodeAt(at);
		if (slash === code) {
			if (end > 0 && !named(bytes, segment, end)) return;
			segment = end + 1;
		} else {
			if (percent === code) {
				if (at + 2 >= length) return;
				const high = hexDigit(raw.charCodeAt(at + 1));
				const low = hexDigit(raw.charCodeAt(at + 2));
				if (high < 0 || low < 0) return;
				code = (high << 4) | low;
				if (slash === code) return;
				at += 2;
				plain = false;
			}
			if (code < 0x20 || 0x7f === code || backslash === code) return;
		}
		bytes[end++] = code;
	}
	if (end > 1 && !named(bytes, segment, end)) return;
	if (plain) return raw;
	try {
		return decodeText(bytes.subarray(0, end));
	} catch (error) {
		if (error instanceof TextError) return;
		throw error;
	}
}

/** A segment that is neither empty nor a way up. */
function named(bytes: Uint8Array, start: number, end: number): boolean {
	if (start === end) return false;
	if (dot !== bytes[start]) return true;
	return !(start + 1 === end || (start + 2 === end && dot === bytes[start + 1]));
}
