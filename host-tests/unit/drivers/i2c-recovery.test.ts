import { freeBus, type Pin } from "drivers/i2c-recovery";
import { expect, test } from "vitest";

/** A bus on which a chip holds the data line low for so many more clocks. */
function bus(clocks: number) {
	const events: string[] = [];
	const open = new Set<number>();
	let left = clocks;
	const levels = new Map<number, number>();
	const pin = (number: number): Pin => {
		if (open.has(number) && 5 !== number) throw new Error("in use");
		open.add(number);
		return {
			read: () => (left > 0 ? 0 : (levels.get(5) ?? 1)),
			write(value) {
				if (4 === number && 1 === value && 0 === levels.get(4)) left--;
				levels.set(number, value);
				events.push(`${4 === number ? "clock" : "data"} ${value}`);
			},
			close: () => open.delete(number),
		};
	};
	return { events, open, free: () => freeBus({ data: 5, clock: 4, openInput: pin, openOutput: pin }) };
}

const stop = ["clock 0", "data 0", "clock 1", "data 1"];
const clock = ["clock 0", "clock 1"];

test.each([0, 1, 9])("a chip that holds the data line for %i more bits: is clocked on, then hears a stop", (clocks) => {
	const { events, open, free } = bus(clocks);
	expect(free()).toBe(true);
	expect(events).toEqual([...Array.from({ length: clocks }, () => clock).flat(), ...stop]);
	expect(open.size).toBe(0);
});

test("a line that stays low: is given up after nine clocks", () => {
	const { events, open, free } = bus(10);
	expect(free()).toBe(false);
	expect(events.length).toBe(18);
	expect(open.size).toBe(0);
});
