import { describe, expect, it } from "vitest";
import { channels, createPerson, type Kind, type Person, rest, stroke } from "../../../tools/training/motion";
import { createRandom } from "../../../tools/training/random";
import { countsPerDegree, countsPerG, createSensor, quantise } from "../../../tools/training/sensor";
import { Track } from "../../../tools/training/track";

const kinds: readonly Kind[] = ["left", "right", "other"];
const level: Person = { ...createPerson({ random: createRandom(1) }), posture: [0, 0] };
/** Moves along x alone and stays there. */
const straight: Person = { ...level, radius: 1e9, roll: 0, drift: [0, 0], back: [0, 0] };

function rowsOf(values: Float32Array): number[][] {
	return Array.from({ length: values.length / channels }, (_, i) => [
		...values.subarray(i * channels, (i + 1) * channels),
	]);
}

type Vector = [number, number, number];

/** A fixed direction as the turning device sees it after `time` seconds at `rate` (rad/s): Rodrigues' rotation, backwards. */
function turn(direction: Vector, rate: Vector, time: number): Vector {
	const speed = Math.hypot(...rate);
	if (speed === 0) return direction;
	const [x, y, z] = rate.map((value) => value / speed) as Vector;
	const [a, b, c] = direction;
	const [sine, cosine] = [Math.sin(-speed * time), Math.cos(-speed * time)];
	const dot = (x * a + y * b + z * c) * (1 - cosine);
	return [
		a * cosine + (y * c - z * b) * sine + x * dot,
		b * cosine + (z * a - x * c) * sine + y * dot,
		c * cosine + (x * b - y * a) * sine + z * dot,
	];
}

describe("stroke", () => {
	it("repeats by its seed", () => {
		for (const kind of kinds) {
			const make = (seed: number) => stroke({ kind, random: createRandom(seed), rate: 119 });
			expect(make(5)).toEqual(make(5));
			expect(make(5)).not.toEqual(make(6));
		}
	});

	it("is mirrored between left and right for a forearm held level", () => {
		for (let seed = 0; seed < 20; seed++) {
			const right = rowsOf(stroke({ kind: "right", random: createRandom(seed), rate: 119, person: level }));
			const left = rowsOf(stroke({ kind: "left", random: createRandom(seed), rate: 119, person: level }));
			expect(left).toHaveLength(right.length);
			left.forEach(([ax, ay, az, gx, gy, gz], i) => {
				const mirrored = [-ax!, ay!, az!, gx!, -gy!, -gz!];
				for (const [channel, value] of mirrored.entries()) expect(value).toBeCloseTo(right[i]![channel]!, 5);
			});
		}
	});

	it("begins and ends at rest, reading one g and no rotation", () => {
		for (const kind of kinds) {
			for (let seed = 0; seed < 40; seed++) {
				const rows = rowsOf(stroke({ kind, random: createRandom(seed), rate: 119 }));
				const still = Math.floor(0.15 * 119);
				for (const [ax, ay, az, gx, gy, gz] of [...rows.slice(0, still), ...rows.slice(-still)]) {
					expect(Math.abs(Math.hypot(ax!, ay!, az!) - 1)).toBeLessThan(0.02);
					expect(Math.hypot(gx!, gy!, gz!)).toBeLessThan(0.5);
				}
			}
		}
	});

	it("covers 0.2 to 0.6 m within 0.25 to 0.6 s, to the side that its name says", () => {
		const rate = 2000;
		for (const kind of ["left", "right"] as const) {
			for (let seed = 0; seed < 20; seed++) {
				const person = { ...straight, reach: 0.25 + seed * 0.012 };
				const rows = rowsOf(stroke({ kind, random: createRandom(seed), rate, person }));
				let velocity = 0;
				let distance = 0;
				let end = 0;
				rows.forEach(([ax], i) => {
					// The wrist pitches a little; that does not turn x.
					velocity += (ax! * 9.80665) / rate;
					distance += velocity / rate;
					if (Math.abs(ax!) > 1e-6) end = i / rate;
				});
				const toRight = kind === "right" ? distance : -distance;
				expect(toRight).toBeGreaterThan(0.199);
				expect(toRight).toBeLessThan(0.601);
				expect(end - rest).toBeGreaterThan(0.24);
				expect(end - rest).toBeLessThan(0.601);
				expect(Math.abs(velocity)).toBeLessThan(1e-3);
			}
		}
	});

	it("turns gravity between the axes exactly as the gyroscope says", () => {
		const rate = 4000;
		for (const kind of kinds) {
			for (let seed = 0; seed < 12; seed++) {
				const rows = rowsOf(stroke({ kind, random: createRandom(seed), rate }));
				let gravity = rows[0]!.slice(0, 3) as Vector;
				for (let i = 1; i < rows.length; i++) {
					// The mean of two neighbouring rates, applied over the step between them.
					const mean = [3, 4, 5].map((k) => ((rows[i - 1]![k]! + rows[i]![k]!) * Math.PI) / 360) as Vector;
					gravity = turn(gravity, mean, 1 / rate);
				}
				for (let axis = 0; axis < 3; axis++) expect(gravity[axis]).toBeCloseTo(rows.at(-1)![axis]!, 2);
			}
		}
	});

	it("is the same movement at any rate", () => {
		const slow = rowsOf(stroke({ kind: "other", random: createRandom(9), rate: 100 }));
		const fast = rowsOf(stroke({ kind: "other", random: createRandom(9), rate: 400 }));
		slow.forEach((row, i) => {
			for (const [channel, value] of row.entries()) expect(value).toBeCloseTo(fast[4 * i]![channel]!, 4);
		});
	});
});

describe("track", () => {
	it("gives derivatives that match the value", () => {
		const track = new Track();
		track.reach(0.1, 0.5, 0.3);
		track.oscillate({ start: 0.2, duration: 0.8, ramp: 0.2, amplitude: 0.1, frequency: 3, phase: 0.4 });
		const step = 1e-5;
		for (let time = 0.01; time < 1.2; time += 0.013) {
			const [before, here, after] = [track.at(time - step), track.at(time), track.at(time + step)];
			expect(here.rate).toBeCloseTo((after.value - before.value) / (2 * step), 4);
			expect(here.acceleration).toBeCloseTo((after.rate - before.rate) / (2 * step), 2);
		}
	});

	it("reaches with least jerk: the peak velocity is 15/8 of the mean one, half-way", () => {
		const track = new Track();
		track.reach(0, 0.4, 0.5);
		expect(track.at(0.2).rate).toBeCloseTo((15 / 8) * (0.5 / 0.4), 9);
		expect(track.at(0.2).value).toBeCloseTo(0.25, 9);
		expect(track.at(0.2).acceleration).toBeCloseTo(0, 9);
		expect(track.at(5)).toEqual({ value: 0.5, rate: 0, acceleration: 0 });
	});
});

describe("sensor", () => {
	it("adds the data sheet's noise about a fixed offset", () => {
		const sensor = createSensor({ random: createRandom(4) });
		const readings = Array.from({ length: 4000 }, () => sensor.apply([0, 0, 1, 0, 0, 0]));
		const deviation = (channel: number) => {
			const mean = readings.reduce((sum, row) => sum + row[channel]!, 0) / readings.length;
			return Math.sqrt(readings.reduce((sum, row) => sum + (row[channel]! - mean) ** 2, 0) / readings.length);
		};
		for (const channel of [0, 1, 2])
			expect(Math.abs(deviation(channel) / (400e-6 * Math.sqrt(260)) - 1)).toBeLessThan(0.05);
		for (const channel of [3, 4, 5])
			expect(Math.abs(deviation(channel) / (0.005 * Math.sqrt(256)) - 1)).toBeLessThan(0.05);
	});

	it("stays within the data sheet's tolerances and differs from device to device", () => {
		const norms = Array.from({ length: 50 }, (_, seed) => {
			const row = createSensor({ random: createRandom(seed) }).apply([0, 0, 1, 0, 0, 0]);
			for (const channel of [3, 4, 5]) expect(Math.abs(row[channel]!)).toBeLessThan(20.3);
			return Math.hypot(row[0]!, row[1]!, row[2]!);
		});
		for (const norm of norms) expect(Math.abs(norm - 1)).toBeLessThan(0.13);
		expect(new Set(norms).size).toBe(50);
	});

	it("quantises to the registers' counts and saturates", () => {
		expect([...quantise([1, -0.5, 2.00006, 100, -0.03, 0.04])]).toEqual([countsPerG, -4096, 16384, 1640, 0, 1]);
		expect([...quantise([5, -5, 0, 2500, -2500, 0])]).toEqual([32767, -32768, 0, 32767, -32768, 0]);
		expect(countsPerDegree).toBe(16.4);
	});
});
