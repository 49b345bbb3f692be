import { type Examples, realRows } from "../examples";
import { GraphBuilder } from "../tflite/builder";
import type { Graph } from "../tflite/schema";
import type { Precision, TrainedModel, TrainingTask } from "../trainer";
import { fitVectors } from "./fewer-vectors";
import { type Kernel, KernelMatrix } from "./kernel";
import { LinearMachine, type Machine, RadialMachine, type Vectors } from "./machines";
import { ClassicalOptionError, demandInteger, demandOneOf, demandPositive } from "./options";
import { type Coupling, couple, fitCoupling, membersOf, pairsOf, pricesOf } from "./pairs";
import { addLinear, addLogistic, addShares, applyLinear, enter, enterLinear, logitRange } from "./parts";
import { logistic } from "./shares";
import { Smo } from "./smo";
import { type Centred, centre, countLabels, demandLearnable } from "./task";

export interface SupportVectorMachineOptions {
	readonly kernel: "linear" | "radial";
	/** The greatest coefficient of a vector: the price of a row on the wrong side. */
	readonly c: number;
	/** Of the radial kernel, in units of 1 over the mean squared distance of the rows from their mean. */
	readonly gamma: number;
	/** True: rows of rare classes cost more, so that all classes weigh the same. */
	readonly balanced: boolean;
	/**
	 * Vectors of the radial kernel in all, at most; 0: as many as it takes. With fewer than that each class is given as many
	 * as the others, in the middles of clusters of its rows, and the machine is the best one over these.
	 */
	readonly vectors: number;
}

export const supportVectorMachineDefaults: SupportVectorMachineOptions = Object.freeze({
	kernel: "radial",
	c: 10,
	gamma: 1,
	balanced: false,
	vectors: 0,
});

/** By which optimality may be violated, as libsvm's default. */
const tolerance = 1e-3;

/** Steps of the optimisation between two questions whether to stop. */
const stepsAtATime = 1000;

/** For each pair of classes. */
interface Solutions {
	/** Of every training row, 0 for those that are no support vectors. */
	readonly coefficients: readonly Float64Array[];
	readonly intercepts: Float64Array;
}

/**
 * C-support-vector classification, each class against each other. Throws `ClassicalOptionError` and
 * `TrainingSetError`.
 */
export async function trainSupportVectorMachine(
	options: SupportVectorMachineOptions,
	task: TrainingTask,
): Promise<TrainedModel> {
	demandOneOf("kernel", options.kernel, ["linear", "radial"]);
	demandPositive("c", options.c);
	demandPositive("gamma", options.gamma);
	const { training, validation } = task;
	const classes = training.classes.length;
	demandInteger("vectors", options.vectors, 0, 0xffffffff);
	if (options.vectors > 0 && options.vectors < classes) {
		throw new ClassicalOptionError("vectors", "0 or at least the number of classes");
	}
	demandLearnable(training);
	const centred = centre(training);
	const machine = await machineOf(options, task, centred);
	// The machine fits the rows that it learnt from too well for their decisions to tell how sure it may be.
	const isRepresentative = countLabels(validation.labels, classes).every((count) => count > 0);
	const judges = isRepresentative ? validation : training;
	const coupling = fitCoupling(machine.decisions(judges), judges.labels, classes);
	return new SupportVectorModel(training, machine, coupling);
}

async function machineOf(options: SupportVectorMachineOptions, task: TrainingTask, centred: Centred): Promise<Machine> {
	if (options.kernel === "linear") return linearMachine(centred, await solvePairs(options, task, centred));
	const gamma = options.gamma / (centred.features * centred.scale ** 2);
	if (options.vectors > 0) return new RadialMachine(gamma, await fitVectors(options, task, centred));
	return radialMachine(task.training, await solvePairs(options, task, centred), gamma);
}

/** When stopped, pairs that were not reached decide nothing. */
async function solvePairs(
	options: SupportVectorMachineOptions,
	task: TrainingTask,
	centred: Centred,
): Promise<Solutions> {
	const { labels, classes } = task.training;
	const { values, features, rows } = centred;
	const pairs = pairsOf(classes.length);
	const coefficients = pairs.map(() => new Float64Array(rows));
	const intercepts = new Float64Array(pairs.length);
	const kernel: Kernel =
		options.kernel === "linear" ? { kind: "linear" } : { kind: "radial", gamma: options.gamma / features };
	for (const [index, pair] of pairs.entries()) {
		const members = membersOf(labels, pair);
		const own = new Float32Array(members.length * features);
		members.forEach((row, i) => {
			own.set(values.subarray(row * features, (row + 1) * features), i * features);
		});
		const matrix = new KernelMatrix(kernel, own, features);
		const smo = new Smo(
			{
				signs: Int8Array.from(members, (row) => (labels[row] === pair.first ? 1 : -1)),
				limits: pricesOf(options, labels, members),
				kernelRow: matrix.row,
				diagonal: matrix.diagonal,
			},
			tolerance,
		);
		while (smo.run(stepsAtATime) && !task.stopped?.());
		const solution = smo.solution();
		members.forEach((row, i) => {
			coefficients[index]![row] = solution.coefficients[i]!;
		});
		intercepts[index] = solution.intercept;
		await task.onProgress?.({ step: index + 1, steps: pairs.length });
		if (task.stopped?.()) break;
	}
	return { coefficients, intercepts };
}

/** The vectors of each pair become one row of weights, for rows in real units. */
function linearMachine({ values, features, means, scale }: Centred, solutions: Solutions): LinearMachine {
	const bias = solutions.intercepts.slice();
	const weights = new Float64Array(bias.length * features);
	solutions.coefficients.forEach((coefficients, pair) => {
		const own = weights.subarray(pair * features, (pair + 1) * features);
		coefficients.forEach((coefficient, row) => {
			if (coefficient === 0) return;
			for (let i = 0; i < features; i++) own[i]! += coefficient * values[row * features + i]!;
		});
		for (let i = 0; i < features; i++) {
			own[i]! /= scale;
			bias[pair]! -= own[i]! * means[i]!;
		}
	});
	return new LinearMachine({ weights, bias });
}

/** All vectors of all pairs, by class. Distances do not notice that rows were centred. */
function radialMachine(training: Examples, { coefficients, intercepts }: Solutions, gamma: number): RadialMachine {
	const { labels, classes } = training;
	const rows = realRows(training);
	const features = rows.length / labels.length;
	const pairs = pairsOf(classes.length);
	const vectors = classes.map((_, own) =>
		Array.from(labels.keys()).filter((row) => labels[row] === own && coefficients.some((values) => values[row] !== 0)),
	);
	const all = vectors.flat();
	const values = new Float32Array(all.length * features);
	const width = classes.length - 1;
	const table = new Float64Array(all.length * width);
	all.forEach((row, i) => {
		values.set(rows.subarray(row * features, (row + 1) * features), i * features);
		pairs.forEach(({ first, second }, pair) => {
			if (labels[row] === first) table[i * width + second - 1] = coefficients[pair]![row]!;
			if (labels[row] === second) table[i * width + first] = coefficients[pair]![row]!;
		});
	});
	const result: Vectors = {
		values,
		counts: Uint32Array.from(vectors, ({ length }) => length),
		coefficients: table,
		intercepts,
	};
	return new RadialMachine(gamma, result);
}

class SupportVectorModel implements TrainedModel {
	readonly #training: Examples;
	readonly #machine: Machine;
	readonly #coupling: Coupling;

	constructor(training: Examples, machine: Machine, coupling: Coupling) {
		this.#training = training;
		this.#machine = machine;
		this.#coupling = coupling;
	}

	scores(examples: Examples): Float32Array {
		return couple(this.#machine.decisions(examples), this.#coupling, this.#training.classes.length);
	}

	/** Decisions → LOGISTIC; of several classes → FULLY_CONNECTED, which adds up the soft votes → SOFTMAX. */
	graph(precision: Precision): Graph {
		const builder = new GraphBuilder();
		const begin = this.#machine.isLinear ? enterLinear : enter;
		const input = begin(builder, this.#training, precision);
		const coupling = this.#coupling;
		const logits = this.#machine.addLogits(builder, { input, coupling });
		if (!coupling.votes) return builder.finish([addShares(builder, logits)]);
		const { scales, offsets, votes } = coupling;
		const shares = this.#machine
			.decisions(this.#training)
			.map((decision, i) => logistic(scales[i % scales.length]! * decision + offsets[i % scales.length]!));
		const sums = addLinear(builder, {
			name: "votes",
			input: addLogistic(builder, logits),
			linear: votes,
			range: logitRange(applyLinear(votes, Float32Array.from(shares)), votes.bias.length),
		});
		return builder.finish([addShares(builder, sums)]);
	}
}
