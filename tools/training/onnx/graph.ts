/** Imported models as operators of TensorFlow Lite and of native/engine/operators/CUSTOM.md. */

import {
	addLinear,
	addLogistic,
	addShares,
	applyLinear,
	enterLinear,
	logitRange,
	type Value,
} from "../classical/parts";
import { type Examples, type InputFormat, realRows, rowLength } from "../examples";
import { calibrateInput, type Quantisation, quantise } from "../quantisation";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision } from "../trainer";
import type { FeatureStep, ImportedModel, LinearScores, NaiveBayes, Shares, SupportVectors, Trees } from "./parameters";
import { applied, keepOrder } from "./steps";
import { addTrees } from "./trees-graph";

export interface GraphOptions {
	/** What the model is given: as many elements as it has features. */
	readonly input: InputFormat;
	readonly precision: Precision;
	/** Rows like those that the model will see, stored as the input says; int8 takes its ranges from them. */
	readonly calibration?: Examples;
}

/**
 * The model with the stored rows as its input and float32 [1, classes] as its output, or [1, 1] with the share of the
 * second of two classes: shares where the method gives such, shares of votes for support vectors of more than two classes,
 * what is regressed without classes. float32 gives scikit-learn's labels. int8 is for linear models and support vectors;
 * trees keep their comparisons, with leaves of 16 bits, and naive Bayes stays as it is, since its parts nearly cancel out,
 * too much so for 8 bits.
 *
 * Throws a `RangeError` when the input has another number of elements than the model has features, or when int8 has no
 * calibration, and an `OnnxError` when a tree is too large for the operator.
 */
export function importedGraph(model: ImportedModel, options: GraphOptions): Graph {
	const { input, precision, calibration } = options;
	if (rowLength(input) !== model.features)
		throw new RangeError(`the input has ${rowLength(input)} elements where the model has ${model.features} features`);
	const { method } = model;
	const isQuantised = precision === "int8" && (method.kind === "linear" || method.kind === "supportVectors");
	if (isQuantised && !calibration) throw new RangeError("int8 needs rows to take its ranges from");
	const rows = isQuantised && calibration ? { ...calibration, input } : undefined;
	const builder = new GraphBuilder();
	switch (method.kind) {
		case "linear":
			return linear(builder, fold(model.steps, method, model.features), input, rows);
		case "supportVectors":
			return supportVectors(
				builder,
				realFeatures(builder, input, model.steps),
				method,
				rows && quantisedBy(model, rows),
			);
		case "trees":
			return trees(builder, model, method, options);
		case "naiveBayes":
			return naiveBayes(builder, realFeatures(builder, input, model.steps), method);
	}
}

/** The features as float32, [1, features], after these steps. */
function realFeatures(builder: GraphBuilder, input: InputFormat, steps: readonly FeatureStep[]): number {
	const entry = builder.input("features", input);
	const shape = [1, rowLength(input)];
	let last = input.shape.length === 1 ? entry : builder.reshape("row", entry, shape);
	if (input.datatype !== "FLOAT32")
		last = builder.add({ kind: "DEQUANTIZE" }, [last], { name: "real", type: "FLOAT32", shape });
	steps.forEach(({ operation, values }, i) => {
		const name = `scaled_${i + 1}`;
		const constant = builder.constant(`${name}/values`, values, { shape });
		last = builder.add({ kind: operation, activation: "NONE" }, [last, constant], { name, type: "FLOAT32", shape });
	});
	return last;
}

/** A linear model of the features as they come: what the steps do is put into its weights. */
function fold(steps: readonly FeatureStep[], method: LinearScores, features: number): LinearScores {
	const factors = new Float64Array(features).fill(1);
	const offsets = new Float64Array(features);
	for (const { operation, values } of steps)
		values.forEach((value, i) => {
			if (operation === "MUL") {
				factors[i]! *= value;
				offsets[i]! *= value;
			} else offsets[i]! += operation === "ADD" ? value : -value;
		});
	const bias = method.bias.slice();
	const weights = method.weights.map((weight, i) => {
		bias[Math.floor(i / features)]! += weight * offsets[i % features]!;
		return weight * factors[i % features]!;
	});
	return { ...method, weights, bias };
}

function linear(builder: GraphBuilder, method: LinearScores, input: InputFormat, rows: Examples | undefined): Graph {
	const entered: Value = rows ? enterLinear(builder, rows, "int8") : { index: realFeatures(builder, input, []) };
	const outputs = method.bias.length;
	const range = logitRange(rows ? applyLinear(method, realRows(rows)) : new Float64Array(outputs), outputs);
	const logits = addLinear(builder, { name: "logits", input: entered, linear: method, range });
	return builder.finish([shared(builder, logits, method.shares)]);
}

function shared(builder: GraphBuilder, logits: Value, shares: Shares): number {
	if (shares === "softmax" || builder.tensor(logits.index).shape.at(-1) === 1) return addShares(builder, logits);
	const { index, quantisation } = addLogistic(builder, logits);
	const { shape } = builder.tensor(index);
	return quantisation
		? builder.add({ kind: "DEQUANTIZE" }, [index], { name: "shares", type: "FLOAT32", shape })
		: index;
}

/** int8 for the features after the model's steps, over the range of these rows. */
function quantisedBy({ steps, features }: ImportedModel, rows: Examples): Quantisation {
	if (steps.length === 0) return calibrateInput(rows, fitting);
	const real = realRows(rows).map((value, i) => steps.reduce((last, step) => applied(step, last, i % features), value));
	const input: InputFormat = { datatype: "FLOAT32", shape: [features], scale: 1, zeroPoint: 0 };
	return calibrateInput({ ...rows, input, rows: real }, fitting);
}

/** Share of the rows' values that fit int8 without saturating. */
const fitting = 0.999;

const kernelCodes = Object.freeze({ linear: 0, radial: 1, polynomial: 2 } as const);

function supportVectors(
	builder: GraphBuilder,
	row: number,
	method: SupportVectors,
	quantization: Quantisation | undefined,
): Graph {
	const classes = method.counts.length;
	const total = method.counts.reduce((sum, count) => sum + count, 0);
	const features = method.vectors.length / total;
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
	const shape = [total, features];
	const operands: number[] = [];
	let norms: Int32Array | undefined;
	if (quantization) {
		const result = { name: "quantised", type: "INT8", shape: [1, features], quantization } as const;
		const values = Int8Array.from(method.vectors, (value) => quantise(value, quantization));
		operands.push(
			builder.add({ kind: "QUANTIZE" }, [row], result),
			builder.constant("vectors", values, { shape, quantization }),
		);
		norms = method.kernel === "radial" ? squaredNorms(values, features, quantization.zeroPoint) : undefined;
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
		{ name: isPair ? "decision" : "scores", type: "FLOAT32", shape: [1, isPair ? 1 : classes] },
	);
	return builder.finish([isPair ? addShares(builder, { index: answer }) : answer]);
}

function squaredNorms(values: Int8Array, features: number, zeroPoint: number): Int32Array {
	return Int32Array.from({ length: values.length / features }, (_, i) => {
		let sum = 0;
		for (let k = 0; k < features; k++) sum += (values[i * features + k]! - zeroPoint) ** 2;
		return sum;
	});
}

function trees(builder: GraphBuilder, model: ImportedModel, method: Trees, { input, precision }: GraphOptions): Graph {
	// Integers are compared as they are stored, which spares their conversion.
	const isStored = input.datatype !== "FLOAT32" && keepOrder(model.steps);
	const features = isStored ? builder.input("features", input) : realFeatures(builder, input, model.steps);
	const sums = addTrees(builder, features, method, { precision, steps: isStored ? model.steps : [] });
	return builder.finish([method.shares === "sum" ? sums : shared(builder, { index: sums }, method.shares)]);
}

/**
 * The differences from the means are squared as they are: taken apart into squares and products of their own, they would
 * lose in float32 what tells the classes apart.
 */
function naiveBayes(builder: GraphBuilder, row: number, { means, weights, offsets }: NaiveBayes): Graph {
	const classes = offsets.length;
	const features = means.length / classes;
	const shape = [1, classes, features];
	const scores = [1, classes];
	const constant = (name: string, values: Float64Array, shape: number[]) =>
		builder.constant(name, Float32Array.from(values), { shape });
	const each = builder.reshape("features/row", row, [1, 1, features]);
	const squares = builder.add({ kind: "SQUARED_DIFFERENCE" }, [each, constant("means", means, shape)], {
		name: "squares",
		type: "FLOAT32",
		shape,
	});
	const factors = constant(
		"weights",
		weights.map((weight) => -weight),
		shape,
	);
	const weighted = builder.add({ kind: "MUL", activation: "NONE" }, [squares, factors], {
		name: "weighted",
		type: "FLOAT32",
		shape,
	});
	const axis = builder.constant("axis", Int32Array.of(2));
	const sums = builder.add({ kind: "SUM", keepDims: false }, [weighted, axis], {
		name: "sums",
		type: "FLOAT32",
		shape: scores,
	});
	const logits = builder.add({ kind: "ADD", activation: "NONE" }, [sums, constant("offsets", offsets, scores)], {
		name: "logits",
		type: "FLOAT32",
		shape: scores,
	});
	return builder.finish([addShares(builder, { index: logits })]);
}
