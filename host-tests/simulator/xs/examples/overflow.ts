/** A test that ends its machine: XS cannot catch a stack overflow. */
import { encodeText } from "common/text";
import { expect, test } from "vitest";

test("before", () => {
	expect(encodeText("a").length).toBe(1);
});

test("that overflows", () => {
	const forever = (depth: number): number => 1 + forever(depth + 1);
	expect(forever(0)).toBe(0);
});
