import { Button } from "gateway/button";
import { expect, test } from "vitest";

function press(...events: [boolean | "tick", number][]) {
	const log: string[] = [];
	const button = new Button({ onShort: () => log.push("short"), onLong: () => log.push("long") });
	for (const [event, now] of events)
		if ("tick" === event) button.tick(now);
		else button.change(event, now);
	return log;
}

test("a short press counts when it ends", () => {
	expect(press([true, 100])).toEqual([]);
	expect(press([true, 100], ["tick", 600], [false, 700], ["tick", 9000])).toEqual(["short"]);
	expect(press([true, 0], [false, 5000 - 1])).toEqual(["short"]);
});

test("a long press counts once, when it is long enough", () => {
	expect(press([true, 0], ["tick", 4999])).toEqual([]);
	expect(press([true, 0], ["tick", 5000], ["tick", 6000], [false, 7000])).toEqual(["long"]);
	// No tick came in between.
	expect(press([true, 0], [false, 6000])).toEqual(["long"]);
});

test("a contact that bounces is one press, or none", () => {
	expect(press([true, 0], [false, 5], [true, 8], [true, 9], [false, 300], [false, 301])).toEqual(["short"]);
	expect(press([true, 0], [false, 5])).toEqual([]);
	expect(press([false, 5], ["tick", 9000])).toEqual([]);
});
