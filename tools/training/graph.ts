/** A quantised dense network as the operators of a model file. */

import { countScale, type QuantisedNetwork } from "./quantise";
import type { Model, Operator, Tensor } from "./tflite/schema";

/** TensorFlow Lite fixes the quantisation of an int8 softmax's result. */
const probability = Object.freeze({ scale: 1 / 256, zeroPoint: -128 });

/**
 * int16 counts [1, window, channels] → QUANTIZE → RESHAPE [1, window · channels] → FULLY_CONNECTED with ReLU … →
 * FULLY_CONNECTED → SOFTMAX → DEQUANTIZE → float32 probabilities [1, classes].
 */
export function buildGraph(options: {
	network: QuantisedNetwork;
	window: number;
	channels: number;
	description: string;
	metadata: Model["metadata"];
}): Model {
	const { network, window, channels, description, metadata } = options;
	const width = window * channels;
	const tensors: Tensor[] = [];
	const operators: Operator[] = [];
	const add = (tensor: Tensor) => tensors.push(tensor) - 1;

	const shape = [1, window, channels];
	const counts = add({ name: "counts", type: "INT16", shape, quantization: { scale: countScale, zeroPoint: 0 } });
	const quantised = add({ name: "window", type: "INT8", shape, quantization: network.input });
	operators.push({ kind: "QUANTIZE", inputs: [counts], outputs: [quantised] });
	const flatShape = add({ name: "features/shape", type: "INT32", shape: [2], data: bytesOf(Int32Array.of(1, width)) });
	let last = add({ name: "features", type: "INT8", shape: [1, width], quantization: network.input });
	operators.push({ kind: "RESHAPE", inputs: [quantised, flatShape], outputs: [last] });
	let scale = network.input.scale;
	network.layers.forEach((layer, i) => {
		const name = `dense_${i + 1}`;
		const weights = add({
			name: `${name}/weights`,
			type: "INT8",
			shape: [layer.outputs, layer.inputs],
			quantization: { scale: layer.weightScale, zeroPoint: 0 },
			data: bytesOf(layer.weights),
		});
		const bias = add({
			name: `${name}/bias`,
			type: "INT32",
			shape: [layer.outputs],
			quantization: { scale: Math.fround(scale * layer.weightScale), zeroPoint: 0 },
			data: bytesOf(layer.bias),
		});
		const result = add({ name, type: "INT8", shape: [1, layer.outputs], quantization: layer.result });
		const activation = i < network.layers.length - 1 ? "RELU" : "NONE";
		operators.push({ kind: "FULLY_CONNECTED", inputs: [last, weights, bias], outputs: [result], activation });
		last = result;
		scale = layer.result.scale;
	});
	const classes = [1, network.layers.at(-1)!.outputs];
	const scores = add({ name: "scores", type: "INT8", shape: classes, quantization: probability });
	operators.push({ kind: "SOFTMAX", inputs: [last], outputs: [scores], beta: 1 });
	const probabilities = add({ name: "probabilities", type: "FLOAT32", shape: classes });
	operators.push({ kind: "DEQUANTIZE", inputs: [scores], outputs: [probabilities] });
	return { description, tensors, operators, inputs: [counts], outputs: [probabilities], metadata };
}

/** Little-endian, as the format wants it, whatever the machine. */
function bytesOf(values: Int8Array | Int32Array): Uint8Array {
	const size = values.BYTES_PER_ELEMENT;
	const view = new DataView(new ArrayBuffer(values.byteLength));
	values.forEach((value, i) => {
		if (size === 4) view.setInt32(4 * i, value, true);
		else view.setInt8(i, value);
	});
	return new Uint8Array(view.buffer);
}
