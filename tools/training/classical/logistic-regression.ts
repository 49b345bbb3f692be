import type { TrainedModel, TrainingTask } from "../trainer";
import { Lbfgs } from "./lbfgs";
import { LinearModel } from "./linear-model";
import { demandInteger, demandPositive } from "./options";
import { applyLinear, type Linear } from "./parts";
import { logistic, softmaxRows } from "./shares";
import { accuracyOf, centre, demandLearnable } from "./task";

export interface LogisticRegressionOptions {
	/** Weight of the rows' summed cross-entropy against half the squared weights, as scikit-learn's C. */
	readonly c: number;
	/** Steps of L-BFGS at most. */
	readonly iterations: number;
}

export const logisticRegressionDefaults: LogisticRegressionOptions = Object.freeze({ c: 0.1, iterations: 300 });

/** No part of the gradient of the mean loss exceeds this at the optimum. */
const tolerance = 1e-5;

/**
 * Multinomial logistic regression with L2 on the weights; of two classes one logit, as scikit-learn has it. Rows are
 * centred and brought to a mean square of 1 by one factor first, which is undone in the weights that result.
 * Throws `ClassicalOptionError` and `TrainingSetError`.
 */
export async function trainLogisticRegression(
	options: LogisticRegressionOptions,
	task: TrainingTask,
): Promise<TrainedModel> {
	demandPositive("c", options.c);
	demandInteger("iterations", options.iterations, 1, 100_000);
	demandLearnable(task.training);
	const { training, validation } = task;
	const centred = centre(training);
	const { features } = centred;
	const outputs = training.classes.length === 2 ? 1 : training.classes.length;
	const search = new Lbfgs(
		objective({ ...centred, labels: training.labels, outputs, c: options.c }),
		new Float64Array(outputs * (features + 1)),
		tolerance,
	);
	const model = () => new LinearModel(training, linearOf(search.point, { ...centred, outputs }));
	for (let step = 1; step <= options.iterations; step++) {
		const moved = search.step();
		if (task.onProgress) {
			const accuracy = validation.labels.length > 0 && step % 10 === 0;
			await task.onProgress({
				step,
				steps: options.iterations,
				loss: search.value,
				...(accuracy && {
					validationAccuracy: accuracyOf(model().scores(validation), validation.labels, training.classes.length),
				}),
			});
		}
		if (!moved || task.stopped?.()) break;
	}
	return model();
}

/** Mean cross-entropy plus |weights|² / (2 c rows). Parameters: outputs × features weights, then the offsets. */
function objective(set: {
	values: Float32Array;
	rows: number;
	features: number;
	labels: Uint8Array;
	outputs: number;
	c: number;
}): (at: Float64Array, gradient: Float64Array) => number {
	const { values, rows, features, labels, outputs, c } = set;
	const weights = outputs * features;
	return (at, gradient) => {
		const shares = applyLinear({ weights: at.subarray(0, weights), bias: at.subarray(weights) }, values);
		let loss: number;
		if (outputs === 1) {
			loss = 0;
			shares.forEach((logit, row) => {
				loss += Math.max(logit, 0) - labels[row]! * logit + Math.log1p(Math.exp(-Math.abs(logit)));
				shares[row] = logistic(logit);
			});
			loss /= rows;
		} else {
			loss = softmaxRows(shares, labels, outputs);
		}
		gradient.fill(0);
		for (let row = 0, i = 0; row < rows; row++) {
			for (let output = 0; output < outputs; output++, i++) {
				const isOwn = outputs === 1 ? labels[row] === 1 : labels[row] === output;
				const slope = (shares[i]! - (isOwn ? 1 : 0)) / rows;
				gradient[weights + output]! += slope;
				for (let k = 0, from = row * features, to = output * features; k < features; k++) {
					gradient[to + k]! += slope * values[from + k]!;
				}
			}
		}
		for (let i = 0; i < weights; i++) {
			const weight = at[i]!;
			loss += (weight * weight) / (2 * c * rows);
			gradient[i]! += weight / (c * rows);
		}
		return loss;
	};
}

/** For rows in real units. */
function linearOf(
	point: Float64Array,
	{ features, outputs, means, scale }: { features: number; outputs: number; means: Float64Array; scale: number },
): Linear {
	const weights = point.slice(0, outputs * features).map((weight) => weight / scale);
	const bias = point.slice(outputs * features);
	weights.forEach((weight, i) => {
		bias[Math.floor(i / features)]! -= weight * means[i % features]!;
	});
	return { weights, bias };
}
