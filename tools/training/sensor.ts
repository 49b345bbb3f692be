/**
 * What an MPU-6050 on a strap makes of a motion. Figures: InvenSense, "MPU-6000 and MPU-6050 Product Specification",
 * revision 3.4, sections 6.1 and 6.2.
 */

import { between, normal, type Random } from "./random";

/** What a sample holds, in this order: acceleration and rate of rotation along the sensor's axes. */
export const channelNames = Object.freeze(["aX", "aY", "aZ", "gX", "gY", "gZ"] as const);
export type Channel = (typeof channelNames)[number];

/** Counts per g at ±4 g. */
export const countsPerG = 8192;

/** Counts per degree a second at ±2000 °/s. */
export const countsPerDegree = 16.4;

/** Counts per g, or per degree a second, in a column of aX, aY, aZ, gX, gY, gZ. */
export function countsPerUnit(column: number): number {
	return column < 3 ? countsPerG : countsPerDegree;
}

// Noise density times the root of the bandwidth. At 119 Hz the wearable leaves the low-pass filter out, as only the
// 8 kHz clock divides to that rate: 260 Hz and 256 Hz remain, and the noise above half the rate folds back below it.
const accelerometerNoise = 400e-6 * Math.sqrt(260);
const gyroscopeNoise = 0.005 * Math.sqrt(256);

export interface Sensor {
	/** Six true values (g, °/s) in; what this sensor reads (g, °/s) out, not yet quantised. */
	apply(row: ArrayLike<number>): Float32Array;
}

/**
 * One device: a strap turned by up to some 10°, zero offsets within ±50 mg (z: ±80 mg) and ±20 °/s,
 * scale errors within ±3 %, white noise. All but the noise is fixed for the device.
 */
export function createSensor(options: { random: Random }): Sensor {
	const { random } = options;
	const mount = rotation(between(random, -0.17, 0.17), between(random, -0.17, 0.17), between(random, -0.17, 0.17));
	const offset = [0.05, 0.05, 0.08, 20, 20, 20].map((tolerance) => between(random, -tolerance, tolerance));
	const gain = offset.map(() => 1 + between(random, -0.03, 0.03));
	return {
		apply(row) {
			const read = new Float32Array(6);
			for (let i = 0; i < 6; i++) {
				const axis = i % 3;
				const first = i - axis;
				let value = 0;
				for (let j = 0; j < 3; j++) value += mount[axis * 3 + j]! * row[first + j]!;
				const noise = first === 0 ? accelerometerNoise : gyroscopeNoise;
				read[i] = value * gain[i]! + offset[i]! + noise * normal(random);
			}
			return read;
		},
	};
}

/** A row of g and °/s as the registers hold it at ±4 g and ±2000 °/s: rounded, saturating. */
export function quantise(row: ArrayLike<number>): Int16Array {
	const counts = new Int16Array(6);
	for (let i = 0; i < 6; i++) {
		const count = Math.round(row[i]! * (i < 3 ? countsPerG : countsPerDegree));
		counts[i] = Math.min(32767, Math.max(-32768, count));
	}
	return counts;
}

/** Rotation matrix, row by row: about x, then y, then z, in radians. */
export function rotation(x: number, y: number, z: number): Float64Array {
	const [sx, cx, sy, cy, sz, cz] = [Math.sin(x), Math.cos(x), Math.sin(y), Math.cos(y), Math.sin(z), Math.cos(z)];
	return Float64Array.of(
		cy * cz,
		sx * sy * cz - cx * sz,
		cx * sy * cz + sx * sz,
		cy * sz,
		sx * sy * sz + cx * cz,
		cx * sy * sz - sx * cz,
		-sy,
		sx * cy,
		cx * cy,
	);
}
