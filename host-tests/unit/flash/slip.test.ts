import { describe, expect, test } from "vitest";
import { FrameReader, frame } from "../../../tools/flash/slip";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("SLIP", () => {
	test("escapes as RFC 1055 says", () => {
		expect([...frame(bytes(1, 0xc0, 2, 0xdb, 3))]).toEqual([0xc0, 1, 0xdb, 0xdc, 2, 0xdb, 0xdd, 3, 0xc0]);
	});

	test("reads back every byte, in whatever pieces", () => {
		const packet = Uint8Array.from({ length: 512 }, (_, index) => index & 0xff);
		const framed = frame(packet);
		for (const piece of [1, 2, 3, 100, framed.length]) {
			const reader = new FrameReader(512);
			const packets = [];
			for (let at = 0; at < framed.length; at += piece) packets.push(...reader.push(framed.subarray(at, at + piece)));
			expect(packets).toEqual([packet]);
		}
	});

	test("takes an END for the end of one frame and the beginning of the next", () => {
		expect(new FrameReader(8).push(bytes(0xc0, 1, 0xc0, 2, 0xc0, 0xc0, 3, 0xc0))).toEqual([
			bytes(1),
			bytes(2),
			bytes(3),
		]);
	});

	test("ends noise at the first END", () => {
		const reader = new FrameReader(8);
		expect(reader.push(bytes(7, 7, ...frame(bytes(1, 2))))).toEqual([bytes(7, 7), bytes(1, 2)]);
	});

	test.each([
		["an escape of nothing known", [0xc0, 1, 0xdb, 9, 2, 0xc0]],
		["an END within an escape", [0xc0, 1, 0xdb, 0xc0]],
		["more bytes than a packet may have", [0xc0, ...new Array(9).fill(1), 0xc0]],
	])("drops %s, and reads on", (_, spoilt) => {
		const reader = new FrameReader(8);
		expect(reader.push(bytes(...spoilt, ...frame(bytes(5))))).toEqual([bytes(5)]);
	});

	test("forgets what has begun", () => {
		const reader = new FrameReader(8);
		reader.push(bytes(0xc0, 1, 0xdb));
		reader.reset();
		expect(reader.push(bytes(2, 0xc0))).toEqual([bytes(2)]);
	});
});
