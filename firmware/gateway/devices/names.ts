import { Limits } from "common/protocol";

/** Characters of a firmware version. */
export const firmwareLength = 24;

/** 1 to 32 characters of any script, none of them a control character. */
export function isName(text: string): boolean {
	let length = 0;
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
		length++;
	}
	return length > 0 && length <= Limits.deviceName;
}

/** At most 24 printable ASCII characters. */
export function isFirmware(text: string): boolean {
	if (text.length > firmwareLength) return false;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code < 0x20 || code > 0x7e) return false;
	}
	return true;
}
