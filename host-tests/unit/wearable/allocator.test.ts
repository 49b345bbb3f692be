import { expect, test } from "vitest";
import { Allocator } from "wearable/allocator";
import { createRandom } from "../../../tools/training/random";

/** A store that counts its writes, and loses the value that it is writing when the power fails. */
class Store {
	readonly values: (string | number | undefined)[] = [];
	writes = 0;
	failing = false;

	read(place: 0 | 1) {
		return this.values[place];
	}

	write(place: 0 | 1, value: string): void {
		this.writes++;
		this.values[place] = this.failing ? undefined : value;
		if (this.failing) throw new Error("power");
	}
}

test("Allocator: numbers from 1, one after the other, one write a block", () => {
	const store = new Store();
	const allocator = new Allocator(store);
	for (let i = 1; i <= 600; i++) expect(allocator.next()).toBe(i);
	expect(store.writes).toBe(3);
});

test("Allocator over 200 power cuts: never gives a number twice, nor a smaller one", () => {
	const store = new Store();
	const random = createRandom(5);
	let last = 0;
	for (let boot = 0; boot < 200; boot++) {
		const allocator = new Allocator(store);
		const count = Math.floor(random() * 700);
		for (let i = 0; i < count; i++) {
			const number = allocator.next();
			expect(number).toBeGreaterThan(last);
			last = number;
		}
		if (random() < 0.3) {
			store.failing = true;
			expect(() => {
				for (;;) last = allocator.next();
			}).toThrow("power");
			store.failing = false;
			continue;
		}
		if (random() < 0.3 && allocator.advance(last + 1000)) {
			last += 1000;
			expect(allocator.next()).toBe(last);
		}
	}
});

test("Allocator whose power is cut at each write, twice in a row, whatever that leaves: no number comes again", () => {
	const outcomes = ["old", "new", "lost"] as const;
	for (let cut = 0; cut < 6; cut++)
		for (const first of outcomes)
			for (let again = 0; again < 3; again++)
				for (const second of outcomes) {
					const values: (string | undefined)[] = [];
					let last = 0;
					// Two starts, each with its cut, and one without.
					for (const [writes, outcome] of [
						[cut, first],
						[again, second],
						[Number.POSITIVE_INFINITY, "new"],
					] as const) {
						let left = writes;
						const store = {
							read: (place: 0 | 1) => values[place],
							write(place: 0 | 1, value: string) {
								const isCut = left-- === 0;
								if (!isCut || "new" === outcome) values[place] = value;
								else if ("lost" === outcome) values[place] = undefined;
								if (isCut) throw new Error("power");
							},
						};
						try {
							const allocator = new Allocator(store);
							for (let i = 0; i < 1000; i++) {
								const number = allocator.next();
								if (number <= last) throw new Error(`${number} after ${last}`);
								last = number;
								// The gateway sends it ahead now and then.
								if (i === 400 && allocator.advance(last + 500)) last = allocator.next();
							}
						} catch (error) {
							expect((error as Error).message).toBe("power");
						}
					}
					expect(last).toBeGreaterThan(1000);
				}
});

test("Allocator told to go ahead: the number is in the store before it is given out", () => {
	const store = new Store();
	const allocator = new Allocator(store);
	allocator.next();
	expect(allocator.advance(5000)).toBe(true);
	expect(Math.max(...store.values.map((value) => Number(value ?? 0)))).toBeGreaterThan(5000);
	expect(allocator.next()).toBe(5000);
	expect(allocator.advance(5001)).toBe(true);
	expect(store.writes).toBe(2);
});

test("Allocator told nonsense, or to go back or too far ahead: stays", () => {
	const store = new Store();
	const allocator = new Allocator(store);
	for (let i = 0; i < 10; i++) allocator.next();
	for (const minimum of [undefined, null, "20", 3, 10, 10.5, -1, Number.NaN, 2 ** 32 + 12, 2 ** 53])
		expect(allocator.advance(minimum)).toBe(false);
	expect(allocator.next()).toBe(11);
	expect(allocator.advance(12 + 2 ** 32)).toBe(true);
});

test("Allocator with a store that holds no number: begins anew", () => {
	for (const value of ["", "x", "-5", "1.5", 0]) {
		const store = new Store();
		store.values.push(value, value);
		expect(new Allocator(store).next()).toBe(1);
	}
});
