import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Expected } from "gateway/update/firmware-reader";
import { publicDigits } from "../../../../tools/firmware-image/publisher-key";
import { signFirmware } from "../../../../tools/firmware-image/signed-firmware";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

export const publisher: KeyObject = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;

/** An app image of ESP-IDF: header, segments, padding with the checksum at its end, SHA-256. */
export function makeImage({
	chip = 0,
	segments = [1000, 36, 520],
}: {
	chip?: number;
	segments?: number[];
} = {}): Buffer {
	const header = Buffer.alloc(24);
	header[0] = 0xe9;
	header[1] = segments.length;
	header.writeUInt32LE(0x4008_0000, 4);
	header.writeUInt16LE(chip, 12);
	header[23] = 1;
	let checksum = 0xef;
	const parts = segments.map((length, index) => {
		const part = Buffer.alloc(8 + length, 0);
		part.writeUInt32LE(0x3f40_0020 + 0x1_0000 * index, 0);
		part.writeUInt32LE(length, 4);
		for (let i = 8; i < part.length; i++) {
			part[i] = (i * 31 + index * 7) & 0xff;
			checksum ^= part[i]!;
		}
		return part;
	});
	const content = Buffer.concat([header, ...parts]);
	const padding = Buffer.alloc(16 - (content.length % 16));
	padding[padding.length - 1] = checksum;
	const image = Buffer.concat([content, padding]);
	return Buffer.concat([image, sha256(image)]);
}

export function makeFirmware({
	chip = 0,
	segments = [1000, 36, 520],
	product = "gateway",
	version = "0.2.0",
	key = publisher,
}: {
	chip?: number;
	segments?: number[];
	product?: string;
	version?: string;
	key?: KeyObject;
} = {}): Uint8Array {
	return signFirmware(makeImage({ chip, segments }), { product, version, key });
}

export const expected: Expected = {
	product: "gateway",
	chip: 0,
	version: "0.1.0",
	key: publicDigits(publisher),
	room: 0x10_0000,
};

export function createSHA256() {
	const hash = createHash("sha256");
	return {
		write: (bytes: Uint8Array) => {
			hash.update(bytes);
		},
		close: (): ArrayBuffer => new Uint8Array(hash.digest()).buffer,
	};
}
