import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Build, buildEngine, canBuild, nativeDirectory, runEngine, sanitizers } from "./build";
import { f32, type Node, u8 } from "./flatbuffer";
import { activations, buildModel, codes, type TensorDescription, types } from "./model";

/*
 * What activations, reductions and changes of type refuse: axes, shapes, types and scales that do not go together, and
 * sums that would not fit. The corpus has what they do with sound models.
 */

const float = (...shape: number[]): TensorDescription => ({ type: types.FLOAT32, shape });
const quantised =
	(type: number) =>
	(shape: number[], scale: number | number[] = 0.1, zeroPoint = 0): TensorDescription => ({
		type,
		shape,
		scale,
		zeroPoint: typeof scale === "number" ? zeroPoint : scale.map(() => zeroPoint),
	});
const int8 = quantised(types.INT8);
const uint8 = quantised(types.UINT8);
const int16 = quantised(types.INT16);
const plain = (type: number, ...shape: number[]): TensorDescription => ({ type, shape });
const axes = (...values: number[]): TensorDescription => ({
	type: types.INT32,
	shape: [values.length],
	data: Int32Array.from(values),
});

const optionTypes: Partial<Record<keyof typeof codes, number>> = {
	L2_POOL_2D: 5,
	SOFTMAX: 9,
	L2_NORMALIZATION: 12,
	MEAN: 27,
	SUM: 27,
	REDUCE_MAX: 27,
	LOG_SOFTMAX: 36,
	ARG_MAX: 40,
	LEAKY_RELU: 75,
};

/** One operator: what has no data is an input of the model, the last tensor its output. */
function model(name: keyof typeof codes, tensors: TensorDescription[], fields: Record<number, Node> = {}) {
	const operands = tensors.slice(0, -1);
	const type = optionTypes[name];
	return buildModel({
		tensors,
		operators: [
			{
				code: codes[name],
				inputs: operands.map((_, i) => i),
				outputs: [operands.length],
				...(type === undefined ? {} : { options: { type, fields } }),
			},
		],
		inputs: operands.flatMap(({ data }, i) => (data ? [] : [i])),
		outputs: [operands.length],
	});
}

const type = 403;
const shape = 404;
const quantisation = 405;
const constant = 407;
const attribute = 408;
const lowest = -0x80000000;

/** [what, file, number of the error] */
const refused: [string, Uint8Array, number][] = [
	["RELU into another shape", model("RELU", [float(4), float(2, 2)]), shape],
	["RELU of int32", model("RELU", [plain(types.INT32, 4), plain(types.INT32, 4)]), type],
	["RELU without scales", model("RELU", [plain(types.INT8, 4), plain(types.INT8, 4)]), quantisation],
	["RELU with scales for each channel", model("RELU", [int8([2], [0.1, 0.2]), int8([2])]), quantisation],
	["RELU of two tensors", model("RELU", [float(4), float(4), float(4)]), 401],
	["RELU6 from int8 to int16", model("RELU6", [int8([4]), int16([4])]), type],
	["LEAKY_RELU by what is not a number", model("LEAKY_RELU", [float(4), float(4)], { 0: f32(Number.NaN) }), attribute],
	[
		"LEAKY_RELU by infinity",
		model("LEAKY_RELU", [float(4), float(4)], { 0: f32(Number.POSITIVE_INFINITY) }),
		attribute,
	],
	["PRELU by alphas that do not fit", model("PRELU", [float(4), float(3), float(4)]), shape],
	["PRELU of int16 by int16", model("PRELU", [int16([4]), int16([4]), int16([4])]), type],
	["ELU of int16", model("ELU", [int16([4]), int16([4])]), type],
	["HARD_SWISH to a far finer scale", model("HARD_SWISH", [int8([4], 1), int8([4], 0.001)]), quantisation],
	["TANH into another scale", model("TANH", [int8([4]), int8([4], 1 / 256)]), quantisation],
	["TANH of int16 with a zero point", model("TANH", [int16([4], 0.001, 3), int16([4], 1 / 32768)]), quantisation],
	["TANH of int16 of great steps", model("TANH", [int16([4], 3), int16([4], 1 / 32768)]), quantisation],
	["LOGISTIC of int16 into another scale", model("LOGISTIC", [int16([4]), int16([4], 1 / 65536)]), quantisation],
	["SOFTMAX of a scalar", model("SOFTMAX", [float(), float()], { 0: f32(1) }), shape],
	["SOFTMAX of int16 by no beta", model("SOFTMAX", [int16([4], 0.001), int16([4], 1 / 32768)]), attribute],
	[
		"SOFTMAX of too many int16",
		model("SOFTMAX", [int16([65537], 0.001), int16([65537], 1 / 32768)], { 0: f32(1) }),
		shape,
	],
	["LOG_SOFTMAX of too many", model("LOG_SOFTMAX", [int8([4096]), int8([4096], 1 / 16, 127)]), shape],
	["LOG_SOFTMAX of tiny steps", model("LOG_SOFTMAX", [int8([4], 1e-9), int8([4], 1 / 16, 127)]), quantisation],
	["LOG_SOFTMAX into another zero point", model("LOG_SOFTMAX", [int8([4]), int8([4], 1 / 16, 0)]), quantisation],
	["L2_NORMALIZATION of too many", model("L2_NORMALIZATION", [int8([32769]), int8([32769], 1 / 128)]), shape],
	[
		"L2_NORMALIZATION with an activation",
		model("L2_NORMALIZATION", [float(4), float(4)], { 0: u8(activations.RELU) }),
		406,
	],
	["L2_POOL_2D of int8", model("L2_POOL_2D", [int8([1, 2, 2, 1]), int8([1, 2, 2, 1])]), type],
	["QUANTIZE of int64", model("QUANTIZE", [plain(types.INT64, 4), int8([4])]), type],
	["QUANTIZE to float32", model("QUANTIZE", [int8([4]), float(4)]), type],
	["QUANTIZE from uint8 to int16", model("QUANTIZE", [uint8([4]), int16([4])]), type],
	["QUANTIZE with scales for each channel", model("QUANTIZE", [float(2), int8([2], [0.1, 0.2])]), quantisation],
	["DEQUANTIZE of float32", model("DEQUANTIZE", [float(4), float(4)]), type],
	["DEQUANTIZE without a scale", model("DEQUANTIZE", [plain(types.INT8, 4), float(4)]), quantisation],
	["CAST into fewer values", model("CAST", [float(4), plain(types.INT32, 3)]), shape],
	["MEAN over axis 2 of 2", model("MEAN", [float(2, 3), axes(2), float(2)]), attribute],
	["MEAN over axis -3 of 2", model("MEAN", [float(2, 3), axes(-3), float(2)]), attribute],
	["MEAN over the lowest axis", model("MEAN", [float(2, 3), axes(lowest), float(2)]), attribute],
	["MEAN over computed axes", model("MEAN", [float(2, 3), plain(types.INT32, 1), float(2)]), constant],
	["MEAN into the other axis", model("MEAN", [float(2, 3), axes(1), float(3)]), shape],
	["MEAN that keeps what its output lacks", model("MEAN", [float(2, 3), axes(1), float(2)], { 0: u8(1) }), shape],
	["MEAN that drops what its output has", model("MEAN", [float(2, 3), axes(1), float(2, 1)]), shape],
	["SUM into another type", model("SUM", [float(2, 3), axes(1), int8([2])]), type],
	["SUM of int32", model("SUM", [plain(types.INT32, 2, 3), axes(1), plain(types.INT32, 2)]), type],
	["REDUCE_MAX with a change of scale", model("REDUCE_MAX", [int8([2, 3]), axes(1), int8([2], 0.2)]), quantisation],
	["ARG_MAX over two axes", model("ARG_MAX", [float(2, 3), axes(0, 1), plain(types.INT32)]), attribute],
	["ARG_MAX over axis 2 of 2", model("ARG_MAX", [float(2, 3), axes(2), plain(types.INT32, 2)]), attribute],
	["ARG_MAX of a scalar", model("ARG_MAX", [float(), axes(0), plain(types.INT32)]), attribute],
	["ARG_MAX as float32", model("ARG_MAX", [float(2, 3), axes(1), float(2)]), type],
	["ARG_MAX into the input's shape", model("ARG_MAX", [float(2, 3), axes(1), plain(types.INT32, 2, 3)]), shape],
];

const sanitized: Build = { name: "sanitizers", compiler: "clang", flags: sanitizers };

describe("activations, reductions and changes of type", () => {
	const folder = `${nativeDirectory}/functions`;
	let directory: string;

	beforeAll(() => {
		mkdirSync(folder, { recursive: true });
		directory = buildEngine(canBuild(sanitized) ? sanitized : {});
	});

	test.each(refused)("refuse %s", (name, file, code) => {
		const path = `${folder}/${name.replaceAll(/[^A-Za-z0-9-]+/g, "_")}.tflite`;
		writeFileSync(path, file);
		const { status, errors } = runEngine(directory, ["--info", path]);
		expect({ status, code: Number(/^error (\d+):/.exec(errors)?.[1]) }).toEqual({ status: 2, code });
	});
});
