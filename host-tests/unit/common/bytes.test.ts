import { joinBytes } from "common/bytes";
import { expect, test } from "vitest";

test("two arrays come one after the other, whole ones and parts of others, in memory of their own", () => {
	const bytes = Uint8Array.of(1, 2, 3, 4);
	const none = new Uint8Array(0);
	for (const [first, second, joined] of [
		[bytes, Uint8Array.of(5), [1, 2, 3, 4, 5]],
		[bytes.subarray(1, 3), bytes, [2, 3, 1, 2, 3, 4]],
		[bytes, bytes.subarray(2), [1, 2, 3, 4, 3, 4]],
		[bytes.subarray(0, 1), bytes.subarray(3), [1, 4]],
		[none, bytes, [1, 2, 3, 4]],
		[bytes, none, [1, 2, 3, 4]],
	] as const) {
		const result = joinBytes(first, second);
		expect([...result]).toEqual(joined);
		result.fill(0);
		expect([...bytes]).toEqual([1, 2, 3, 4]);
	}
});
