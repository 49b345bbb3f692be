import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { type FirmwareCode, FirmwareError } from "gateway/update/firmware-error";
import { type Expected, FirmwareReader } from "gateway/update/firmware-reader";
import { offsets, signedLength, trailerLength } from "gateway/update/trailer";
import { describe, expect, it } from "vitest";
import { signFirmware } from "../../../../tools/firmware-image/signed-firmware";
import { createSHA256, expected, makeFirmware, makeImage, publisher } from "./images";

interface Outcome {
	readonly code: FirmwareCode | undefined;
	readonly version: string;
	/** Bytes of the file that had come by then. */
	readonly at: number;
	readonly image: Buffer;
}

/** Reads a file in parts of the lengths that `cut` gives. */
function read(file: Uint8Array, options: Partial<Expected> & { length?: number; cut?: () => number } = {}): Outcome {
	const { length = file.length, cut = () => 1024, ...own } = options;
	const parts: Buffer[] = [];
	let at = 0;
	const outcome = (code: FirmwareCode | undefined, version: string): Outcome => ({
		...{ code, version, at },
		image: Buffer.concat(parts),
	});
	try {
		const reader = new FirmwareReader({
			expected: { ...expected, ...own },
			length,
			createHash: createSHA256,
			onImage: (bytes) => parts.push(Buffer.from(bytes)),
		});
		while (at < file.length) {
			const part = file.subarray(at, at + cut());
			at += part.length;
			reader.write(part);
		}
		return outcome(undefined, reader.close().version);
	} catch (error) {
		if (!(error instanceof FirmwareError)) throw error;
		return outcome(error.code, error.version);
	}
}

/** The image with bytes changed, and a SHA-256 that says so. */
function altered(at: number, bytes: number[], segments?: number[]): Uint8Array {
	const image = makeImage({ segments });
	image.set(bytes, at);
	createHash("sha256")
		.update(image.subarray(0, -32))
		.digest()
		.copy(image, image.length - 32);
	return Buffer.concat([image, makeFirmware({ segments }).subarray(-trailerLength)]);
}

/** A firmware file whose trailer says something else, and is signed as it is. */
function resigned(at: number, bytes: number[]): Uint8Array {
	const file = Uint8Array.from(makeFirmware());
	const trailer = file.subarray(-trailerLength);
	trailer.set(bytes, at);
	const content = trailer.subarray(0, signedLength);
	trailer.set(sign("sha256", content, { key: publisher, dsaEncoding: "ieee-p1363" }), signedLength);
	return file;
}

describe("a firmware file", () => {
	it.each([[[4]], [[0]], [[1000, 36, 520]], [[0, 4, 0]], [Array(16).fill(8)], [[65_536, 4]]])(
		"of segments %j – passes in parts of any length, and its image comes through whole",
		(segments) => {
			const file = makeFirmware({ segments });
			for (const step of [1, 7, 24, 1024, file.length]) {
				if (1 === step && file.length > 10_000) continue;
				for (const length of [file.length, -1]) {
					const { code, version, image } = read(file, { length, cut: () => step });
					expect(code).toBeUndefined();
					expect(version).toBe("0.2.0");
					expect(image.equals(makeImage({ segments }))).toBe(true);
				}
			}
		},
	);

	it("of every padding there can be", () => {
		for (let words = 0; words < 8; words++) expect(read(makeFirmware({ segments: [4 * words] })).code).toBeUndefined();
	});

	it("longer than the slot – refused before its first byte", () => {
		const file = makeFirmware();
		const room = file.length - trailerLength;
		expect(read(file, { room }).code).toBeUndefined();
		expect(read(file, { room: room - 1 })).toMatchObject({ code: "too-large", at: 0 });
	});

	it("of unknown length that is longer than the slot – refused with the segment that is too long", () => {
		const outcome = read(makeFirmware(), { room: 1200, length: -1, cut: () => 1 });
		// After the first segment's 1000 bytes and its own 8.
		expect(outcome).toMatchObject({ code: "too-large", at: 24 + 1008 + 8 + 36 + 8 });
	});

	it("for another chip – refused with its header, before anything is stored", () => {
		const { code, at, image } = read(makeFirmware({ chip: 9 }), { cut: () => 1 });
		expect(code).toBe("wrong-chip");
		expect(at).toBe(24);
		expect(image.length).toBe(0);
	});

	it("that is none – refused with its header", () => {
		const picture = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(3000)]);
		expect(read(picture, { cut: () => 1 })).toMatchObject({ code: "not-an-image", at: 24 });
		for (const [at, byte] of [
			[1, 0],
			[1, 17],
			[23, 0],
		] as const)
			expect(read(altered(at, [byte]), { cut: () => 24 })).toMatchObject({ code: "not-an-image", at: 24 });
	});

	it("with a segment that the bootloader does not take – refused with its header", () => {
		for (const length of [
			[2, 0, 0, 0],
			[4, 0, 0, 1],
			[0xfc, 0xff, 0xff, 0xff],
		])
			expect(read(altered(28, length), { length: -1, room: 0x4000_0000, cut: () => 1 })).toMatchObject({
				code: "not-an-image",
				at: 32,
			});
	});

	it("whose segments are longer than the file – refused with the header that says so", () => {
		expect(read(altered(28, [0, 0x10, 0, 0]), { cut: () => 1 })).toMatchObject({ code: "truncated", at: 32 });
	});

	it("cut anywhere – refused", () => {
		const file = makeFirmware({ segments: [64, 8] });
		const end = file.length - trailerLength;
		for (let length = 0; length < file.length; length++)
			for (const told of [length, -1]) {
				const { code } = read(file.subarray(0, length), { length: told });
				expect(code, `${length} bytes, ${told} told`).toBe(length === end ? "signature" : "truncated");
			}
	});

	it("of which less comes than was announced – refused", () => {
		const file = makeFirmware();
		for (const length of [0, 23, 500, file.length - 1])
			expect(read(file.subarray(0, length), { length: file.length }).code).toBe("truncated");
	});

	it("with more behind it – refused", () => {
		const file = Buffer.concat([makeFirmware(), Buffer.of(0)]);
		for (const length of [file.length, -1]) expect(read(file, { length }).code).toBe("not-an-image");
	});

	it("with any bit changed – refused", () => {
		const file = makeFirmware({ segments: [16, 4] });
		const codes = new Set<string>();
		for (let bit = 0; bit < 8 * file.length; bit++) {
			const changed = Uint8Array.from(file);
			changed[bit >> 3]! ^= 1 << (bit & 7);
			const { code } = read(changed);
			expect(code, `bit ${bit}`).toBeDefined();
			codes.add(code!);
		}
		// A length may say that there is more to come, or that less is there.
		for (const code of [
			"hash",
			"signature",
			"wrong-chip",
			"wrong-product",
			"unknown-signer",
			"not-an-image",
			"truncated",
		])
			expect(codes).toContain(code);
	});

	it("that nobody has signed – refused", () => {
		const image = makeImage();
		for (const length of [image.length, -1]) expect(read(image, { length }).code).toBe("signature");
		expect(read(Buffer.concat([image, Buffer.alloc(trailerLength)])).code).toBe("signature");
	});

	it("signed by another – refused, and which key it is is told", () => {
		const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
		expect(read(makeFirmware({ key }))).toMatchObject({ code: "unknown-signer", version: "0.2.0" });
	});

	it("signed, for a gateway that was built without a key – refused", () => {
		expect(read(makeFirmware(), { key: "" }).code).toBe("unknown-signer");
	});

	it("with the signature of another image – refused", () => {
		const other = makeFirmware({ segments: [1000, 40, 516] });
		const file = Buffer.concat([makeImage(), other.subarray(-trailerLength)]);
		expect(read(file).code).toBe("hash");
	});

	it("whose signed trailer is of another chip, or length, than its image – refused", () => {
		expect(read(resigned(offsets.chip, [0])).code).toBeUndefined();
		expect(read(resigned(offsets.chip, [9])).code).toBe("wrong-chip");
		expect(read(resigned(offsets.length, [1])).code).toBe("hash");
	});

	it("for another board – refused", () => {
		expect(read(makeFirmware({ product: "wearable" }))).toMatchObject({ code: "wrong-product", version: "0.2.0" });
	});

	it.each([
		["0.1.0", "not-newer"],
		["0.0.9", "not-newer"],
		["0.1.0-rc.1", "not-newer"],
		["0.1.1", undefined],
		["0.10.0", undefined],
		["1.0.0-rc.1", undefined],
	])("of version %s, where 0.1.0 runs – %s", (version, code) => {
		expect(read(makeFirmware({ version })).code).toBe(code);
	});

	it("made of random bytes, or of a file's pieces in another order – refused, and nothing else is thrown", () => {
		let state = 12345;
		const random = (below: number) => {
			state = (Math.imul(state, 1103515245) + 12345) >>> 0;
			return Math.floor((state / 0x1_0000_0000) * below);
		};
		const file = makeFirmware();
		for (let round = 0; round < 2000; round++) {
			const changed = Uint8Array.from(file);
			for (let count = random(4) + 1; count > 0; count--) {
				const at = random(changed.length);
				const from = random(changed.length);
				if (0 === random(2)) changed.copyWithin(at, from, from + random(200));
				// Where what decides is.
				else changed[0 === random(2) ? random(40) : at] = random(256);
			}
			const end = 0 === random(3) ? random(changed.length) : changed.length;
			const same = end === file.length && Buffer.from(file).equals(changed);
			const length = 0 === random(2) ? -1 : 0 === random(4) ? random(3000) : end;
			const { code, image } = read(changed.subarray(0, end), { length, cut: () => 1 + random(600) });
			if (!same) expect(code, `round ${round}`).toBeDefined();
			expect(image.length).toBeLessThanOrEqual(end);
		}
	});
});

describe("the signature of firmware", () => {
	it("replaces an earlier one", () => {
		const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
		const again = signFirmware(makeFirmware({ key, version: "9.0.0" }), {
			product: "gateway",
			version: "0.3.0",
			key: publisher,
		});
		expect(again.length).toBe(makeFirmware().length);
		expect(read(again)).toMatchObject({ code: undefined, version: "0.3.0" });
	});

	it("is not given to what the bootloader would not start, nor to a name that nobody can read", () => {
		const image = makeImage();
		const sign = (file: Uint8Array, version = "1.0.0") =>
			signFirmware(file, { product: "gateway", version, key: publisher });
		expect(() => sign(image.subarray(1))).toThrow("no app image");
		expect(() => sign(image.subarray(0, -1))).toThrow("SHA-256");
		for (const version of [
			"1.0.0 beta",
			`1.0.${"1".repeat(29)}`,
			"1.0",
			"v0.1.0",
			"1.0.0-",
			"1.0.0-a..b",
			"1.0.0+7",
			"one",
		])
			expect(() => sign(image, version)).toThrow("a version has three numbers");
		for (const version of ["0.0.1", "1.10.0-rc.1", `1.0.${"1".repeat(28)}`])
			expect(read(sign(image, version), { version: "0.0.0" })).toMatchObject({ code: undefined, version });
		for (const product of ["", "gate way", "g".repeat(17)])
			expect(() => signFirmware(image, { product, version: "1.0.0", key: publisher })).toThrow("the product has");
	});
});
