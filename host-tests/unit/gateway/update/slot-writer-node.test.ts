import { createHash } from "node:crypto";
import { FirmwareError } from "gateway/update/firmware-error";
import { Installer } from "gateway/update/installer";
import { SlotWriter } from "gateway/update/slot-writer";
import { UpdateHistory } from "gateway/update/update-history";
import { describe, expect, it } from "vitest";
import { signFirmware } from "../../../../tools/firmware-image/signed-firmware";
import {
	type ImageSource,
	verifyImage,
	writeDescription,
	writeImage,
} from "../../../../tools/simulator/bootloader/image";
import { MemoryStorage } from "../../web/gateway";
import { createSHA256, expected, publisher } from "./images";

const blockLength = 4096;
const blocks = 32;
const hash = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

/** NOR flash: a write clears bits, and an erasure sets those of a block. */
class Slot {
	readonly bytes = new Uint8Array(blocks * blockLength).fill(0x5a);
	opened = 0;

	open() {
		this.opened++;
		this.eraseBlock(0);
		const update = {
			write: (bytes: Uint8Array, offset: number) => {
				bytes.forEach((byte, i) => {
					this.bytes[offset + i]! &= byte;
				});
			},
			complete: () => {
				if (!this.isBootable) throw new Error("end failed");
			},
			close: () => {
				this.opened--;
			},
		};
		return new SlotWriter({
			flash: { eraseBlock: (block) => this.eraseBlock(block), close() {} },
			update,
			blockLength,
		});
	}

	eraseBlock(block: number): void {
		expect(block).toBeLessThan(blocks);
		this.bytes.fill(0xff, block * blockLength, (block + 1) * blockLength);
	}

	/** As the bootloader sees it. */
	get isBootable(): boolean {
		const source: ImageSource = {
			size: this.bytes.length,
			read: (offset, length) => this.bytes.subarray(offset, offset + length),
			hash: (length) => hash(this.bytes.subarray(0, length)),
		};
		try {
			verifyImage(source, { chip: 0, revision: 300 });
			return true;
		} catch {
			return false;
		}
	}
}

/** An image that the bootloader starts, with this in its second segment. */
function imageOf(content: Uint8Array): Uint8Array {
	const first = new Uint8Array(512);
	first.set(writeDescription({ version: "0.2.0", project: "gateway" }));
	return writeImage({
		chip: 0,
		segments: [
			{ base: 0x3f40_0000, bytes: first },
			{ base: 0x400d_0000, bytes: content },
		],
		hash,
	});
}

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
const signed = (image: Uint8Array, version = "0.2.0") =>
	signFirmware(image, { product: "gateway", version, key: publisher });

class Bench {
	readonly slot = new Slot();
	readonly installer = new Installer({
		expected: { ...expected, room: this.slot.bytes.length },
		createHash: createSHA256,
		open: () => this.slot.open(),
		history: new UpdateHistory({
			storage: new MemoryStorage(),
			running: { slot: "ota_0", pending: false, reason: "power" },
		}),
		isOnTrial: () => false,
		onChange() {},
	});

	/** Sends a file; after `count` bytes the connection breaks. Gives the code of the refusal. */
	send(file: Uint8Array, { part = 1000, count = file.length } = {}): string | undefined {
		const installation = this.installer.begin(-1);
		try {
			for (let at = 0; at < count; at += part) installation.write(file.subarray(at, Math.min(at + part, count)));
			if (count === file.length) installation.close();
			else installation.abort();
		} catch (error) {
			if (!(error instanceof FirmwareError)) throw error;
			return error.code;
		}
	}
}

describe("a slot", () => {
	it.each([1, 7, 1000, 4096, 100_000])("takes what is signed, in parts of %i bytes – it is whole", (part) => {
		const bench = new Bench();
		const image = imageOf(noise(9000));
		expect(bench.send(signed(image), { part })).toBeUndefined();
		expect(bench.slot.bytes.subarray(0, image.length)).toEqual(image);
		expect(bench.slot.opened).toBe(0);
	});

	it("never holds an image that could start before its signature has been verified", () => {
		const image = imageOf(noise(9000));
		const file = signed(image);
		const other = Uint8Array.from(file);
		other[other.length - 1]! ^= 1;
		const bench = new Bench();
		for (const [given, count] of [
			[image, image.length],
			[other, other.length],
			[signed(image, "0.0.9"), file.length],
			[file, image.length],
			[file, file.length - 1],
		] as const) {
			bench.send(given, { count });
			expect(bench.slot.isBootable).toBe(false);
		}
		expect(bench.send(file)).toBeUndefined();
		expect(bench.slot.isBootable).toBe(true);
	});

	it("holds none of the pieces of two uploads either", () => {
		const bench = new Bench();
		const wanted = imageOf(noise(9000));
		// All of it lies in another image's segment at just the place where it has to lie, its hash too.
		const carrier = imageOf(noise(20_000));
		carrier.set(wanted.subarray(blockLength), blockLength);
		expect(bench.send(carrier)).toBe("hash");
		expect(bench.send(wanted, { count: blockLength, part: 512 })).toBeUndefined();
		expect(bench.slot.bytes.subarray(24, wanted.length)).toEqual(wanted.subarray(24));
		expect(bench.slot.isBootable).toBe(false);
	});

	it("is as it was when an upload breaks off before its header has passed", () => {
		const bench = new Bench();
		bench.send(signed(imageOf(noise(100))), { count: 23 });
		expect(bench.slot.bytes.every((byte) => 0x5a === byte)).toBe(true);
	});

	it("that is replaced – the firmware before is gone with the first block", () => {
		const bench = new Bench();
		const image = imageOf(noise(9000));
		bench.slot.bytes.set(image);
		expect(bench.slot.isBootable).toBe(true);
		bench.send(signed(image), { count: 24 });
		expect(bench.slot.isBootable).toBe(false);
	});
});
