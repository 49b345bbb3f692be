/** What an imported model is made of: plain numbers, whatever wrote them down. */

import type { Linear } from "../classical/parts";

/** One float32 operation on all features, done before anything else: each with its own value. */
export interface FeatureStep {
	readonly operation: "ADD" | "SUB" | "MUL";
	readonly values: Float32Array;
}

/**
 * What makes shares of the scores: `softmax` of all together; `logistic` of each by itself, and of a lone one the share of
 * the second of two classes.
 */
export type Shares = "softmax" | "logistic";

/** score[k] = weights[k] · x + bias[k]. */
export interface LinearScores extends Linear {
	readonly kind: "linear";
	readonly shares: Shares;
}

export type Kernel = "linear" | "radial" | "polynomial";

/** Each class against each other, as libsvm does; named as in native/engine/operators/CUSTOM.md. */
export interface SupportVectors {
	readonly kind: "supportVectors";
	readonly kernel: Kernel;
	readonly gamma: number;
	readonly constant: number;
	readonly degree: number;
	/** Row after row: vectors × features, those of class 0 first. */
	readonly vectors: Float32Array;
	/** Row after row: vectors × (classes − 1). */
	readonly coefficients: Float32Array;
	/** One for each pair (0, 1), (0, 2) … (1, 2) …; a positive decision is for the first. */
	readonly intercepts: Float32Array;
	/** Vectors of each class. */
	readonly counts: Int32Array;
}

/** A node of a tree: `threshold` and both children when `feature` is not −1, else a leaf with a row of `Trees.rows`. */
export interface TreeNode {
	readonly feature: number;
	/** A float32 value; x <= threshold leads to `left`. */
	readonly threshold: number;
	/** Indices into the tree's nodes, each greater than its parent's. */
	readonly left: number;
	readonly right: number;
	/** Of a leaf: what it adds to each score. */
	readonly numbers: readonly number[];
}

/** scores = base + the sum of what the trees' leaves hold. Each tree is in preorder, its root first. */
export interface Trees {
	readonly kind: "trees";
	readonly trees: readonly (readonly TreeNode[])[];
	readonly base: readonly number[];
	/** `sum`: the scores are shares already, or what is regressed. */
	readonly shares: Shares | "sum";
}

/** score[k] = offsets[k] − Σ (x − means[k])² · weights[k]: a log-likelihood, save what all classes have in common. */
export interface NaiveBayes {
	readonly kind: "naiveBayes";
	/** Row after row: classes × features. */
	readonly means: Float64Array;
	readonly weights: Float64Array;
	readonly offsets: Float64Array;
}

export interface ImportedModel {
	/** What a class is called: scikit-learn's numbers or words as text; empty for regression. */
	readonly classes: readonly string[];
	readonly features: number;
	readonly steps: readonly FeatureStep[];
	readonly method: LinearScores | SupportVectors | Trees | NaiveBayes;
}
