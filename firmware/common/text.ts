/** UTF-8 (RFC 3629) by hand: XS and Node share no built-in for it, and a wrong byte must be an error, not a replacement. */

export class TextError extends Error {}

/** The bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length * 4);
	let end = 0;
	for (const character of text) {
		let code = character.codePointAt(0)!;
		if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
		if (code < 0x80) bytes[end++] = code;
		else if (code < 0x800) {
			bytes[end++] = 0xc0 | (code >> 6);
			bytes[end++] = 0x80 | (code & 0x3f);
		} else if (code < 0x10000) {
			bytes[end++] = 0xe0 | (code >> 12);
			bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
			bytes[end++] = 0x80 | (code & 0x3f);
		} else {
			bytes[end++] = 0xf0 | (code >> 18);
			bytes[end++] = 0x80 | ((code >> 12) & 0x3f);
			bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
			bytes[end++] = 0x80 | (code & 0x3f);
		}
	}
	return bytes.slice(0, end);
}

/** The text of `bytes`; throws `TextError` for overlong, truncated or surrogate sequences. */
export function decodeText(bytes: Uint8Array): string {
	const length = bytes.length;
	let text = "";
	let at = 0;
	while (at < length) {
		const first = bytes[at++]!;
		if (first < 0x80) {
			text += String.fromCharCode(first);
			continue;
		}
		const more =
			first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
		if (0 === more || at + more > length) throw new TextError("not UTF-8");
		let code = first & (0x3f >> more);
		for (let i = 0; i < more; i++) {
			const next = bytes[at++]!;
			if (0x80 !== (next & 0xc0)) throw new TextError("not UTF-8");
			code = (code << 6) | (next & 0x3f);
		}
		if (
			(2 === more && code < 0x800) ||
			(3 === more && (code < 0x10000 || code > 0x10ffff)) ||
			(code >= 0xd800 && code <= 0xdfff)
		)
			throw new TextError("not UTF-8");
		text += String.fromCodePoint(code);
	}
	return text;
}
