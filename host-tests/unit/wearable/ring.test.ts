import { expect, test } from "vitest";
import { Ring } from "wearable/ring";

/** Fills and commits a window whose bytes are all its number. */
function commit(ring: Ring, number: number): void {
	ring.filling.fill(number);
	ring.commit(number);
}

function drain(ring: Ring): number[] {
	const numbers: number[] = [];
	while (ring.count > 0) {
		expect(ring.oldest.every((byte) => byte === ring.number)).toBe(true);
		numbers.push(ring.number);
		ring.remove();
	}
	return numbers;
}

test("Ring: gives windows oldest first, as they were", () => {
	const ring = new Ring({ capacity: 4, byteLength: 12 });
	for (const number of [1, 2, 3]) commit(ring, number);
	expect(drain(ring)).toEqual([1, 2, 3]);
	for (const number of [4, 5, 6, 7]) commit(ring, number);
	expect(drain(ring)).toEqual([4, 5, 6, 7]);
	expect(ring.dropped).toBe(0);
});

test("Ring without room: drops the oldest, counts it and keeps the newest", () => {
	const ring = new Ring({ capacity: 4, byteLength: 12 });
	for (let number = 1; number <= 20; number++) commit(ring, number);
	expect(ring.dropped).toBe(16);
	expect(drain(ring)).toEqual([17, 18, 19, 20]);
});

test("Ring that holds the oldest: drops the one after it, whose bytes are written over instead", () => {
	const ring = new Ring({ capacity: 3, byteLength: 12 });
	for (const number of [1, 2, 3]) commit(ring, number);
	const sending = ring.oldest;
	ring.hold(true);
	for (const number of [4, 5, 6]) {
		commit(ring, number);
		ring.filling.fill(99);
		expect(ring.oldest).toBe(sending);
		expect(sending.every((byte) => byte === 1)).toBe(true);
	}
	expect(drain(ring)).toEqual([1, 5, 6]);
});

test("Ring: a window being filled is not moved when the oldest goes", () => {
	const ring = new Ring({ capacity: 2, byteLength: 12 });
	commit(ring, 1);
	const { filling } = ring;
	filling.fill(2);
	ring.remove();
	expect(ring.filling).toBe(filling);
	ring.commit(2);
	expect(drain(ring)).toEqual([2]);
});
