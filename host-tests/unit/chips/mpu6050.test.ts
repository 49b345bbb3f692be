import { expect, test } from "vitest";
import { NotAcknowledged } from "../../../tools/simulator/supervisor/chip";
import { createChip } from "../../../tools/simulator/supervisor/chips/index";
import { MPU6050 } from "../../../tools/simulator/supervisor/chips/mpu6050";
import { ChipOptionError } from "../../../tools/simulator/supervisor/chips/options";
import { Bench } from "./bench";

/** A chip that plays rows of six values at 100 samples a second (filter on, 1 kHz / 10), ± 2 g and ± 250 °/s. */
function play(rows: number[][], options: Record<string, unknown> = {}) {
	const bench = new Bench();
	const motion = { source: "rows", rest: 0, recordings: [rows.flat()], waits: false };
	const chip = new MPU6050({ motion, ...options }, bench);
	chip.write(Uint8Array.of(0x1a, 3));
	chip.write(Uint8Array.of(0x19, 9));
	chip.write(Uint8Array.of(0x6b, 0));
	return { bench, chip };
}

function read(chip: MPU6050, register: number, count: number): Uint8Array {
	chip.write(Uint8Array.of(register));
	return chip.read(count);
}

function words(bytes: Uint8Array): number[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i));
}

const still = [0, 0, 1, 0, 0, 0];

test("MPU-6050 after power-on: asleep, identity 0x68, everything else 0", () => {
	const chip = new MPU6050({}, new Bench());
	const registers = read(chip, 0, 0x74);
	for (let i = 0; i < registers.length; i++) expect(registers[i]).toBe(i === 0x6b ? 0x40 : 0);
	expect([...read(chip, 0x75, 3)]).toEqual([0x68, 0, 0]);
});

test("MPU-6050 asleep makes no samples; awake it makes the first after one period", () => {
	const bench = new Bench();
	const chip = new MPU6050({}, bench);
	bench.pass(1000);
	expect(words(read(chip, 0x3b, 6))).toEqual([0, 0, 0]);
	chip.write(Uint8Array.of(0x6b, 0));
	chip.write(Uint8Array.of(0x19, 79));
	bench.pass(9.9);
	expect(words(read(chip, 0x3b, 6))).toEqual([0, 0, 0]);
	bench.pass(0.2);
	expect(words(read(chip, 0x3b, 6))).toEqual([0, 0, 16384]);
});

test.each([
	[0, 16384, 131],
	[1, 8192, 65.5],
	[2, 4096, 32.8],
	[3, 2048, 16.4],
])("MPU-6050 full-scale setting %i: %i counts per g, %f per °/s, rounded", (setting, perG, perDegree) => {
	const row = [0.5, -0.25, 1.001, 100.3, -7.7, 0.04];
	const { bench, chip } = play([row]);
	chip.write(Uint8Array.of(0x1b, setting << 3, setting << 3));
	bench.pass(10);
	const [x, y, z, temperature, ...rates] = words(read(chip, 0x3b, 14));
	expect([x, y, z]).toEqual([0.5, -0.25, 1.001].map((g) => Math.round(g * perG)));
	expect(rates).toEqual([100.3, -7.7, 0.04].map((rate) => Math.round(rate * perDegree) + 0));
	expect(temperature! / 340 + 36.53).toBeCloseTo(25, 2);
});

test("MPU-6050 saturates at full scale instead of wrapping", () => {
	const { bench, chip } = play([[2.5, -2.5, 1.99999, 300, -300, 0]]);
	bench.pass(10);
	const all = words(read(chip, 0x3b, 14));
	expect(all.slice(0, 3)).toEqual([32767, -32768, 32767]);
	expect(all.slice(4)).toEqual([32767, -32768, 0]);
});

test("MPU-6050 FIFO: holds what FIFO_EN chooses, in the order of the registers, and is read without moving the address", () => {
	const { bench, chip } = play([
		[0.1, 0.2, 0.3, 1, 2, 3],
		[0.4, 0.5, 0.6, 4, 5, 6],
	]);
	chip.write(Uint8Array.of(0x6a, 0x40));
	chip.write(Uint8Array.of(0x23, 0x78));
	bench.pass(20);
	expect(words(read(chip, 0x72, 2))).toEqual([24]);
	const counts = [0.1, 0.2, 0.3].map((g) => Math.round(g * 16384)).concat([131, 262, 393]);
	expect(words(read(chip, 0x74, 12))).toEqual(counts);
	expect(words(read(chip, 0x72, 2))).toEqual([12]);
	chip.write(Uint8Array.of(0x23, 0x80 | 0x20));
	read(chip, 0x74, 12);
	bench.pass(10);
	expect(words(read(chip, 0x74, 4))).toEqual([Math.round((25 - 36.53) * 340), 0]);
});

test("MPU-6050 FIFO, empty: gives the last byte once more and counts 0", () => {
	const { bench, chip } = play([[0, 0, 1.2345, 0, 0, 0]]);
	chip.write(Uint8Array.of(0x6a, 0x40));
	chip.write(Uint8Array.of(0x23, 0x08));
	bench.pass(10);
	const bytes = read(chip, 0x74, 8);
	expect([...bytes.subarray(6)]).toEqual([bytes[5], bytes[5]]);
	expect(words(read(chip, 0x72, 2))).toEqual([0]);
});

test("MPU-6050 FIFO, overflown: keeps the newest 1024 bytes, tells of it, and is emptied only while disabled", () => {
	const rows = Array.from({ length: 400 }, (_, i) => [i / 1000, 0, 0, 0, 0, 0]);
	const { bench, chip } = play(rows);
	chip.write(Uint8Array.of(0x38, 0x10));
	chip.write(Uint8Array.of(0x6a, 0x40));
	chip.write(Uint8Array.of(0x23, 0x08));
	bench.pass(1700);
	expect(words(read(chip, 0x72, 2))).toEqual([1020]);
	expect(read(chip, 0x3a, 1)[0]).toBe(0);
	bench.pass(300);
	expect(words(read(chip, 0x72, 2))).toEqual([1024]);
	expect(read(chip, 0x3a, 1)[0]).toBe(0x10);
	expect(read(chip, 0x3a, 1)[0]).toBe(0);
	const newest = words(read(chip, 0x74, 1024).slice(-6));
	expect(newest[0]).toBe(Math.round(0.199 * 16384));

	bench.pass(100);
	chip.write(Uint8Array.of(0x6a, 0x44));
	expect(words(read(chip, 0x72, 2))[0]).toBeGreaterThan(0);
	chip.write(Uint8Array.of(0x6a, 0x04));
	expect(words(read(chip, 0x72, 2))).toEqual([0]);
});

test("MPU-6050 registers: consecutive addresses are written and read in one transfer; outputs and identity stay as they are", () => {
	const { bench, chip } = play([still]);
	chip.write(Uint8Array.of(0x1f, 20, 3));
	expect([...read(chip, 0x1f, 2)]).toEqual([20, 3]);
	chip.write(Uint8Array.of(0x75, 0));
	expect(read(chip, 0x75, 1)[0]).toBe(0x68);
	bench.pass(10);
	chip.write(Uint8Array.of(0x3f, 1, 2));
	expect(words(read(chip, 0x3f, 2))).toEqual([16384]);
	chip.write(Uint8Array.of(0x6b, 0x80));
	expect([...read(chip, 0x1f, 2)]).toEqual([0, 0]);
	expect(read(chip, 0x6b, 1)[0]).toBe(0x40);
});

test("MPU-6050 interrupt: data ready raises the latched pin at each sample until the status is read", () => {
	const { bench, chip } = play([still, still], { interrupt: 12 });
	expect(bench.timers).toBe(0);
	chip.write(Uint8Array.of(0x37, 0x20));
	bench.pins.length = 0;
	chip.write(Uint8Array.of(0x38, 0x01));
	bench.pass(10);
	expect(bench.pins).toEqual([[12, 1]]);
	expect(read(chip, 0x3a, 1)[0]).toBe(0x01);
	expect(bench.pins).toEqual([
		[12, 1],
		[12, 0],
	]);
	chip.write(Uint8Array.of(0x38, 0));
	bench.pins.length = 0;
	bench.pass(100);
	expect(bench.pins).toEqual([]);
	expect(bench.timers).toBe(0);
});

test("MPU-6050 motion interrupt: after the high-pass filter, above the threshold, for the duration, active low", () => {
	const rest = Array.from({ length: 50 }, () => still);
	const tap = [[0, 0, 1.6, 0, 0, 0]];
	const move = Array.from({ length: 5 }, () => [0.7, 0, 1, 0, 0, 0]);
	const { bench, chip } = play([...rest, ...tap, ...rest, ...move], { interrupt: 12 });
	chip.write(Uint8Array.of(0x1c, 4));
	chip.write(Uint8Array.of(0x1f, 150, 30));
	bench.pass(200);
	chip.write(Uint8Array.of(0x37, 0x80));
	bench.pins.length = 0;
	chip.write(Uint8Array.of(0x38, 0x40));
	bench.pass(300 + 10 + 500 + 20);
	expect(bench.pins).toEqual([]);
	bench.pass(10);
	expect(bench.pins).toEqual([
		[12, 0],
		[12, 1],
	]);
	expect(read(chip, 0x3a, 1)[0]).toBe(0x40);
});

test("MPU-6050 motion interrupt with the filter on hold: measures from the acceleration there was", () => {
	const rows = [...Array.from({ length: 20 }, () => [0, 0, 1, 0, 0, 0]), [0, 0, 1.2, 0, 0, 0], [0, 0, 1.3, 0, 0, 0]];
	const { bench, chip } = play(rows, { interrupt: 12 });
	bench.pass(100);
	chip.write(Uint8Array.of(0x1f, 125, 1));
	chip.write(Uint8Array.of(0x38, 0x40));
	chip.write(Uint8Array.of(0x1c, 7));
	bench.pass(110);
	expect(read(chip, 0x3a, 1)[0]).toBe(0);
	bench.pass(10);
	expect(read(chip, 0x3a, 1)[0]).toBe(0x40);
});

test("MPU-6050 filter: smooths a continuous motion to its bandwidth and leaves a recording alone", () => {
	const spread = (filter: number) => {
		const bench = new Bench();
		const chip = new MPU6050({ motion: { source: "gestures", seed: 7, pause: 100 } }, bench);
		chip.write(Uint8Array.of(0x1a, filter));
		chip.write(Uint8Array.of(0x19, filter ? 9 : 79));
		chip.write(Uint8Array.of(0x6b, 0));
		chip.write(Uint8Array.of(0x6a, 0x40));
		chip.write(Uint8Array.of(0x23, 0x08));
		const values: number[] = [];
		for (let i = 0; i < 40; i++) {
			bench.pass(500);
			const counts = words(read(chip, 0x74, 300));
			for (let row = 0; row < 50; row++) values.push(counts[3 * row]!);
		}
		const mean = values.reduce((sum, value) => sum + value) / values.length;
		return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
	};
	expect(spread(6)).toBeLessThan(0.6 * spread(0));
});

test("motion of rows: rests before each recording, plays every row once, then lies still and says that it is done", () => {
	const bench = new Bench();
	const recordings = [
		[0.1, 0, 0, 0, 0, 0],
		[0.2, 0, 0, 0, 0, 0, 0.3, 0, 0, 0, 0, 0],
	];
	const chip = new MPU6050({ motion: { source: "rows", rest: 2, recordings } }, bench);
	chip.write(Uint8Array.of(0x6b, 0));
	chip.write(Uint8Array.of(0x19, 79));
	const seen: number[] = [];
	for (let i = 0; i < 9; i++) {
		if (i === 3) expect(chip.request({ do: "status" })).toMatchObject({ recordings: 2, played: 1, done: false });
		bench.pass(10);
		seen.push(words(read(chip, 0x3b, 2))[0]! / 16384);
	}
	expect(seen.map((g) => Math.round(g * 10) / 10)).toEqual([0, 0, 0.1, 0, 0, 0.2, 0.3, 0, 0]);
	expect(chip.request({ do: "status" })).toMatchObject({ played: 2, done: true });
});

test("motion of rows that waits: stops while the FIFO is full and goes on with the row that was next", () => {
	const bench = new Bench();
	const rows = Array.from({ length: 200 }, (_, i) => [i / 1000, 0, 0, 0, 0, 0]);
	const chip = new MPU6050({ motion: { source: "rows", rest: 0, recordings: [rows.flat()] } }, bench);
	for (const [register, value] of [
		[0x1a, 3],
		[0x19, 9],
		[0x6a, 0x40],
		[0x23, 0x78],
		[0x6b, 0],
	] as const)
		chip.write(Uint8Array.of(register, value));
	const seen: number[] = [];
	for (const milliseconds of [500, 5000, 850, 10_000]) {
		bench.pass(milliseconds);
		const count = words(read(chip, 0x72, 2))[0]!;
		expect(count % 12).toBe(0);
		const counts = words(read(chip, 0x74, count));
		for (let i = 0; i < counts.length; i += 6) seen.push(counts[i]!);
	}
	expect(seen.slice(0, 200)).toEqual(rows.map(([x]) => Math.round(x! * 16384)));
});

test("motion of gestures: repeatable by its seed, different for another", () => {
	const series = (seed: number) => {
		const bench = new Bench();
		const chip = new MPU6050({ motion: { source: "gestures", seed, pause: 0.1 } }, bench);
		chip.write(Uint8Array.of(0x19, 66));
		chip.write(Uint8Array.of(0x6b, 0));
		const values: number[] = [];
		for (let i = 0; i < 300; i++) {
			bench.pass(10);
			values.push(...words(read(chip, 0x3b, 6)));
		}
		return values;
	};
	expect(series(3)).toEqual(series(3));
	expect(series(3)).not.toEqual(series(4));
	expect(Math.max(...series(3))).toBeGreaterThan(1.5 * 16384);
});

test("chips: an unknown chip, source, option or request is refused", () => {
	const bench = new Bench();
	expect(() => createChip("mpu9250", {}, bench)).toThrow(ChipOptionError);
	for (const motion of [
		null,
		"rows",
		{ source: "walk" },
		{ source: "rows" },
		{ source: "rows", recordings: [[1, 2, 3]] },
		{ source: "rows", recordings: [[0, 0, 1, 0, 0, null]] },
		{ source: "rows", recordings: [], rest: -1 },
		{ source: "gestures", kinds: ["up"] },
		{ source: "gestures", pauses: 1 },
	])
		expect(() => createChip("mpu6050", { motion }, bench)).toThrow(ChipOptionError);
	expect(() => createChip("mpu6050", { temperature: "warm" }, bench)).toThrow(ChipOptionError);
	expect(() => createChip("mpu6050", { temprature: 20 }, bench)).toThrow(ChipOptionError);
	expect(() => createChip("ssd1306", { width: 64 }, bench)).toThrow(ChipOptionError);
	expect(() => createChip("mpu6050", {}, bench).request!({ do: "sing" })).toThrow(NotAcknowledged);
});
