import Sensor, { planRate, WrongChip } from "drivers/mpu6050";
import { expect, test } from "vitest";
import type { I2CChip } from "../../../tools/simulator/supervisor/chip";
import { MPU6050 } from "../../../tools/simulator/supervisor/chips/mpu6050";
import { Bench, createBus } from "../chips/bench";

function wire(options: Record<string, unknown>) {
	const bench = new Bench();
	const io = createBus(new Map<number, I2CChip>([[0x68, new MPU6050(options, bench)]]));
	return { bench, io, sensor: new Sensor({ sensor: { io, data: 4, clock: 5 } }) };
}

const recorded = Array.from({ length: 300 }, (_, i) => [
	Math.sin(i / 7) * 3.9,
	Math.cos(i / 5) * 3.9,
	1 - i / 150,
	1990 * Math.sin(i / 11),
	-6.6 * i,
	i / 3,
]);

test("MPU-6050 driver: every sample of the chip arrives once, in order, in counts", () => {
	const { bench, sensor } = wire({ motion: { source: "rows", rest: 0, recordings: [recorded.flat()] } });
	expect(sensor.configure({ rate: 119, accelerometer: 4, gyroscope: 2000 })).toBeCloseTo(119.4, 1);
	const buffer = new Int16Array(85 * 6);
	const counts: number[] = [];
	while (counts.length < recorded.length * 6) {
		bench.pass(61);
		const frames = sensor.read(buffer);
		expect(frames).toBeGreaterThanOrEqual(7);
		expect(frames).toBeLessThanOrEqual(8);
		counts.push(...buffer.subarray(0, frames * 6));
	}
	const expected = recorded.flatMap((row) => row.map((value, i) => Math.round(value * (i < 3 ? 8192 : 16.4)) + 0));
	expect(counts.slice(0, expected.length)).toEqual(expected);
	expect(sensor.overflows).toBe(0);
});

test("MPU-6050 driver: a small buffer leaves the rest in the FIFO", () => {
	const { bench, sensor } = wire({ motion: { source: "rows", rest: 0, recordings: [recorded.flat()] } });
	sensor.configure({ rate: 100, accelerometer: 4, gyroscope: 2000 });
	const three = new Int16Array(20);
	bench.pass(70);
	expect([sensor.read(three), sensor.read(three), sensor.read(three), sensor.read(three)]).toEqual([3, 3, 1, 0]);
});

test("MPU-6050 driver: 85 samples are no overflow, 86 are counted and thrown away, and frames line up afterwards", () => {
	const { bench, sensor } = wire({ motion: { source: "rows", rest: 0, recordings: [recorded.flat()], waits: false } });
	sensor.configure({ rate: 100, accelerometer: 4, gyroscope: 2000 });
	const buffer = new Int16Array(85 * 6);
	bench.pass(850);
	expect(sensor.read(buffer)).toBe(85);
	bench.pass(860);
	expect(sensor.read(buffer)).toBe(0);
	expect(sensor.overflows).toBe(1);
	bench.pass(20);
	expect(sensor.read(buffer)).toBe(2);
	expect(buffer[0]).toBe(Math.round(recorded[171]![0]! * 8192));
	expect(buffer[11]).toBe(Math.round(recorded[172]![5]! * 16.4));
});

test("MPU-6050 driver: configuring again starts from an empty FIFO", () => {
	const { bench, sensor } = wire({});
	sensor.configure({ rate: 100, accelerometer: 16, gyroscope: 250 });
	bench.pass(55);
	sensor.configure({ rate: 200, accelerometer: 2, gyroscope: 500 });
	bench.pass(50);
	const buffer = new Int16Array(85 * 6);
	expect(sensor.read(buffer)).toBe(10);
	expect([...buffer.subarray(0, 6)]).toEqual([0, 0, 16384, 0, 0, 0]);
});

test("MPU-6050 driver on a slow bus: the sensor never runs at the rate of its initial registers", () => {
	const bench = new Bench();
	const chip = new MPU6050({ motion: { source: "rows", rest: 0, recordings: [recorded.flat()] } }, bench);
	const slow: I2CChip = {
		write(bytes) {
			bench.pass(10);
			chip.write(bytes);
		},
		read: (count) => chip.read(count),
	};
	const sensor = new Sensor({ sensor: { io: createBus(new Map([[0x68, slow]])), data: 4, clock: 5 } });
	sensor.configure({ rate: 100, accelerometer: 4, gyroscope: 2000 });
	bench.pass(20);
	const buffer = new Int16Array(6);
	expect(sensor.read(buffer)).toBe(1);
	// Ten register writes of 10 ms each at 100 Hz; at 8 kHz it would have been hundreds of rows.
	const first = recorded.findIndex((row) => Math.round(row[0]! * 8192) === buffer[0]);
	expect(first).toBeGreaterThanOrEqual(0);
	expect(first).toBeLessThan(12);
});

test.each([
	[119, 8000 / 67, 0],
	[100, 100, 3],
	[125, 125, 3],
	[1000, 1000, 1],
	[50, 50, 4],
	[20, 20, 5],
	[10, 10, 6],
])("MPU-6050 driver: %f samples a second are planned as %f with filter %i", (rate, planned, filter) => {
	const plan = planRate(rate);
	expect(plan.rate).toBeCloseTo(planned, 6);
	expect(plan.filter).toBe(filter);
});

test("MPU-6050 driver: no plan is further off than a register setting that exists", () => {
	for (let rate = 4; rate <= 1000; rate++) {
		let best = Number.POSITIVE_INFINITY;
		for (let divider = 1; divider <= 256; divider++)
			for (const clock of [1000, 8000]) best = Math.min(best, Math.abs(clock / divider - rate));
		expect(Math.abs(planRate(rate).rate - rate)).toBeLessThanOrEqual(best + 1e-9);
	}
});

test("MPU-6050 driver: another chip and an empty bus are refused, and nothing stays open", () => {
	const written: number[][] = [];
	const other: I2CChip = {
		write: (bytes) => written.push([...bytes]),
		read: (count) => new Uint8Array(count).fill(0x71),
	};
	const io = createBus(new Map([[0x68, other]]));
	expect(() => new Sensor({ sensor: { io, data: 4, clock: 5 } })).toThrow(WrongChip);
	// The number of the register that was read, and nothing that would change a chip of another kind.
	expect(written).toEqual([[0x75]]);
	expect(() => new Sensor({ sensor: { io, data: 4, clock: 5, address: 0x69 } })).toThrow();
	expect(io.open).toBe(0);
});

test("MPU-6050 driver: close puts the chip to sleep, and may be called again", () => {
	const bench = new Bench();
	const chip = new MPU6050({}, bench);
	const io = createBus(new Map([[0x68, chip]]));
	const sensor = new Sensor({ sensor: { io, data: 4, clock: 5 } });
	sensor.configure({ rate: 100, accelerometer: 4, gyroscope: 2000 });
	sensor.close();
	sensor.close();
	chip.write(Uint8Array.of(0x6b));
	expect(chip.read(1)[0]).toBe(0x40);
	expect(io.open).toBe(0);
});
