/** One model for each way an operator can be used, with rows of input: what host-tests/native/goldens is made of. */
import { createRandom } from "../../tools/training/random";
import { u8 } from "./flatbuffer";
import {
	activations,
	buildModel,
	codes,
	fullyConnected,
	type ModelDescription,
	type OperatorDescription,
	reshape,
	softmax,
	type TensorDescription,
	types,
} from "./model";

export interface Case {
	name: string;
	model: Uint8Array;
	/** Rows of raw input values. */
	input: Uint8Array;
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const everyInt8 = () => Int8Array.from({ length: 256 }, (_, i) => i - 128);

function randomInt8(count: number, seed: number): Int8Array {
	const next = createRandom(seed);
	return Int8Array.from({ length: count }, () => Math.floor(next() * 256) - 128);
}

function randomInt16(count: number, seed: number): Int16Array {
	const next = createRandom(seed);
	return Int16Array.from({ length: count }, () => Math.floor(next() * 65536) - 32768);
}

function randomInt32(count: number, range: number, seed: number): Int32Array {
	const next = createRandom(seed);
	return Int32Array.from({ length: count }, () => Math.round((next() * 2 - 1) * range));
}

function randomFloat(count: number, range: number, seed: number): Float32Array {
	const next = createRandom(seed);
	return Float32Array.from({ length: count }, () => (next() * 2 - 1) * range);
}

const cases: Case[] = [];

function add(name: string, model: ModelDescription, input: ArrayBufferView): void {
	cases.push({ name, model: buildModel(model), input: bytesOf(input) });
}

/** A model of one operator between its first tensor, the input, and its last, the output. */
function single(tensors: TensorDescription[], operator: Omit<OperatorDescription, "inputs" | "outputs">) {
	const output = tensors.length - 1;
	const inputs = tensors.slice(0, output).map((_, i) => i);
	return { tensors, operators: [{ inputs, outputs: [output], ...operator }], inputs: [0], outputs: [output] };
}

const int8 = (shape: number[], scale: number, zeroPoint: number): TensorDescription => ({
	type: types.INT8,
	shape,
	scale,
	zeroPoint,
});
const int16 = (shape: number[], scale: number): TensorDescription => ({
	type: types.INT16,
	shape,
	scale,
	zeroPoint: 0,
});
const float = (shape: number[], data?: Float32Array): TensorDescription => ({ type: types.FLOAT32, shape, data });

function weights(units: number, depth: number, scale: number | number[], seed: number): TensorDescription {
	return { type: types.INT8, shape: [units, depth], scale, data: randomInt8(units * depth, seed) };
}

function bias(units: number, scale: number | number[], seed: number): TensorDescription {
	return { type: types.INT32, shape: [units], scale, data: randomInt32(units, 5000, seed) };
}

const channelScales = [0.0021, 0.013, 0.0007, 0.031, 0.005, 0.0101, 0.0302];
const uses = (activation: number) => ({ code: codes.FULLY_CONNECTED, options: fullyConnected(activation) });

add(
	"fully_connected_channels",
	single(
		[int8([3, 13], 0.04, -5), weights(7, 13, channelScales, 1), bias(7, channelScales, 2), int8([3, 7], 0.11, 9)],
		uses(activations.NONE),
	),
	randomInt8(16 * 39, 3),
);
add(
	"fully_connected_channels_relu6",
	single(
		[int8([1, 13], 0.04, 17), weights(7, 13, channelScales, 4), bias(7, channelScales, 5), int8([1, 7], 0.03, -100)],
		uses(activations.RELU6),
	),
	randomInt8(32 * 13, 6),
);
add(
	"fully_connected_no_bias",
	single([int8([1, 6], 0.02, -128), weights(4, 6, 0.008, 7), int8([1, 4], 0.05, -3)], uses(activations.NONE)),
	randomInt8(32 * 6, 8),
);
add(
	"fully_connected_relu",
	single(
		[int8([2, 9], 0.02, 3), weights(5, 9, 0.02, 9), bias(5, 0.0004, 10), int8([2, 5], 0.04, -20)],
		uses(activations.RELU),
	),
	randomInt8(32 * 18, 11),
);
add(
	"fully_connected_relu_n1_to_1",
	single(
		[int8([1, 10], 0.02, 0), weights(5, 10, 0.01, 12), bias(5, 0.0002, 13), int8([1, 5], 0.013, 6)],
		uses(activations.RELU_N1_TO_1),
	),
	randomInt8(32 * 10, 14),
);
add(
	// the rescaling multiplier is above 1
	"fully_connected_magnified",
	single(
		[int8([1, 3], 0.5, 1), weights(4, 3, 0.75, 15), bias(4, 0.375, 16), int8([1, 4], 0.03, 0)],
		uses(activations.NONE),
	),
	randomInt8(32 * 3, 17),
);
add(
	"fully_connected_keep_dimensions",
	single([int8([2, 3, 8], 0.03, 4), weights(5, 8, 0.01, 18), bias(5, 0.0003, 19), int8([2, 3, 5], 0.06, 2)], {
		code: codes.FULLY_CONNECTED,
		options: fullyConnected(activations.NONE, { 2: u8(1) }),
	}),
	randomInt8(8 * 48, 20),
);
for (const [name, activation] of Object.entries({ relu6: activations.RELU6, relu_n1_to_1: activations.RELU_N1_TO_1 }))
	add(
		`fully_connected_float_${name}`,
		single(
			[float([2, 11]), float([3, 11], randomFloat(33, 1, 21)), float([3], randomFloat(3, 1, 22)), float([2, 3])],
			uses(activation),
		),
		randomFloat(16 * 22, 4, 23),
	);
for (const [scale, zeroPoint] of [
	[0.05, 0],
	[0.0039, -128],
	[0.31, 40],
	[2.5, -7],
	[0.117, 127],
] as const)
	add(
		`logistic_${scale}`,
		single([int8([1, 256], scale, zeroPoint), int8([1, 256], 1 / 256, -128)], { code: codes.LOGISTIC }),
		everyInt8(),
	);
add(
	"logistic_float",
	single([float([1, 16]), float([1, 16])], { code: codes.LOGISTIC }),
	Float32Array.of(0, -0, 1, -1, 8.99, -8.99, -9, -9.01, 16.6, 16.7, 40, -40, 88, -88, 200, -200),
);
for (const [scale, beta] of [
	[0.1, 1],
	[0.0035, 1],
	[1.7, 1],
	[0.09, 0.4],
	[30, 2],
] as const)
	add(
		`softmax_${scale}_${beta}`,
		single([int8([2, 10], scale, 11), int8([2, 10], 1 / 256, -128)], { code: codes.SOFTMAX, options: softmax(beta) }),
		randomInt8(48 * 20, 24),
	);
add(
	"softmax_close",
	single([int8([1, 3], 0.02, 0), int8([1, 3], 1 / 256, -128)], { code: codes.SOFTMAX, options: softmax() }),
	Int8Array.of(-128, -128, -128, 127, 127, 127, 127, 126, 125, -128, 127, 0, 0, 0, 1, -1, -128, -127),
);
add(
	"softmax_deep",
	single([int8([1, 300], 0.002, 0), int8([1, 300], 1 / 256, -128)], { code: codes.SOFTMAX, options: softmax() }),
	randomInt8(4 * 300, 25),
);
add(
	"softmax_float",
	single([float([2, 3, 5]), float([2, 3, 5])], { code: codes.SOFTMAX, options: softmax(0.7) }),
	randomFloat(8 * 30, 30, 26),
);
add(
	"quantize_float_int8",
	single([float([1, 16]), int8([1, 16], 0.25, -3)], { code: codes.QUANTIZE }),
	Float32Array.of(
		0,
		-0,
		0.125,
		-0.125,
		0.375,
		-0.375,
		0.1249999,
		0.3749999,
		31.9,
		32.6,
		40,
		-31.2,
		-31.4,
		-40,
		1e6,
		-1e6,
		...randomFloat(16 * 15, 40, 27),
	),
);
add(
	"quantize_float_int16",
	single([float([1, 8]), int16([1, 8], 0.001)], { code: codes.QUANTIZE }),
	Float32Array.of(0.0005, -0.0005, 32.767, 32.7675, 33, -32.768, -32.769, -1e5, ...randomFloat(8 * 31, 33, 28)),
);
for (const [scale, zeroPoint] of [
	[0.25, 5],
	[0.0003, -128],
	[256 * 0.0002, 0],
] as const)
	add(
		`quantize_int16_int8_${scale}`,
		single([int16([1, 8], 0.0002), int8([1, 8], scale, zeroPoint)], { code: codes.QUANTIZE }),
		Int16Array.of(-32768, 32767, 0, 1, -1, 128, -128, 640, ...randomInt16(8 * 63, 29)),
	);
for (const [scale, zeroPoint] of [
	[0.07, 30],
	[0.013, -90],
	[0.02, -1],
] as const)
	add(
		`quantize_int8_int8_${scale}`,
		single([int8([1, 256], 0.02, 4), int8([1, 256], scale, zeroPoint)], { code: codes.QUANTIZE }),
		everyInt8(),
	);
add("dequantize_int8", single([int8([1, 256], 0.0371, -9), float([1, 256])], { code: codes.DEQUANTIZE }), everyInt8());
add(
	"dequantize_int16",
	single([int16([1, 8], 0.000123), float([1, 8])], { code: codes.DEQUANTIZE }),
	Int16Array.of(-32768, 32767, 0, 1, -1, 3, -3, 1000, ...randomInt16(8 * 15, 30)),
);
add("relu_int8", single([int8([1, 256], 0.02, 4), int8([1, 256], 0.013, -77)], { code: codes.RELU }), everyInt8());
add("relu_int8_same", single([int8([1, 256], 0.02, -4), int8([1, 256], 0.02, -4)], { code: codes.RELU }), everyInt8());
add("relu_float", single([float([2, 4]), float([2, 4])], { code: codes.RELU }), randomFloat(8 * 8, 3, 31));
add(
	"reshape_attribute",
	single([int8([2, 3, 4], 0.1, 0), int8([4, 6], 0.1, 0)], { code: codes.RESHAPE, options: reshape([4, 6]) }),
	randomInt8(4 * 24, 32),
);
add(
	"reshape_tensor",
	single([float([2, 3, 4]), { type: types.INT32, shape: [2], data: Int32Array.of(-1, 12) }, float([2, 12])], {
		code: codes.RESHAPE,
	}),
	randomFloat(4 * 24, 5, 33),
);
add(
	// raw sensor counts in, probabilities out, as the shipped models are
	"window_classifier",
	{
		tensors: [
			int16([1, 5, 6], 1 / 8192),
			int8([1, 5, 6], 4 / 127, -1),
			int8([1, 30], 4 / 127, -1),
			weights(8, 30, 0.01, 34),
			bias(8, 0.0003, 35),
			int8([1, 8], 0.05, -128),
			weights(3, 8, [0.01, 0.02, 0.015], 36),
			bias(3, [0.0005, 0.001, 0.00075], 37),
			int8([1, 3], 0.08, 10),
			int8([1, 3], 1 / 256, -128),
			float([1, 3]),
			{ type: types.INT32, shape: [2], data: Int32Array.of(1, 30) },
		],
		operators: [
			{ code: codes.QUANTIZE, inputs: [0], outputs: [1] },
			{ code: codes.RESHAPE, inputs: [1, 11], outputs: [2], options: reshape([1, 30]) },
			{ code: codes.FULLY_CONNECTED, inputs: [2, 3, 4], outputs: [5], options: fullyConnected(activations.RELU) },
			{ code: codes.FULLY_CONNECTED, inputs: [5, 6, 7], outputs: [8], options: fullyConnected() },
			{ code: codes.SOFTMAX, inputs: [8], outputs: [9], options: softmax() },
			{ code: codes.DEQUANTIZE, inputs: [9], outputs: [10] },
		],
		inputs: [0],
		outputs: [10],
		metadata: { TMLAAS_CARD: new TextEncoder().encode('{"name":"window"}') },
	},
	randomInt16(32 * 30, 38),
);

export const goldenCases: readonly Case[] = cases;
