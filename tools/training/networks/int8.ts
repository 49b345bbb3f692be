/**
 * A network as int8: where each layer's results lie, and the same rounding in floats, so that training can go on with it
 * (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
 */

import { affineQuantisation, type Quantisation, requantised, requantisedWeights } from "../quantisation";
import { type Arithmetic, type Network, weightedLayers } from "./network";
import { rounded } from "./operations";

export interface Int8Arithmetic extends Arithmetic {
	/** Of the results of each layer with weights, after its ReLU where it has one. */
	readonly results: readonly Quantisation[];
}

/**
 * Takes the range of each layer's results from what it gives for `rows`, with all that comes before already in int8.
 * `channels` says whether weights have a scale for each output.
 */
export function calibrate(network: Network, rows: Float32Array, perChannel: boolean): Int8Arithmetic {
	const layers = weightedLayers(network.architecture);
	const scaleCounts = layers.map(({ outputs }) => (perChannel ? outputs : 1));
	const weights: Arithmetic["weights"] = (stored, layer) => {
		const values = requantisedWeights(stored.dataSync(), scaleCounts[layer]!);
		return rounded(stored, (_, i) => values[i]!);
	};
	const results: Quantisation[] = [];
	network.logits(rows, {
		weights,
		result: (result, layer) => {
			results[layer] = fullQuantisation(result.dataSync() as Float32Array);
			return rounded(result, (value) => requantised(value, results[layer]!));
		},
	});
	return {
		results,
		weights,
		result: (result, layer) => {
			const quantisation = results[layer]!;
			const [low, high] = [-128, 127].map((value) => quantisation.scale * (value - quantisation.zeroPoint));
			return rounded(
				result,
				(value) => requantised(value, quantisation),
				(value) => value < low! || value > high!,
			);
		},
	};
}

/**
 * From the least to the greatest value. Narrower ranges, chosen for the least mean square error, were measured to lose
 * nothing less: eight bits have steps enough.
 */
function fullQuantisation(values: Float32Array): Quantisation {
	let [low, high] = [0, 0];
	for (const value of values) {
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	return affineQuantisation({ low, high });
}
