/** Small .tflite models for tests, genuine or broken, built from the schema's field numbers. */
import {
	f32,
	finish,
	float32s,
	int32s,
	int64s,
	type Node,
	type Table,
	table,
	tables,
	text,
	u8,
	u32,
	vector,
} from "./flatbuffer";

/** TensorType */
export const types = {
	FLOAT32: 0,
	INT32: 2,
	UINT8: 3,
	INT64: 4,
	BOOL: 6,
	INT16: 7,
	INT8: 9,
	RESOURCE: 13,
	INT4: 17,
} as const;

/** BuiltinOperator */
export const codes = {
	ADD: 0,
	AVERAGE_POOL_2D: 1,
	CONCATENATION: 2,
	CONV_2D: 3,
	DEPTHWISE_CONV_2D: 4,
	DEPTH_TO_SPACE: 5,
	DEQUANTIZE: 6,
	FLOOR: 8,
	FULLY_CONNECTED: 9,
	L2_NORMALIZATION: 11,
	L2_POOL_2D: 12,
	LOGISTIC: 14,
	MAX_POOL_2D: 17,
	MUL: 18,
	LSTM: 16,
	RELU: 19,
	RELU6: 21,
	RESHAPE: 22,
	RESIZE_BILINEAR: 23,
	SOFTMAX: 25,
	SPACE_TO_DEPTH: 26,
	SVDF: 27,
	TANH: 28,
	CUSTOM: 32,
	PAD: 34,
	GATHER: 36,
	BATCH_TO_SPACE_ND: 37,
	SPACE_TO_BATCH_ND: 38,
	TRANSPOSE: 39,
	MEAN: 40,
	SUB: 41,
	DIV: 42,
	SQUEEZE: 43,
	UNIDIRECTIONAL_SEQUENCE_LSTM: 44,
	STRIDED_SLICE: 45,
	EXP: 47,
	SPLIT: 49,
	LOG_SOFTMAX: 50,
	CAST: 53,
	PRELU: 54,
	MAXIMUM: 55,
	ARG_MAX: 56,
	MINIMUM: 57,
	LESS: 58,
	NEG: 59,
	PADV2: 60,
	GREATER: 61,
	GREATER_EQUAL: 62,
	LESS_EQUAL: 63,
	SLICE: 65,
	SIN: 66,
	TRANSPOSE_CONV: 67,
	EXPAND_DIMS: 70,
	EQUAL: 71,
	NOT_EQUAL: 72,
	LOG: 73,
	SUM: 74,
	SQRT: 75,
	RSQRT: 76,
	SHAPE: 77,
	ARG_MIN: 79,
	REDUCE_MAX: 82,
	PACK: 83,
	LOGICAL_OR: 84,
	LOGICAL_AND: 86,
	LOGICAL_NOT: 87,
	UNPACK: 88,
	REDUCE_MIN: 89,
	FLOOR_DIV: 90,
	SQUARE: 92,
	ZEROS_LIKE: 93,
	FILL: 94,
	FLOOR_MOD: 95,
	RESIZE_NEAREST_NEIGHBOR: 97,
	LEAKY_RELU: 98,
	SQUARED_DIFFERENCE: 99,
	MIRROR_PAD: 100,
	ABS: 101,
	SPLIT_V: 102,
	CEIL: 104,
	ADD_N: 106,
	GATHER_ND: 107,
	COS: 108,
	ELU: 111,
	QUANTIZE: 114,
	ROUND: 116,
	HARD_SWISH: 117,
	SELECT_V2: 123,
	BATCH_MATMUL: 126,
	CUMSUM: 128,
	CALL_ONCE: 129,
	BROADCAST_TO: 130,
	VAR_HANDLE: 142,
	READ_VARIABLE: 143,
	ASSIGN_VARIABLE: 144,
	BROADCAST_ARGS: 145,
} as const;

/** ActivationFunctionType */
export const activations = { NONE: 0, RELU: 1, RELU_N1_TO_1: 2, RELU6: 3, TANH: 4 } as const;

export interface TensorDescription {
	type: number;
	shape: readonly number[];
	scale?: number | readonly number[];
	/** One for each scale; 0 when absent. */
	zeroPoint?: number | readonly number[];
	axis?: number;
	/** A constant's values. */
	data?: ArrayBufferView;
	/** Fields of the table that are replaced or added. */
	fields?: Record<number, Node | undefined>;
}

export interface OperatorDescription {
	code: number;
	inputs: readonly number[];
	outputs: readonly number[];
	options?: { type: number; fields: Record<number, Node> };
	custom?: string;
	fields?: Record<number, Node | undefined>;
}

export interface GraphDescription {
	tensors: readonly TensorDescription[];
	operators: readonly OperatorDescription[];
	inputs: readonly number[];
	outputs: readonly number[];
}

export interface ModelDescription extends GraphDescription {
	/** Subgraphs besides the one that runs. */
	others?: readonly GraphDescription[];
	metadata?: Record<string, Uint8Array>;
	identifier?: string;
	/** Fields of the model's table that are replaced or added. */
	fields?: Record<number, Node | undefined>;
	/** Fields of the first subgraph's table. */
	subgraph?: Record<number, Node | undefined>;
}

export function fullyConnected(activation: number = activations.NONE, fields: Record<number, Node> = {}) {
	return { type: 8, fields: { 0: u8(activation), ...fields } };
}

export function softmax(beta = 1) {
	return { type: 9, fields: { 0: f32(beta) } };
}

export function reshape(shape: readonly number[]) {
	return { type: 17, fields: { 0: int32s(shape) } };
}

const list = (value: number | readonly number[]) => (typeof value === "number" ? [value] : value);

export function buildModel(model: ModelDescription): Uint8Array {
	const buffers: Table[] = [table({})];
	const addBuffer = (data: ArrayBufferView) => buffers.push(table({ 0: vector(data, 1, 16) })) - 1;
	const buildTensor = (tensor: TensorDescription, i: number) => {
		const scales = tensor.scale === undefined ? undefined : list(tensor.scale);
		const zeroPoints = tensor.zeroPoint === undefined ? scales?.map(() => 0) : list(tensor.zeroPoint);
		return table({
			0: int32s(tensor.shape),
			1: u8(tensor.type),
			2: u32(tensor.data ? addBuffer(tensor.data) : 0),
			3: text(`tensor${i}`),
			4: scales && table({ 2: float32s(scales), 3: int64s(zeroPoints!), 6: u32(tensor.axis ?? 0) }),
			...tensor.fields,
		});
	};
	const graphs: GraphDescription[] = [model, ...(model.others ?? [])];
	const graphTensors = graphs.map(({ tensors }) => tensors.map(buildTensor));
	const metadata = Object.entries(model.metadata ?? {}).map(([name, data]) =>
		table({ 0: text(name), 1: u32(addBuffer(data)) }),
	);
	let operatorCount = 0;
	const buildOperator = ({ inputs, outputs, options, fields }: OperatorDescription) =>
		table({
			0: u32(operatorCount++),
			1: int32s(inputs),
			2: int32s(outputs),
			3: options && u8(options.type),
			4: options && table(options.fields),
			...fields,
		});
	const root = table({
		0: u32(3),
		1: tables(
			graphs.flatMap(({ operators }) =>
				operators.map(({ code, custom }) =>
					table({
						0: u8(Math.min(code, 127)),
						1: custom === undefined ? undefined : text(custom),
						2: u32(1),
						3: u32(code),
					}),
				),
			),
		),
		2: tables(
			graphs.map(({ inputs, outputs, operators }, i) =>
				table({
					0: tables(graphTensors[i]!),
					1: int32s(inputs),
					2: int32s(outputs),
					3: tables(operators.map(buildOperator)),
					...(i === 0 ? model.subgraph : {}),
				}),
			),
		),
		4: tables(buffers),
		6: tables(metadata),
		...model.fields,
	});
	return finish(root, model.identifier ?? "TFL3");
}
