/** The same in JavaScript, where XS has the firmware's in C. */
import { toHex } from "common/hex";
import { isTokenByte } from "gateway/web/token-byte";

export function findControl(bytes: Uint8Array, start: number): number {
	for (let at = start; at < bytes.length; at++) if (bytes[at]! < 0x20) return at;
	return bytes.length;
}

export function decodeLine(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (start < 0 || end < start || end > bytes.length) throw new RangeError("invalid range");
	const text = String.fromCharCode(...bytes.subarray(start, end)).replace(/^[ \t]+|[ \t]+$/g, "");
	return /^[\t\x20-\x7e]*$/.test(text) ? text : undefined;
}

export function isHex(text: string, bytes: Uint8Array): boolean {
	return text === toHex(bytes);
}

export function decodeToken(bytes: Uint8Array, start: number): string {
	let end = start;
	while (end < bytes.length && isTokenByte(bytes[end]!)) end++;
	return String.fromCharCode(...bytes.subarray(start, end)).toLowerCase();
}
