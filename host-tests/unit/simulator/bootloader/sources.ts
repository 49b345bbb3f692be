import { createHash } from "node:crypto";
import type { ImageSource } from "../../../../tools/simulator/bootloader/image";

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** The bytes of a partition; refuses to be read beyond them. */
export function sourceOf(bytes: Uint8Array): ImageSource {
	const check = (offset: number, length: number) => {
		if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw new Error("read beyond the partition");
	};
	return {
		size: bytes.length,
		read(offset, length) {
			check(offset, length);
			return bytes.slice(offset, offset + length);
		},
		hash(length) {
			check(0, length);
			return sha256(bytes.subarray(0, length));
		},
	};
}

export const identity = { chip: 0, revision: 301 } as const;
