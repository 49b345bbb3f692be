/** Imported models as operators of TensorFlow Lite and of native/engine/operators/CUSTOM.md. */

import type { Examples, InputFormat } from "../examples";
import { realRows, rowLength } from "../examples";
import {
	affineQuantisation,
	type Quantisation,
	quantise,
	quantiseBias,
	quantiseWeights,
	shareQuantisation,
} from "../quantisation";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision } from "../trainer";
import type { FeatureStep, ImportedModel, Linear, NaiveBayes, Shares, SupportVectors, Trees } from "./parameters";
import { applied, keepOrder } from "./steps";
import { addTrees } from "./trees-graph";

export interface GraphOptions {
	/** What the model is given: as many elements as it has features. */
	readonly input: InputFormat;
	readonly precision: Precision;
	/** Rows like those that the model will see; int8 takes its ranges from them. */
	readonly calibration?: Examples;
}

/**
 * The model with the stored rows as its input and one score for each class as its output, float32 [1, classes]: shares
 * where the method gives such, shares of votes for support vectors of more than two classes, what is regressed without
 * classes. float32 gives scikit-learn's labels. int8 is for linear models and support vectors; trees keep their comparisons,
 * with leaves of 16 bits, and naive Bayes stays as it is, since its parts nearly cancel out, too much so for 8 bits.
 *
 * Throws a `RangeError` when the input has another number of elements than the model has features, or when int8 has no
 * calibration.
 */
export function importedGraph(model: ImportedModel, options: GraphOptions): Graph {
	const { input, precision, calibration } = options;
	if (rowLength(input) !== model.features)
		throw new RangeError(`the input has ${rowLength(input)} elements where the model has ${model.features} features`);
	const builder = new GraphBuilder();
	const entry = builder.input("features", input);
	const { method } = model;
	const isQuantised = precision === "int8" && (method.kind === "linear" || method.kind === "supportVectors");
	if (isQuantised && !calibration) throw new RangeError("int8 needs rows to take its ranges from");
	switch (method.kind) {
		case "linear": {
			const folded = fold(model.steps, method, model.features);
			return isQuantised
				? quantisedLinear(builder, flat(builder, entry), folded, realRows(calibration!))
				: linear(builder, realFeatures(builder, entry, []), folded);
		}
		case "supportVectors": {
			const features = realFeatures(builder, entry, model.steps);
			return supportVectors(
				builder,
				features,
				method,
				isQuantised ? transformed(model, realRows(calibration!)) : undefined,
			);
		}
		case "trees":
			return trees(builder, entry, model, method, precision);
		case "naiveBayes":
			return naiveBayes(builder, realFeatures(builder, entry, model.steps), method);
	}
}

/** The stored rows as one row of features, [1, features]. */
function flat(builder: GraphBuilder, entry: number): number {
	const { shape } = builder.tensor(entry);
	if (shape.length === 2) return entry;
	return builder.reshape("row", entry, [1, shape.reduce((product, size) => product * size, 1)]);
}

/** The features as float32, [1, features], after these steps. */
function realFeatures(builder: GraphBuilder, entry: number, steps: readonly FeatureStep[]): number {
	const row = flat(builder, entry);
	const { type, shape } = builder.tensor(row);
	let last =
		type === "FLOAT32" ? row : builder.add({ kind: "DEQUANTIZE" }, [row], { name: "real", type: "FLOAT32", shape });
	steps.forEach(({ operation, values }, i) => {
		const name = `scaled_${i + 1}`;
		const constant = builder.constant(`${name}/values`, values, { shape });
		last = builder.add({ kind: operation, activation: "NONE" }, [last, constant], { name, type: "FLOAT32", shape });
	});
	return last;
}

/** The rows after the steps. */
function transformed({ steps, features }: ImportedModel, rows: Float32Array): Float32Array {
	return rows.map((value, i) => steps.reduce((real, step) => applied(step, real, i % features), value));
}

/** A linear model of the features as they come: what the steps do is put into its weights. */
function fold(steps: readonly FeatureStep[], method: Linear, features: number): Linear {
	const factors = new Float64Array(features).fill(1);
	const offsets = new Float64Array(features);
	for (const { operation, values } of steps)
		values.forEach((value, i) => {
			if (operation === "MUL") {
				factors[i]! *= value;
				offsets[i]! *= value;
			} else offsets[i]! += operation === "ADD" ? value : -value;
		});
	const intercepts = method.intercepts.slice();
	const weights = method.weights.map((weight, i) => {
		intercepts[Math.floor(i / features)]! += weight * offsets[i % features]!;
		return weight * factors[i % features]!;
	});
	return { ...method, weights, intercepts };
}

function linear(builder: GraphBuilder, features: number, { weights, intercepts, shares }: Linear): Graph {
	const logits = dense(builder, features, Float32Array.from(weights), Float32Array.from(intercepts));
	return builder.finish([share(builder, logits, shares)]);
}

function dense(builder: GraphBuilder, features: number, weights: Float32Array, intercepts: Float32Array): number {
	const outputs = intercepts.length;
	const shape = [outputs, weights.length / outputs];
	const operands = [
		features,
		builder.constant("weights", weights, { shape }),
		builder.constant("intercepts", intercepts),
	];
	return builder.add({ kind: "FULLY_CONNECTED", activation: "NONE" }, operands, {
		name: "logits",
		type: "FLOAT32",
		shape: [1, outputs],
	});
}

function share(builder: GraphBuilder, logits: number, shares: Shares): number {
	const { shape } = builder.tensor(logits);
	return builder.add(shares === "softmax" ? { kind: "SOFTMAX", beta: 1 } : { kind: "LOGISTIC" }, [logits], {
		name: "scores",
		type: "FLOAT32",
		shape,
	});
}

/** Two shares of one decision that is positive for the second class: softmax of its halves is its logistic. */
function shareOfTwo(builder: GraphBuilder, decision: number): number {
	return share(builder, dense(builder, decision, Float32Array.of(-0.5, 0.5), new Float32Array(2)), "softmax");
}

function quantisedLinear(builder: GraphBuilder, row: number, method: Linear, calibration: Float32Array): Graph {
	const outputs = method.intercepts.length;
	const features = method.weights.length / outputs;
	const shape = [1, outputs];
	const { tensor, quantization } = quantised(builder, row, calibration);
	const { values, scales } = quantiseWeights(method.weights, 1);
	const weightScale = scales[0]!;
	const weights = builder.constant("weights", values, {
		shape: [outputs, features],
		quantization: { scale: weightScale, zeroPoint: 0 },
	});
	const bias = builder.constant("intercepts", quantiseBias(method.intercepts, quantization.scale, scales), {
		quantization: { scale: Math.fround(quantization.scale * weightScale), zeroPoint: 0 },
	});
	const logits = builder.add({ kind: "FULLY_CONNECTED", activation: "NONE" }, [tensor, weights, bias], {
		name: "logits",
		type: "INT8",
		shape,
		quantization: affineQuantisation(rangeOf(logitsOf(method, calibration, features))),
	});
	const scores = builder.add(
		method.shares === "softmax" ? { kind: "SOFTMAX", beta: 1 } : { kind: "LOGISTIC" },
		[logits],
		{
			name: "shares",
			type: "INT8",
			shape,
			quantization: shareQuantisation,
		},
	);
	return builder.finish([builder.add({ kind: "DEQUANTIZE" }, [scores], { name: "scores", type: "FLOAT32", shape })]);
}

/** The features in int8, over the range of these rows; int8 features stay as they are. */
function quantised(
	builder: GraphBuilder,
	row: number,
	calibration: Float32Array,
): { tensor: number; quantization: Quantisation } {
	const { type, shape, quantization: given } = builder.tensor(row);
	if (type === "INT8" && given && "scale" in given) return { tensor: row, quantization: given };
	const quantization = affineQuantisation(rangeOf(calibration));
	const tensor = builder.add({ kind: "QUANTIZE" }, [row], { name: "quantised", type: "INT8", shape, quantization });
	return { tensor, quantization };
}

function rangeOf(values: ArrayLike<number>): { low: number; high: number } {
	let [low, high] = [0, 0];
	for (let i = 0; i < values.length; i++) {
		low = Math.min(low, values[i]!);
		high = Math.max(high, values[i]!);
	}
	return { low, high };
}

function logitsOf({ weights, intercepts }: Linear, rows: Float32Array, features: number): Float64Array {
	const outputs = intercepts.length;
	return Float64Array.from({ length: (rows.length / features) * outputs }, (_, i) => {
		const [row, output] = [Math.floor(i / outputs) * features, (i % outputs) * features];
		let sum = intercepts[i % outputs]!;
		for (let k = 0; k < features; k++) sum += weights[output + k]! * rows[row + k]!;
		return sum;
	});
}

const kernelCodes = Object.freeze({ linear: 0, radial: 1, polynomial: 2 } as const);

function supportVectors(
	builder: GraphBuilder,
	row: number,
	method: SupportVectors,
	calibration: Float32Array | undefined,
): Graph {
	const classes = method.counts.length;
	const total = method.counts.reduce((sum, count) => sum + count, 0);
	const shape = [total, method.vectors.length / total];
	const isPair = classes === 2;
	// With two classes a positive decision is for the first: turned round, its logistic is the share of the second.
	const signed = (values: Float32Array) => (isPair ? values.map((value) => -value) : values);
	const options = new DataView(new ArrayBuffer(12));
	options.setUint8(0, 1);
	options.setUint8(1, kernelCodes[method.kernel]);
	options.setUint8(2, isPair ? 0 : 1);
	options.setUint8(3, method.degree);
	options.setFloat32(4, method.gamma, true);
	options.setFloat32(8, method.constant, true);
	const operands: number[] = [];
	let norms: Int32Array | undefined;
	if (calibration) {
		const { tensor, quantization } = quantised(builder, row, calibration);
		const values = Int8Array.from(method.vectors, (value) => quantise(value, quantization));
		operands.push(tensor, builder.constant("vectors", values, { shape, quantization }));
		norms = method.kernel === "radial" ? squaredNorms(values, shape[1]!, quantization.zeroPoint) : undefined;
	} else operands.push(row, builder.constant("vectors", method.vectors, { shape }));
	operands.push(
		builder.constant("coefficients", signed(method.coefficients)),
		builder.constant("intercepts", signed(method.intercepts)),
		builder.constant("counts", method.counts),
	);
	if (norms) operands.push(builder.constant("norms", norms));
	const answer = builder.add(
		{ kind: "CUSTOM", name: "TMLAAS_SVM", options: new Uint8Array(options.buffer) },
		operands,
		isPair
			? { name: "decision", type: "FLOAT32", shape: [1, 1] }
			: { name: "scores", type: "FLOAT32", shape: [1, classes] },
	);
	return builder.finish([isPair ? shareOfTwo(builder, answer) : answer]);
}

function squaredNorms(values: Int8Array, features: number, zeroPoint: number): Int32Array {
	return Int32Array.from({ length: values.length / features }, (_, i) => {
		let sum = 0;
		for (let k = 0; k < features; k++) sum += (values[i * features + k]! - zeroPoint) ** 2;
		return sum;
	});
}

function trees(builder: GraphBuilder, entry: number, model: ImportedModel, method: Trees, precision: Precision): Graph {
	// Integers are compared as they are stored, which spares their conversion.
	const isStored = builder.tensor(entry).type !== "FLOAT32" && keepOrder(model.steps);
	const sums = isStored
		? addTrees(builder, entry, method, { precision, steps: model.steps })
		: addTrees(builder, realFeatures(builder, entry, model.steps), method, { precision, steps: [] });
	if (method.shares === "sum") return builder.finish([sums]);
	return builder.finish([method.shares === "logistic" ? shareOfTwo(builder, sums) : share(builder, sums, "softmax")]);
}

/**
 * The differences from the means are squared as they are: taken apart into squares and products of their own, they would
 * lose in float32 what tells the classes apart.
 */
function naiveBayes(builder: GraphBuilder, row: number, { means, weights, offsets }: NaiveBayes): Graph {
	const classes = offsets.length;
	const features = means.length / classes;
	const shape = [1, classes, features];
	const constant = (name: string, values: Float64Array, shape: number[]) =>
		builder.constant(name, Float32Array.from(values), { shape });
	const each = builder.reshape("features/row", row, [1, 1, features]);
	const squares = builder.add({ kind: "SQUARED_DIFFERENCE" }, [each, constant("means", means, shape)], {
		name: "squares",
		type: "FLOAT32",
		shape,
	});
	const weighted = builder.add(
		{ kind: "MUL", activation: "NONE" },
		[
			squares,
			constant(
				"weights",
				weights.map((weight) => -weight),
				shape,
			),
		],
		{ name: "weighted", type: "FLOAT32", shape },
	);
	const axis = builder.constant("axis", Int32Array.of(2));
	const sums = builder.add({ kind: "SUM", keepDims: false }, [weighted, axis], {
		name: "sums",
		type: "FLOAT32",
		shape: [1, classes],
	});
	const logits = builder.add({ kind: "ADD", activation: "NONE" }, [sums, constant("offsets", offsets, [1, classes])], {
		name: "logits",
		type: "FLOAT32",
		shape: [1, classes],
	});
	return builder.finish([share(builder, logits, "softmax")]);
}
