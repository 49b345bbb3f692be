/** Run in Node for what tests there use, and inside XS for the C. */
import { decodeLine, decodeToken, findControl, isHex } from "common/ascii";
import { isTokenByte } from "gateway/web/token-byte";
import { describe, expect, test } from "vitest";

const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe("ASCII", () => {
	test("each byte below 0x20 is a control character, and no other", () => {
		for (let byte = 0; byte < 256; byte++)
			expect(findControl(Uint8Array.of(1, 0x41, byte, 0x80), 1)).toBe(byte < 0x20 ? 2 : 4);
		expect(findControl(all.subarray(0x20), 0)).toBe(224);
		expect(findControl(all, 256)).toBe(256);
	});

	test("a line is of tabs, spaces and visible characters", () => {
		for (let byte = 0; byte < 256; byte++)
			expect(decodeLine(Uint8Array.of(0x41, byte, 0x42), 0, 3)).toBe(
				9 === byte || (byte >= 0x20 && byte < 0x7f) ? `A${String.fromCharCode(byte)}B` : undefined,
			);
	});

	test("a line comes without what is blank around it", () => {
		const bytes = Uint8Array.from(" \t a b\t\t ", (character) => character.charCodeAt(0));
		expect(decodeLine(bytes, 0, bytes.length)).toBe("a b");
		expect([decodeLine(bytes, 0, 3), decodeLine(bytes, 4, 4)]).toEqual(["", ""]);
	});

	test("a token is of its characters, in lower case, and ends ahead of any other", () => {
		for (let byte = 0; byte < 256; byte++)
			expect(decodeToken(Uint8Array.of(0x21, byte), 0)).toBe(
				byte > 0 && byte < 0x80 && isTokenByte(byte) ? `!${String.fromCharCode(byte).toLowerCase()}` : "!",
			);
		const bytes = Uint8Array.from("x-Content-LENGTH: 1", (character) => character.charCodeAt(0));
		expect([2, 16, 18, 19].map((start) => decodeToken(bytes, start))).toEqual(["content-length", "", "1", ""]);
	});

	test("hexadecimal digits are told from any others", () => {
		const bytes = Uint8Array.of(0x01, 0x9a, 0xbf, 0xe0);
		const digits = "019abfe0";
		expect([isHex(digits, bytes), isHex("", new Uint8Array(0)), isHex("bf", bytes.subarray(2, 3))]).toEqual([
			true,
			true,
			true,
		]);
		for (const text of ["", digits.slice(1), `${digits}0`, digits.toUpperCase(), "zzzzzzzz", "019abfé"])
			expect(isHex(text, bytes)).toBe(false);
		for (let i = 0; i < 8; i++)
			for (const digit of "0123456789abcdefg")
				expect(isHex(digits.slice(0, i) + digit + digits.slice(i + 1), bytes)).toBe(digit === digits[i]);
	});

	test("a view begins where it begins, and ranges beyond it are errors", () => {
		const view = Uint8Array.from("..GET /", (character) => character.charCodeAt(0)).subarray(2);
		expect([decodeLine(view, 0, 5), decodeToken(view, 0)]).toEqual(["GET /", "get"]);
		for (const [start, end] of [
			[0, 6],
			[3, 2],
			[-1, 2],
		] as const)
			expect(() => decodeLine(view, start, end)).toThrow(RangeError);
	});

	test("what is decoded stays when memory is moved", () => {
		const texts: (string | undefined)[] = [];
		for (let i = 0; i < 2000; i++) texts.push(decodeLine(all, 0x21 + (i % 32), 0x40 + (i % 32)));
		for (let i = 0; i < 2000; i++)
			expect(texts[i]).toBe(String.fromCharCode(...all.subarray(0x21 + (i % 32), 0x40 + (i % 32))));
	});
});
