/** What the layers of a network are, from a recipe's options and the shape of what goes in. */

import { SourceError } from "../data/fields";
import type { InputFormat } from "../examples";
import type { NetworkOptions } from "./options";

/** Weights are [outputs, inputs of one output], as FULLY_CONNECTED and CONV_2D store them; ReLU follows where `rectified`. */
export interface DenseLayer {
	readonly kind: "dense";
	readonly inputs: number;
	readonly outputs: number;
	readonly rectified: boolean;
}

/** Over time: filters see `kernel` steps of all channels at once and move on by `stride`. ReLU follows. */
export interface ConvolutionLayer {
	readonly kind: "convolution";
	readonly length: number;
	readonly channels: number;
	readonly kernel: number;
	readonly stride: number;
	readonly outputs: number;
	readonly rectified: true;
}

/** The greatest of each `size` steps. */
export interface PoolLayer {
	readonly kind: "pool";
	readonly length: number;
	readonly channels: number;
	readonly size: number;
}

export type Layer = DenseLayer | ConvolutionLayer | PoolLayer;
export type WeightedLayer = DenseLayer | ConvolutionLayer;

export interface Architecture {
	/** Steps that are averaged before the first layer: 1 for none. Those left over at the end are dropped. */
	readonly pool: number;
	/** Of one row as it is stored: [steps, channels], or [values] where nothing follows in time. */
	readonly shape: readonly number[];
	/** Of one row as the first layer sees it. */
	readonly length: number;
	readonly channels: number;
	readonly layers: readonly Layer[];
	/** 1 with the share of the second of two classes, or one for each class. */
	readonly outputs: number;
}

/** Throws `SourceError` where the options do not fit the input or the classes. */
export function planLayers(options: NetworkOptions, input: InputFormat, classes: number): Architecture {
	const { shape } = input;
	const inTime = shape.length === 2;
	if (shape.length > 2) throw new SourceError("model.kind", `networks take rows of [steps, channels], not [${shape}]`);
	if (!inTime && options.kind === "convolution") {
		throw new SourceError("model.kind", `a convolution over time needs rows of [steps, channels], not [${shape}]`);
	}
	if (options.output === "logistic" && classes !== 2) {
		throw new SourceError("model.output", `"logistic" tells two classes apart; there are ${classes}`);
	}
	const pool = options.pool ?? 1;
	if (pool > (inTime ? shape[0]! : 1)) {
		throw new SourceError("model.pool", `there are no ${pool} steps to average in rows of [${shape}]`);
	}
	let length = inTime ? Math.floor(shape[0]! / pool) : 1;
	let channels = inTime ? shape[1]! : shape[0]!;
	const first = { length, channels };
	const layers: Layer[] = [];
	if (options.kind === "convolution") {
		options.filters.forEach(({ filters, kernel, stride = 1, pool: size = 1 }, i) => {
			if (kernel > length) {
				throw new SourceError(`model.filters[${i}].kernel`, `${kernel} steps exceed the ${length} that are left`);
			}
			layers.push({ kind: "convolution", length, channels, kernel, stride, outputs: filters, rectified: true });
			length = Math.floor((length - kernel) / stride) + 1;
			channels = filters;
			if (size === 1) return;
			if (size > length) {
				throw new SourceError(`model.filters[${i}].pool`, `${size} steps exceed the ${length} that are left`);
			}
			layers.push({ kind: "pool", length, channels, size });
			length = Math.floor(length / size);
		});
	}
	const outputs = options.output === "logistic" ? 1 : classes;
	let inputs = length * channels;
	for (const width of options.hidden) {
		layers.push({ kind: "dense", inputs, outputs: width, rectified: true });
		inputs = width;
	}
	layers.push({ kind: "dense", inputs, outputs, rectified: false });
	return { pool, shape, ...first, layers, outputs };
}

/** Inputs of one output: of one neuron, or of one filter. */
export function fanIn(layer: WeightedLayer): number {
	return layer.kind === "dense" ? layer.inputs : layer.kernel * layer.channels;
}
