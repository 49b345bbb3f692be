import { Throttle } from "gateway/web/throttle";
import { expect, test } from "vitest";

function fail(throttle: Throttle, address: string, count: number, now = 0): void {
	for (let i = 0; i < count; i++) throttle.fail(address, now);
}

test("19 wrong attempts in a minute do not make an address wait, 20 do, for a minute from the last", () => {
	const throttle = new Throttle();
	fail(throttle, "a", 19);
	expect(throttle.wait("a", 59_999)).toBe(0);
	throttle.fail("a", 30_000);
	expect(throttle.wait("a", 30_000)).toBe(60_000);
	expect(throttle.wait("a", 89_999)).toBe(1);
	expect(throttle.wait("a", 90_000)).toBe(0);
	expect(throttle.wait("b", 30_000)).toBe(0);
});

test("attempts of an earlier minute do not count", () => {
	const throttle = new Throttle();
	fail(throttle, "a", 19, 0);
	fail(throttle, "a", 19, 60_000);
	expect(throttle.wait("a", 60_000)).toBe(0);
});

test("16 addresses are remembered; the one that was wrong longest ago makes room", () => {
	const throttle = new Throttle();
	for (let i = 0; i < 16; i++) fail(throttle, `address ${i}`, 20, i);
	throttle.fail("another", 100);
	expect(throttle.wait("address 0", 100)).toBe(0);
	expect(throttle.wait("address 1", 100)).toBeGreaterThan(0);
});

test("after 200 wrong attempts of all together each address that was wrong waits, until the minute is over", () => {
	const throttle = new Throttle();
	for (let i = 0; i < 200; i++) throttle.fail(`address ${i % 15}`, 1000);
	throttle.fail("once", 2000);
	expect(throttle.wait("once", 2000)).toBe(59_000);
	expect(throttle.wait("never", 2000)).toBe(0);
	expect(throttle.wait("once", 61_000)).toBe(0);
});
