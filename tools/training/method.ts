/** Which kind of model a recipe asks for, and what trains it. */

import { decisionTreeDefaults, trainDecisionTree } from "./classical/decision-tree";
import { logisticRegressionDefaults, trainLogisticRegression } from "./classical/logistic-regression";
import { naiveBayesDefaults, trainNaiveBayes } from "./classical/naive-bayes";
import { randomForestDefaults, trainRandomForest } from "./classical/random-forest";
import { supportVectorMachineDefaults, trainSupportVectorMachine } from "./classical/support-vector-machine";
import { Fields } from "./data/fields";
import { type NetworkOptions, readNetworkOptions } from "./networks/options";
import { trainNetwork } from "./networks/train";
import type { Train, TrainedModel, TrainingTask } from "./trainer";

export interface Method {
	readonly kind: string;
	/** In words: "dense network 714 → 20 → 10 → 3". */
	describe(inputs: number, classes: number): string;
	train(task: TrainingTask): Promise<TrainedModel>;
}

const readers: Readonly<Record<string, (json: unknown) => Method>> = {
	dense: readNetwork,
	convolution: readNetwork,
	"support-vector-machine": classical(supportVectorMachineDefaults, trainSupportVectorMachine),
	"logistic-regression": classical(logisticRegressionDefaults, trainLogisticRegression),
	"naive-bayes": classical(naiveBayesDefaults, trainNaiveBayes),
	"decision-tree": classical(decisionTreeDefaults, trainDecisionTree),
	"random-forest": classical(randomForestDefaults, trainRandomForest),
};

/** Checks the `model` of a recipe. Throws `SourceError`; what no value can be, training refuses. */
export function readMethod(json: unknown): Method {
	return readers[new Fields("model", json).choice("kind", Object.keys(readers))]!(json);
}

function readNetwork(json: unknown): Method {
	const options = readNetworkOptions(json);
	return {
		kind: options.kind,
		describe: (inputs, classes) => describeNetwork(options, inputs, classes),
		train: (task) => trainNetwork(options, task),
	};
}

function describeNetwork(options: NetworkOptions, inputs: number, classes: number): string {
	const filters = options.kind === "convolution" ? options.filters.map((one) => `${one.filters}×${one.kernel}`) : [];
	const outputs = options.output === "logistic" ? 1 : classes;
	const name = options.kind === "convolution" ? "convolutional network" : "dense network";
	return `${name} ${[inputs, ...filters, ...options.hidden, outputs].join(" → ")}`;
}

/** A kind of which each option has a default, whose type is that of the option. */
function classical<Options extends object>(defaults: Options, train: Train<Options>): (json: unknown) => Method {
	return (json) => {
		const fields = new Fields("model", json);
		const kind = fields.text("kind");
		const options = { ...defaults };
		for (const key of Object.keys(defaults) as (keyof Options & string)[]) {
			const given = fields.optional(key, () => readLike(fields, key, defaults[key]));
			if (given !== undefined) options[key] = given as Options[typeof key];
		}
		fields.end();
		const settings = Object.entries(options).map(([key, value]) => `${key} ${value}`);
		return {
			kind,
			describe: (inputs, classes) =>
				`${kind.replaceAll("-", " ")} of ${inputs} features and ${classes} classes (${settings.join(", ")})`,
			train: (task) => train(options, task),
		};
	};
}

function readLike(fields: Fields, key: string, example: unknown): unknown {
	if (typeof example === "number") return fields.number(key, 0, Number.MAX_SAFE_INTEGER);
	return typeof example === "boolean" ? fields.boolean(key) : fields.text(key);
}
