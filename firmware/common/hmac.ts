import { encodeText } from "common/text";

/** A SHA-256 that takes bytes in parts; `crypt`'s Digest on the device, another in tests. */
export interface Hash {
	write(data: Uint8Array): void;
	/** The 32-byte digest; the hash is spent. */
	close(): ArrayBuffer;
}

const blockLength = 64;

/** HMAC-SHA-256 (RFC 2104) of `text` and `body`, one after the other. `key`: at most 64 bytes. */
export function hmac(createHash: () => Hash, key: Uint8Array, text: string, body: Uint8Array): Uint8Array {
	const pad = new Uint8Array(blockLength);
	pad.set(key);
	for (let i = 0; i < blockLength; i++) pad[i]! ^= 0x36;
	const inner = createHash();
	inner.write(pad);
	inner.write(encodeText(text));
	inner.write(body);
	for (let i = 0; i < blockLength; i++) pad[i]! ^= 0x36 ^ 0x5c;
	const outer = createHash();
	outer.write(pad);
	outer.write(new Uint8Array(inner.close()));
	return new Uint8Array(outer.close());
}

/** Compares without telling by its time where the first difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	let difference = 0;
	for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
	return 0 === difference;
}
