/** Trained kernel machines: a decision for each pair of classes, as numbers and as operators. */

import { type Examples, realRows, rowLength } from "../examples";
import { affineQuantisation, quantise } from "../quantisation";
import type { GraphBuilder } from "../tflite/builder";
import { type Kernel, kernelWith, squaredNorms } from "./kernel";
import { type Coupling, pairsOf } from "./pairs";
import { addLinear, applyLinear, type Linear, pairRange, type Value } from "./parts";
import { svmOperator } from "./svm-operator";

export interface Machine {
	/** It multiplies rows by weights alone. */
	readonly isLinear: boolean;
	/** Rows × pairs, positive for a pair's first class. */
	decisions(examples: Examples): Float64Array;
	/** The coupling's logits of the pairs, of two classes that of the second. */
	addLogits(builder: GraphBuilder, options: { input: Value; coupling: Coupling }): Value;
}

/** The factor and the offset by which a pair's decision becomes the logit in the graph. */
function logitOf({ scales, offsets, votes }: Coupling, pair: number): { scale: number; offset: number } {
	// A lone logit is the second class's, as that of every model of two classes.
	const sign = votes ? 1 : -1;
	return { scale: sign * scales[pair]!, offset: sign * offsets[pair]! };
}

/** One row of weights for each pair: FULLY_CONNECTED. */
export class LinearMachine implements Machine {
	readonly isLinear = true;
	readonly linear: Linear;

	constructor(linear: Linear) {
		this.linear = linear;
	}

	decisions(examples: Examples): Float64Array {
		return applyLinear(this.linear, realRows(examples));
	}

	addLogits(builder: GraphBuilder, options: { input: Value; coupling: Coupling }): Value {
		const { coupling, input } = options;
		const features = this.linear.weights.length / this.linear.bias.length;
		const linear: Linear = {
			weights: this.linear.weights.map((weight, i) => weight * logitOf(coupling, Math.floor(i / features)).scale),
			bias: this.linear.bias.map((value, pair) => {
				const { scale, offset } = logitOf(coupling, pair);
				return value * scale + offset;
			}),
		};
		return addLinear(builder, { name: "pairs", input, linear, range: pairRange });
	}
}

export interface Vectors {
	/** vectors × features in real units, those of class 0 first, then of class 1 …. */
	readonly values: Float32Array;
	/** Vectors of each class. */
	readonly counts: Uint32Array;
	/** vectors × (classes − 1): of each vector for each class but its own, in the order of the classes. */
	readonly coefficients: Float64Array;
	/** One for each pair. */
	readonly intercepts: Float64Array;
}

/** TMLAAS_SVM with the radial kernel. */
export class RadialMachine implements Machine {
	readonly isLinear = false;
	readonly #kernel: Kernel;
	readonly #vectors: Vectors;

	/** The gamma is for rows in real units. */
	constructor(gamma: number, vectors: Vectors) {
		this.#kernel = { kind: "radial", gamma };
		this.#vectors = vectors;
	}

	get vectors(): Vectors {
		return this.#vectors;
	}

	decisions(examples: Examples): Float64Array {
		const { values, intercepts, counts } = this.#vectors;
		const rows = realRows(examples);
		const features = rowLength(examples.input);
		const vectors = { values, norms: squaredNorms(values, features) };
		const kernels = new Float64Array(values.length / features);
		const pairs = pairsOf(counts.length);
		const terms = pairs.map((_, pair) => this.#terms(pair));
		const decisions = new Float64Array(examples.labels.length * pairs.length);
		for (let row = 0; row < examples.labels.length; row++) {
			kernelWith(this.#kernel, vectors, rows.subarray(row * features, (row + 1) * features), kernels);
			terms.forEach(({ indices, coefficients }, pair) => {
				let sum = intercepts[pair]!;
				for (let i = 0; i < indices.length; i++) sum += coefficients[i]! * kernels[indices[i]!]!;
				decisions[row * pairs.length + pair] = sum;
			});
		}
		return decisions;
	}

	addLogits(builder: GraphBuilder, options: { input: Value; coupling: Coupling }): Value {
		const { coupling, input } = options;
		const { values, counts, coefficients, intercepts } = this.#vectors;
		const classes = counts.length;
		const pairs = pairsOf(classes);
		const total = coefficients.length / (classes - 1);
		const shape = [total, values.length / total];
		const scaled = coefficients.slice();
		pairs.forEach((_, pair) => {
			const { places } = this.#terms(pair);
			for (const place of places) scaled[place]! *= logitOf(coupling, pair).scale;
		});
		const offsets = Float32Array.from(intercepts, (value, pair) => {
			const { scale, offset } = logitOf(coupling, pair);
			return value * scale + offset;
		});
		const parameters = () => [
			builder.constant("coefficients", Float32Array.from(scaled)),
			builder.constant("intercepts", offsets),
			builder.constant("counts", Int32Array.from(counts)),
		];
		const tensor = { name: "pairs", shape: [1, pairs.length] };
		const operator = svmOperator(this.#kernel);
		if (!input.quantisation) {
			const vectors = builder.constant("vectors", values, { shape });
			const operands = [input.index, vectors, ...parameters()];
			return { index: builder.add(operator, operands, { ...tensor, type: "FLOAT32" }) };
		}
		const quantization = input.quantisation;
		const result = affineQuantisation(pairRange);
		const stored = Int8Array.from(values, (value) => quantise(value, quantization));
		const norms = Int32Array.from({ length: total }, (_, i) => {
			return stored
				.subarray(i * shape[1]!, (i + 1) * shape[1]!)
				.reduce((sum, value) => sum + (value - quantization.zeroPoint) ** 2, 0);
		});
		const operands = [
			input.index,
			builder.constant("vectors", stored, { shape, quantization }),
			...parameters(),
			builder.constant("norms", norms),
		];
		return {
			index: builder.add(operator, operands, { ...tensor, type: "INT8", quantization: result }),
			quantisation: result,
		};
	}

	/** The vectors of a pair's classes, and where their coefficients for this pair stand. */
	#terms(pair: number): { indices: Uint32Array; places: Uint32Array; coefficients: Float64Array } {
		const { counts, coefficients } = this.#vectors;
		const { first, second } = pairsOf(counts.length)[pair]!;
		const indices = [...vectorsOf(counts, first), ...vectorsOf(counts, second)];
		const width = counts.length - 1;
		const places = Uint32Array.from(indices, (vector, i) => {
			const other = i < counts[first]! ? second - 1 : first;
			return vector * width + other;
		});
		return {
			indices: Uint32Array.from(indices),
			places,
			coefficients: Float64Array.from(places, (place) => coefficients[place]!),
		};
	}
}

/** Indices of a class's vectors. */
function vectorsOf(counts: Uint32Array, own: number): number[] {
	const from = counts.subarray(0, own).reduce((sum, count) => sum + count, 0);
	return Array.from({ length: counts[own]! }, (_, i) => from + i);
}
