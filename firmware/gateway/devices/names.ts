import { DeviceId, Limits } from "common/protocol";

/** Characters of a firmware version. */
export const firmwareLength = 24;

/** Lower-case letters, digits and hyphens, 1 to 15: what may stand in a path, a topic and a key of the store. */
export function isDeviceId(text: string): boolean {
	if (0 === text.length || text.length > DeviceId.maximumLength) return false;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39) && 0x2d !== code) return false;
	}
	return true;
}

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
