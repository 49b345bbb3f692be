/** Broken tree ensembles and kernel machines: [what, file, number of the error]. */
import { vector } from "./flatbuffer";
import { buildModel, codes, type TensorDescription, types } from "./model";

function bytes(...values: number[]): number[] {
	return values;
}

function floatBytes(...values: number[]): number[] {
	return Array.from(new Uint8Array(Float32Array.from(values).buffer));
}

const constant = (
	data: Int32Array | Float32Array | Int8Array,
	shape = [data.length],
	scale?: number,
): TensorDescription => ({
	type: data instanceof Float32Array ? types.FLOAT32 : data instanceof Int8Array ? types.INT8 : types.INT32,
	shape,
	data,
	scale,
});

/** An operator whose inputs are all tensors but the last, and that one its output. */
function custom(name: string, options: number[], tensors: TensorDescription[], inputs?: number[]): Uint8Array {
	return buildModel({
		tensors,
		operators: [
			{
				code: codes.CUSTOM,
				custom: name,
				inputs: inputs ?? tensors.slice(0, -1).map((_, i) => i),
				outputs: [tensors.length - 1],
				fields: { 5: vector(Uint8Array.from(options), 1) },
			},
		],
		inputs: [0],
		outputs: [tensors.length - 1],
	});
}

const features: TensorDescription = { type: types.INT8, shape: [1, 4], scale: 1 };
const scores: TensorDescription = { type: types.INT8, shape: [1, 3], scale: 1 / 256, zeroPoint: -128 };
const reals: TensorDescription = { type: types.FLOAT32, shape: [1, 3] };

const leaf = (payload: number) => (payload << 1) | 1;
const narrow = (feature: number, skip: number, threshold = 0) => (feature << 1) | (skip << 11) | (threshold << 24);
/** Three leaves: the second split lies to the left. */
const sound = [5, narrow(3, 3), narrow(0, 1), leaf(0), leaf(1), leaf(2)];

interface Trees {
	words?: number[];
	options?: number[];
	input?: TensorDescription;
	output?: TensorDescription;
	more?: TensorDescription[];
	inputs?: number[];
}

const treeOptions = (nodeWords: number, leaves: number, scale = 1) =>
	bytes(1, nodeWords, leaves, 0, ...floatBytes(scale));

function trees({
	words = sound,
	options = treeOptions(1, 0),
	input = features,
	output = scores,
	more = [],
	inputs,
}: Trees) {
	return custom("TMLAAS_TREES", options, [input, constant(Int32Array.from(words)), ...more, output], inputs);
}

const rows = (shape: number[]) => constant(new Float32Array(shape[0]! * shape[1]!), shape);

export const soundTrees: [string, Uint8Array][] = [
	["trees that vote", trees({})],
	["two trees", trees({ words: [...sound, 1, leaf(2)] })],
	["wide nodes", trees({ words: [3, (3 << 1) | (1 << 16), 9, leaf(0), 0, leaf(1), 0], options: treeOptions(2, 0) })],
	["rows of numbers", trees({ options: treeOptions(1, 2), more: [rows([3, 3])], output: reals })],
	[
		"a base",
		trees({ options: treeOptions(1, 1), more: [constant(new Float32Array(3))], inputs: [0, 1, -1, 2], output: reals }),
	],
];

export const hostileTrees: [string, Uint8Array, number][] = [
	["a tree without nodes", trees({ words: [0] }), 408],
	["a tree longer than its tensor", trees({ words: [6, ...sound.slice(1)] }), 408],
	["a tree of 2^32 - 1 nodes", trees({ words: [-1, ...sound.slice(1)] }), 408],
	["half a tree behind a tree", trees({ words: [...sound, 2, leaf(0)] }), 408],
	["a feature out of range", trees({ words: [5, narrow(4, 3), ...sound.slice(2)] }), 408],
	["a child that is its own parent's neighbour", trees({ words: [5, narrow(3, 0), ...sound.slice(2)] }), 408],
	["a child behind the tree", trees({ words: [5, narrow(3, 4), ...sound.slice(2)] }), 408],
	["a child in the next tree", trees({ words: [3, narrow(3, 2), leaf(0), leaf(1), 1, leaf(0)] }), 408],
	["a tree that ends in a split", trees({ words: [3, narrow(3, 1), leaf(0), narrow(3, 1)] }), 408],
	["a vote for a class out of range", trees({ words: [1, leaf(3)] }), 408],
	["a number that takes 17 bits", trees({ words: [1, leaf(40000)], options: treeOptions(1, 1) }), 408],
	["a row out of range", trees({ options: treeOptions(1, 2), more: [rows([2, 3])], output: reals }), 408],
	["rows of another width", trees({ options: treeOptions(1, 2), more: [rows([3, 2])], output: reals }), 404],
	["rows of rank 1", trees({ options: treeOptions(1, 2), more: [constant(new Float32Array(9))], output: reals }), 404],
	["rows that are missing", trees({ options: treeOptions(1, 2) }), 401],
	["rows for votes", trees({ more: [rows([3, 3])] }), 401],
	["float32 rows for int8 scores", trees({ options: treeOptions(1, 2), more: [rows([3, 3])] }), 403],
	["a base for votes", trees({ more: [constant(new Float32Array(3))], inputs: [0, 1, -1, 2] }), 401],
	[
		"a base that no sum can hold",
		trees({ options: treeOptions(1, 1), more: [constant(Float32Array.of(0, 3e9, 0))], inputs: [0, 1, -1, 2] }),
		408,
	],
	[
		"a base that is no number",
		trees({ options: treeOptions(1, 1), more: [constant(Float32Array.of(0, Number.NaN, 0))], inputs: [0, 1, -1, 2] }),
		408,
	],
	["narrow nodes for int16", trees({ input: { type: types.INT16, shape: [1, 4], scale: 1 } }), 403],
	["trees without options", trees({ options: [] }), 402],
	["trees of another version", trees({ options: bytes(2, 1, 0, 0, ...floatBytes(1)) }), 408],
	["nodes of three words", trees({ options: treeOptions(3, 0) }), 408],
	["leaves of another kind", trees({ options: treeOptions(1, 3) }), 408],
	["a scale of zero", trees({ options: treeOptions(1, 0, 0) }), 408],
	["a negative scale", trees({ options: treeOptions(1, 0, -1) }), 408],
	["nodes that are computed", custom("TMLAAS_TREES", treeOptions(1, 0), [features, scores], [0, 0]), 403],
	["features that do not fill the batches", trees({ output: { ...scores, shape: [3, 3] } }), 404],
	["trees without a score's scale", trees({ output: { ...scores, scale: undefined, zeroPoint: undefined } }), 405],
	[
		"one forest for a thousand operators",
		buildModel({
			tensors: [
				features,
				constant(new Int32Array(2000).map((_, i) => (i % 2 ? leaf(0) : 1))),
				...Array.from({ length: 1000 }, () => scores),
			],
			operators: Array.from({ length: 1000 }, (_, i) => ({
				code: codes.CUSTOM,
				custom: "TMLAAS_TREES",
				inputs: [0, 1],
				outputs: [2 + i],
				fields: { 5: vector(Uint8Array.from(treeOptions(1, 0)), 1) },
			})),
			inputs: [0],
			outputs: [2],
		}),
		107,
	],
];

interface Machine {
	options?: number[];
	input?: TensorDescription;
	vectors?: TensorDescription;
	coefficients?: number;
	intercepts?: number;
	counts?: number[];
	norms?: TensorDescription[];
	output?: TensorDescription;
}

const machineOptions = (kernel: number, answer: number, degree = 2, gamma = 0.1) =>
	bytes(1, kernel, answer, degree, ...floatBytes(gamma, 0));

/** Five vectors of three classes. */
function machine({
	options = machineOptions(1, 1),
	input = features,
	vectors = constant(new Int8Array(20), [5, 4], 1),
	coefficients = 10,
	intercepts = 3,
	counts = [2, 2, 1],
	norms = [constant(new Int32Array(5))],
	output = reals,
}: Machine): Uint8Array {
	return custom("TMLAAS_SVM", options, [
		input,
		vectors,
		constant(new Float32Array(coefficients)),
		constant(new Float32Array(intercepts)),
		constant(Int32Array.from(counts)),
		...norms,
		output,
	]);
}

export const soundMachines: [string, Uint8Array][] = [
	["a machine that votes", machine({})],
	["a machine that decides", machine({ options: machineOptions(2, 0), norms: [] })],
	[
		"a machine of one class",
		machine({
			options: machineOptions(0, 0),
			norms: [],
			coefficients: 5,
			intercepts: 1,
			counts: [5],
			output: { type: types.FLOAT32, shape: [1, 1] },
		}),
	],
];

export const hostileMachines: [string, Uint8Array, number][] = [
	["more vectors than there are", machine({ counts: [2, 2, 2] }), 408],
	["fewer vectors than there are", machine({ counts: [2, 2, 0] }), 408],
	["a negative count of vectors", machine({ counts: [6, -2, 1] }), 408],
	["counts that wrap", machine({ counts: [0x7fffffff, 0x7fffffff, 7] }), 408],
	["too few coefficients", machine({ coefficients: 9 }), 404],
	["too many intercepts", machine({ intercepts: 4 }), 404],
	["too few norms", machine({ norms: [constant(new Int32Array(4))] }), 404],
	["norms that are missing", machine({ norms: [] }), 401],
	["norms that nothing needs", machine({ options: machineOptions(0, 1) }), 401],
	["vectors of another length", machine({ vectors: constant(new Int8Array(15), [5, 3], 1) }), 404],
	["vectors of another type", machine({ vectors: constant(new Float32Array(20), [5, 4]) }), 403],
	["vectors of another scale", machine({ vectors: constant(new Int8Array(20), [5, 4], 0.5) }), 405],
	["vectors of rank 1", machine({ vectors: constant(new Int8Array(20), [20], 1) }), 404],
	["votes for another count of classes", machine({ output: { type: types.FLOAT32, shape: [1, 4] } }), 404],
	[
		"votes of one class",
		machine({ counts: [5], coefficients: 5, intercepts: 1, output: { ...reals, shape: [1, 1] } }),
		404,
	],
	["257 classes", machine({ counts: [5, ...new Array(256).fill(0)] }), 404],
	["a kernel that is not known", machine({ options: machineOptions(3, 1) }), 408],
	["an answer that is not known", machine({ options: machineOptions(1, 2) }), 408],
	["a polynomial of degree 0", machine({ options: machineOptions(2, 1, 0), norms: [] }), 408],
	["a gamma that is no number", machine({ options: machineOptions(1, 1, 2, Number.NaN) }), 408],
	["a negative gamma", machine({ options: machineOptions(1, 1, 2, -1) }), 408],
	["a machine without options", machine({ options: bytes(1, 1, 1) }), 402],
];
