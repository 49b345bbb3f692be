import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildEngine, canBuild, engineDirectory, nativeDirectory, runEngine, sanitizers } from "./build";
import { float32s, int32s, int64s, table, tables, u8, u32, u64 } from "./flatbuffer";
import { hostileMachines, hostileTrees, soundMachines, soundTrees } from "./hostile-classical";
import { hostileVariables, soundVariables } from "./hostile-variables";
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

/** A sound model: int8 [1,4] → FULLY_CONNECTED → SOFTMAX → [1,3]. */
const sound: ModelDescription = {
	tensors: [
		{ type: types.INT8, shape: [1, 4], scale: 0.1 },
		{ type: types.INT8, shape: [3, 4], scale: 0.01, data: new Int8Array(12).fill(1) },
		{ type: types.INT32, shape: [3], scale: 0.001, data: new Int32Array(3) },
		{ type: types.INT8, shape: [1, 3], scale: 0.2 },
		{ type: types.INT8, shape: [1, 3], scale: 1 / 256, zeroPoint: -128 },
	],
	operators: [
		{ code: codes.FULLY_CONNECTED, inputs: [0, 1, 2], outputs: [3], options: fullyConnected() },
		{ code: codes.SOFTMAX, inputs: [3], outputs: [4], options: softmax() },
	],
	inputs: [0],
	outputs: [4],
	metadata: { NOTE: new TextEncoder().encode("a note") },
};

const nothing = { tensors: [], operators: [], inputs: [], outputs: [] };
const change = (model: Partial<ModelDescription>) => buildModel({ ...sound, ...model });
const tensor = (index: number, fields: Partial<TensorDescription>) =>
	change({ tensors: sound.tensors.map((tensor, i) => (i === index ? { ...tensor, ...fields } : tensor)) });
const operator = (index: number, fields: Partial<OperatorDescription>) =>
	change({ operators: sound.operators.map((operator, i) => (i === index ? { ...operator, ...fields } : operator)) });

/** One operator between tensor 0 and the last. */
const single = (code: number, tensors: TensorDescription[], options?: OperatorDescription["options"]) =>
	buildModel({
		tensors,
		operators: [{ code, inputs: tensors.slice(0, -1).map((_, i) => i), outputs: [tensors.length - 1], options }],
		inputs: [0],
		outputs: [tensors.length - 1],
	});

function patch(edit: (view: DataView) => void): Uint8Array {
	const bytes = buildModel(sound);
	edit(new DataView(bytes.buffer));
	return bytes;
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const root = (view: DataView) => view.getUint32(0, true);
const float = (shape: number[], data?: Float32Array): TensorDescription => ({ type: types.FLOAT32, shape, data });
const int8 = (shape: number[], scale?: number, zeroPoint?: number): TensorDescription => ({
	type: types.INT8,
	shape,
	scale,
	zeroPoint,
});

/** Tensors of 1024 channels that share their vectors of scales and zero points. */
function sharing(count: number): TensorDescription[] {
	const scales = float32s(new Array(1024).fill(1));
	const zeroPoints = int64s(new Array(1024).fill(0));
	return Array.from({ length: count }, () => ({
		type: types.INT8,
		shape: [1024],
		fields: { 4: table({ 2: scales, 3: zeroPoints }) },
	}));
}

/** [what, file, number of the error, part of the sentence] */
const refused: [string, Uint8Array, number, string?][] = [
	...hostileVariables,
	...hostileTrees,
	...hostileMachines,
	["an empty file", new Uint8Array(0), 100],
	["eight bytes", hex("18000000 54464c33"), 100],
	["a table that is its own vtable", hex(`18000000 54464c33 ${"00".repeat(56)}`), 105],
	["an odd root", patch((view) => view.setUint32(0, root(view) + 1, true)), 101],
	["another identifier", change({ identifier: "TFL2" }), 102],
	["another version", change({ fields: { 0: u32(2) } }), 103],
	["no version", change({ fields: { 0: undefined } }), 103],
	["a root past the end", patch((view) => view.setUint32(0, view.byteLength, true)), 104],
	["a root far past the end", patch((view) => view.setUint32(0, 0xfffffff0, true)), 104],
	["a vtable past the end", patch((view) => view.setInt32(root(view), -0x10000, true)), 105],
	["a vtable before the start", patch((view) => view.setInt32(root(view), root(view) + 8, true)), 105],
	[
		"a vtable longer than the file",
		patch((view) => view.setUint16(root(view) - view.getInt32(root(view), true), 0xfffe, true)),
		105,
	],
	[
		"a table longer than the file",
		patch((view) => view.setUint16(root(view) - view.getInt32(root(view), true) + 2, 0xffff, true)),
		105,
	],
	["a vector longer than the file", change({ fields: { 1: { ...int32s([0]), count: 0x40000000 } } }), 106],
	["a shape longer than the file", tensor(0, { fields: { 0: { ...int32s([1, 4]), count: 0xffffffff } } }), 106],
	["one long vector for a hundred tensors", change({ tensors: [...sound.tensors, ...sharing(100)] }), 107],
	[
		"one long list of axes for a hundred operators",
		buildModel({
			tensors: [
				{ type: types.FLOAT32, shape: [4] },
				{ type: types.INT32, shape: [1000], data: new Int32Array(1000) },
				...Array.from({ length: 100 }, () => ({ type: types.FLOAT32, shape: [] })),
			],
			operators: Array.from({ length: 100 }, (_, i) => ({ code: codes.MEAN, inputs: [0, 1], outputs: [2 + i] })),
			inputs: [0],
			outputs: [2],
		}),
		107,
	],
	["a buffer in a list of buffers outside", tensor(0, { fields: { 10: u32(1) } }), 108],
	[
		"a buffer outside the file",
		change({
			fields: { 4: tables([table({ 1: u64(4096n), 2: u64(12n) })]) },
			tensors: sound.tensors.map((tensor) => ({ ...tensor, data: undefined })),
		}),
		108,
	],
	["no subgraph", change({ fields: { 2: tables([]) } }), 200],
	["three subgraphs", change({ fields: { 2: tables([table({}), table({}), table({})]) } }), 200],
	["a second subgraph that nothing names", change({ others: [nothing] }), 200],
	["no subgraphs", change({ fields: { 2: undefined } }), 200],
	["1025 tensors", change({ tensors: Array.from({ length: 1025 }, () => sound.tensors[0]!) }), 201],
	["an operand 999", operator(0, { inputs: [0, 999, 2] }), 202],
	["an operand -2", operator(0, { inputs: [0, 1, -2] }), 202],
	["a result 999", operator(0, { outputs: [999] }), 202],
	["a result -1", operator(0, { outputs: [-1] }), 202],
	["a graph input 999", change({ inputs: [999] }), 202],
	["a graph output -1", change({ outputs: [-1] }), 202],
	["a buffer 9999", tensor(1, { fields: { 2: u32(9999) } }), 203],
	["a buffer 65535", tensor(0, { fields: { 2: u32(65535) } }), 203],
	["a buffer 2^32 - 1", tensor(0, { fields: { 2: u32(0xffffffff) } }), 203],
	["metadata in buffer 9999", change({ fields: { 6: tables([table({ 1: u32(9999) })]) } }), 203],
	["an operator code 7", operator(1, { fields: { 0: u32(7) } }), 204],
	["an operator code -1", operator(1, { fields: { 0: u32(0xffffffff) } }), 204],
	["operators in the wrong order", change({ operators: [...sound.operators].reverse() }), 205],
	["an output that nobody writes", change({ operators: sound.operators.slice(0, 1) }), 205],
	[
		"an input that nobody writes",
		tensor(1, {}).length ? single(codes.RELU, [float([4]), float([4])]) && change({ inputs: [3] }) : new Uint8Array(0),
		205,
	],
	["a tensor written twice", change({ operators: [sound.operators[0]!, ...sound.operators] }), 206],
	["a graph input that is written", change({ inputs: [0, 3] }), 206],
	["a graph input given twice", change({ inputs: [0, 0] }), 206],
	["no graph inputs", change({ inputs: [] }), 207],
	["no graph outputs", change({ outputs: [] }), 207],
	["a constant graph input", change({ inputs: [0, 1] }), 207],
	["a constant graph output", change({ outputs: [4, 1] }), 207],
	["4-bit weights", tensor(1, { type: types.INT4 }), 300, "not supported: tensor 1"],
	["a type 200", tensor(0, { type: 200 }), 300],
	["seven dimensions", tensor(0, { shape: [1, 1, 1, 1, 1, 1, 4] }), 301],
	["a dimension 0", tensor(0, { shape: [0, 4] }), 302],
	["a dimension -1", tensor(0, { shape: [-1, 4] }), 302],
	["65536 by 65536", tensor(0, { shape: [65536, 65536] }), 303],
	["4 by 2^30 elements of 4 bytes", tensor(2, { shape: [4096, 4096] }), 303],
	["weights that are too short", tensor(1, { data: new Int8Array(11) }), 304],
	["weights that are too long", tensor(1, { data: new Int8Array(13) }), 304],
	["a scale 0", tensor(0, { scale: 0 }), 305],
	["a negative scale", tensor(0, { scale: -0.1 }), 305],
	["a scale that is not a number", tensor(0, { scale: Number.NaN }), 305],
	["an infinite scale", tensor(0, { scale: Number.POSITIVE_INFINITY }), 305],
	["a subnormal scale", tensor(0, { scale: 1e-40 }), 305],
	["a scale 0 of the third unit", tensor(1, { scale: [0.1, 0.1, 0] }), 305],
	["a zero point 128", tensor(0, { zeroPoint: 128 }), 306],
	["a zero point 2^32", tensor(0, { zeroPoint: 2 ** 32 }), 306],
	["a zero point -129", tensor(3, { zeroPoint: -129 }), 306],
	["two scales for three units", tensor(1, { scale: [0.1, 0.1] }), 307],
	["more zero points than scales", tensor(0, { zeroPoint: [0, 0] }), 307],
	["scales along a fifth axis", tensor(1, { scale: [0.1, 0.1, 0.1], axis: 5 }), 307],
	["scales along axis -1", tensor(1, { scale: [0.1, 0.1, 0.1], axis: -1 }), 307],
	["a variable that an operator writes", tensor(3, { fields: { 5: u8(1) } }), 206],
	["a variable with constant values", tensor(1, { fields: { 5: u8(1) } }), 308],
	["a sparse tensor", tensor(1, { fields: { 6: table({}) } }), 309],
	[
		"another quantisation",
		tensor(0, { fields: { 4: table({ 2: float32s([0.1]), 3: int64s([0]), 4: u8(1), 5: table({}) }) } }),
		310,
	],
	["an operator that is not there", operator(1, { code: codes.LSTM }), 400, "operator 1 is LSTM; at hand are"],
	["a custom operator", operator(1, { code: codes.CUSTOM, custom: "Trees" }), 400, "operator 1 is Trees;"],
	["an operator 100000", operator(1, { code: 100000 }), 400, "operator 1 is number 100000"],
	["an operator -1", operator(1, { code: -1 }), 400],
	["FULLY_CONNECTED of one tensor", operator(0, { inputs: [0] }), 401],
	["FULLY_CONNECTED without an input", operator(0, { inputs: [-1, 1, 2] }), 202],
	["FULLY_CONNECTED of four tensors", operator(0, { inputs: [0, 1, 2, 2] }), 401],
	["SOFTMAX of two tensors", operator(1, { inputs: [3, 0] }), 401],
	["SOFTMAX without a result", operator(1, { outputs: [] }), 401],
	["no operands at all", operator(1, { fields: { 1: undefined, 2: undefined } }), 401],
	["options of another operator", operator(1, { options: fullyConnected() }), 402],
	["float weights for an int8 input", tensor(1, { type: types.FLOAT32, data: new Float32Array(12) }), 403],
	["an int8 bias", tensor(2, { type: types.INT8, data: new Int8Array(3) }), 403],
	["QUANTIZE from bool", single(codes.QUANTIZE, [{ type: types.BOOL, shape: [4] }, int8([4], 1)]), 403],
	["DEQUANTIZE to int8", single(codes.DEQUANTIZE, [int8([4], 1), int8([4], 1)]), 403],
	["RELU from float to int8", single(codes.RELU, [float([4]), int8([4], 1)]), 403],
	["weights of another depth", tensor(1, { shape: [4, 3] }), 404],
	["weights of another rank", tensor(1, { shape: [3, 4, 1] }), 404],
	["an output of another width", tensor(3, { shape: [1, 4] }), 404],
	["an output of more rows", tensor(3, { shape: [2, 3] }), 404],
	["a scalar input", tensor(0, { shape: [] }), 404],
	["a bias of another length", tensor(2, { shape: [4], data: new Int32Array(4) }), 404],
	["SOFTMAX into another shape", tensor(4, { shape: [3, 1] }), 404],
	["SOFTMAX of a scalar", single(codes.SOFTMAX, [float([]), float([])], softmax()), 404],
	["SOFTMAX over 4096 values", single(codes.SOFTMAX, [int8([4096], 0.1), int8([4096], 1 / 256, -128)], softmax()), 404],
	["RESHAPE to fewer values", single(codes.RESHAPE, [float([4]), float([3])]), 404],
	["RESHAPE to another shape", single(codes.RESHAPE, [float([4]), float([2, 2])], reshape([4, 1])), 404],
	[
		"RESHAPE by a tensor to another shape",
		single(codes.RESHAPE, [float([4]), { type: types.INT32, shape: [2], data: Int32Array.of(1, 4) }, float([2, 2])]),
		404,
	],
	[
		"dimensions that are not kept",
		change({
			tensors: [{ ...sound.tensors[0]!, shape: [1, 1, 4] }, ...sound.tensors.slice(1)],
			operators: [
				{ ...sound.operators[0]!, options: fullyConnected(activations.NONE, { 2: u8(1) }) },
				sound.operators[1]!,
			],
		}),
		404,
	],
	["probabilities of another scale", tensor(4, { scale: 1 / 128 }), 405],
	["probabilities of another zero point", tensor(4, { zeroPoint: 0 }), 405],
	["scales along the depth", tensor(1, { scale: [0.1, 0.1, 0.1, 0.1], axis: 1 }), 405],
	["an int8 input without a scale", tensor(0, { scale: undefined }), 405],
	["LOGISTIC to another scale", single(codes.LOGISTIC, [int8([4], 0.1), int8([4], 0.1, -128)]), 405],
	["a fused TANH", operator(0, { options: fullyConnected(activations.TANH) }), 406],
	["RELU of another shape", change({ operators: [{ code: codes.RELU, inputs: [1], outputs: [4] }] }), 404],
	["weights that nobody writes", tensor(1, { data: undefined }), 205],
	["a bias that nobody writes", tensor(2, { data: undefined }), 205],
	["a result that is a constant", operator(0, { outputs: [1] }), 407],
	[
		"RESHAPE by a tensor that nobody writes",
		single(codes.RESHAPE, [float([4]), { type: types.INT32, shape: [2] }, float([2, 2])]),
		205,
	],
	["SOFTMAX with beta 0", operator(1, { options: softmax(0) }), 408],
	["SOFTMAX with a beta that is not a number", operator(1, { options: softmax(Number.NaN) }), 408],
	["SOFTMAX without a beta", operator(1, { options: undefined }), 408],
	["shuffled weights", operator(0, { options: fullyConnected(0, { 1: u8(1) }) }), 408],
];

const sanitized = { name: "sanitizers", compiler: "clang", flags: sanitizers };
const build = canBuild(sanitized) ? sanitized : {};

describe("refused models", () => {
	const folder = `${nativeDirectory}/hostile`;
	let directory: string;

	function run(name: string, file: Uint8Array) {
		const path = `${folder}/${name.replaceAll(/[^A-Za-z0-9-]+/g, "_")}.tflite`;
		writeFileSync(path, file);
		const { status, errors } = runEngine(directory, ["--info", path]);
		return { status, code: Number(/^error (\d+):/.exec(errors)?.[1]), errors };
	}

	beforeAll(() => {
		mkdirSync(folder, { recursive: true });
		directory = buildEngine(build);
	});

	test("the model that they are made from is sound", () => {
		expect(run("sound", buildModel(sound))).toMatchObject({ status: 0, errors: "" });
	});

	test.each([...soundVariables, ...soundTrees, ...soundMachines])("%s", (name, file) => {
		expect(run(name, file)).toMatchObject({ status: 0, errors: "" });
	});

	test("a bias with scales along its filter's axis, as converters write it, is sound", () => {
		const file = tensor(2, { scale: [0.001, 0.002, 0.003], axis: 3 });
		expect(run("bias", file)).toMatchObject({ status: 0, errors: "" });
	});

	test("a missing operator is named before the types that only it takes", () => {
		const file = change({
			tensors: sound.tensors.map((tensor, i) => (i === 4 ? { ...tensor, type: types.INT4 } : tensor)),
			operators: [sound.operators[0]!, { ...sound.operators[1]!, code: codes.LSTM, options: undefined }],
		});
		expect(run("missing", file)).toMatchObject({ status: 2, code: 400 });
	});

	test.each(refused)("%s", (name, file, code, sentence) => {
		const result = run(name, file);
		expect(result).toMatchObject({ status: 2, code });
		expect(result.errors).toContain(sentence ?? "");
	});

	const file = buildModel(sound);
	const boundaries = Array.from({ length: Math.floor((file.length - 1) / 64) }, (_, i) => 64 * (i + 1));
	test.each(boundaries)("cut after %i bytes", (length) => {
		const { status, code } = run(`cut-${length}`, file.slice(0, length));
		expect(status).toBe(2);
		/* the file ends within a table, a vector or before what an offset points to */
		expect([104, 105, 106]).toContain(code);
	});

	test("there is a case for each number that is about a model", () => {
		const header = readFileSync(`${engineDirectory}/engine.h`, "utf8");
		const numbers = [...header.matchAll(/ENGINE_\w+ = (\d{3})/g)].map((match) => Number(match[1]));
		/* what native/tflm alone refuses: tflm.test.ts */
		const others = [109, 409];
		expect(new Set(refused.map(([, , code]) => code))).toEqual(
			new Set(numbers.filter((code) => code < 500 && !others.includes(code))),
		);
	});
});
