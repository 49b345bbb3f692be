import { fromHex, toHex } from "common/hex";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const prefix = "sha-256=:";
const digestLength = 32;
/** Base64 digits of a digest, without the padding. */
const digits = 43;

/**
 * The SHA-256 in a `Repr-Digest` field (RFC 9530: a dictionary of byte sequences in base64 between colons), as 64
 * hexadecimal digits. Undefined when it has none, or a malformed one; other algorithms are passed over.
 */
export function parseDigest(field: string): string | undefined {
	for (const member of field.split(",")) {
		const text = member.trim();
		if (!text.startsWith(prefix)) continue;
		const end = prefix.length + digits;
		if ("=:" !== text.slice(end)) return;
		const bytes = new Uint8Array(digestLength);
		let bits = 0;
		let count = 0;
		for (let i = prefix.length, at = 0; i < end; i++) {
			const value = alphabet.indexOf(text.charAt(i));
			if (value < 0) return;
			bits = ((bits << 6) | value) & 0xffff;
			count += 6;
			if (count < 8) continue;
			count -= 8;
			bytes[at++] = bits >> count;
		}
		// What is left of the last digit stands for nothing, and has one form.
		return 0 === (bits & 3) ? toHex(bytes) : undefined;
	}
}

/** The field of a SHA-256 in 64 hexadecimal digits. */
export function formatDigest(sha256: string): string {
	let text = prefix;
	let bits = 0;
	let count = 0;
	for (const byte of fromHex(sha256)!) {
		bits = ((bits << 8) | byte) & 0xffff;
		count += 8;
		while (count >= 6) {
			count -= 6;
			text += alphabet.charAt((bits >> count) & 63);
		}
	}
	return `${text}${alphabet.charAt((bits << 2) & 63)}=:`;
}
