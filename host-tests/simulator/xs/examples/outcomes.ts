/** Tests of every outcome, for the harness to tell. Line numbers in them are checked. */
import { encodeText } from "common/text";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";

interface Erased {
	readonly lines: number;
}

describe("outcomes", () => {
	const order: string[] = [];
	beforeEach(() => order.push("before"));
	afterEach(() => order.push("after"));

	test("that passes", () => {
		expect(Array.from({ length: 3 }, (_, index) => index)).toEqual([0, 1, 2]);
		expect([...encodeText("é")]).toEqual([0xc3, 0xa9]);
		expect(() => [].reduce((a) => a)).toThrow(TypeError);
	});

	test("that fails", () => {
		expect({ a: 1 }).toEqual({ a: 2 });
	});

	test("that throws", () => {
		const thrower = (erased: Erased) => {
			throw new RangeError(`after ${erased.lines} lines`);
		};
		thrower({ lines: 30 });
	});

	test("that rejects", async () => {
		await expect(Promise.resolve(1)).resolves.toBe(1);
		await Promise.reject(new Error("later"));
	});

	it.each([
		["one", 1],
		["two", 3],
	])("%s is %i", (name, value) => {
		expect(name.length).toBe(value + 2);
	});

	test.skipIf(true)("that is skipped", () => {
		throw new Error("run after all");
	});

	test("hooks run around each test that runs", () => {
		expect(order.filter((name) => name === "before").length).toBe(7);
		expect(order.filter((name) => name === "after").length).toBe(6);
	});
});
