const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding (RFC 4648, section 4), for bytes that travel as JSON. */
export function toBase64(bytes: Uint8Array): string {
	let text = "";
	for (let i = 0; i < bytes.length; i += 3) {
		const more = bytes.length - i;
		const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
		text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
		text += more > 1 ? alphabet.charAt((group >> 6) & 63) : "=";
		text += more > 2 ? alphabet.charAt(group & 63) : "=";
	}
	return text;
}
