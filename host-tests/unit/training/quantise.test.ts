import { describe, expect, it } from "vitest";
import { DenseNetwork } from "../../../tools/training/dense";
import { calibrateInput, countScale, quantisedInputs, quantiseNetwork } from "../../../tools/training/quantise";
import { createRandom, normal } from "../../../tools/training/random";

const random = createRandom(8);
const network = DenseNetwork.create({ sizes: [12, 8, 5, 3], random });
for (const { bias } of network.layers) for (const i of bias.keys()) bias[i] = 0.2 * normal(random);
const counts = Int16Array.from({ length: 12 * 300 }, () => 6000 * normal(random));
const input = calibrateInput(counts, 0.999);
const calibration = quantisedInputs(counts, input);
const quantised = quantiseNetwork({ network, input, calibration });

describe("input calibration", () => {
	it("fits the given share of the counts and no more than it must", () => {
		const greatest = (input.scale * 127) / countScale;
		// The scale is a float32, so the bound is good to a fraction of a count.
		const beyond = counts.filter((count) => Math.abs(count) > greatest + 0.5).length;
		expect(beyond).toBeLessThanOrEqual(0.001 * counts.length);
		expect(beyond).toBeGreaterThan(0);
		expect(input.zeroPoint).toBe(0);
		expect(Math.fround(input.scale)).toBe(input.scale);
	});

	it("saturates what is stronger and rounds the rest to within half a step", () => {
		counts.forEach((count, i) => {
			const value = count * countScale;
			const limited = Math.min(127 * input.scale, Math.max(-128 * input.scale, value));
			expect(Math.abs(calibration[i]! - limited)).toBeLessThanOrEqual(input.scale / 2 + 1e-7);
		});
	});

	it("survives windows of nothing but zero and of nothing but the extremes", () => {
		expect(calibrateInput(new Int16Array(10), 0.999).scale).toBeGreaterThan(0);
		expect((calibrateInput(new Int16Array(10).fill(-32768), 1).scale * 127) / countScale).toBeCloseTo(32768, 0);
	});
});

describe("network quantisation", () => {
	it("rounds weights symmetrically to within half a step and biases to the product scale", () => {
		let inputScale = input.scale;
		network.layers.forEach((layer, i) => {
			const { weights, weightScale, bias, result } = quantised.layers[i]!;
			expect(weights).toHaveLength(layer.weights.length);
			weights.forEach((weight, k) => {
				expect(Math.abs(weight * weightScale - layer.weights[k]!)).toBeLessThanOrEqual(weightScale * 0.5001);
				expect(weight).not.toBe(-128);
			});
			expect(Math.max(...weights.map(Math.abs))).toBe(127);
			bias.forEach((value, k) => {
				const unit = inputScale * weightScale;
				expect(Math.abs(value * unit - layer.bias[k]!)).toBeLessThanOrEqual(unit * 0.5001);
			});
			inputScale = result.scale;
		});
	});

	it("spans every activation of the calibration set with zero exact", () => {
		for (let at = 0; at < calibration.length; at += 12) {
			network.activations(calibration.subarray(at, at + 12)).forEach((values, i) => {
				const { scale, zeroPoint } = quantised.layers[i]!.result;
				expect(Number.isInteger(zeroPoint)).toBe(true);
				if (i < 2) expect(zeroPoint).toBe(-128);
				for (const value of values) {
					expect(value).toBeGreaterThanOrEqual((-128.5 - zeroPoint) * scale - 1e-6);
					expect(value).toBeLessThanOrEqual((127.5 - zeroPoint) * scale + 1e-6);
				}
			});
		}
	});

	it("keeps the class of nearly every row", () => {
		const rounded = new DenseNetwork(
			quantised.layers.map(({ inputs, outputs, weights, weightScale, bias }, i) => {
				const unit = (i === 0 ? input.scale : quantised.layers[i - 1]!.result.scale) * weightScale;
				return {
					inputs,
					outputs,
					weights: Float64Array.from(weights, (weight) => weight * weightScale),
					bias: Float64Array.from(bias, (value) => value * unit),
				};
			}),
		);
		let same = 0;
		for (let at = 0; at < calibration.length; at += 12) {
			const row = calibration.subarray(at, at + 12);
			if (rounded.classify(row) === network.classify(row)) same++;
		}
		expect(same).toBeGreaterThan(0.97 * 300);
	});
});
