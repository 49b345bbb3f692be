import Sensor from "drivers/mpu6050";
import { expect, test } from "vitest";
import { IMU } from "wearable/imu";
import { Ring } from "wearable/ring";
import { windowLength } from "wearable/window";
import { type I2CChip, NotAcknowledged } from "../../../tools/simulator/supervisor/chip";
import { MPU6050 } from "../../../tools/simulator/supervisor/chips/mpu6050";
import { Bench, createBus } from "../chips/bench";
import { readRecordings, recorded, toCounts } from "./recordings";

/** A sensor that plays recordings, and all that stands between it and the windows. */
function wear(recordings: readonly (readonly number[])[], options: { history: number; window?: number }) {
	const bench = new Bench();
	const chip = new MPU6050({ motion: { source: "rows", recordings, waits: false } }, bench);
	let connected = true;
	const wire: I2CChip = {
		write(bytes) {
			if (!connected) throw new NotAcknowledged("loose");
			chip.write(bytes);
		},
		read(count) {
			if (!connected) throw new NotAcknowledged("loose");
			return chip.read(count);
		},
	};
	const ring = new Ring({ capacity: 4, byteLength: windowLength(options.window ?? 119) });
	let number = 0;
	const imu = new IMU({
		sensor: new Sensor({ sensor: { io: createBus(new Map([[0x68, wire]])), data: 4, clock: 5 } }),
		rate: 119,
		threshold: 500,
		release: 200,
		history: options.history,
		ring,
		allocate: () => ++number,
	});
	return {
		bench,
		imu,
		ring,
		connect(value: boolean) {
			connected = value;
		},
		/** Lets time pass and gives the windows that came, as counts. */
		run(milliseconds: number): Int16Array[] {
			const windows: Int16Array[] = [];
			for (let time = 0; time < milliseconds; time += 60) {
				bench.pass(60);
				imu.poll();
				while (ring.count > 0) {
					windows.push(new Int16Array(ring.oldest.slice().buffer));
					ring.remove();
				}
			}
			return windows;
		},
	};
}

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
	expect(wearing.imu.faults).toBe(3);
	wearing.connect(true);
	expect(wearing.run(4000)).toEqual([toCounts(swing(2))]);
	expect(wearing.imu.faults).toBe(3);
});

test("IMU polled too late: throws away the window that has a gap", () => {
	const wearing = wear([swing(1), swing(2)], { history: 0 });
	expect(wearing.run(1800)).toEqual([]);
	wearing.bench.pass(900);
	expect(wearing.run(4000)).toEqual([toCounts(swing(2))]);
});

test.skipIf(!recorded)(
	`IMU: every one of 98 real recordings comes out as one window, count by count${recorded ? "" : " (skipped: ../shared/data is not there)"}`,
	() => {
		const recordings = readRecordings();
		expect(recordings.length).toBe(98);
		const windows = wear(recordings, { history: 0 }).run(98 * 2550);
		expect(windows.length).toBe(98);
		for (let i = 0; i < 98; i++) expect(windows[i]).toEqual(toCounts(recordings[i]!));
	},
);
