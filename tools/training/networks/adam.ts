import type { Weights } from "./network";

/**
 * Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), with the decoupled weight decay of Loshchilov and
 * Hutter (2019), which TensorFlow.js's own Adam lacks. In place: no tensor is made for any step between.
 */
export class Adam {
	static readonly #mean = 0.9;
	static readonly #square = 0.999;
	static readonly #epsilon = 1e-8;
	readonly #parameters: readonly {
		values: Float32Array;
		means: Float64Array;
		squares: Float64Array;
		decays: boolean;
	}[];
	#steps = 0;

	/** Moves these weights and biases; only weights decay. */
	constructor(parameters: readonly Weights[]) {
		this.#parameters = parameters.flatMap(({ weights, bias }) =>
			[weights, bias].map((values) => ({
				values,
				means: new Float64Array(values.length),
				squares: new Float64Array(values.length),
				decays: values === weights,
			})),
		);
	}

	/** `slopes` in the order of weights and biases, layer after layer. */
	step(slopes: readonly Float32Array[], { rate, decay }: { rate: number; decay: number }): void {
		this.#steps++;
		const meanScale = 1 / (1 - Adam.#mean ** this.#steps);
		const squareScale = 1 / (1 - Adam.#square ** this.#steps);
		this.#parameters.forEach(({ values, means, squares, decays }, i) => {
			const slope = slopes[i]!;
			const share = decays ? decay : 0;
			for (let k = 0; k < values.length; k++) {
				const mean = Adam.#mean * means[k]! + (1 - Adam.#mean) * slope[k]!;
				const square = Adam.#square * squares[k]! + (1 - Adam.#square) * slope[k]! * slope[k]!;
				means[k] = mean;
				squares[k] = square;
				const step = (mean * meanScale) / (Math.sqrt(square * squareScale) + Adam.#epsilon) + share * values[k]!;
				values[k]! -= rate * step;
			}
		});
	}
}
