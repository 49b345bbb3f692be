/** What every kind of model offers to the pipeline, from a decision tree to a convolutional network. */

import type { Examples } from "./examples";
import type { Random } from "./random";
import type { Graph } from "./tflite/schema";

export type Precision = "float32" | "int8";

/** One step of training: an epoch, a tree, a pair of classes. */
export interface Progress {
	/** From 1 to `steps`. */
	readonly step: number;
	readonly steps: number;
	/** Mean cross-entropy over the training rows in nats, where the method has one. */
	readonly loss?: number;
	readonly validationLoss?: number;
	/** Share of the validation rows whose class is found. */
	readonly validationAccuracy?: number;
}

export interface TrainingTask {
	readonly training: Examples;
	readonly validation: Examples;
	/** The only source of chance: the same one gives the same model. */
	readonly random: Random;
	/** Awaited after each step, so that whoever started the training gets a turn: to draw, to hear Ctrl-C. */
	onProgress?(progress: Progress): void | Promise<void>;
	/** Asked after each step: true ends the training with the best model so far. */
	stopped?(): boolean;
}

export interface TrainedModel {
	/** Scores of each class, rows × classes, as the model computes them before any quantisation; the greatest wins. */
	scores(examples: Examples): Float32Array;
	/**
	 * The model as operators. Its one input is the examples' stored rows with a batch of 1 in front; its one output is
	 * float32 [1, classes], or [1, 1] with the share of the second of two classes. `int8`: all that is costly is computed
	 * in int8, calibrated on the training rows.
	 */
	graph(precision: Precision): Graph;
}

export type Train<Options> = (options: Options, task: TrainingTask) => Promise<TrainedModel>;
