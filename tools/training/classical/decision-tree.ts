import { rowLength } from "../examples";
import type { TrainingTask } from "../trainer";
import { CodedRows, deepest, growTree } from "./grow";
import { demandInteger, demandNotNegative } from "./options";
import { accuracyOf, demandLearnable } from "./task";
import { prune } from "./tree";
import { TreesModel } from "./trees-model";

export interface DecisionTreeOptions {
	/** Splits from the root to a leaf, at most. */
	readonly depth: number;
	/** Training rows that a leaf has at least. */
	readonly leafRows: number;
	/** What a leaf must take off the impurity of all rows to be worth having, as scikit-learn's ccp_alpha. */
	readonly pruning: number;
}

export const decisionTreeDefaults: DecisionTreeOptions = Object.freeze({ depth: 32, leafRows: 1, pruning: 0.0005 });

/** A tree by Gini's impurity, pruned by cost and complexity. Throws `ClassicalOptionError` and `TrainingSetError`. */
export async function trainDecisionTree(options: DecisionTreeOptions, task: TrainingTask): Promise<TreesModel> {
	demandInteger("depth", options.depth, 1, deepest);
	demandInteger("leafRows", options.leafRows, 1, 0xffffffff);
	demandNotNegative("pruning", options.pruning);
	const { training, validation } = task;
	demandLearnable(training);
	const coded = new CodedRows(training);
	const members = Uint32Array.from({ length: coded.rows }, (_, i) => i);
	const features = rowLength(training.input);
	const grown = growTree(coded, members, { ...options, features }, task.random);
	const model = new TreesModel(training, [prune(grown, options.pruning)]);
	await task.onProgress?.({
		step: 1,
		steps: 1,
		...(validation.labels.length > 0 && {
			validationAccuracy: accuracyOf(model.scores(validation), validation.labels, training.classes.length),
		}),
	});
	return model;
}
