import { JSONError, JSONReader } from "common/json";
import { encodeText } from "common/text";
import { describe, expect, test } from "vitest";

function read(text: string): unknown {
	const reader = new JSONReader(encodeText(text));
	const value = build(reader);
	reader.end();
	return value;
}

function build(reader: JSONReader): unknown {
	switch (reader.kind) {
		case "object": {
			const result: Record<string, unknown> = {};
			reader.object();
			for (let key = reader.key(); undefined !== key; key = reader.key()) result[key] = build(reader);
			return result;
		}
		case "array": {
			const result: unknown[] = [];
			reader.array();
			while (reader.element()) result.push(build(reader));
			return result;
		}
		case "string":
			return reader.string();
		case "boolean":
			return reader.boolean();
		case "null":
			reader.null();
			return null;
		default:
			return reader.number();
	}
}

function skip(text: string): void {
	const reader = new JSONReader(encodeText(text));
	reader.skip();
	reader.end();
}

describe("JSON reader", () => {
	test.each([
		"{}",
		"[]",
		" [ ] ",
		"0",
		"-0",
		"-1.5e-3",
		"1E+2",
		"true",
		"false",
		"null",
		'""',
		'"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é😀"',
		'{"a":[1,[2,{"b":null}],"c"],"d":{"e":{},"f":[[]]},"g":false}',
		'\t{\n"a"\r:\n1 , "b" : [ 1 , 2 ] }\n',
		`${"[".repeat(16)}1${"]".repeat(16)}`,
	])("reads what JSON.parse reads: %s", (text) => {
		expect(read(text)).toEqual(JSON.parse(text));
		skip(text);
	});

	test.each([
		"",
		" ",
		"{",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1}",
		'{"a":1]',
		'{"a":1,}',
		'{"a"}',
		'{"a" 1}',
		"{a:1}",
		"{1:2}",
		"'a'",
		"01",
		"-",
		"+1",
		".5",
		"1.",
		"1.e3",
		"1e",
		"1e+",
		"0x10",
		"NaN",
		"Infinity",
		"-Infinity",
		"nul",
		"tru e",
		'"',
		'"\\',
		'"\\x41"',
		'"\\u12g4"',
		'"\\u00:0"',
		'"a\u0001"',
		'"a\nb"',
		"1 2",
		"{} {}",
		"[]]",
	])("refuses what JSON.parse refuses: %s", (text) => {
		expect(() => JSON.parse(text)).toThrow();
		expect(() => read(text)).toThrow(JSONError);
		expect(() => skip(text)).toThrow(JSONError);
	});

	test.each([
		["depth 1,000", "[".repeat(1000) + "]".repeat(1000)],
		["depth 17", `${"[".repeat(17)}1${"]".repeat(17)}`],
		["depth 1,000 of objects", `${'{"a":'.repeat(1000)}1${"}".repeat(1000)}`],
		["1e400", "1e400"],
		["-1e400", '{"a":-1e400}'],
		["duplicate keys", '{"a":1,"b":2,"a":3}'],
		["duplicate keys by an escape", '{"a":1,"\\u0061":3}'],
		["duplicate keys deep inside", '{"x":[{"a":{"k":1,"k":2}}]}'],
		["lone high surrogate", '"\\ud83d"'],
		["lone high surrogate ahead of text", '"\\ud83dx"'],
		["lone low surrogate", '"\\ude00"'],
		["two high surrogates", '"\\ud83d\\ud83d"'],
		["lone surrogate in a name", '{"\\udc00":1}'],
		["33 members", `{${Array.from({ length: 33 }, (_, i) => `"k${i}":0`).join()}}`],
		[
			"65 members in open objects",
			`${`{${Array.from({ length: 12 }, (_, i) => `"k${i}":0,`).join("")}"n":`.repeat(5)}0${"}".repeat(5)}`,
		],
		["a number of 41 digits", "1".repeat(41)],
	])("case 19: refuses %s", (_name, text) => {
		expect(() => read(text)).toThrow(JSONError);
		expect(() => skip(text)).toThrow(JSONError);
	});

	test("refuses bytes that are not UTF-8 within a string", () => {
		for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
			expect(() => new JSONReader(Uint8Array.from([0x22, ...bytes, 0x22])).string()).toThrow(JSONError);
	});

	test("same names in sibling objects and at other depths are no duplicates", () => {
		const text = '[{"a":{"a":1}},{"a":2}]';
		expect(read(text)).toEqual(JSON.parse(text));
		skip(text);
		const wide = `[${Array.from({ length: 100 }, () => '{"a":1,"b":{"a":1}}').join()}]`;
		expect(read(wide)).toEqual(JSON.parse(wide));
	});

	test("tells the position of what it refuses", () => {
		try {
			read('{"a":[1,2,x]}');
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(JSONError);
			expect((error as JSONError).position).toBe(10);
		}
	});

	test("integers are exact and bounded", () => {
		const integer = (text: string, minimum = -(2 ** 31), maximum = 2 ** 31 - 1) =>
			new JSONReader(encodeText(text)).integer(minimum, maximum);
		expect(integer("-2147483648")).toBe(-2147483648);
		expect(integer(" 0 ")).toBe(0);
		expect(integer("9007199254740991", 0, Number.MAX_SAFE_INTEGER)).toBe(9007199254740991);
		for (const text of ["2147483648", "-2147483649", "1.0", "1e2", "12345678901234567890", "01", "-", '"1"', "true"])
			expect(() => integer(text), text).toThrow(JSONError);
		expect(() => integer("9007199254740992", 0, Number.MAX_SAFE_INTEGER)).toThrow(JSONError);
	});

	test("64 names in open objects, 1024 bytes in a text that is passed over", () => {
		const open = `${`{${Array.from({ length: 15 }, (_, i) => `"k${i}":0,`).join("")}"n":`.repeat(4)}0${"}".repeat(4)}`;
		expect(read(open)).toEqual(JSON.parse(open));
		skip(open);
		skip(`"${"a".repeat(1024)}"`);
		expect(() => skip(`"${"a".repeat(1025)}"`)).toThrow(JSONError);
		expect(() => skip(`"${"\\u00e9".repeat(171)}"`)).toThrow(JSONError);
	});

	test("strings are bounded", () => {
		expect(new JSONReader(encodeText('"abcd"')).string(4)).toBe("abcd");
		expect(() => new JSONReader(encodeText('"abcde"')).string(4)).toThrow(JSONError);
	});

	test("survives every truncation and seeded noise, and agrees with JSON.parse on what it takes", () => {
		const text =
			'{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"INT16","data":[[-1,2.5e1]]}],"p":{"b":true}}';
		for (let end = 0; end < text.length; end++) expect(() => skip(text.slice(0, end))).toThrow(JSONError);
		let state = 12345;
		const random = (below: number) => {
			state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
			return Math.floor((state / 2 ** 32) * below);
		};
		const alphabet = '{}[]",:0123456789.eE+-truefalsn \\u"';
		let taken = 0;
		for (let round = 0; round < 20_000; round++) {
			const bytes = [...text];
			for (let i = random(3) + 1; i > 0; i--) bytes[random(bytes.length)] = alphabet[random(alphabet.length)]!;
			const changed = bytes.join("");
			let value: unknown;
			try {
				value = read(changed);
			} catch (error) {
				expect(error).toBeInstanceOf(JSONError);
				continue;
			}
			taken++;
			expect(value).toEqual(JSON.parse(changed));
		}
		expect(taken).toBeGreaterThan(100);
	});
});
