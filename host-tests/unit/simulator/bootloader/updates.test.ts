/** The two slots over updates, trials and power cuts. */
import { describe, expect, test } from "vitest";
import {
	type BoardFlash,
	chooseSlot,
	readEntries,
	type Slots,
} from "../../../../tools/simulator/bootloader/bootloader";
import { ImageError, verifyImage, writeDescription, writeImage } from "../../../../tools/simulator/bootloader/image";
import { activeEntry, State, slotOf, writeEntry } from "../../../../tools/simulator/bootloader/otadata";
import { Updates } from "../../../../tools/simulator/bootloader/updates";
import { createRandom } from "../../../../tools/training/random";
import { blockLength, PowerCut, SimulatedFlash, tears } from "../../resources/flash";
import { identity, sha256, sourceOf } from "./sources";

const blocks = 3;
const labels = ["ota_0", "ota_1"];
const places: Readonly<Record<string, number>> = { otadata: 0, ota_0: 2, ota_1: 2 + blocks };

/** A board whose partitions lie one after the other in one flash. */
class Board implements BoardFlash {
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

function imageOf(version: number): Uint8Array {
	const bytes = new Uint8Array(5000).fill(version);
	bytes.set(writeDescription({ version: String(version), project: "p" }));
	return writeImage({ chip: 0, segments: [{ base: 0x3f400000, bytes }], hash: sha256 });
}

describe("without power cuts", () => {
	test("the first start chooses ota_0 and writes that down once", () => {
		const board = new Board();
		expect(board.start()).toBe(1);
		expect(board.states).toEqual([State.valid, undefined]);
		const { operations } = board.flash;
		expect(operations).toBe(2);
		expect(board.start()).toBe(1);
		expect(board.flash.operations).toBe(operations);
		expect(board.updates.isPending).toBe(false);
	});

	test.each(["a", "w"] as const)(
		"new firmware is on trial, stays when confirmed, and so does the next (mode %s)",
		(mode) => {
			const board = new Board();
			board.start();
			for (let version = 2; version <= 6; version++) {
				expect(board.updates.next).not.toBe(board.running);
				expect(board.install(version, mode)).toBe(true);
				expect(board.start()).toBe(version);
				expect(board.updates.isPending).toBe(true);
				expect(board.updates.confirm()).toBe(true);
				expect(board.updates.isPending).toBe(false);
				expect(board.start()).toBe(version);
			}
		},
	);

	test("what is not confirmed is given up at the next start, and stays so", () => {
		const board = new Board();
		board.start();
		board.install(2);
		expect(board.start()).toBe(2);
		expect(board.start()).toBe(1);
		expect(board.states).toEqual([State.valid, State.aborted]);
		expect(board.start()).toBe(1);
		expect(board.install(3)).toBe(true);
		expect(board.start()).toBe(3);
	});

	test("what rolls back by itself is not started again", () => {
		const board = new Board();
		board.start();
		board.install(2);
		board.start();
		expect(board.updates.rollBack()).toBe(true);
		expect(board.states).toEqual([State.valid, State.invalid]);
		expect(board.start()).toBe(1);
	});

	test("nothing rolls back to what cannot run", () => {
		const board = new Board();
		board.start();
		expect(board.updates.rollBack()).toBe(false);
		board.install(2);
		board.start();
		board.erase("ota_0", 0);
		expect(board.updates.rollBack()).toBe(false);
	});

	test("a damaged slot is passed over", () => {
		const board = new Board();
		board.start();
		board.install(2);
		board.start();
		board.updates.confirm();
		board.erase("ota_1", 1);
		expect(board.start()).toBe(1);
		board.erase("ota_0", 1);
		expect(chooseSlot(board, board.slots)).toBe(undefined);
	});

	test("entries without sense start what there is", () => {
		const board = new Board();
		board.erase("otadata", 0);
		board.write("otadata", 0, new Uint8Array(32));
		board.write("otadata", blockLength, writeEntry(2, State.valid));
		expect(board.start()).toBe(1); // the entry names ota_1, which is empty
	});

	test("a board with a factory slot starts that when nothing is chosen", () => {
		const board = new Board();
		const slots: Slots = { labels, hasFactory: true, isBootable: (label) => label !== "ota_1" };
		expect(chooseSlot(board, slots)).toBe("factory");
		expect(board.states).toEqual([undefined, undefined]);
		board.write("otadata", 0, writeEntry(2, State.new));
		expect(chooseSlot(board, slots)).toBe("ota_0");
		expect(chooseSlot(board, { ...slots, isBootable: (label) => label === "factory" })).toBe("factory");
	});
});

describe("what is refused", () => {
	test("the running slot, others than slots, too much, two at a time, on trial", () => {
		const board = new Board();
		board.start();
		const { updates } = board;
		expect(updates.begin("ota_0", undefined)).toBe(false);
		expect(updates.begin("otadata", undefined)).toBe(false);
		expect(updates.begin("none", undefined)).toBe(false);
		expect(updates.begin("ota_1", blocks * blockLength + 1)).toBe(false);
		expect(updates.begin("ota_1", undefined)).toBe(true);
		expect(updates.begin("ota_1", undefined)).toBe(false);
		updates.abort();
		expect(board.install(2)).toBe(true);
		board.start();
		expect(board.updates.begin("ota_0", undefined)).toBe(false);
	});

	test("what does not begin as an image, does not fit, has an offset, or was never written", () => {
		const board = new Board();
		board.start();
		const { updates } = board;
		expect(updates.write(imageOf(2))).toBe(false);
		updates.begin("ota_1", undefined);
		expect(updates.complete()).toBe(false);
		updates.begin("ota_1", undefined);
		expect(updates.write(new Uint8Array(16))).toBe(false);
		expect(updates.write(imageOf(2), 0)).toBe(false);
		updates.write(imageOf(2));
		expect(updates.write(new Uint8Array(blocks * blockLength))).toBe(false);
		expect(updates.complete()).toBe(true);
		expect(updates.complete()).toBe(false);
	});

	test("a damaged image; the old one goes on", () => {
		const board = new Board();
		board.start();
		const image = imageOf(2);
		image[300]! ^= 1;
		board.updates.begin("ota_1", undefined);
		board.updates.write(image);
		expect(board.updates.complete()).toBe(false);
		expect(board.start()).toBe(1);
	});
});

describe("power cut", () => {
	/** Two updates, one confirmed, one rolled back; what runs last and what it might be when the power goes. */
	function script(board: Board, allowed: { now: Set<number> }): void {
		allowed.now = new Set([1]);
		board.start();
		allowed.now = new Set([1, 2]);
		board.install(2);
		board.start();
		board.updates.confirm();
		allowed.now = new Set([2]);
		board.start();
		allowed.now = new Set([2, 3]);
		board.install(3);
		if (board.start() === 3) board.updates.rollBack();
		allowed.now = new Set([2]);
		board.start();
	}

	for (const tear of tears)
		test(`at every write and erasure, ${tear} – the old or the new firmware starts, and can be updated`, () => {
			let cuts = 0;
			for (let at = 0; ; at++) {
				const board = new Board();
				const allowed = { now: new Set<number>() };
				board.flash.cutAt(at, tear, createRandom(at));
				try {
					script(board, allowed);
					break;
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
				}
				cuts++;
				board.flash.restore();
				const version = board.start();
				expect([...allowed.now]).toContain(version);
				// And again, unconfirmed or not: something starts each time.
				if (board.updates.isPending) board.updates.confirm();
				expect(board.start()).toBe(version);
				expect(board.install(5)).toBe(true);
				expect(board.start()).toBe(5);
			}
			expect(cuts).toBeGreaterThan(25);
		});

	test("again at every operation of the start that follows – never neither", () => {
		let cuts = 0;
		for (const [index, tear] of tears.entries())
			for (let at = 0; ; at++) {
				const board = new Board();
				const allowed = { now: new Set<number>() };
				board.flash.cutAt(at, tear, createRandom(at));
				try {
					script(board, allowed);
					break;
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
				}
				board.flash.restore();
				const bytes = board.flash.bytes.slice();
				for (let second = 0; ; second++) {
					board.flash.bytes.set(bytes);
					board.flash.cutAt(second, tears[(at + second + index) % 4]!, createRandom(second));
					try {
						board.start();
						board.flash.restore();
						break;
					} catch (error) {
						if (!(error instanceof PowerCut)) throw error;
					}
					cuts++;
					board.flash.restore();
					expect([...allowed.now]).toContain(board.start());
				}
			}
		expect(cuts).toBeGreaterThan(20);
	});

	test("the active entry always names a slot that starts, unless it is passed over", () => {
		const random = createRandom(3);
		const board = new Board();
		board.start();
		let version = 1;
		for (let cut = 0; cut < 600; cut++) {
			board.flash.cutAt(Math.floor(random() * 25), tears[Math.floor(random() * 4)]!, random);
			try {
				const running = board.start();
				if (board.updates.isPending && random() < 0.7) board.updates.confirm();
				if (!board.updates.isPending) {
					version = 1 + (version % 9);
					board.install(version === running ? 1 + (version % 9) : version);
				}
			} catch (error) {
				if (!(error instanceof PowerCut)) throw error;
			}
			board.flash.restore();
			board.start();
			const entries = readEntries(board);
			const active = activeEntry(entries);
			expect(active).toBeDefined();
			expect(labels[slotOf(entries[active!].sequence, 2)]).toBe(board.running);
		}
	});
});
