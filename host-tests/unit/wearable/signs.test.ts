import { expect, test } from "vitest";
import { Hold } from "wearable/hold";
import { isLit, Signal } from "wearable/indicator";

/** Flashes in the ten periods of three seconds. */
function flashes(signal: Signal): number {
	let count = 0;
	for (let time = 0; time < 30_000; time += 60)
		if (isLit(signal, time) && !(time > 0 && isLit(signal, time - 60))) count++;
	return count;
}

test("the light: as many flashes as the signal's number, looked at every 60 ms", () => {
	for (const signal of Object.values(Signal))
		expect(flashes(signal)).toBe(Signal.unknown === signal ? 15 : 10 * signal);
});

test("the light: dark for more than a second between groups of flashes", () => {
	for (let time = 1700; time < 3000; time += 10) expect(isLit(Signal.sensor, time)).toBe(false);
});

test("the button: counts when it is let go after long enough", () => {
	const hold = new Hold(5000);
	expect([hold.tick(false, 0), hold.tick(true, 100), hold.tick(false, 5099)]).toEqual([false, false, false]);
	expect([hold.tick(true, 6000), hold.held(10_999), hold.tick(true, 11_000), hold.held(11_000)]).toEqual([
		false,
		false,
		false,
		true,
	]);
	expect([hold.tick(false, 11_060), hold.tick(false, 11_120)]).toEqual([true, false]);
});
