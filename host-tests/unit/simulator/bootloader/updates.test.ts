/** The two slots over updates and trials. */
import { describe, expect, test } from "vitest";
import { chooseSlot, type Slots } from "../../../../tools/simulator/bootloader/bootloader";
import { State, writeEntry } from "../../../../tools/simulator/bootloader/otadata";
import { createRandom } from "../../../../tools/training/random";
import { blockLength } from "../../resources/flash";
import { Board, blocks, imageOf, labels } from "./board";

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

	test("what the other slot held is forgotten as soon as an update begins", () => {
		const board = new Board();
		board.start();
		board.install(2);
		board.start();
		board.updates.confirm();
		expect(board.states).toEqual([State.valid, State.valid]);
		expect(board.updates.begin("ota_0", undefined)).toBe(true);
		expect(board.states).toEqual([undefined, State.valid]);
		expect(board.start()).toBe(2);
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

describe("entries of any bytes", () => {
	const random = createRandom(23);
	/** Mostly what makes sense, and what nearly does. */
	function entry(): Uint8Array {
		const states = [State.new, State.pendingVerify, State.valid, State.invalid, State.aborted, State.undefined, 77];
		const bytes = writeEntry(1 + Math.floor(random() * 5), states[Math.floor(random() * states.length)]!);
		if (random() < 0.2) bytes.fill(0xff);
		if (random() < 0.3) bytes[Math.floor(random() * 32)] = Math.floor(random() * 256);
		return bytes;
	}

	test("start a slot that may be started whenever there is one, and stay as they are from then on", () => {
		for (let round = 0; round < 500; round++) {
			const board = new Board();
			const bootable = new Set([...labels, "factory"].filter(() => random() < 0.6));
			const slots: Slots = { labels, hasFactory: bootable.has("factory"), isBootable: (label) => bootable.has(label) };
			board.write("otadata", 0, entry());
			board.write("otadata", blockLength, entry());
			const chosen = chooseSlot(board, slots);
			if (bootable.size === 0) expect(chosen).toBeUndefined();
			else expect([...bootable]).toContain(chosen);
			// Each entry may have its trial, and is given up at the start after that.
			for (let start = 0; start < 5; start++) chooseSlot(board, slots);
			const { operations } = board.flash;
			const last = chooseSlot(board, slots);
			expect(chooseSlot(board, slots)).toBe(last);
			expect(board.flash.operations).toBe(operations);
		}
	});

	test("are given up without becoming good", () => {
		const board = new Board();
		const torn = writeEntry(2, State.pendingVerify);
		torn[28]! ^= 1;
		board.write("otadata", 0, torn);
		board.write("otadata", blockLength, writeEntry(1, State.valid));
		expect(board.start()).toBe(1);
		const after = torn.slice();
		after[24] = State.aborted;
		expect(board.read("otadata", 0, 32)).toEqual(after);
	});

	test("let running firmware confirm, go back and be followed, or refuse it", () => {
		for (let round = 0; round < 60; round++) {
			const board = new Board();
			board.write("otadata", 0, entry());
			board.write("otadata", blockLength, entry());
			board.start();
			if (random() < 0.5) board.updates.confirm();
			if (random() < 0.3 && board.updates.rollBack()) board.start();
			if (board.updates.isPending) board.updates.confirm();
			if (board.install(7)) expect(board.start()).toBe(7);
		}
	});
});
