import { encodeText } from "common/text";

/** Bytes of an SSID at most (IEEE 802.11-2020, 9.4.2.2). */
export const ssidLength = 32;
/** Bytes of a passphrase (IEEE 802.11-2020, J.4.1); 64 hexadecimal digits are the key itself. */
export const passwordLength = Object.freeze({ least: 8, most: 63, key: 64 } as const);

/**
 * What is wrong with a network's name or password; undefined when nothing is. Neither is restricted in its characters:
 * names and passwords in the field have quotes, spaces and all of Unicode. An empty password is an open network's.
 */
export function checkCredentials(ssid: string, password: string): "ssid" | "password" | undefined {
	// A character has at least one byte: what is longer is not encoded to be measured. Its zero byte would end the text.
	if ("" === ssid || ssid.length > ssidLength || ssid.includes("\0") || encodeText(ssid).length > ssidLength)
		return "ssid";
	if ("" === password || isKey(password)) return;
	if (password.length > passwordLength.most || password.includes("\0")) return "password";
	const { length } = encodeText(password);
	if (length < passwordLength.least || length > passwordLength.most) return "password";
}

/** Whether the password is a key of 256 bits in hexadecimal digits. */
export function isKey(password: string): boolean {
	if (passwordLength.key !== password.length) return false;
	for (let i = 0; i < password.length; i++) {
		const code = password.charCodeAt(i);
		const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x66;
		if (!letter && !(code >= 0x30 && code <= 0x39)) return false;
	}
	return true;
}
