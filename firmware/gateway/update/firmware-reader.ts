/**
 * A firmware file as it comes, part by part: an app image of ESP-IDF ("App Image Format" in its programming guide), and
 * the signed trailer. What can be refused is refused with the byte that shows it.
 */
import { fromHex, toHex } from "common/hex";
import { equalBytes, type Hash } from "common/hmac";
import { verifySignature } from "common/p256";
import { compareVersions } from "common/version";
import { type FirmwareCode, FirmwareError } from "gateway/update/firmware-error";
import { fingerprintLength, readTrailer, signedLength, type Trailer, trailerLength } from "gateway/update/trailer";

/** Bytes of the image's parts. */
export const headerLength = 24;
const segmentHeaderLength = 8;
const hashLength = 32;
/** The image without its hash is a multiple of it; its last byte is the checksum. */
const alignment = 16;
/** What the bootloader loads at most, in number and in bytes of each. */
const maximumSegments = 16;
const maximumSegment = 0x100_0000;

const magic = 0xe9;
/** In the header: the number of segments, the chip (two bytes), and whether a SHA-256 ends the image. */
const segmentsAt = 1;
const chipAt = 12;
const hashedAt = 23;

/** What the firmware that runs is, and which it lets follow. */
export interface Expected {
	readonly product: string;
	/** `esp_chip_id_t` of ESP-IDF. */
	readonly chip: number;
	readonly version: string;
	/** The publisher's public key: x and y as 128 hexadecimal digits. Empty: nobody's. */
	readonly key: string;
	/** Bytes of the slot. */
	readonly room: number;
}

export interface FirmwareReaderOptions {
	readonly expected: Expected;
	/** Bytes of the file; negative when that is not known beforehand. */
	readonly length: number;
	readonly createHash: () => Hash;
	/** Takes the image, part by part, from the moment its header has passed. */
	onImage(bytes: Uint8Array): void;
}

const Part = Object.freeze({ header: 0, segment: 1, data: 2, padding: 3, hash: 4, trailer: 5, end: 6 } as const);

export class FirmwareReader {
	readonly #options: FirmwareReaderOptions;
	readonly #hash: Hash;
	#part: number = Part.header;
	/** Bytes that the part still lacks. */
	#left = headerLength;
	/** The part as far as it is here, where its content matters. */
	readonly #field = new Uint8Array(trailerLength);
	#filled = 0;
	#segments = 0;
	/** Bytes of the image up to where the part ends. */
	#end = headerLength;
	#imageHash: Uint8Array | undefined;
	#trailer: Trailer | undefined;

	/** Throws `FirmwareError` when the length alone says that it will not do. */
	constructor(options: FirmwareReaderOptions) {
		const { length, expected } = options;
		if (length > expected.room + trailerLength) throw tooLarge(expected.room);
		this.#options = options;
		this.#hash = options.createHash();
	}

	/** Reads on. Throws `FirmwareError`; nothing more may follow then. */
	write(bytes: Uint8Array): void {
		let at = 0;
		while (at < bytes.length) {
			if (Part.end === this.#part) throw new FirmwareError("not-an-image", "bytes follow the firmware's end");
			const count = Math.min(bytes.length - at, this.#left);
			const part = bytes.subarray(at, at + count);
			at += count;
			this.#left -= count;
			if (Part.data !== this.#part && Part.padding !== this.#part) {
				this.#field.set(part, this.#filled);
				this.#filled += count;
			}
			if (this.#part < Part.hash) this.#hash.write(part);
			if (0 === this.#left) this.finish(part);
			else if (this.#part > Part.header && this.#part < Part.trailer) this.#options.onImage(part);
		}
	}

	/** All that came was the file. Throws `FirmwareError`. */
	close(): Trailer {
		if (undefined !== this.#trailer) return this.#trailer;
		if (Part.trailer === this.#part && 0 === this.#filled) throw unsigned();
		throw new FirmwareError("truncated", "the file ends before the firmware does");
	}

	/** A part is complete; `last` are its last bytes. */
	private finish(last: Uint8Array): void {
		const { onImage } = this.#options;
		this.#filled = 0;
		switch (this.#part) {
			case Part.header:
				this.checkHeader();
				onImage(this.#field.subarray(0, headerLength));
				this.enter(Part.segment, segmentHeaderLength);
				break;
			case Part.segment:
				this.enterSegment();
				onImage(last);
				break;
			case Part.data:
				onImage(last);
				this.afterSegment();
				break;
			case Part.padding:
				onImage(last);
				this.enter(Part.hash, hashLength);
				break;
			case Part.hash: {
				const hash = new Uint8Array(this.#hash.close());
				if (!equalBytes(hash, this.#field.subarray(0, hashLength)))
					throw new FirmwareError("hash", "the image is damaged: its SHA-256 is another one");
				onImage(last);
				this.#imageHash = hash;
				this.#part = Part.trailer;
				this.#left = trailerLength;
				break;
			}
			default:
				this.#trailer = this.checkTrailer();
				this.#part = Part.end;
		}
	}

	private enter(part: number, length: number): void {
		this.#part = part;
		this.#left = length;
		this.#end += length;
	}

	private checkHeader(): void {
		const field = this.#field;
		const { chip } = this.#options.expected;
		if (magic !== field[0]) throw new FirmwareError("not-an-image", "this is no firmware file");
		const actual = field[chipAt]! | (field[chipAt + 1]! << 8);
		if (chip !== actual)
			throw new FirmwareError("wrong-chip", `the firmware is for the chip with number ${actual}, not ${chip}`);
		const segments = field[segmentsAt]!;
		if (segments < 1 || segments > maximumSegments || 1 !== field[hashedAt])
			throw new FirmwareError("not-an-image", "the firmware's header is of no image that the bootloader takes");
		this.#segments = segments;
	}

	private enterSegment(): void {
		const { room } = this.#options.expected;
		const field = this.#field;
		const length = (field[4]! | (field[5]! << 8) | (field[6]! << 16) | (field[7]! << 24)) >>> 0;
		if (0 !== length % 4 || length > maximumSegment)
			throw new FirmwareError("not-an-image", "a segment has a length that the bootloader does not take");
		this.#segments--;
		this.enter(Part.data, length);
		// What the rest has at least: of the last segment, exactly.
		const least = padded(this.#end + this.#segments * segmentHeaderLength) + hashLength;
		if (least > room) throw tooLarge(room);
		this.checkLength(least);
		if (0 === length) this.afterSegment();
	}

	private checkLength(least: number): void {
		const { length } = this.#options;
		const isLast = 0 === this.#segments;
		if (length < 0 || length >= (isLast ? least + trailerLength : least)) return;
		if (isLast && length === least) throw unsigned();
		throw new FirmwareError("truncated", `the file has ${length} bytes, and the firmware at least ${least}`);
	}

	private afterSegment(): void {
		if (this.#segments > 0) this.enter(Part.segment, segmentHeaderLength);
		else this.enter(Part.padding, padded(this.#end) - this.#end);
	}

	private checkTrailer(): Trailer {
		const { expected, createHash } = this.#options;
		const field = this.#field;
		const trailer = readTrailer(field);
		if (undefined === trailer) throw unsigned();
		const { product, chip, version, length, hash, signer, signature } = trailer;
		const refuse = (code: FirmwareCode, message: string): never => {
			throw new FirmwareError(code, message, version);
		};
		if (expected.product !== product)
			refuse("wrong-product", `it is for a ${product}, and this is a ${expected.product}`);
		if (expected.chip !== chip)
			refuse("wrong-chip", `it is signed for chip ${chip}, and this is chip ${expected.chip}`);
		if (this.#end !== length || !equalBytes(hash, this.#imageHash!))
			refuse("hash", "its signature is of another image");
		if (compareVersions(version, expected.version) <= 0)
			refuse("not-newer", `version ${version} is not newer than ${expected.version}, which runs`);
		const key = fromHex(expected.key);
		if (!key?.length)
			return refuse(
				"unknown-signer",
				"what runs was built without a publisher's key, and takes firmware by cable alone",
			);
		const known = digest(createHash(), key).subarray(0, fingerprintLength);
		if (!equalBytes(known, signer))
			refuse("unknown-signer", `it is signed with the key ${toHex(signer)}, and what runs takes ${toHex(known)} alone`);
		if (!verifySignature(key, digest(createHash(), field.subarray(0, signedLength)), signature.slice()))
			refuse("signature", "it was changed after it was signed");
		return trailer;
	}
}

/** Bytes up to the SHA-256, when what comes before the padding has `length`. */
function padded(length: number): number {
	return length + alignment - (length % alignment);
}

function digest(hash: Hash, bytes: Uint8Array): Uint8Array {
	hash.write(bytes);
	return new Uint8Array(hash.close());
}

const tooLarge = (room: number) => new FirmwareError("too-large", `the slot has room for an image of ${room} bytes`);
const unsigned = () => new FirmwareError("signature", "the firmware is not signed");
