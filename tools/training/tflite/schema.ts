/**
 * The part of TensorFlow Lite's model format that is used here. Numbers are those of schema.fbs, version 3
 * (TensorFlow, tensorflow/lite/schema/schema.fbs): the position of each field in its table, and the enumerations.
 */

/** Position of each field in its table. */
export const Slot = Object.freeze({
	Model: Object.freeze({ version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadata: 6 }),
	OperatorCode: Object.freeze({ deprecatedBuiltinCode: 0, version: 2, builtinCode: 3 }),
	SubGraph: Object.freeze({ tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 }),
	Tensor: Object.freeze({ shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 }),
	Quantization: Object.freeze({ scale: 2, zeroPoint: 3 }),
	Operator: Object.freeze({ opcodeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 }),
	FullyConnectedOptions: Object.freeze({ activation: 0 }),
	SoftmaxOptions: Object.freeze({ beta: 0 }),
	ReshapeOptions: Object.freeze({ newShape: 0 }),
	Buffer: Object.freeze({ data: 0 }),
	Metadata: Object.freeze({ name: 0, buffer: 1 }),
} as const);

export const fileIdentifier = "TFL3";
export const schemaVersion = 3;

/** TensorType, with the bytes of one element. */
export const tensorTypes = Object.freeze({
	FLOAT32: Object.freeze({ code: 0, size: 4 }),
	INT32: Object.freeze({ code: 2, size: 4 }),
	INT16: Object.freeze({ code: 7, size: 2 }),
	INT8: Object.freeze({ code: 9, size: 1 }),
} as const);
export type TensorType = keyof typeof tensorTypes;

/** BuiltinOperator, with the operator version that first takes int8. */
export const operatorKinds = Object.freeze({
	DEQUANTIZE: Object.freeze({ code: 6, version: 2 }),
	FULLY_CONNECTED: Object.freeze({ code: 9, version: 4 }),
	LOGISTIC: Object.freeze({ code: 14, version: 2 }),
	RESHAPE: Object.freeze({ code: 22, version: 1 }),
	SOFTMAX: Object.freeze({ code: 25, version: 2 }),
	QUANTIZE: Object.freeze({ code: 114, version: 1 }),
} as const);
export type OperatorKind = keyof typeof operatorKinds;

/** BuiltinOptions, the union's tag. */
export const OptionsType = Object.freeze({ none: 0, fullyConnected: 8, softmax: 9, reshape: 17 } as const);

/** ActivationFunctionType. */
export const activations = Object.freeze({ NONE: 0, RELU: 1 } as const);
export type Activation = keyof typeof activations;

export interface Tensor {
	readonly name: string;
	readonly type: TensorType;
	readonly shape: readonly number[];
	/** Absent in a tensor that is not quantised. */
	readonly quantization?: { readonly scale: number; readonly zeroPoint: number };
	/** Little-endian content of a constant; absent in a tensor that is computed. */
	readonly data?: Uint8Array;
}

/** `inputs` and `outputs` number the model's tensors. */
export type Operator = {
	readonly inputs: readonly number[];
	readonly outputs: readonly number[];
} & (
	| { readonly kind: "FULLY_CONNECTED"; readonly activation: Activation }
	| { readonly kind: "SOFTMAX"; readonly beta: number }
	| { readonly kind: "RESHAPE" | "LOGISTIC" | "QUANTIZE" | "DEQUANTIZE" }
);

/** Tensors and the operators between them, in the order in which they run. */
export interface Graph {
	readonly tensors: readonly Tensor[];
	readonly operators: readonly Operator[];
	readonly inputs: readonly number[];
	readonly outputs: readonly number[];
}

/** A model of one subgraph. */
export interface Model extends Graph {
	readonly description: string;
	readonly metadata: readonly { readonly name: string; readonly data: Uint8Array }[];
}
