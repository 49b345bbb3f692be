const digits = "0123456789abcdef";

/** Lower-case hexadecimal digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
	let text = "";
	for (const byte of bytes) text += digits[byte >> 4]! + digits[byte & 15]!;
	return text;
}

/** The bytes of an even number of lower-case hexadecimal digits; undefined for any other text. */
export function fromHex(text: string): Uint8Array | undefined {
	if (text.length & 1) return;
	const bytes = new Uint8Array(text.length >> 1);
	for (let i = 0; i < bytes.length; i++) {
		const high = digits.indexOf(text.charAt(2 * i));
		const low = digits.indexOf(text.charAt(2 * i + 1));
		if (high < 0 || low < 0) return;
		bytes[i] = (high << 4) | low;
	}
	return bytes;
}
