/** Firmware files for updates: an app image of ESP-IDF and the signed trailer that firmware/gateway/update/DESIGN.md describes. */
import { createHash, type KeyObject, sign } from "node:crypto";
import {
	fingerprintLength,
	isName,
	mark,
	offsets,
	productLength,
	readTrailer,
	signedLength,
	type Trailer,
	trailerLength,
	versionLength,
} from "../../firmware/gateway/update/trailer";
import { publicBytes } from "./publisher-key";

/** The file is no app image, or what is to be said of it cannot be. */
export class FirmwareFileError extends Error {}

export interface Identity {
	/** 1 to 16 letters, digits, `.`, `-` and `_`: which of the project's boards it is for, as in `gateway`. */
	readonly product: string;
	/** The version that the image says it is: see `isVersion`. */
	readonly version: string;
}

const magic = 0xe9;
const headerLength = 24;
const hashLength = 32;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/**
 * Whether a text is a version of firmware: three numbers and perhaps a pre-release (Semantic Versioning 2.0.0, §9), at most
 * 32 characters. Anything else has no place in the order that gateways go by: `v0.1.0` would be newer than `9.0.0`.
 */
export function isVersion(text: string): boolean {
	return text.length <= versionLength && /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/.test(text);
}

/** What is signed of a file; undefined when it has no trailer. */
export function trailerOf(file: Uint8Array): Trailer | undefined {
	return file.length < trailerLength ? undefined : readTrailer(file.subarray(-trailerLength));
}

/** The image of a firmware file, without the trailer where there is one. */
export function imageOf(file: Uint8Array): Uint8Array {
	return undefined === trailerOf(file) ? file : file.subarray(0, -trailerLength);
}

/**
 * The firmware file of an image as ESP-IDF's build makes it, with the SHA-256 that it appends. A trailer that is there
 * already is replaced. Throws `FirmwareFileError`.
 */
export function signFirmware(file: Uint8Array, { product, version, key }: Identity & { key: KeyObject }): Uint8Array {
	const image = imageOf(file);
	checkImage(image);
	const trailer = Buffer.alloc(trailerLength);
	trailer.set(mark);
	trailer.writeUInt16LE(image[12]! | (image[13]! << 8), offsets.chip);
	trailer.writeUInt32LE(image.length, offsets.length);
	if (!isName(product) || product.length > productLength)
		throw new FirmwareFileError(
			`the product has 1 to ${productLength} letters, digits, dots, hyphens and underscores, not "${product}"`,
		);
	trailer.write(product, offsets.product, "latin1");
	if (!isVersion(version))
		throw new FirmwareFileError(
			`a version has three numbers, as in 1.2.0 or 1.2.0-rc.1, and at most ${versionLength} characters, not "${version}"`,
		);
	trailer.write(version, offsets.version, "latin1");
	trailer.set(image.subarray(-hashLength), offsets.hash);
	trailer.set(sha256(publicBytes(key)).subarray(0, fingerprintLength), offsets.signer);
	trailer.set(sign("sha256", trailer.subarray(0, signedLength), { key, dsaEncoding: "ieee-p1363" }), signedLength);
	return Buffer.concat([image, trailer]);
}

function checkImage(image: Uint8Array): void {
	if (image.length < headerLength + hashLength || magic !== image[0])
		throw new FirmwareFileError("this is no app image of ESP-IDF");
	const hash = sha256(image.subarray(0, -hashLength));
	if (1 !== image[23] || !hash.equals(image.subarray(-hashLength)))
		throw new FirmwareFileError(
			"the image does not end with its SHA-256: it is cut off, damaged, or built without one",
		);
}
