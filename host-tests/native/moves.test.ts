import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildEngine, canBuild, nativeDirectory, runEngine, sanitizers } from "./build";
import { int32s, type Node, u8, u32 } from "./flatbuffer";
import { buildModel, codes, type TensorDescription, types } from "./model";

/*
 * What operators that move values refuse: all that could lead them outside their tensors is found before they run.
 * The corpus has what they do with sound models.
 */

const float = (...shape: number[]): TensorDescription => ({ type: types.FLOAT32, shape });
const int8 = (shape: number[], scale: number, zeroPoint: number): TensorDescription => ({
	type: types.INT8,
	shape,
	scale,
	zeroPoint,
});
const list = (...values: number[]): TensorDescription => ({
	type: types.INT32,
	shape: [values.length],
	data: Int32Array.from(values),
});
const wide = (...values: bigint[]): TensorDescription => ({
	type: types.INT64,
	shape: [values.length],
	data: BigInt64Array.from(values),
});
/** A parameter that another operator might compute. */
const computed = (count: number): TensorDescription => ({ type: types.INT32, shape: [count] });

const optionTypes: Partial<Record<keyof typeof codes, number>> = {
	CONCATENATION: 10,
	RESIZE_BILINEAR: 15,
	SPACE_TO_DEPTH: 19,
	GATHER: 23,
	SQUEEZE: 30,
	STRIDED_SLICE: 32,
	SPLIT: 35,
	PACK: 59,
	UNPACK: 64,
	MIRROR_PAD: 77,
	SPLIT_V: 79,
	DEPTH_TO_SPACE: 94,
};

type Options = Record<number, Node>;

/** One operator: what has no data among its inputs is an input of the model. */
function model(name: keyof typeof codes, inputs: TensorDescription[], outputs: TensorDescription[], fields?: Options) {
	const tensors = [...inputs, ...outputs];
	const results = outputs.map((_, i) => inputs.length + i);
	return buildModel({
		tensors,
		operators: [
			{
				code: codes[name],
				inputs: inputs.map((_, i) => i),
				outputs: results,
				options: fields && { type: optionTypes[name]!, fields },
			},
		],
		inputs: inputs.flatMap(({ data }, i) => (data ? [] : [i])),
		outputs: results,
	});
}

const strided = (begin: number[], end: number[], strides: number[], output: number[], fields: Options = {}) =>
	model("STRIDED_SLICE", [float(3, 4), list(...begin), list(...end), list(...strides)], [float(...output)], fields);

const shape = 404;
const constant = 407;
const attribute = 408;
const type = 403;
const largest = 0x7fffffff;

/** [what, file, number of the error] */
const refused: [string, Uint8Array, number][] = [
	["TRANSPOSE by a computed order", model("TRANSPOSE", [float(2, 3), computed(2)], [float(3, 2)]), constant],
	["TRANSPOSE with an axis twice", model("TRANSPOSE", [float(2, 2), list(1, 1)], [float(2, 2)]), attribute],
	["TRANSPOSE with an axis 2 of 2", model("TRANSPOSE", [float(2, 2), list(0, 2)], [float(2, 2)]), attribute],
	["TRANSPOSE of too few axes", model("TRANSPOSE", [float(2, 2), list(0)], [float(2, 2)]), shape],
	["TRANSPOSE into the input's shape", model("TRANSPOSE", [float(2, 3), list(1, 0)], [float(2, 3)]), shape],
	["TRANSPOSE to another type", model("TRANSPOSE", [float(4), list(0)], [int8([4], 1, 0)]), type],
	["SLICE past the end", model("SLICE", [float(4), list(2), list(3)], [float(3)]), attribute],
	["SLICE from -1", model("SLICE", [float(4), list(-1), list(1)], [float(1)]), attribute],
	["SLICE from the largest number", model("SLICE", [float(4), list(largest), list(2)], [float(2)]), attribute],
	["SLICE of -2 values", model("SLICE", [float(4), list(0), list(-2)], [float(2)]), shape],
	["SLICE from 2^32", model("SLICE", [float(4), wide(2n ** 32n), wide(2n)], [float(2)]), attribute],
	["SLICE of a computed size", model("SLICE", [float(4), list(0), computed(1)], [float(2)]), constant],
	["STRIDED_SLICE by 0", strided([0, 0], [3, 4], [0, 1], [3, 4]), attribute],
	["STRIDED_SLICE of nothing", strided([2, 0], [1, 4], [1, 1], [1, 4]), shape],
	["STRIDED_SLICE of an index past the end", strided([3, 0], [4, 4], [1, 1], [4], { 4: u32(1) }), attribute],
	["STRIDED_SLICE of an index before the start", strided([0, -9], [3, 0], [1, -1], [3], { 4: u32(2) }), attribute],
	["STRIDED_SLICE into fewer axes", strided([0, 0], [3, 4], [1, 1], [12]), shape],
	["STRIDED_SLICE into more axes", strided([0, 0], [3, 4], [1, 1], [3, 4, 1]), shape],
	["STRIDED_SLICE of three axes of two", strided([0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1]), attribute],
	["STRIDED_SLICE with two ellipses", strided([0, 0], [0, 0], [1, 1], [3, 4], { 2: u32(3) }), attribute],
	["STRIDED_SLICE of 13 entries", strided(Array(13).fill(0), Array(13).fill(1), Array(13).fill(1), [1]), shape],
	["PAD by -1", model("PAD", [float(4), list(-1, 2)], [float(5)]), shape],
	["PAD by two numbers that wrap", model("PAD", [float(4), list(-largest, largest)], [float(4)]), shape],
	["PAD into a smaller tensor", model("PAD", [float(4), list(0, 0)], [float(3)]), shape],
	["PAD by a computed width", model("PAD", [float(4), computed(2)], [float(4)]), constant],
	["PADV2 with two values", model("PADV2", [float(4), list(0, 1), float(2)], [float(5)]), shape],
	[
		"PADV2 with a value of another scale",
		model("PADV2", [int8([4], 1, 0), list(0, 1), int8([1], 2, 0)], [int8([5], 1, 0)]),
		405,
	],
	["MIRROR_PAD wider than its input", model("MIRROR_PAD", [float(3), list(3, 0)], [float(6)], { 0: u8(0) }), attribute],
	["MIRROR_PAD in a third way", model("MIRROR_PAD", [float(3), list(1, 0)], [float(4)], { 0: u8(2) }), attribute],
	["CONCATENATION past the last axis", model("CONCATENATION", [float(2)], [float(2)], { 0: u32(1) }), attribute],
	["CONCATENATION to fewer values", model("CONCATENATION", [float(2), float(2)], [float(3)], { 0: u32(0) }), shape],
	["CONCATENATION to more values", model("CONCATENATION", [float(2), float(2)], [float(5)], { 0: u32(0) }), shape],
	[
		"CONCATENATION of other rows",
		model("CONCATENATION", [float(2, 1), float(3, 1)], [float(2, 2)], { 0: u32(1) }),
		shape,
	],
	[
		"CONCATENATION of another zero point",
		model("CONCATENATION", [int8([2], 1, 0), int8([2], 1, 1)], [int8([4], 1, 0)], { 0: u32(0) }),
		405,
	],
	["CONCATENATION with a RELU", model("CONCATENATION", [float(2)], [float(2)], { 0: u32(0), 1: u8(1) }), 406],
	["PACK of three for two", model("PACK", [float(2), float(2)], [float(2, 2)], { 0: u32(3) }), 401],
	["PACK of other shapes", model("PACK", [float(2), float(1)], [float(2, 2)], { 0: u32(2) }), shape],
	["UNPACK of too few", model("UNPACK", [float(3, 2)], [float(2), float(2)], { 0: u32(2) }), shape],
	["SPLIT into unequal parts", model("SPLIT", [list(0), float(4)], [float(1), float(3)], { 0: u32(2) }), shape],
	["SPLIT along axis -2 of 1", model("SPLIT", [list(-2), float(4)], [float(4)], { 0: u32(1) }), attribute],
	[
		"SPLIT_V into other extents",
		model("SPLIT_V", [float(4), list(2, 2), list(0)], [float(1), float(3)], { 0: u32(2) }),
		shape,
	],
	["GATHER by int64", model("GATHER", [float(4), wide(0n)], [float(1)], { 0: u32(0) }), type],
	[
		"GATHER with more batch axes than the axis",
		model("GATHER", [float(4), list(0)], [float(1)], { 1: u32(1) }),
		attribute,
	],
	["GATHER of another batch", model("GATHER", [float(2, 4), list(0)], [float(2)], { 0: u32(1), 1: u32(1) }), shape],
	["GATHER into more values", model("GATHER", [float(4), list(0)], [float(2)], { 0: u32(0) }), shape],
	["GATHER_ND of more axes than there are", model("GATHER_ND", [float(4), list(0, 0)], [float(1)]), shape],
	["SHAPE of another rank", model("SHAPE", [float(4)], [computed(2)]), shape],
	["FILL with two values", model("FILL", [list(4), float(2)], [float(4)]), shape],
	["FILL of another size", model("FILL", [list(3), float(1)], [float(4)]), shape],
	["BROADCAST_TO from 2 to 4", model("BROADCAST_TO", [float(2), list(4)], [float(4)]), shape],
	["BROADCAST_ARGS into fewer axes", model("BROADCAST_ARGS", [computed(2), computed(1)], [computed(1)]), shape],
	["SQUEEZE of a longer axis", model("SQUEEZE", [float(1, 2)], [float(1)], { 0: int32s([1]) }), shape],
	["EXPAND_DIMS at axis 2 of 2", model("EXPAND_DIMS", [float(2), list(2)], [float(2, 1)]), attribute],
	["SPACE_TO_DEPTH by 0", model("SPACE_TO_DEPTH", [float(1, 2, 2, 1)], [float(1, 2, 2, 1)], { 0: u32(0) }), shape],
	[
		"SPACE_TO_DEPTH by 2^31",
		model("SPACE_TO_DEPTH", [float(1, 2, 2, 1)], [float(1, 1, 1, 4)], { 0: u32(2 ** 31) }),
		shape,
	],
	[
		"DEPTH_TO_SPACE of 3 channels",
		model("DEPTH_TO_SPACE", [float(1, 1, 1, 3)], [float(1, 2, 2, 1)], { 0: u32(2) }),
		shape,
	],
	[
		"SPACE_TO_BATCH_ND by 0",
		model("SPACE_TO_BATCH_ND", [float(1, 2, 1), list(0), list(0, 0)], [float(1, 2, 1)]),
		shape,
	],
	[
		"SPACE_TO_BATCH_ND with -1 rows before",
		model("SPACE_TO_BATCH_ND", [float(1, 2, 1), list(1), list(-1, 1)], [float(1, 2, 1)]),
		shape,
	],
	[
		"BATCH_TO_SPACE_ND of too few images",
		model("BATCH_TO_SPACE_ND", [float(3, 1, 1), list(2), list(0, 0)], [float(1, 2, 1)]),
		shape,
	],
	[
		"RESIZE_BILINEAR of another size",
		model("RESIZE_BILINEAR", [float(1, 1, 1, 1), list(2, 3)], [float(1, 3, 2, 1)]),
		shape,
	],
	[
		"RESIZE_BILINEAR to more than 2^20 columns",
		model("RESIZE_BILINEAR", [float(1, 1, 1, 1), list(1, 1048577)], [float(1, 1, 1048577, 1)]),
		shape,
	],
	[
		"RESIZE_BILINEAR of both corners and centers",
		model("RESIZE_BILINEAR", [float(1, 1, 1, 1), list(1, 1)], [float(1, 1, 1, 1)], { 2: u8(1), 3: u8(1) }),
		attribute,
	],
	["CUMSUM of int32", model("CUMSUM", [computed(4), list(0)], [computed(4)]), type],
	["CUMSUM along axis 1 of 1", model("CUMSUM", [float(4), list(1)], [float(4)]), attribute],
];

const sanitized = { name: "sanitizers", compiler: "clang", flags: sanitizers };

describe("operators that move values", () => {
	const folder = `${nativeDirectory}/moves`;
	let directory: string;

	function write(name: string, file: Uint8Array): string {
		const path = `${folder}/${name.replaceAll(/[^A-Za-z0-9-]+/g, "_")}.tflite`;
		writeFileSync(path, file);
		return path;
	}

	beforeAll(() => {
		mkdirSync(folder, { recursive: true });
		directory = buildEngine(canBuild(sanitized) ? sanitized : {});
	});

	test.each(refused)("refuse %s", (name, file, code) => {
		const { status, errors } = runEngine(directory, ["--info", write(name, file)]);
		expect({ status, code: Number(/^error (\d+):/.exec(errors)?.[1]) }).toEqual({ status: 2, code });
	});

	test.each(["GATHER", "GATHER_ND"] as const)("%s takes the nearest index that there is", (name) => {
		const indices: TensorDescription = { type: types.INT32, shape: [4, 1] };
		const output = name === "GATHER" ? float(4, 1) : float(4);
		const path = write(name, model(name, [float(3), indices], [output]));
		const row = Buffer.concat([
			Buffer.from(Float32Array.of(5, 6, 7).buffer),
			Buffer.from(Int32Array.of(-1, 3, largest, -largest - 1).buffer),
		]);
		const { output: result } = runEngine(directory, [path], row);
		expect([...new Float32Array(Uint8Array.from(result).buffer)]).toEqual([5, 7, 7, 5]);
	});

	test("a shape that is computed can only be the output's", () => {
		const path = write("computed", model("RESHAPE", [float(2, 3), computed(2)], [float(3, 2)]));
		const row = Buffer.concat([Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer), Buffer.alloc(8, 0xff)]);
		const { output } = runEngine(directory, [path], row);
		expect([...new Float32Array(Uint8Array.from(output).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
	});
});
