/** Networks as the operators of a model file. */

import type { InputFormat } from "../examples";
import { biasScales, type Quantisation, quantiseBias, quantiseWeights, shareQuantisation } from "../quantisation";
import { GraphBuilder } from "../tflite/builder";
import type { Graph, OperatorOptions, Quantization, Tensor } from "../tflite/schema";
import type { Architecture, WeightedLayer } from "./layers";
import type { Weights } from "./network";

/** How the two precisions differ. */
interface Form {
	readonly type: "FLOAT32" | "INT8";
	/** The model's input as the layers take it. */
	start(builder: GraphBuilder, input: number): number;
	/** Adds constants for weights, in `shape`, and biases; gives their numbers. */
	constants(builder: GraphBuilder, layer: WeightedLayer, index: number, shape: number[]): [number, number];
	/** Of a weighted layer's result. */
	result(index: number): Partial<Tensor>;
	/** Of the shares at the end. */
	readonly shares: Partial<Tensor>;
}

/** Stored rows → floats → layers → SOFTMAX or LOGISTIC. */
export function floatGraph(options: {
	input: InputFormat;
	architecture: Architecture;
	parameters: readonly Weights[];
}): Graph {
	const { input, architecture, parameters } = options;
	return build(input, architecture, {
		type: "FLOAT32",
		start: (builder, rows) => {
			if (input.datatype === "FLOAT32") return rows;
			return builder.add({ kind: "DEQUANTIZE" }, [rows], {
				name: "values",
				type: "FLOAT32",
				shape: builder.tensor(rows).shape,
			});
		},
		constants: (builder, { kind }, index, shape) => [
			builder.constant(`${kind}_${index + 1}/weights`, parameters[index]!.weights, { shape }),
			builder.constant(`${kind}_${index + 1}/bias`, parameters[index]!.bias),
		],
		result: () => ({}),
		shares: {},
	});
}

/** Stored rows → int8 → layers in int8 → SOFTMAX or LOGISTIC in int8 → floats. */
export function int8Graph(options: {
	input: InputFormat;
	architecture: Architecture;
	parameters: readonly Weights[];
	perChannel: boolean;
	/** Of the first layer's input. */
	seen: Quantisation;
	/** Of the results of each layer with weights. */
	results: readonly Quantisation[];
}): Graph {
	const { input, architecture, parameters, perChannel, seen, results } = options;
	return build(input, architecture, {
		type: "INT8",
		start: (builder, rows) => {
			if (input.datatype === "INT8") return rows;
			return builder.add({ kind: "QUANTIZE" }, [rows], {
				name: "values",
				type: "INT8",
				shape: builder.tensor(rows).shape,
				quantization: seen,
			});
		},
		constants: (builder, layer, index, shape) => {
			const { weights, bias } = parameters[index]!;
			const before = index === 0 ? seen : results[index - 1]!;
			const { values, scales } = quantiseWeights(weights, perChannel ? layer.outputs : 1);
			const name = `${layer.kind}_${index + 1}`;
			const stored = (scales: Float32Array): Quantization =>
				perChannel ? { scales, dimension: 0 } : { scale: scales[0]!, zeroPoint: 0 };
			return [
				builder.constant(`${name}/weights`, values, { shape, quantization: stored(scales) }),
				builder.constant(`${name}/bias`, quantiseBias(bias, before.scale, scales), {
					quantization: stored(biasScales(before.scale, scales)),
				}),
			];
		},
		result: (index) => ({ quantization: results[index]! }),
		shares: { quantization: shareQuantisation },
	});
}

function build(input: InputFormat, architecture: Architecture, form: Form): Graph {
	const builder = new GraphBuilder();
	const rows = builder.input("input", input);
	let last = form.start(builder, rows);
	const inTime = architecture.pool > 1 || architecture.layers[0]!.kind === "convolution";
	// Operators over an area take [batch, height, width, channels]; time is the width. FULLY_CONNECTED takes any shape.
	if (inTime) last = builder.reshape("steps", last, [1, 1, architecture.shape[0]!, architecture.shape[1]!]);
	const add = (name: string, operator: OperatorOptions, inputs: number[], shape: number[], more: Partial<Tensor>) => {
		last = builder.add(operator, inputs, { name, type: form.type, shape, ...more });
	};
	const pool = (name: string, kind: "AVERAGE_POOL_2D" | "MAX_POOL_2D", size: number, length: number) => {
		const { quantization, shape } = builder.tensor(last);
		const window = { filterWidth: size, filterHeight: 1, strideWidth: size, strideHeight: 1 };
		const operator = { kind, ...window, padding: "VALID", activation: "NONE" } as const;
		add(name, operator, [last], [1, 1, length, shape[3]!], { ...(quantization && { quantization }) });
	};
	if (architecture.pool > 1) pool("averages", "AVERAGE_POOL_2D", architecture.pool, architecture.length);
	let index = 0;
	for (const layer of architecture.layers) {
		if (layer.kind === "pool") {
			pool(`greatest_${index}`, "MAX_POOL_2D", layer.size, Math.floor(layer.length / layer.size));
			continue;
		}
		const name = `${layer.kind}_${index + 1}`;
		if (layer.kind === "dense") {
			const constants = form.constants(builder, layer, index, [layer.outputs, layer.inputs]);
			const operator = { kind: "FULLY_CONNECTED", activation: layer.rectified ? "RELU" : "NONE" } as const;
			add(name, operator, [last, ...constants], [1, layer.outputs], form.result(index));
		} else {
			const { kernel, stride, channels, outputs, length } = layer;
			const constants = form.constants(builder, layer, index, [outputs, 1, kernel, channels]);
			const window = { padding: "VALID", strideWidth: stride, strideHeight: 1, activation: "RELU" } as const;
			const shape = [1, 1, Math.floor((length - kernel) / stride) + 1, outputs];
			add(name, { kind: "CONV_2D", ...window }, [last, ...constants], shape, form.result(index));
		}
		index++;
	}
	const shares = [1, architecture.outputs];
	if (architecture.outputs === 1) add("shares", { kind: "LOGISTIC" }, [last], shares, form.shares);
	else add("shares", { kind: "SOFTMAX", beta: 1 }, [last], shares, form.shares);
	if (form.type === "INT8") {
		last = builder.add({ kind: "DEQUANTIZE" }, [last], { name: "scores", type: "FLOAT32", shape: shares });
	}
	return builder.finish([last]);
}
