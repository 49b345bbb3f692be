import { describe, expect, it } from "vitest";
import { createRandom, normal, shuffle } from "../../../tools/training/random";

describe("random", () => {
	it("repeats by its seed and differs between neighbouring seeds", () => {
		const draw = (seed: number) => Array.from({ length: 8 }, createRandom(seed));
		expect(draw(7)).toEqual(draw(7));
		expect(draw(7)).not.toEqual(draw(8));
	});

	it("is uniform in [0, 1)", () => {
		const random = createRandom(1);
		const counts = new Array(16).fill(0);
		for (let i = 0; i < 16000; i++) counts[Math.floor(random() * 16)]++;
		// Chi-squared with 15 degrees of freedom exceeds 37.7 once in a thousand.
		const chiSquared = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
		expect(chiSquared).toBeLessThan(37.7);
	});

	it("gives standard normal deviates", () => {
		const random = createRandom(2);
		const values = Float64Array.from({ length: 20000 }, () => normal(random));
		const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
		const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
		const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / values.length;
		expect(Math.abs(mean)).toBeLessThan(0.03);
		expect(Math.abs(variance - 1)).toBeLessThan(0.04);
		expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.006);
	});

	it("shuffles without losing a value", () => {
		const values = Uint32Array.from({ length: 100 }, (_, i) => i);
		shuffle(values, createRandom(3));
		expect(values).not.toEqual(values.slice().sort());
		expect(values.slice().sort()).toEqual(Uint32Array.from({ length: 100 }, (_, i) => i));
	});
});
