import { describe, expect, it } from "vitest";
import type { InputFormat } from "../../../../tools/training/examples";
import { planLayers } from "../../../../tools/training/networks/layers";
import { Network, type Samples } from "../../../../tools/training/networks/network";
import { greatest, rounded, sharesOf, windows } from "../../../../tools/training/networks/operations";
import type { NetworkOptions } from "../../../../tools/training/networks/options";
import { tf } from "../../../../tools/training/networks/tensorflow";
import { createRandom, normal } from "../../../../tools/training/random";
import { quick } from "./examples";

const input: InputFormat = { datatype: "INT16", shape: [14, 2], scale: 1 / 32768, zeroPoint: 0 };

function normals(length: number, seed: number): Float32Array {
	const random = createRandom(seed);
	return Float32Array.from({ length }, () => normal(random));
}

describe("slopes of a network", () => {
	const dense: NetworkOptions = { ...quick, hidden: [5, 4] };
	const filters = [{ filters: 3, kernel: 3, stride: 2, pool: 2 }];
	it.each([
		["dense", dense, 3],
		["dense with one output", { ...dense, output: "logistic" }, 2],
		["convolution", { ...dense, kind: "convolution", filters, hidden: [4] }, 3],
		[
			"two convolutions",
			{ ...dense, kind: "convolution", filters: [...filters, { filters: 2, kernel: 2 }], hidden: [] },
			4,
		],
	] as const)("are those of finite differences: %s", (_, options, classes) => {
		const architecture = planLayers(options, input, classes);
		const network = Network.create(architecture, createRandom(3));
		const targets = normals(5 * architecture.outputs, 4);
		const samples: Samples = { rows: normals(5 * 28, 5), targets: sharesOf(targets, architecture.outputs) };
		const { slopes, loss } = network.slopes(samples);
		expect(loss).toBeGreaterThan(0);
		const parameters = network.parameters.flatMap(({ weights, bias }) => [weights, bias]);
		expect(slopes.map(({ length }) => length)).toEqual(parameters.map(({ length }) => length));
		const step = 2e-3;
		let beyond = 0;
		let checked = 0;
		parameters.forEach((values, i) => {
			values.forEach((value, k) => {
				values[k] = value + step;
				const above = network.slopes(samples).loss;
				values[k] = value - step;
				const below = network.slopes(samples).loss;
				values[k] = value;
				checked++;
				if (Math.abs((above - below) / (2 * step) - slopes[i]![k]!) > 1e-3) beyond++;
			});
		});
		// Where a ReLU or a maximum changes within the step, the difference is no slope.
		expect(beyond / checked).toBeLessThan(0.03);
		expect(slopes.flatMap((values) => [...values]).filter((slope) => slope !== 0).length).toBeGreaterThan(checked / 3);
	});
});

describe("product of matrices", () => {
	const sizes = [1, 3, 4, 5, 9];
	it.each([
		["a · b", false, false],
		["a · bᵀ", false, true],
		["aᵀ · b", true, false],
		["aᵀ · bᵀ", true, true],
	])("is the sum of products: %s", (_, transposeA, transposeB) => {
		for (const height of sizes) {
			for (const inner of sizes) {
				for (const width of sizes) {
					const [a, b] = [normals(height * inner, 1), normals(inner * width, 2)];
					a[0] = 0;
					const product = tf.matMul(
						tf.tensor2d(a, transposeA ? [inner, height] : [height, inner]),
						tf.tensor2d(b, transposeB ? [width, inner] : [inner, width]),
						transposeA,
						transposeB,
					);
					expect(product.shape).toEqual([height, width]);
					product.dataSync().forEach((value, at) => {
						const [i, j] = [Math.floor(at / width), at % width];
						let sum = 0;
						for (let k = 0; k < inner; k++) {
							sum += a[transposeA ? k * height + i : i * inner + k]! * b[transposeB ? j * inner + k : k * width + j]!;
						}
						expect(value).toBeCloseTo(sum, 5);
					});
				}
			}
		}
	});
});

describe("windows over time", () => {
	it("hold what each filter sees, whole windows alone", () => {
		const rows = tf.tensor2d(
			Float32Array.from({ length: 20 }, (_, i) => i),
			[2, 10],
		);
		const seen = windows(rows, { length: 5, channels: 2 }, 2, 2);
		expect(seen.arraySync()).toEqual([
			[0, 1, 2, 3],
			[4, 5, 6, 7],
			[10, 11, 12, 13],
			[14, 15, 16, 17],
		]);
	});

	it("give the greatest of each channel and leave the rest", () => {
		const rows = tf.tensor2d([1, 8, 3, 2, 9, 9, -1, -2, -3, -4, 0, 0], [2, 6]);
		expect(greatest(rows, { length: 3, channels: 2 }, 2).arraySync()).toEqual([
			[3, 8],
			[-1, -2],
		]);
	});
});

describe("rounding", () => {
	it("lets slopes through, but not where the value left the range", () => {
		const slope = tf.grad((x: tf.Tensor) =>
			rounded(
				x,
				(value) => Math.min(2, Math.round(value)),
				(value) => value > 2,
			),
		);
		expect(slope(tf.tensor1d([0.4, 1.6, 2.5])).arraySync()).toEqual([1, 1, 0]);
	});
});

describe("shares", () => {
	it("sum to one and survive logits that overflow an exponential", () => {
		expect([...sharesOf(Float32Array.of(1000, 1000, -2000, 0), 2)]).toEqual([0.5, 0.5, 0, 1]);
		expect(sharesOf(Float32Array.of(1, 2, 3), 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
		expect([...sharesOf(Float32Array.of(-1000, 0, 1000), 1)]).toEqual([0, 0.5, 1]);
	});
});
