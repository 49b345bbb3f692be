import { expect } from "vitest";
import {
	type BoardFlash,
	chooseSlot,
	readEntries,
	type Slots,
} from "../../../../tools/simulator/bootloader/bootloader";
import { ImageError, verifyImage, writeDescription, writeImage } from "../../../../tools/simulator/bootloader/image";
import { Updates } from "../../../../tools/simulator/bootloader/updates";
import { blockLength, SimulatedFlash } from "../../resources/flash";
import { identity, sha256, sourceOf } from "./sources";

export const blocks = 3;
export const labels = ["ota_0", "ota_1"];
const places: Readonly<Record<string, number>> = { otadata: 0, ota_0: 2, ota_1: 2 + blocks };

/** A board whose partitions lie one after the other in one flash. */
export class Board implements BoardFlash {
	readonly flash = new SimulatedFlash(2 + 2 * blocks);
	readonly slots: Slots = {
		labels,
		hasFactory: false,
		isBootable: (label) => this.version(label) !== undefined,
	};
	/** The slot that runs. */
	running = "";
	updates!: Updates;

	/** As the factory delivers it: version 1 in ota_0, and nothing chosen yet. */
	constructor() {
		this.flash.bytes.set(imageOf(1), places.ota_0! * blockLength);
	}

	size(partition: string): number | undefined {
		return partition in places ? (partition === "otadata" ? 2 : blocks) * blockLength : undefined;
	}
	read(partition: string, offset: number, length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		this.flash.read(bytes, places[partition]! * blockLength + offset);
		return bytes;
	}
	write(partition: string, offset: number, bytes: Uint8Array): void {
		this.flash.write(bytes, places[partition]! * blockLength + offset);
	}
	erase(partition: string, block: number): void {
		this.flash.eraseBlock(places[partition]! + block);
	}

	/** Of the image in a slot; undefined when it is none that starts. */
	version(label: string): number | undefined {
		const bytes = this.read(label, 0, blocks * blockLength);
		try {
			verifyImage(sourceOf(bytes), identity);
		} catch (error) {
			if (error instanceof ImageError) return undefined;
			throw error;
		}
		return Number(String.fromCharCode(bytes[0x20 + 16]!));
	}

	/** Starts; gives the version that runs. */
	start(): number {
		const slot = chooseSlot(this, this.slots);
		expect(slot).toBeDefined();
		this.running = slot!;
		this.updates = new Updates({ flash: this, slots: this.slots, running: slot! });
		return this.version(slot!)!;
	}

	install(version: number, mode: "a" | "w" = "a"): boolean {
		const image = imageOf(version);
		const { updates } = this;
		if (!updates.begin(updates.next!, mode === "a" ? undefined : image.length)) return false;
		for (let offset = 0; offset < image.length; offset += 1024) {
			const part = image.subarray(offset, offset + 1024);
			if (!updates.write(part, mode === "a" ? undefined : offset)) return false;
		}
		return updates.complete();
	}

	get states(): (number | undefined)[] {
		return readEntries(this).map(({ state, isWhole }) => (isWhole ? state : undefined));
	}
}

export function imageOf(version: number): Uint8Array {
	const bytes = new Uint8Array(5000).fill(version);
	bytes.set(writeDescription({ version: String(version), project: "p" }));
	return writeImage({ chip: 0, segments: [{ base: 0x3f400000, bytes }], hash: sha256 });
}
