import { type Random, shuffle } from "../random";
import type { Progress } from "../trainer";
import { Adam } from "./adam";
import type { Arithmetic, Network, Samples } from "./network";
import { meanEntropy } from "./operations";
import type { TrainingOptions } from "./options";

export interface FitTask<A extends Arithmetic | undefined> {
	/** Is moved. */
	readonly network: Network;
	readonly training: Samples;
	readonly validation: Samples;
	readonly options: TrainingOptions;
	readonly random: Random;
	/** How the network computes with the weights that it has now; undefined where it computes with floats. */
	arithmetic(network: Network): A;
	onEpoch(progress: Omit<Progress, "steps">): void | Promise<void>;
	/** Asked after each epoch. */
	stopped(): boolean;
}

export interface Fitted<A> {
	readonly network: Network;
	readonly arithmetic: A;
	/** On the validation rows. */
	readonly loss: number;
}

/** Trains by mini-batches, and gives the network of the epoch that validated best with the arithmetic that it had. */
export async function fit<A extends Arithmetic | undefined>(task: FitTask<A>): Promise<Fitted<A>> {
	const { network, training, validation, options, random } = task;
	const { length, channels, outputs } = network.architecture;
	const count = training.targets.length / outputs;
	const order = Uint32Array.from({ length: count }, (_, i) => i);
	const adam = new Adam(network.parameters);
	let arithmetic = task.arithmetic(network);
	// Training on as int8 may find nothing better than what it starts from.
	let best = { network: network.copy(), arithmetic, loss: evaluate(network, validation, arithmetic).loss };
	const steps = options.epochs * Math.ceil(count / options.batch);
	let step = 0;
	for (let epoch = 1, bestEpoch = 0; epoch <= options.epochs && epoch - bestEpoch <= options.patience; epoch++) {
		shuffle(order, random);
		let loss = 0;
		for (let start = 0; start < count; start += options.batch) {
			const members = order.subarray(start, start + options.batch);
			const result = network.slopes(gather(training, members, length * channels, outputs), arithmetic);
			const rate = 0.5 * options.learningRate * (1 + Math.cos((Math.PI * step++) / steps));
			adam.step(result.slopes, { rate, decay: options.decay });
			loss += result.loss * members.length;
		}
		arithmetic = task.arithmetic(network);
		const found = evaluate(network, validation, arithmetic);
		if (found.loss < best.loss) {
			best = { network: network.copy(), arithmetic, loss: found.loss };
			bestEpoch = epoch;
		}
		const figures = { loss: loss / count, validationLoss: found.loss, validationAccuracy: found.accuracy };
		await task.onEpoch({ step: epoch, ...figures });
		if (task.stopped()) break;
	}
	return best;
}

/** Mean cross-entropy, and the share of rows whose greatest target has the greatest share. */
export function evaluate(
	network: Network,
	{ rows, targets }: Samples,
	arithmetic?: Arithmetic,
): { loss: number; accuracy: number } {
	const { outputs } = network.architecture;
	const shares = network.shares(rows, arithmetic);
	const count = targets.length / outputs;
	let right = 0;
	for (let row = 0; row < count; row++) {
		const found = shares.subarray(row * outputs, (row + 1) * outputs);
		const wanted = targets.subarray(row * outputs, (row + 1) * outputs);
		if (outputs === 1) right += Number(found[0]! > 0.5 === wanted[0]! > 0.5);
		else right += Number(indexOfGreatest(found) === indexOfGreatest(wanted));
	}
	return { loss: meanEntropy(shares, targets, outputs), accuracy: right / count };
}

function gather({ rows, targets }: Samples, members: Uint32Array, width: number, outputs: number): Samples {
	const chosen = {
		rows: new Float32Array(members.length * width),
		targets: new Float32Array(members.length * outputs),
	};
	members.forEach((member, i) => {
		chosen.rows.set(rows.subarray(member * width, (member + 1) * width), i * width);
		chosen.targets.set(targets.subarray(member * outputs, (member + 1) * outputs), i * outputs);
	});
	return chosen;
}

/** Of equals the first. */
function indexOfGreatest(values: Float32Array): number {
	let best = 0;
	for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
	return best;
}
