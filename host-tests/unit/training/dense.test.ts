import { describe, expect, it } from "vitest";
import { DenseNetwork, meanLoss, type Samples, softmax, train, zeros } from "../../../tools/training/dense";
import { createRandom, normal } from "../../../tools/training/random";

const options = { epochs: 120, batch: 16, learningRate: 0.02, decay: 0, patience: 120 };

/** Two classes that no straight line parts: points about the corners of a square, labelled by the exclusive or. */
function corners(count: number, seed: number): Samples {
	const random = createRandom(seed);
	const rows = new Float32Array(2 * count);
	const labels = new Uint8Array(count);
	for (let i = 0; i < count; i++) {
		const [x, y] = [random() < 0.5 ? 0 : 1, random() < 0.5 ? 0 : 1];
		rows[2 * i] = 2 * x - 1 + 0.15 * normal(random);
		rows[2 * i + 1] = 2 * y - 1 + 0.15 * normal(random);
		labels[i] = x ^ y;
	}
	return { rows, labels };
}

describe("dense network", () => {
	it("computes the gradient that finite differences give", () => {
		const random = createRandom(3);
		const network = DenseNetwork.create({ sizes: [5, 4, 3, 3], random });
		const row = Float64Array.from({ length: 5 }, () => normal(random));
		const gradients = zeros(network);
		network.backpropagate(row, 1, gradients);
		const loss = () => -Math.log(softmax(network.activations(row).at(-1)!)[1]!);
		const step = 1e-6;
		network.layers.forEach((layer, i) => {
			for (const part of ["weights", "bias"] as const) {
				layer[part].forEach((value, k) => {
					layer[part][k] = value + step;
					const above = loss();
					layer[part][k] = value - step;
					const below = loss();
					layer[part][k] = value;
					expect(gradients[i]![part][k]).toBeCloseTo((above - below) / (2 * step), 6);
				});
			}
		});
	});

	it("learns what no linear model can", () => {
		const random = createRandom(4);
		const network = DenseNetwork.create({ sizes: [2, 8, 2], random });
		const trained = train({ ...options, network, training: corners(300, 1), validation: corners(100, 2), random });
		expect(trained.accuracy(corners(400, 3))).toBeGreaterThan(0.99);
	});

	it("leaves the network that it starts from as it was", () => {
		const random = createRandom(5);
		const network = DenseNetwork.create({ sizes: [2, 4, 2], random });
		const before = network.copy();
		train({ ...options, epochs: 2, network, training: corners(50, 1), validation: corners(20, 2), random });
		expect(network).toEqual(before);
	});

	it("gives the same weights for the same seed and others for another", () => {
		const run = (seed: number) => {
			const random = createRandom(seed);
			const network = DenseNetwork.create({ sizes: [2, 4, 2], random });
			return train({ ...options, epochs: 5, network, training: corners(60, 1), validation: corners(20, 2), random });
		};
		expect(run(1).layers).toEqual(run(1).layers);
		expect(run(1).layers).not.toEqual(run(2).layers);
	});

	it("ends when validation no longer improves and returns the best epoch", () => {
		const random = createRandom(6);
		const network = DenseNetwork.create({ sizes: [2, 16, 2], random });
		const training = corners(60, 1);
		// Labels that the inputs do not explain: learning the training set by heart makes validation worse.
		const validation = corners(60, 2);
		validation.labels.forEach((_, i) => {
			validation.labels[i] = i % 2;
		});
		const losses: number[] = [];
		const trained = train({
			...{ ...options, patience: 5, network, training, validation, random },
			onEpoch: ({ validationLoss }) => losses.push(validationLoss),
		});
		expect(losses.length).toBeLessThan(120);
		expect(meanLoss(trained, validation)).toBe(Math.min(...losses));
		expect(losses.indexOf(Math.min(...losses))).toBe(losses.length - 1 - 5);
	});
});

describe("softmax", () => {
	it("sums to one and survives logits that overflow an exponential", () => {
		expect([...softmax(Float64Array.of(1000, 1000))]).toEqual([0.5, 0.5]);
		expect([...softmax(Float64Array.of(-2000, 0))]).toEqual([0, 1]);
		expect(softmax(Float64Array.of(1, 2, 3)).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
	});
});
