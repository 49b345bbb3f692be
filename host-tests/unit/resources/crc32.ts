import { crc32 as checksum } from "node:zlib";

/** Node's own, where XS has the firmware's in C. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
	return checksum(bytes.subarray(start, end));
}
