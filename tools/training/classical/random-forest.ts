import { rowLength } from "../examples";
import type { TrainingTask } from "../trainer";
import { CodedRows, deepest, growTree } from "./grow";
import { demandInteger, demandNotNegative } from "./options";
import { accuracyOf, demandLearnable } from "./task";
import { prune, type Tree } from "./tree";
import { addScores, TreesModel } from "./trees-model";

export interface RandomForestOptions {
	readonly trees: number;
	/** Splits from the root to a leaf, at most. */
	readonly depth: number;
	/** Training rows that a leaf has at least. */
	readonly leafRows: number;
	/** Features that are drawn for each split; 0: the square root of all, rounded up. */
	readonly features: number;
	/** Of each tree, as a decision tree's. */
	readonly pruning: number;
}

export const randomForestDefaults: RandomForestOptions = Object.freeze({
	trees: 10,
	depth: 32,
	leafRows: 1,
	features: 0,
	pruning: 0,
});

/**
 * Trees that each grow from rows drawn with replacement, each split from features drawn anew (Breiman, "Random
 * Forests", 2001); the shares of the leaves are averaged, as scikit-learn does.
 * Throws `ClassicalOptionError` and `TrainingSetError`.
 */
export async function trainRandomForest(options: RandomForestOptions, task: TrainingTask): Promise<TreesModel> {
	const { training, validation, random } = task;
	const all = rowLength(training.input);
	demandInteger("trees", options.trees, 1, 1000);
	demandInteger("depth", options.depth, 1, deepest);
	demandInteger("leafRows", options.leafRows, 1, 0xffffffff);
	demandInteger("features", options.features, 0, all);
	demandNotNegative("pruning", options.pruning);
	demandLearnable(training);
	const coded = new CodedRows(training);
	const features = options.features || Math.ceil(Math.sqrt(all));
	const trees: Tree[] = [];
	const sums = new Float64Array(validation.labels.length * training.classes.length);
	while (trees.length < options.trees) {
		const members = Uint32Array.from({ length: coded.rows }, () => Math.floor(random() * coded.rows));
		const tree = prune(growTree(coded, members, { ...options, features }, random), options.pruning);
		trees.push(tree);
		addScores(tree, validation, sums);
		await task.onProgress?.({
			step: trees.length,
			steps: options.trees,
			...(validation.labels.length > 0 && {
				validationAccuracy: accuracyOf(sums, validation.labels, training.classes.length),
			}),
		});
		if (task.stopped?.()) break;
	}
	return new TreesModel(training, trees);
}
