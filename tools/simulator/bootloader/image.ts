/**
 * App images of the ESP32 ("App Image Format" in the ESP-IDF Programming Guide; the checks are those of esp_image_verify):
 * a header of 24 bytes, segments of 4-byte words each with its address and length, a checksum that ends a block of 16
 * bytes, and the SHA-256 of all that.
 */

export const Chip = Object.freeze({ esp32: 0x0000, esp32S3: 0x0009 } as const);

const magic = 0xe9;
const headerLength = 24;
const segmentHeaderLength = 8;
const hashLength = 32;
const maximumSegments = 16;
const maximumLength = 0x1000000;
const checksumStart = 0xef;
/** What flash is mapped by: an address and its place in flash are the same modulo this. */
const pageLength = 0x10000;
/** `esp_app_desc_t`, at the start of the first segment. */
export const descriptionLength = 256;
const descriptionMagic = 0xabcd5432;

/** Addresses at which an ESP32 shows flash: data, then instructions. */
const mapped = Object.freeze([
	Object.freeze({ start: 0x3f400000, end: 0x3f800000 }),
	Object.freeze({ start: 0x400d0000, end: 0x40400000 }),
]);
export const dataAddress = 0x3f400000;
export const codeAddress = 0x400d0000;

const isMapped = (address: number): boolean => mapped.some(({ start, end }) => start <= address && address < end);

export interface Segment {
	readonly address: number;
	/** In the image. */
	readonly offset: number;
	readonly length: number;
}

export interface Image {
	readonly chip: number;
	readonly segments: readonly Segment[];
	/** Of all, the hash included. */
	readonly length: number;
}

/** What is wrong with an image, by the check that found it. */
export type ImageFault =
	| "magic"
	| "chip"
	| "revision"
	| "segments"
	| "segment"
	| "checksum"
	| "length"
	| "hash"
	| "description";

export class ImageError extends Error {
	readonly fault: ImageFault;

	constructor(fault: ImageFault) {
		super(`not a firmware image: ${fault}`);
		this.fault = fault;
	}
}

/** Where an image is read from. */
export interface ImageSource {
	/** Bytes that there are, of which the image may take less. */
	readonly size: number;
	/** As many bytes, all of them within `size`. */
	read(offset: number, length: number): Uint8Array;
	/** SHA-256 of the first so many bytes. */
	hash(length: number): Uint8Array;
}

export interface ChipIdentity {
	readonly chip: number;
	/** Major × 100 + minor. */
	readonly revision: number;
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Checks an image as ESP-IDF does before it is started. Throws `ImageError`. */
export function verifyImage(source: ImageSource, { chip, revision }: ChipIdentity): Image {
	const { size } = source;
	const need = (offset: number, length: number) => {
		if (length > size - offset) throw new ImageError("length");
		return source.read(offset, length);
	};
	if (size > maximumLength) throw new ImageError("length");
	const header = viewOf(need(0, headerLength));
	if (header.getUint8(0) !== magic) throw new ImageError("magic");
	const count = header.getUint8(1);
	if (header.getUint16(12, true) !== chip) throw new ImageError("chip");
	const least = header.getUint16(15, true);
	const most = header.getUint16(17, true);
	if (revision < least || (most !== 0 && most !== 0xffff && revision > most)) throw new ImageError("revision");
	if (count > maximumSegments) throw new ImageError("segments");

	const segments: Segment[] = [];
	let offset = headerLength;
	let words = 0;
	for (let index = 0; index < count; index++) {
		const head = viewOf(need(offset, segmentHeaderLength));
		const address = head.getUint32(0, true);
		const length = head.getUint32(4, true);
		offset += segmentHeaderLength;
		if (length % 4 !== 0 || length >= maximumLength) throw new ImageError("segment");
		if (index === 0 && length < descriptionLength) throw new ImageError("segment");
		if (isMapped(address) && offset % pageLength !== address % pageLength) throw new ImageError("segment");
		words ^= exclusiveOr(need(offset, length));
		segments.push({ address, offset, length });
		offset += length;
	}
	const padded = (offset + 1 + 15) & ~15;
	const checksum = (words ^ (words >>> 8) ^ (words >>> 16) ^ (words >>> 24) ^ checksumStart) & 0xff;
	if (need(offset, padded - offset)[padded - offset - 1] !== checksum) throw new ImageError("checksum");
	// Without one, the checksum is all that there is.
	const hasHash = header.getUint8(23) === 1;
	if (hasHash) {
		const expected = need(padded, hashLength);
		const hash = source.hash(padded);
		if (!hash.every((byte, index) => byte === expected[index])) throw new ImageError("hash");
	}
	return { chip, segments, length: padded + (hasHash ? hashLength : 0) };
}

/** Of its 4-byte words. */
function exclusiveOr(bytes: Uint8Array): number {
	const view = viewOf(bytes);
	let words = 0;
	for (let offset = 0; offset < bytes.length; offset += 4) words ^= view.getInt32(offset, true);
	return words;
}

export interface Description {
	/** At most 31 bytes each. */
	readonly version: string;
	readonly project: string;
}

/** `esp_app_desc_t` with what has a meaning here. Throws a RangeError for texts that are too long or not ASCII. */
export function writeDescription({ version, project }: Description): Uint8Array {
	const bytes = new Uint8Array(descriptionLength);
	viewOf(bytes).setUint32(0, descriptionMagic, true);
	writeText(bytes.subarray(16, 48), version);
	writeText(bytes.subarray(48, 80), project);
	return bytes;
}

function writeText(field: Uint8Array, text: string): void {
	if (text.length >= field.length || !/^[\x20-\x7e]*$/.test(text)) throw new RangeError(`"${text}" is no name`);
	for (let index = 0; index < text.length; index++) field[index] = text.charCodeAt(index);
}

/** Throws `ImageError` when these are not the bytes of one. */
export function readDescription(bytes: Uint8Array): Description {
	if (bytes.length < descriptionLength || viewOf(bytes).getUint32(0, true) !== descriptionMagic)
		throw new ImageError("description");
	return { version: readText(bytes.subarray(16, 48)), project: readText(bytes.subarray(48, 80)) };
}

function readText(field: Uint8Array): string {
	let text = "";
	for (const byte of field) {
		if (byte === 0) break;
		text += String.fromCharCode(byte);
	}
	return text;
}

export interface ImageContents {
	readonly chip: number;
	/** The first starts with the description. `base`: where flash is mapped; the segment gets the address that fits its place. */
	readonly segments: readonly { readonly base: number; readonly bytes: Uint8Array }[];
	/** SHA-256 of bytes. */
	readonly hash: (bytes: Uint8Array) => Uint8Array;
}

/** An image that `verifyImage` accepts. Throws a RangeError for more segments or bytes than one has. */
export function writeImage({ chip, segments, hash }: ImageContents): Uint8Array {
	if (segments.length > maximumSegments) throw new RangeError(`more than ${maximumSegments} segments`);
	const lengths = segments.map(({ bytes }) => (bytes.length + 3) & ~3);
	const contents = headerLength + lengths.reduce((sum, length) => sum + segmentHeaderLength + length, 0);
	const padded = (contents + 1 + 15) & ~15;
	if (padded + hashLength >= maximumLength) throw new RangeError("longer than an image may be");
	const image = new Uint8Array(padded + hashLength);
	const view = viewOf(image);
	image[0] = magic;
	image[1] = segments.length;
	image[2] = 2; // DIO
	image[3] = 0x2f; // 4 MB at 80 MHz
	view.setUint32(4, codeAddress, true);
	image[8] = 0xee; // the pin of write protection is set by software
	view.setUint16(12, chip, true);
	view.setUint16(17, 0xffff, true);
	image[23] = 1; // the hash is appended
	let offset = headerLength;
	let words = 0;
	segments.forEach(({ base, bytes }, index) => {
		const start = offset + segmentHeaderLength;
		view.setUint32(offset, base + (start % pageLength), true);
		view.setUint32(offset + 4, lengths[index]!, true);
		image.set(bytes, start);
		offset = start + lengths[index]!;
		words ^= exclusiveOr(image.subarray(start, offset));
	});
	image[padded - 1] = (words ^ (words >>> 8) ^ (words >>> 16) ^ (words >>> 24) ^ checksumStart) & 0xff;
	image.set(hash(image.subarray(0, padded)), padded);
	return image;
}
