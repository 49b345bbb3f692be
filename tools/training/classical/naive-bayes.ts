import { type Examples, realRows, rowLength } from "../examples";
import { affineQuantisation } from "../quantisation";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision, TrainedModel, TrainingTask } from "../trainer";
import { LinearModel } from "./linear-model";
import { demandNotNegative, demandOneOf } from "./options";
import {
	addLinear,
	addShares,
	applyLinear,
	enter,
	type Linear,
	logitQuantisation,
	type Range,
	type Value,
} from "./parts";
import { calibrate, softmaxRows } from "./shares";
import { countLabels, demandLearnable, TrainingSetError } from "./task";

export interface NaiveBayesOptions {
	/** Share of the greatest variance of a feature that is added to every variance, as scikit-learn's var_smoothing. */
	readonly smoothing: number;
	/**
	 * Features are not independent, so the plain method is far too sure of itself. True: each class's log-likelihood
	 * gets a scale and an offset by which the training rows' shares come out best. This changes which class wins.
	 */
	readonly calibrated: boolean;
	/**
	 * Whether each class has variances of its own. With shared ones, the mean of those within the classes, the squares drop
	 * out of the comparison: the model is linear, and as small as that of logistic regression.
	 */
	readonly variances: "own" | "shared";
}

export const naiveBayesDefaults: NaiveBayesOptions = Object.freeze({
	smoothing: 0.1,
	calibrated: true,
	variances: "own",
});

/** What the method learns, in real units. */
export interface Gaussians {
	/** Share of the training rows of each class. */
	readonly priors: Float64Array;
	/** classes × features. */
	readonly means: Float64Array;
	readonly variances: Float64Array;
}

/** Means and smoothed variances of each class. Throws a `TrainingSetError` when a variance is 0. */
export function fitGaussians(training: Examples, smoothing: number): Gaussians {
	const rows = realRows(training);
	const features = rowLength(training.input);
	const counts = countLabels(training.labels, training.classes.length);
	const { means, variances } = moments(rows, { groups: training.labels, counts, features });
	const whole = moments(rows, {
		groups: new Uint8Array(training.labels.length),
		counts: Uint32Array.of(training.labels.length),
		features,
	});
	const extra = smoothing * whole.variances.reduce((most, variance) => Math.max(most, variance), 0);
	const smoothed = variances.map((variance) => variance + extra);
	if (!smoothed.every((variance) => variance > 0)) {
		throw new TrainingSetError("a feature is the same in all rows of a class: smoothing must be positive");
	}
	const priors = Float64Array.from(counts, (count) => count / training.labels.length);
	return { priors, means, variances: smoothed };
}

/** Each feature's variance within the classes, for all of them. */
function shareVariances({ priors, means, variances }: Gaussians): Gaussians {
	const features = variances.length / priors.length;
	const shared = new Float64Array(features);
	variances.forEach((variance, i) => {
		shared[i % features]! += priors[Math.floor(i / features)]! * variance;
	});
	return { priors, means, variances: variances.map((_, i) => shared[i % features]!) };
}

/**
 * Gaussian naive Bayes. Throws `ClassicalOptionError` and `TrainingSetError`.
 */
export async function trainNaiveBayes(options: NaiveBayesOptions, task: TrainingTask): Promise<TrainedModel> {
	demandNotNegative("smoothing", options.smoothing);
	demandOneOf("variances", options.variances, ["own", "shared"]);
	const { training } = task;
	demandLearnable(training);
	const rows = realRows(training);
	const isShared = options.variances === "shared";
	const gaussians = fitGaussians(training, options.smoothing);
	let quadratic = logLikelihoods(isShared ? shareVariances(gaussians) : gaussians, rows);
	// What all classes have in common is left out already, but for a rounding.
	if (isShared) quadratic.squares.fill(0);
	if (options.calibrated) quadratic = calibrated(quadratic, rows, training.labels);
	await task.onProgress?.({ step: 1, steps: 1 });
	if (!isShared) return new NaiveBayesModel(training, quadratic);
	return new LinearModel(training, ofTwoOrMore(quadratic).linear);
}

function moments(
	rows: Float32Array,
	{ groups, counts, features }: { groups: Uint8Array; counts: Uint32Array; features: number },
): { means: Float64Array; variances: Float64Array } {
	const means = new Float64Array(counts.length * features);
	const variances = new Float64Array(means.length);
	const each = (visit: (at: number, value: number, count: number) => void) => {
		groups.forEach((group, row) => {
			for (let i = 0; i < features; i++) visit(group * features + i, rows[row * features + i]!, counts[group]!);
		});
	};
	each((at, value, count) => {
		means[at]! += value / count;
	});
	each((at, value, count) => {
		const difference = value - means[at]!;
		variances[at]! += (difference * difference) / count;
	});
	return { means, variances };
}

/** logit = squares · (x − centre)² + slopes · x + offset for each class. */
interface Quadratic {
	/** One for each feature. */
	readonly centre: Float64Array;
	/** classes × features, with what all classes have in common left out. */
	readonly squares: Float64Array;
	readonly linear: Linear;
}

/**
 * log p(class) + log p(x | class), less what does not depend on the class. The squares are taken around the rows' mean:
 * around 0 the two parts would be large and nearly cancel out, too much so for int8.
 */
function logLikelihoods({ priors, means, variances }: Gaussians, rows: Float32Array): Quadratic {
	const classes = priors.length;
	const features = means.length / classes;
	const centre = new Float64Array(features);
	rows.forEach((value, i) => {
		centre[i % features]! += value / (rows.length / features);
	});
	const squares = variances.map((variance) => -0.5 / variance);
	const weights = means.map((mean, i) => (mean - centre[i % features]!) / variances[i]!);
	const bias = priors.map(Math.log);
	means.forEach((mean, i) => {
		const distance = mean - centre[i % features]!;
		bias[Math.floor(i / features)]! -=
			0.5 * (Math.log(2 * Math.PI * variances[i]!) + (distance * distance) / variances[i]!) +
			weights[i]! * centre[i % features]!;
	});
	return relative({ centre, squares, linear: { weights, bias } }, classes);
}

/** Takes the mean over the classes off each parameter, which no share notices. */
function relative({ centre, squares, linear }: Quadratic, classes: number): Quadratic {
	const less = (values: Float64Array) => {
		const width = values.length / classes;
		const mean = new Float64Array(width);
		values.forEach((value, i) => {
			mean[i % width]! += value / classes;
		});
		return values.map((value, i) => value - mean[i % width]!);
	};
	return { centre, squares: less(squares), linear: { weights: less(linear.weights), bias: less(linear.bias) } };
}

function calibrated(quadratic: Quadratic, rows: Float32Array, labels: Uint8Array): Quadratic {
	const { centre, squares, linear } = quadratic;
	const classes = linear.bias.length;
	const features = centre.length;
	const { scales, offsets } = calibrate(logitsOf(quadratic, rows), labels, { classes, common: false });
	const scaled = (values: Float64Array) =>
		values.map((value, i) => value * scales[Math.floor(i / (values.length / classes))]!);
	const bias = linear.bias.map((value, k) => value * scales[k]! + offsets[k]!);
	// A scale for each class makes parameters differ again that were the same, so the common part is taken off once more.
	return relative(
		{ centre, squares: scaled(squares), linear: { weights: scaled(linear.weights), bias } },
		squares.length / features,
	);
}

function squaresOf(quadratic: Quadratic, rows: Float32Array): Float32Array {
	const { centre } = quadratic;
	return rows.map((value, i) => (value - centre[i % centre.length]!) ** 2);
}

function logitsOf(quadratic: Quadratic, rows: Float32Array): Float64Array {
	const logits = applyLinear(quadratic.linear, rows);
	const squares = applyLinear(squarePart(quadratic), squaresOf(quadratic, rows));
	return logits.map((logit, i) => logit + squares[i]!);
}

function squarePart({ squares, linear }: Quadratic): Linear {
	return { weights: squares, bias: new Float64Array(linear.bias.length) };
}

/** Of two classes the logit of the second alone. */
function ofTwoOrMore(quadratic: Quadratic): Quadratic {
	const { centre, squares, linear } = quadratic;
	if (linear.bias.length > 2) return quadratic;
	const difference = (values: Float64Array) => {
		const half = values.length / 2;
		return values.slice(half).map((value, i) => value - values[i]!);
	};
	return {
		centre,
		squares: difference(squares),
		linear: { weights: difference(linear.weights), bias: difference(linear.bias) },
	};
}

class NaiveBayesModel implements TrainedModel {
	readonly #training: Examples;
	readonly #quadratic: Quadratic;

	constructor(training: Examples, quadratic: Quadratic) {
		this.#training = training;
		this.#quadratic = quadratic;
	}

	scores(examples: Examples): Float32Array {
		const logits = logitsOf(this.#quadratic, realRows(examples));
		softmaxRows(logits, examples.labels, this.#training.classes.length);
		return Float32Array.from(logits);
	}

	/** (x − centre)² → FULLY_CONNECTED, x → FULLY_CONNECTED, their sum → shares. */
	graph(precision: Precision): Graph {
		const quadratic = ofTwoOrMore(this.#quadratic);
		const outputs = quadratic.linear.bias.length;
		const rows = realRows(this.#training);
		const builder = new GraphBuilder();
		const input = enter(builder, this.#training, precision);
		const squared = this.#addSquares(builder, quadratic, input);
		const first = applyLinear(squarePart(quadratic), squaresOf(quadratic, rows));
		const second = applyLinear(quadratic.linear, rows);
		const sum = first.map((value, i) => value + second[i]!);
		const result = logitQuantisation(sum, outputs);
		const parts = [
			addLinear(builder, {
				name: "squares/sum",
				input: squared,
				linear: squarePart(quadratic),
				range: rangeOf(first),
			}),
			addLinear(builder, {
				name: "linear/sum",
				input,
				linear: quadratic.linear,
				range: rangeOf(second),
			}),
		];
		const tensor = { name: "logits", shape: [1, outputs] };
		const indices = parts.map(({ index }) => index);
		const logits: Value = input.quantisation
			? {
					index: builder.add({ kind: "ADD", activation: "NONE" }, indices, {
						...tensor,
						type: "INT8",
						quantization: result,
					}),
					quantisation: result,
				}
			: { index: builder.add({ kind: "ADD", activation: "NONE" }, indices, { ...tensor, type: "FLOAT32" }) };
		return builder.finish([addShares(builder, logits)]);
	}

	#addSquares(builder: GraphBuilder, quadratic: Quadratic, input: Value): Value {
		const { shape } = builder.tensor(input.index);
		const constantShape = shape.slice(1);
		if (!input.quantisation) {
			const centre = builder.constant("centre", Float32Array.from(quadratic.centre), { shape: constantShape });
			const tensor = { name: "squares", type: "FLOAT32", shape } as const;
			return { index: builder.add({ kind: "SQUARED_DIFFERENCE" }, [input.index, centre], tensor) };
		}
		const { scale, zeroPoint } = input.quantisation;
		const stored = Int8Array.from(quadratic.centre, (value) =>
			Math.max(-128, Math.min(127, Math.round(value / scale) + zeroPoint)),
		);
		const centre = builder.constant("centre", stored, { shape: constantShape, quantization: input.quantisation });
		// The greatest square that can be: rows saturate at the ends of int8.
		const high = stored.reduce((most, value) => Math.max(most, 127 - value, value + 128), 0) * scale;
		const quantization = affineQuantisation({ low: 0, high: high * high });
		const tensor = { name: "squares", type: "INT8", shape, quantization } as const;
		return {
			index: builder.add({ kind: "SQUARED_DIFFERENCE" }, [input.index, centre], tensor),
			quantisation: quantization,
		};
	}
}

function rangeOf(values: Float64Array): Range {
	let [low, high] = [0, 0];
	for (const value of values) {
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	return { low, high };
}
