import { type Examples, realRows } from "../examples";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision, TrainedModel } from "../trainer";
import { addLinear, addShares, applyLinear, enterLinear, type Linear, logitRange } from "./parts";
import { logistic, softmaxRows } from "./shares";

/** The logits are linear in the row; their softmax, or the logistic of the only one, are the shares. */
export class LinearModel implements TrainedModel {
	readonly #training: Examples;
	readonly #linear: Linear;

	constructor(training: Examples, linear: Linear) {
		this.#training = training;
		this.#linear = linear;
	}

	scores(examples: Examples): Float32Array {
		const logits = applyLinear(this.#linear, realRows(examples));
		if (this.#linear.bias.length === 1) {
			return Float32Array.from({ length: 2 * logits.length }, (_, i) => {
				const logit = logits[i >> 1]!;
				return logistic(i % 2 === 1 ? logit : -logit);
			});
		}
		softmaxRows(logits, examples.labels, this.#linear.bias.length);
		return Float32Array.from(logits);
	}

	graph(precision: Precision): Graph {
		const builder = new GraphBuilder();
		const range = logitRange(applyLinear(this.#linear, realRows(this.#training)), this.#linear.bias.length);
		const input = enterLinear(builder, this.#training, precision);
		const logits = addLinear(builder, { name: "logits", input, linear: this.#linear, range });
		return builder.finish([addShares(builder, logits)]);
	}
}
