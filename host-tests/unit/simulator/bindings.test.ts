import { describe, expect, it } from "vitest";
import { bindNatives } from "../../../tools/simulator/bindings";

const lines = (...all: string[]) => `${all.join("\n")}\n`;

describe("functions in C", () => {
	it("take the place of exported functions that only call them, line for line", () => {
		expect(
			bindNatives(
				lines(
					"export function crc32(bytes, start, end) {",
					'  return native("xs_crc32").call(void 0, bytes, start, end);',
					"}",
					"export function fill(bytes) {",
					'  native("xs_fill").call(undefined, bytes);',
					"}",
				),
			),
		).toBe(
			lines(
				'export function crc32(bytes, start, end) @ "xs_crc32"',
				"",
				"",
				'export function fill(bytes) @ "xs_fill"',
				"",
				"",
			),
		);
	});

	it.each([
		["another order", "(a, b)", 'native("xs_f").call(void 0, b, a)'],
		["another value", "(a)", 'native("xs_f").call(void 0, a + 1)'],
		["fewer values", "(a, b)", 'native("xs_f").call(void 0, a)'],
		["a default", "(a = 1)", 'native("xs_f").call(void 0, a)'],
		["an object's own", "(a)", 'native("xs_f").call(this, a)'],
		["more than the call", "(a)", 'check(a);\n  native("xs_f").call(void 0, a)'],
	])("leave alone what does more: %s", (_what, parameters, body) => {
		const code = lines(`export function f${parameters} {`, `  ${body};`, "}");
		expect(bindNatives(code)).toBe(code);
	});

	it("take the place of methods and getters without parameters", () => {
		expect(
			bindNatives(
				lines(
					"class Digest {",
					"  close() {",
					'    return native("xs_digest_close").call(this);',
					"  }",
					"  get blockSize() {",
					'    return native("xs_digest_blockSize").call(this);',
					"  }",
					"}",
				),
			),
		).toBe(
			lines(
				"class Digest {",
				'  close() @ "xs_digest_close"',
				"",
				"",
				'  get blockSize() @ "xs_digest_blockSize"',
				"",
				"",
				"}",
			),
		);
	});

	it("leave methods with parameters alone: callers may leave some out", () => {
		const code = lines("class A {", "  read(count) {", '    return native("xs_read").call(this, count);', "  }", "}");
		expect(bindNatives(code)).toBe(code);
	});
});
