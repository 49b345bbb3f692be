import { describe, expect, it } from "vitest";
import type { Examples } from "../../../tools/training/examples";
import {
	affineQuantisation,
	biasScales,
	calibrateInput,
	quantise,
	quantiseBias,
	quantiseWeights,
	requantised,
	requantisedWeights,
} from "../../../tools/training/quantisation";
import { createRandom, normal } from "../../../tools/training/random";

const random = createRandom(8);
const counts = Int16Array.from({ length: 12 * 300 }, () => 6000 * normal(random));

function motion(rows: Int16Array): Examples {
	const input = { datatype: "INT16", shape: [2, 6], scale: 1 / 32768, zeroPoint: 0 } as const;
	const labels = new Uint8Array(rows.length / 12);
	return { input, classes: ["one"], rows, labels, groups: Array.from(labels, String) };
}

describe("input calibration", () => {
	const { scale, zeroPoint } = calibrateInput(motion(counts), 0.999);

	it("fits the given share of the counts and no more than it must", () => {
		// The scale is a float32, so the bound is good to a fraction of a count.
		const beyond = counts.filter((count) => Math.abs(count) > scale * 127 * 32768 + 0.5).length;
		expect(beyond).toBeLessThanOrEqual(0.001 * counts.length);
		expect(beyond).toBeGreaterThan(0);
		expect(zeroPoint).toBe(0);
		expect(Math.fround(scale)).toBe(scale);
	});

	it("saturates what is stronger and rounds the rest to within half a step", () => {
		counts.forEach((count) => {
			const value = count / 32768;
			const limited = Math.min(127 * scale, Math.max(-128 * scale, value));
			expect(Math.abs(requantised(value, { scale, zeroPoint }) - limited)).toBeLessThanOrEqual(scale / 2 + 1e-7);
		});
	});

	it("survives windows of nothing but zero, of nothing but the extremes, and none", () => {
		expect(calibrateInput(motion(new Int16Array(12)), 0.999).scale).toBeGreaterThan(0);
		expect(calibrateInput(motion(new Int16Array(0)), 0.999).scale).toBeGreaterThan(0);
		expect(calibrateInput(motion(new Int16Array(12).fill(-32768)), 1).scale * 127).toBeCloseTo(1, 6);
	});

	it("leaves rows of int8 as they are", () => {
		const input = { datatype: "INT8", shape: [4], scale: 1 / 255, zeroPoint: -128 } as const;
		const pictures: Examples = { ...motion(counts), input, rows: Int8Array.of(1, 2, 3, 4) };
		expect(calibrateInput(pictures, 0.5)).toEqual({ scale: 1 / 255, zeroPoint: -128 });
	});
});

describe("range of int8", () => {
	it.each([
		[-1, 3],
		[0, 5],
		[2, 5],
		[-4, -1],
		[0, 0],
	])("holds all from %f to %f, and zero exactly", (low, high) => {
		const quantisation = affineQuantisation({ low, high });
		expect(Number.isInteger(quantisation.zeroPoint)).toBe(true);
		expect(requantised(0, quantisation)).toBe(0);
		for (let share = 0; share <= 1; share += 0.05) {
			const value = low + share * (high - low);
			expect(Math.abs(requantised(value, quantisation) - value)).toBeLessThanOrEqual(0.51 * quantisation.scale);
		}
	});

	it("saturates outside", () => {
		const quantisation = affineQuantisation({ low: -1, high: 1 });
		expect([quantise(-50, quantisation), quantise(50, quantisation)]).toEqual([-128, 127]);
	});
});

describe("weights of int8", () => {
	const weights = Float32Array.from({ length: 60 }, (_, i) => (i < 20 ? 0.1 : 2) * normal(random));
	weights.fill(0, 40);

	it.each([1, 3])("are symmetric and within half a step: %i scales", (channels) => {
		const { values, scales } = quantiseWeights(weights, channels);
		expect(scales).toHaveLength(channels);
		values.forEach((value, i) => {
			const scale = scales[Math.floor((i * channels) / 60)]!;
			expect(Math.abs(value * scale - weights[i]!)).toBeLessThanOrEqual(0.5001 * scale);
			expect(value).not.toBe(-128);
		});
		expect(Math.max(...values.map(Math.abs))).toBe(127);
		expect(requantisedWeights(weights, channels)[25]).toBeCloseTo(values[25]! * scales[channels === 1 ? 0 : 1]!, 6);
	});

	it("are finer with a scale for each output", () => {
		const error = (channels: number) =>
			requantisedWeights(weights, channels)
				.subarray(0, 20)
				.reduce((sum, value, i) => sum + Math.abs(value - weights[i]!), 0);
		expect(error(3)).toBeLessThan(error(1) / 4);
	});

	it("take biases at the product's scale, saturating", () => {
		const scales = Float32Array.of(0.01, 0.5);
		expect([...quantiseBias([1, -1], 0.1, scales)]).toEqual([1000, -20]);
		expect([...quantiseBias([1, -1], 0.1, Float32Array.of(0.01))]).toEqual([1000, -1000]);
		expect([...quantiseBias([1e9, -1e9], 1e-3, Float32Array.of(1e-3))]).toEqual([0x7fffffff, -0x80000000]);
		expect([...biasScales(0.1, scales)]).toEqual([Math.fround(0.1 * scales[0]!), Math.fround(0.1 * 0.5)]);
	});
});
