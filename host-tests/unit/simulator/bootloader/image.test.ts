import { describe, expect, test } from "vitest";
import { FirmwareError, readFirmware, writeFirmware } from "../../../../tools/simulator/bootloader/firmware";
import {
	dataAddress,
	ImageError,
	type ImageFault,
	readDescription,
	verifyImage,
	writeDescription,
	writeImage,
} from "../../../../tools/simulator/bootloader/image";
import { createRandom } from "../../../../tools/training/random";
import { identity, sha256, sourceOf } from "./sources";

const parts = {
	name: "gateway",
	version: "1.2.3",
	main: "main",
	preload: ["a"],
	creation: { stack: 256 },
	config: { gateway: { version: "1.2.3" } },
	modules: { main: new TextEncoder().encode("import 'a';"), a: new TextEncoder().encode("") },
	resources: { "index.html": new Uint8Array([1, 2, 3]), model: new Uint8Array(70_000).fill(7) },
	encode: (text: string) => new TextEncoder().encode(text),
	hash: sha256,
};
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const verify = (bytes: Uint8Array) => verifyImage(sourceOf(bytes), identity);

/** The fault that the image is refused for; undefined: none. */
function faultOf(bytes: Uint8Array): ImageFault | undefined {
	try {
		verify(bytes);
		return undefined;
	} catch (error) {
		if (error instanceof ImageError) return error.fault;
		throw error;
	}
}

const small = writeImage({
	chip: 0,
	segments: [{ base: dataAddress, bytes: writeDescription({ version: "1", project: "p" }) }],
	hash: sha256,
});

/** With a hash that is right again. */
function sealed(image: Uint8Array): Uint8Array {
	const bytes = image.slice();
	bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32);
	return bytes;
}

function changed(at: number, value: number): Uint8Array {
	const bytes = small.slice();
	bytes[at] = value;
	return sealed(bytes);
}

describe("image", () => {
	test("is accepted as it was written, also when a partition goes on after it", () => {
		const partition = new Uint8Array(0x4000).fill(0xff);
		partition.set(small);
		const image = verify(partition);
		expect(image.length).toBe(small.length);
		expect(image.segments).toEqual([{ address: dataAddress + 0x20, offset: 0x20, length: 256 }]);
		expect(readDescription(partition.subarray(0x20))).toEqual({ version: "1", project: "p" });
	});

	test("with any bit turned is refused, but for the bits that say whether there is a hash", () => {
		for (let at = 0; at < small.length; at++)
			for (let bit = 0; bit < 8; bit++) {
				const bytes = small.slice();
				bytes[at]! ^= 1 << bit;
				if (at === 23) expect(faultOf(bytes)).toBeUndefined();
				else expect(faultOf(bytes)).toBeDefined();
			}
	});

	test("cut off anywhere is refused", () => {
		for (let length = 0; length < small.length; length++) expect(faultOf(small.subarray(0, length))).toBe("length");
	});

	test.each<[ImageFault, Uint8Array]>([
		["magic", changed(0, 0xff)],
		["chip", changed(12, 9)],
		["revision", changed(16, 0x7f)],
		["revision", changed(18, 0)],
		["segments", changed(1, 17)],
		["segment", changed(24 + 5, 0)],
		["segment", changed(24, 0x24)],
		["length", changed(24 + 6, 1)],
		["checksum", changed(0x20, 1)],
		["length", new Uint8Array(0x1000001)],
	])("is refused for its %s", (fault, bytes) => {
		expect(faultOf(bytes)).toBe(fault);
	});

	test("without a hash is taken by its checksum", () => {
		const bytes = small.slice(0, -32);
		bytes[23] = 0;
		expect(verify(bytes).length).toBe(bytes.length);
		bytes[0x30]! ^= 1;
		expect(faultOf(bytes)).toBe("checksum");
	});

	test("with segments that are not mapped needs no address that fits", () => {
		const image = small.slice();
		new DataView(image.buffer).setUint32(24, 0x4008_0000, true);
		expect(verify(sealed(image)).segments).toHaveLength(1);
	});

	test("cannot be written with more than it may have", () => {
		const segment = { base: dataAddress, bytes: new Uint8Array(256) };
		expect(() => writeImage({ chip: 0, segments: new Array(17).fill(segment), hash: sha256 })).toThrow(RangeError);
		expect(() => writeDescription({ version: "1".repeat(32), project: "" })).toThrow(RangeError);
		expect(() => writeDescription({ version: "ü", project: "" })).toThrow(RangeError);
	});

	test("of random and of changed bytes is refused, and nothing beyond them is read", () => {
		const random = createRandom(7);
		for (let round = 0; round < 3000; round++) {
			const bytes = round % 3 === 0 ? new Uint8Array(Math.floor(random() * 600)) : small.slice();
			const count = round % 3 === 0 ? bytes.length : 1 + Math.floor(random() * 6);
			for (let i = 0; i < count; i++) {
				const at = round % 3 === 0 ? i : Math.floor(random() * 64);
				bytes[at] = Math.floor(random() * 256);
			}
			if (bytes.length > 0 && round % 2) bytes[0] = 0xe9;
			faultOf(round % 3 === 1 ? sealed(bytes) : bytes);
		}
	});
});

describe("firmware", () => {
	const image = writeFirmware(parts);
	const read = (bytes: Uint8Array) => readFirmware(sourceOf(bytes), verify(bytes), decode);

	test("is an image of two segments, data and code", () => {
		expect(verify(image).segments.map(({ address }) => (address >>> 16).toString(16))).toEqual(["3f40", "400d"]);
	});

	test("gives back what it was made of", () => {
		const { modules, resources, ...others } = read(image);
		const { name, version, main, preload, creation, config } = parts;
		expect(others).toEqual({ name, version, main, preload, creation, config });
		for (const [names, contents] of [
			[modules, parts.modules],
			[resources, parts.resources],
		] as const)
			for (const [specifier, [offset, length]] of Object.entries(names))
				expect(sha256(image.subarray(offset, offset + length))).toEqual(
					sha256((contents as Record<string, Uint8Array>)[specifier]!),
				);
		expect(Object.keys(modules)).toEqual(["main", "a"]);
		expect(Object.keys(resources)).toEqual(["index.html", "model"]);
	});

	test("resources lie at multiples of 16 bytes, for models are read in place", () => {
		const padding = (offset: number) => (offset - 0x20) % 16;
		for (const [offset] of Object.values(read(image).resources)) expect(padding(offset)).toBe(0);
	});

	test("of a real board is none of the simulator's", () => {
		const segment = { base: 0x40080000, bytes: new Uint8Array(64) };
		const real = writeImage({
			chip: 0,
			segments: [{ base: dataAddress, bytes: writeDescription({ version: "1", project: "p" }) }, segment, segment],
			hash: sha256,
		});
		expect(verify(real).segments).toHaveLength(3);
		expect(() => read(real)).toThrow(FirmwareError);
		expect(() => read(small)).toThrow(FirmwareError);
	});

	test("whose text was changed is refused or describes an app within the image", () => {
		const random = createRandom(11);
		const textLength = new DataView(image.buffer).getUint32(0x20 + 256, true);
		let refused = 0;
		for (let round = 0; round < 2000; round++) {
			const bytes = image.slice();
			for (let i = 0; i <= random() * 3; i++) {
				const at = 0x20 + 256 + Math.floor(random() * (4 + textLength));
				bytes[at] = round % 2 ? Math.floor(random() * 256) : '0123456789[]{},":'.charCodeAt(Math.floor(random() * 17));
			}
			const source = sourceOf(bytes);
			try {
				// Its checksum and hash are not looked at here.
				const { modules, resources } = readFirmware(source, verify(image), decode);
				for (const [offset, length] of [...Object.values(modules), ...Object.values(resources)])
					source.read(offset, length);
			} catch (error) {
				if (!(error instanceof FirmwareError || error instanceof ImageError)) throw error;
				refused++;
			}
		}
		expect(refused).toBeGreaterThan(500);
	});
});
