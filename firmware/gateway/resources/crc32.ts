/** CRC-32 (IEEE 802.3: reflected, polynomial 0xEDB88320) by nibbles: 16 table entries in place of 256. */

const table = Object.freeze([
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
	0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/** The checksum of `bytes` from `start` up to, not including, `end`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
	let crc = -1;
	for (let i = start; i < end; i++) {
		crc ^= bytes[i]!;
		crc = (crc >>> 4) ^ table[crc & 15]!;
		crc = (crc >>> 4) ^ table[crc & 15]!;
	}
	return ~crc >>> 0;
}
