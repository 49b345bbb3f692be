// Hundreds of starts, each with the check of whole images: in Node, within seconds.
import { describe, expect, test } from "vitest";
import { readEntries } from "../../../../tools/simulator/bootloader/bootloader";
import { activeEntry, slotOf } from "../../../../tools/simulator/bootloader/otadata";
import { createRandom } from "../../../../tools/training/random";
import { PowerCut, tears } from "../../resources/flash";
import { Board, labels } from "./board";

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
