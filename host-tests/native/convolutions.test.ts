import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildEngine, canBuild, nativeDirectory, runEngine, sanitizers } from "./build";
import { type Node, u8, u32 } from "./flatbuffer";
import { activations, buildModel, codes, type TensorDescription, types } from "./model";

/*
 * What convolutions and pools refuse: windows, shapes, biases and scales that do not go together, and files that would
 * have them work for ever or in memory beyond all tensors. The corpus has what they do with sound models.
 */

const int8 = (shape: number[], scale: number | number[] = 0.1, more: Partial<TensorDescription> = {}) => ({
	type: types.INT8,
	shape,
	scale,
	...more,
});
const int16 = (shape: number[], zeroPoint = 0) => ({ type: types.INT16, shape, scale: 0.1, zeroPoint });
const int32 = (shape: number[]) => ({ type: types.INT32, shape });
const float = (shape: number[]) => ({ type: types.FLOAT32, shape });
const elements = (shape: number[]) => shape.reduce((count, extent) => count * extent, 1);
const weights = (shape: number[], scale: number | number[] = 0.1, axis = 0) =>
	int8(shape, scale, { axis, data: new Int8Array(elements(shape)) });
const bias = (count: number) => ({ type: types.INT32, shape: [count], scale: 0.01, data: new Int32Array(count) });
const wideBias = (count: number) => ({
	type: types.INT64,
	shape: [count],
	scale: 0.01,
	data: new BigInt64Array(count),
});
const shapeOf = (...shape: number[]) => ({ type: types.INT32, shape: [shape.length], data: Int32Array.from(shape) });

type Name = "CONV_2D" | "DEPTHWISE_CONV_2D" | "TRANSPOSE_CONV" | "AVERAGE_POOL_2D" | "MAX_POOL_2D";

/** BuiltinOptions and where the options have what. */
const schema = {
	CONV_2D: { type: 1, activation: 3, dilation: [5, 4] },
	DEPTHWISE_CONV_2D: { type: 2, activation: 4, dilation: [6, 5] },
	TRANSPOSE_CONV: { type: 49, activation: 3 },
	AVERAGE_POOL_2D: { type: 5, activation: 5, size: [4, 3] },
	MAX_POOL_2D: { type: 5, activation: 5, size: [4, 3] },
} as const;

interface Options {
	padding?: number;
	/** Of rows and of columns, as the others. */
	stride?: [number, number];
	dilation?: [number, number];
	size?: [number, number];
	activation?: number;
}

const VALID = 1;

/** One operator; what has no data is an input of the model, the last tensor its output. */
function model(name: Name, tensors: TensorDescription[], options: Options = {}) {
	const where: { type: number; activation: number; dilation?: readonly number[]; size?: readonly number[] } =
		schema[name];
	const { padding = 0, stride = [1, 1], dilation, size, activation = activations.NONE } = options;
	const fields: Record<number, Node> = {
		0: u8(padding),
		1: u32(stride[1]),
		2: u32(stride[0]),
		[where.activation]: u8(activation),
	};
	if (dilation && where.dilation) for (const i of [0, 1]) fields[where.dilation[i]!] = u32(dilation[i]!);
	if (size && where.size) for (const i of [0, 1]) fields[where.size[i]!] = u32(size[i]!);
	const operands = tensors.slice(0, -1);
	return buildModel({
		tensors,
		operators: [
			{
				code: codes[name],
				inputs: operands.map((_, i) => i),
				outputs: [operands.length],
				options: { type: where.type, fields },
			},
		],
		inputs: operands.flatMap(({ data }, i) => (data ? [] : [i])),
		outputs: [operands.length],
	});
}

const conv = (options: Options, changed: { [index: number]: TensorDescription } = {}) =>
	model(
		"CONV_2D",
		[int8([1, 5, 5, 4]), weights([2, 3, 3, 4]), bias(2), int8([1, 5, 5, 2])].map((tensor, i) => changed[i] ?? tensor),
		options,
	);
const depthwise = (options: Options, changed: { [index: number]: TensorDescription } = {}) =>
	model(
		"DEPTHWISE_CONV_2D",
		[int8([1, 5, 5, 4]), weights([1, 3, 3, 4]), bias(4), int8([1, 5, 5, 4])].map((tensor, i) => changed[i] ?? tensor),
		options,
	);
const transposed = (options: Options, changed: { [index: number]: TensorDescription } = {}) =>
	model(
		"TRANSPOSE_CONV",
		[shapeOf(1, 6, 6, 2), weights([2, 3, 3, 4]), int8([1, 3, 3, 4]), bias(2), int8([1, 6, 6, 2])].map(
			(tensor, i) => changed[i] ?? tensor,
		),
		{ stride: [2, 2], ...options },
	);
const pool = (options: Options, changed: { [index: number]: TensorDescription } = {}, name: Name = "MAX_POOL_2D") =>
	model(
		name,
		[int8([1, 5, 5, 4]), int8([1, 5, 5, 4])].map((tensor, i) => changed[i] ?? tensor),
		{ size: [3, 3], ...options },
	);

const sound: [string, Uint8Array][] = [
	["a convolution", conv({})],
	["a depthwise convolution", depthwise({})],
	["a transposed convolution", transposed({})],
	["a pool", pool({})],
	["groups", conv({}, { 1: weights([2, 3, 3, 2]) })],
	["a stride beyond all", conv({ stride: [0x7fffffff, 0x7fffffff] }, { 3: int8([1, 1, 1, 2]) })],
	["a dilation beyond the image", conv({ dilation: [100, 100] })],
	["a computed shape", transposed({}, { 0: { type: types.INT32, shape: [4] } })],
];

/** [what, file, number of the error] */
const refused: [string, Uint8Array, number][] = [
	["another padding", conv({ padding: 2 }), 408],
	["no stride", conv({ stride: [1, 0] }), 408],
	["a stride below zero", depthwise({ stride: [0xffffffff, 1] }), 408],
	["no dilation", conv({ dilation: [0, 1] }), 408],
	["a dilation below zero", depthwise({ dilation: [1, 0x80000000] }), 408],
	["taps further apart than positions are counted", conv({ dilation: [0x7fffffff, 1] }), 408],
	["no size of a pool", pool({ size: [0, 3] }), 408],
	["a pool below zero", pool({ size: [3, 0xfffffff0] }), 408],
	["a pool larger than positions are counted", pool({ size: [0x7fffffff, 0x7fffffff] }), 408],
	["an activation that is no bound", conv({ activation: activations.TANH }), 406],
	["a filter larger than a valid image", conv({ padding: VALID, dilation: [2, 3] }), 404],
	["a pool larger than a valid image", pool({ padding: VALID, size: [6, 1] }), 404],
	["an output that is not as high", conv({}, { 3: int8([1, 6, 5, 2]) }), 404],
	["an output that is not as wide", conv({ padding: VALID }, { 3: int8([1, 3, 5, 2]) }), 404],
	["an output of other channels", conv({}, { 3: int8([1, 5, 5, 3]) }), 404],
	["an output of other images", conv({}, { 3: int8([2, 5, 5, 2]) }), 404],
	["an output of another rank", conv({}, { 3: int8([5, 5, 2]) }), 404],
	["a filter of another depth", conv({}, { 1: weights([2, 3, 3, 3]) }), 404],
	["a filter deeper than the input", conv({}, { 1: weights([2, 3, 3, 8]) }), 404],
	["fewer channels than groups", conv({}, { 1: weights([2, 3, 3, 1]) }), 404],
	["a bias of other channels", conv({}, { 2: bias(3) }), 404],
	["a bias of another type", conv({}, { 2: wideBias(2) }), 403],
	["weights of another type", conv({}, { 1: { ...float([2, 3, 3, 4]) } }), 403],
	["an output of another type", conv({}, { 3: int16([1, 5, 5, 2]) }), 403],
	["int16 with a zero point", conv({}, { 0: int16([1, 5, 5, 4], 1), 3: int16([1, 5, 5, 2]) }), 405],
	["scales along another axis", conv({}, { 1: weights([2, 3, 3, 4], [0.1, 0.2, 0.3], 1) }), 405],
	["weights with a zero point", conv({}, { 1: { ...weights([2, 3, 3, 4]), zeroPoint: 3 } }), 405],
	["weights without a scale", conv({}, { 1: { ...weights([2, 3, 3, 4]), scale: undefined } }), 405],
	["an input without a scale", conv({}, { 0: { type: types.INT8, shape: [1, 5, 5, 4] } }), 405],
	["a window beyond all tensors", conv({}, { 1: int8([1, 2048, 2047, 4]), 2: bias(1), 3: int8([1, 5, 5, 1]) }), 404],
	["two depthwise filters", depthwise({}, { 1: weights([2, 3, 3, 4]) }), 404],
	[
		"a multiplier that is not whole",
		depthwise({}, { 1: weights([1, 3, 3, 6]), 2: bias(6), 3: int8([1, 5, 5, 6]) }),
		404,
	],
	["depthwise scales along the height", depthwise({}, { 1: weights([1, 3, 3, 4], [0.1, 0.2, 0.3], 1) }), 405],
	["lines beyond all tensors", depthwise({ dilation: [1, 0x1000000] }), 404],
	["depthwise int16 with a bias of 32 bits", depthwise({}, { 0: int16([1, 5, 5, 4]), 3: int16([1, 5, 5, 4]) }), 403],
	["another shape than the output's", transposed({}, { 0: shapeOf(1, 6, 5, 2) }), 404],
	["a shape of three", transposed({}, { 0: shapeOf(1, 6, 6) }), 404],
	["a shape that is not of integers", transposed({}, { 0: float([4]) }), 403],
	["an input that the output does not lead to", transposed({ stride: [3, 2] }), 404],
	["a transposed filter of another depth", transposed({}, { 1: weights([2, 3, 3, 2]) }), 404],
	["a pool of other channels", pool({}, { 1: int8([1, 5, 5, 2]) }), 404],
	["a pool that changes the scale", pool({}, { 1: int8([1, 5, 5, 4], 0.2) }), 405],
	["an average that changes the type", pool({}, { 1: float([1, 5, 5, 4]) }, "AVERAGE_POOL_2D"), 403],
	["a pool of 32-bit integers", pool({}, { 0: int32([1, 5, 5, 4]), 1: int32([1, 5, 5, 4]) }), 403],
];

const build = { name: "sanitizers", compiler: "clang", flags: sanitizers };

describe.skipIf(!canBuild(build))("convolutions and pools", () => {
	const folder = `${nativeDirectory}/convolutions`;
	let directory: string;

	function run(name: string, file: Uint8Array) {
		const path = `${folder}/${name.replaceAll(/[^A-Za-z0-9-]+/g, "_")}.tflite`;
		writeFileSync(path, file);
		const { status, errors } = runEngine(directory, ["--info", path]);
		return { status, code: Number(/^error (\d+):/.exec(errors)?.[1] ?? 0) };
	}

	beforeAll(() => {
		mkdirSync(folder, { recursive: true });
		directory = buildEngine(build);
	});

	test.each(sound)("take %s", (name, file) => expect(run(name, file)).toEqual({ status: 0, code: 0 }));

	test.each(refused)("refuse %s", (name, file, code) => expect(run(name, file)).toEqual({ status: 2, code }));
});
