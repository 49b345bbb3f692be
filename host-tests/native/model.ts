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
export const types = { FLOAT32: 0, INT32: 2, INT64: 4, INT16: 7, INT8: 9, INT4: 17 } as const;

/** BuiltinOperator */
export const codes = {
	CONV_2D: 3,
	DEQUANTIZE: 6,
	FULLY_CONNECTED: 9,
	LOGISTIC: 14,
	RELU: 19,
	RESHAPE: 22,
	SOFTMAX: 25,
	CUSTOM: 32,
	QUANTIZE: 114,
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

export interface ModelDescription {
	tensors: readonly TensorDescription[];
	operators: readonly OperatorDescription[];
	inputs: readonly number[];
	outputs: readonly number[];
	metadata?: Record<string, Uint8Array>;
	identifier?: string;
	/** Fields of the model's table that are replaced or added. */
	fields?: Record<number, Node | undefined>;
	/** Fields of the subgraph's table. */
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
	const tensors = model.tensors.map((tensor, i) => {
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
	});
	const metadata = Object.entries(model.metadata ?? {}).map(([name, data]) =>
		table({ 0: text(name), 1: u32(addBuffer(data)) }),
	);
	const operators = model.operators.map(({ inputs, outputs, options, fields }, i) =>
		table({
			0: u32(i),
			1: int32s(inputs),
			2: int32s(outputs),
			3: options && u8(options.type),
			4: options && table(options.fields),
			...fields,
		}),
	);
	const root = table({
		0: u32(3),
		1: tables(
			model.operators.map(({ code, custom }) =>
				table({
					0: u8(Math.min(code, 127)),
					1: custom === undefined ? undefined : text(custom),
					2: u32(1),
					3: u32(code),
				}),
			),
		),
		2: tables([
			table({
				0: tables(tensors),
				1: int32s(model.inputs),
				2: int32s(model.outputs),
				3: tables(operators),
				...model.subgraph,
			}),
		]),
		4: tables(buffers),
		6: tables(metadata),
		...model.fields,
	});
	return finish(root, model.identifier ?? "TFL3");
}
