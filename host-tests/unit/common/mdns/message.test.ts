import { MessageError, MessageReader, MessageWriter, nameOf, Section, sameName, Type } from "common/mdns/message";
import { describe, expect, test } from "vitest";

const header = (counts: readonly [number, number, number, number], flags = 0) => [
	...[0, 0, flags >> 8, flags & 0xff],
	...counts.flatMap((count) => [count >> 8, count & 0xff]),
];
const message = (...parts: readonly (number | string)[]) =>
	Uint8Array.from(
		parts.flatMap((part) => ("number" === typeof part ? [part] : Array.from(part, (c) => c.charCodeAt(0)))),
	);
const all = (bytes: Uint8Array) => {
	const reader = new MessageReader(bytes);
	const names: string[] = [];
	while (reader.next()) names.push(reader.readName(reader.name));
	return names;
};

describe("names", () => {
	test("are read through pointers, each to a prior name", () => {
		const bytes = message(
			...header([3, 0, 0, 0]),
			...["\x05local\0", 0, 1, 0, 1],
			...["\x01a", 0xc0, 12, 0, 1, 0, 1],
			...["\x01b", 0xc0, 23, 0, 1, 0, 1],
		);
		expect(all(bytes)).toEqual(["\x05local", "\x01a\x05local", "\x01b\x01a\x05local"]);
	});

	test.each([
		["to itself", [0xc0, 12]],
		["ahead", [0xc0, 20]],
		["to its own first label, round and round", [1, 0x61, 0xc0, 12]],
		["into the header", [0xc0, 4]],
		["beyond the message", [0xff, 0xff]],
	])("with a pointer %s are refused", (_what, name) => {
		const bytes = message(...header([1, 0, 0, 0]), ...name, 0, 1, 0, 1);
		expect(() => all(bytes)).toThrow(MessageError);
	});

	test("of 255 bytes are read, longer ones refused, however they are put together", () => {
		const label = `\x3f${"x".repeat(63)}`;
		const last = `\x3d${"y".repeat(61)}`;
		expect(all(message(...header([1, 0, 0, 0]), label + label + label + last, 0, 0, 1, 0, 1))).toEqual([
			label + label + label + last,
		]);
		const long = message(...header([1, 0, 0, 0]), label + label + label + label, 0, 0, 1, 0, 1);
		expect(() => all(long)).toThrow(MessageError);
		const two = message(...header([2, 0, 0, 0]), label + label, 0, 0, 1, 0, 1, label + label, 0xc0, 12, 0, 1, 0, 1);
		expect(() => all(two)).toThrow(MessageError);
	});

	test("are the same whatever the case of their ASCII letters, and not a part of one another", () => {
		const bytes = message(...header([1, 0, 0, 0]), "\x07GateWay\x05LOCAL\0", 0, 1, 0, 1);
		const reader = new MessageReader(bytes);
		reader.next();
		expect(reader.isName(reader.name, nameOf("gateway", "local"))).toBe(true);
		expect(reader.isName(reader.name, nameOf("gateway"))).toBe(false);
		expect(reader.isName(reader.name, nameOf("gateway", "local", "x"))).toBe(false);
		expect(reader.isName(reader.name, nameOf("gateway.local"))).toBe(false);
		expect(sameName(nameOf("A", "b"), nameOf("a", "B"))).toBe(true);
		expect(sameName(nameOf("[", "b"), nameOf("{", "b"))).toBe(false);
	});
});

describe("messages", () => {
	test.each([
		["shorter than a header", message(...header([0, 0, 0, 0])).subarray(0, 11)],
		["that are no query", message(...header([0, 0, 0, 0], 0x2800))],
		["that are an error", message(...header([0, 0, 0, 0], 0x8003))],
		["with less than they announce", message(...header([1, 0, 0, 0]))],
		["that end within a name", message(...header([1, 0, 0, 0]), 3, 0x61)],
		["that end within a question", message(...header([1, 0, 0, 0]), 0, 0, 1)],
		["that end within a record", message(...header([0, 1, 0, 0]), 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3)],
		["with an unknown kind of label", message(...header([1, 0, 0, 0]), 0x41, 0x61, 0, 0, 1, 0, 1)],
	])("%s are refused", (_what, bytes) => {
		expect(() => all(bytes)).toThrow(MessageError);
	});

	test("give the texts that are asked for", () => {
		const data = "\x04ID=7\x02id\x09pairing=1\x03x==";
		const bytes = message(...header([0, 1, 0, 0]), 0, 0, Type.txt, 0, 1, 0, 0, 0, 0, 0, data.length, data);
		const reader = new MessageReader(bytes);
		reader.next();
		expect(["id", "pairing", "x", "pair", "pairing=1"].map((key) => reader.text(key))).toEqual([
			"7",
			"1",
			"=",
			undefined,
			undefined,
		]);
		bytes[23] = 40;
		expect(() => reader.text("id")).toThrow(MessageError);
	});

	test("that are written are read again, with each name once", () => {
		const writer = new MessageWriter(new Uint8Array(256));
		for (let round = 0; round < 2; round++) {
			writer.begin(7, 0x8400);
			writer.question(nameOf("a", "a", "local"), Type.any, 1);
			writer.question(nameOf("a", "local"), Type.any, 1);
			writer.record(Section.answer, nameOf("b", "a", "a", "local"), Type.ptr, 0x8001, 0x12345678);
			writer.name(nameOf("A", "local"));
			writer.endRecord();
			const bytes = writer.bytes;
			expect(all(bytes)).toEqual([nameOf("a", "a", "local"), nameOf("a", "local"), nameOf("b", "a", "a", "local")]);
			const reader = new MessageReader(bytes);
			while (reader.next());
			expect(String.fromCharCode(...bytes).split("local").length).toBe(2);
			expect([reader.id, reader.isResponse, reader.timeToLive, reader.readName(reader.data)]).toEqual([
				7,
				true,
				0x12345678,
				nameOf("A", "local"),
			]);
		}
	});

	test("that do not fit are refused", () => {
		const writer = new MessageWriter(new Uint8Array(20));
		writer.begin(0, 0);
		expect(() => writer.question(nameOf("gateway", "local"), Type.a, 1)).toThrow(RangeError);
	});
});
