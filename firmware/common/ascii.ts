/** Finds and converts text where its bytes lie, in C: a byte costs an interpreter some ten instructions. */

/** The index of the first byte below 0x20 from `start` on; the length of `bytes` when there is none. */
export function findControl(bytes: Uint8Array, start: number): number {
	return native("xs_ascii_control").call(undefined, bytes, start);
}

/**
 * The text of bytes[start, end) without spaces and tabs around it; undefined unless each byte is ASCII and no control
 * character but a tab.
 */
export function decodeLine(bytes: Uint8Array, start: number, end: number): string | undefined {
	return native("xs_ascii_text").call(undefined, bytes, start, end);
}

/**
 * Whether the text is the lower-case hexadecimal digits of `bytes`. It does not tell by its time where they differ.
 */
export function isHex(text: string, bytes: Uint8Array): boolean {
	return native("xs_ascii_hex").call(undefined, text, bytes);
}

/** The token (RFC 9110, 5.6.2) that begins at `start`, in lower case; empty when none does. */
export function decodeToken(bytes: Uint8Array, start: number): string {
	return native("xs_ascii_token").call(undefined, bytes, start);
}
