/** Which kind of model a recipe asks for, and what trains it. */

import { Fields } from "./data/fields";
import { readNetworkOptions } from "./networks/options";
import { trainNetwork } from "./networks/train";
import type { TrainedModel, TrainingTask } from "./trainer";

export interface Method {
	readonly kind: string;
	/** In words: "dense network 714 → 20 → 10 → 3". */
	describe(inputs: number, classes: number): string;
	train(task: TrainingTask): Promise<TrainedModel>;
}

/** Checks the `model` of a recipe. Throws what the readers of the kinds throw, each naming the field. */
export function readMethod(json: unknown): Method {
	const kind = new Fields("model", json).choice("kind", ["dense", "convolution"]);
	const options = readNetworkOptions(json);
	return {
		kind,
		describe: (inputs, classes) => {
			const outputs = options.output === "logistic" ? 1 : classes;
			const filters =
				options.kind === "convolution" ? options.filters.map((one) => `${one.filters}×${one.kernel}`) : [];
			const name = options.kind === "convolution" ? "convolutional network" : "dense network";
			return `${name} ${[inputs, ...filters, ...options.hidden, outputs].join(" → ")}`;
		},
		train: (task) => trainNetwork(options, task),
	};
}
