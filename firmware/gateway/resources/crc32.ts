/**
 * The CRC-32 (IEEE 802.3) of `bytes` from `start` up to, not including, `end`, as an unsigned 32-bit number. In C: a
 * byte costs an interpreter some twenty instructions.
 */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
	return native("xs_crc32").call(undefined, bytes, start, end);
}
