import { expect, test } from "vitest";
import { toCounts, wear } from "./wear";

/** A swing of 119 rows that begins with a step of 1 g. */
function swing(scale: number): number[] {
	return Array.from({ length: 119 }, (_, i) => [
		scale * Math.cos(i / 10),
		0.1,
		1,
		300 * Math.sin(i / 20),
		-i,
		i / 7,
	]).flat();
}

test("IMU: a recording comes out as one window, count by count", () => {
	const recordings = [swing(1), swing(-2), swing(1.5)];
	const windows = wear(recordings, { history: 0 }).run(9000);
	expect(windows).toEqual(recordings.map(toCounts));
});

test("IMU with history: the window begins with so many samples of the rest before", () => {
	const [window] = wear([swing(1)], { history: 8 }).run(3000);
	const rest = Array.from({ length: 8 }, () => [0, 0, 8192, 0, 0, 0]).flat();
	expect([...window!.subarray(0, 48)]).toEqual(rest);
	expect(window!.subarray(48)).toEqual(toCounts(swing(1)).subarray(0, 111 * 6));
});

test("IMU whose bus fails: sets the sensor up anew and makes no window across the gap", () => {
	const wearing = wear([swing(1), swing(2)], { history: 0 });
	expect(wearing.run(2000)).toEqual([]);
	wearing.connect(false);
	wearing.run(180);
	wearing.connect(true);
	expect(wearing.run(4000)).toEqual([toCounts(swing(2))]);
	expect(wearing.lines).toEqual(["sensor: loose; trying again"]);
});

test("IMU polled too late: throws away the window that has a gap", () => {
	const wearing = wear([swing(1), swing(2)], { history: 0 });
	expect(wearing.run(1800)).toEqual([]);
	wearing.bench.pass(900);
	expect(wearing.run(4000)).toEqual([toCounts(swing(2))]);
	expect(wearing.lines).toEqual(["sensor: samples were lost"]);
});

test("IMU whose sensor is missing at the start: says so once, looks for it every second, and goes on when it is there", () => {
	const wearing = wear([swing(1)], { history: 0 });
	wearing.connect(false);
	expect(wearing.imu.works).toBe(false);
	wearing.run(10_000);
	expect(wearing.lines).toEqual(["sensor: loose; trying again"]);
	expect(wearing.recoveries).toBeGreaterThanOrEqual(9);
	expect(wearing.recoveries).toBeLessThanOrEqual(12);
	expect(wearing.imu.works).toBe(false);
	wearing.connect(true);
	expect(wearing.run(5000)).toEqual([toCounts(swing(1))]);
	expect(wearing.imu.works).toBe(true);
	expect(wearing.imu.rate).toBeCloseTo(119.4, 1);
});

test("IMU whose sensor was switched off and on in between: notices that it sleeps, and wakes it", () => {
	const wearing = wear([swing(1), swing(2)], { history: 0 });
	wearing.run(600);
	wearing.reset();
	wearing.run(1100);
	expect(wearing.lines).toEqual(["sensor: gives no samples; set up anew"]);
	expect(wearing.run(4000).length).toBeGreaterThan(0);
});

test("IMU that finds another chip: names what it found", () => {
	const wearing = wear([swing(1)], { history: 0 });
	wearing.answer(0x71);
	wearing.run(3000);
	expect(wearing.lines).toEqual(["sensor: WHO_AM_I is 113; trying again"]);
	wearing.answer(undefined);
	wearing.run(2000);
	expect(wearing.imu.works).toBe(true);
});
