/**
 * TensorFlow Lite's model format. Numbers are those of schema.fbs, version 3 (TensorFlow,
 * tensorflow/lite/schema/schema.fbs): the position of each field in its table, and the enumerations.
 */

/** Position of each field in its table. */
export const Slot = Object.freeze({
	Model: Object.freeze({
		version: 0,
		operatorCodes: 1,
		subgraphs: 2,
		description: 3,
		buffers: 4,
		metadata: 6,
		signatures: 7,
	}),
	OperatorCode: Object.freeze({ deprecatedBuiltinCode: 0, customCode: 1, version: 2, builtinCode: 3 }),
	SubGraph: Object.freeze({ tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 }),
	Tensor: Object.freeze({
		shape: 0,
		type: 1,
		buffer: 2,
		name: 3,
		quantization: 4,
		isVariable: 5,
		sparsity: 6,
		shapeSignature: 7,
		externalBuffer: 10,
	}),
	Quantization: Object.freeze({ scale: 2, zeroPoint: 3, detailsType: 4, dimension: 6 }),
	Operator: Object.freeze({
		opcodeIndex: 0,
		inputs: 1,
		outputs: 2,
		optionsType: 3,
		options: 4,
		customOptions: 5,
		intermediates: 8,
		largeCustomOptionsSize: 10,
		options2Type: 11,
	}),
	Buffer: Object.freeze({ data: 0, offset: 1, size: 2 }),
	Metadata: Object.freeze({ name: 0, buffer: 1 }),
	Signature: Object.freeze({ key: 2 }),
} as const);

export const fileIdentifier = "TFL3";
export const schemaVersion = 3;

/** TensorType, with the bits of one element; 0 where they differ from element to element. */
export const tensorTypes = Object.freeze({
	FLOAT32: Object.freeze({ code: 0, bits: 32 }),
	FLOAT16: Object.freeze({ code: 1, bits: 16 }),
	INT32: Object.freeze({ code: 2, bits: 32 }),
	UINT8: Object.freeze({ code: 3, bits: 8 }),
	INT64: Object.freeze({ code: 4, bits: 64 }),
	STRING: Object.freeze({ code: 5, bits: 0 }),
	BOOL: Object.freeze({ code: 6, bits: 8 }),
	INT16: Object.freeze({ code: 7, bits: 16 }),
	COMPLEX64: Object.freeze({ code: 8, bits: 64 }),
	INT8: Object.freeze({ code: 9, bits: 8 }),
	FLOAT64: Object.freeze({ code: 10, bits: 64 }),
	COMPLEX128: Object.freeze({ code: 11, bits: 128 }),
	UINT64: Object.freeze({ code: 12, bits: 64 }),
	RESOURCE: Object.freeze({ code: 13, bits: 0 }),
	VARIANT: Object.freeze({ code: 14, bits: 0 }),
	UINT32: Object.freeze({ code: 15, bits: 32 }),
	UINT16: Object.freeze({ code: 16, bits: 16 }),
	INT4: Object.freeze({ code: 17, bits: 4 }),
	BFLOAT16: Object.freeze({ code: 18, bits: 16 }),
	INT2: Object.freeze({ code: 19, bits: 2 }),
	UINT4: Object.freeze({ code: 20, bits: 4 }),
} as const);
export type TensorType = keyof typeof tensorTypes;

/** BuiltinOperator, with the table of its options: those that are written here. */
export const operatorKinds = Object.freeze({
	ADD: Object.freeze({ code: 0, options: "AddOptions" }),
	AVERAGE_POOL_2D: Object.freeze({ code: 1, options: "Pool2DOptions" }),
	CONCATENATION: Object.freeze({ code: 2, options: "ConcatenationOptions" }),
	CONV_2D: Object.freeze({ code: 3, options: "Conv2DOptions" }),
	DEPTHWISE_CONV_2D: Object.freeze({ code: 4, options: "DepthwiseConv2DOptions" }),
	DEQUANTIZE: Object.freeze({ code: 6, options: undefined }),
	FULLY_CONNECTED: Object.freeze({ code: 9, options: "FullyConnectedOptions" }),
	LOGISTIC: Object.freeze({ code: 14, options: undefined }),
	MAX_POOL_2D: Object.freeze({ code: 17, options: "Pool2DOptions" }),
	MUL: Object.freeze({ code: 18, options: "MulOptions" }),
	RELU: Object.freeze({ code: 19, options: undefined }),
	RESHAPE: Object.freeze({ code: 22, options: "ReshapeOptions" }),
	SOFTMAX: Object.freeze({ code: 25, options: "SoftmaxOptions" }),
	CUSTOM: Object.freeze({ code: 32, options: undefined }),
	TRANSPOSE: Object.freeze({ code: 39, options: "TransposeOptions" }),
	MEAN: Object.freeze({ code: 40, options: "ReducerOptions" }),
	SUB: Object.freeze({ code: 41, options: "SubOptions" }),
	SQUEEZE: Object.freeze({ code: 43, options: "SqueezeOptions" }),
	EXP: Object.freeze({ code: 47, options: "ExpOptions" }),
	CAST: Object.freeze({ code: 53, options: "CastOptions" }),
	MAXIMUM: Object.freeze({ code: 55, options: "MaximumMinimumOptions" }),
	MINIMUM: Object.freeze({ code: 57, options: "MaximumMinimumOptions" }),
	EXPAND_DIMS: Object.freeze({ code: 70, options: "ExpandDimsOptions" }),
	SUM: Object.freeze({ code: 74, options: "ReducerOptions" }),
	SQUARE: Object.freeze({ code: 92, options: "SquareOptions" }),
	SQUARED_DIFFERENCE: Object.freeze({ code: 99, options: "SquaredDifferenceOptions" }),
	QUANTIZE: Object.freeze({ code: 114, options: undefined }),
} as const);

export type Activation = "NONE" | "RELU" | "RELU_N1_TO_1" | "RELU6";

/** real = scale · (stored − zero point): of a whole tensor, or symmetric with a scale for each index of a dimension. */
export type Quantization =
	| { readonly scale: number; readonly zeroPoint: number }
	| { readonly scales: Float32Array; readonly dimension: number };

export interface Tensor {
	readonly name: string;
	readonly type: TensorType;
	readonly shape: readonly number[];
	/** Absent in a tensor that is not quantised. */
	readonly quantization?: Quantization;
	/** Little-endian content of a constant; absent in a tensor that is computed. */
	readonly data?: Uint8Array;
}

interface Window {
	readonly padding: "SAME" | "VALID";
	readonly strideWidth: number;
	readonly strideHeight: number;
	readonly activation: Activation;
}

/** What an operator is and how it is set. Shapes and parameters that are tensors are among its inputs. */
export type OperatorOptions =
	| { readonly kind: "FULLY_CONNECTED" | "ADD" | "SUB" | "MUL"; readonly activation: Activation }
	| ({ readonly kind: "CONV_2D" } & Window)
	| ({ readonly kind: "DEPTHWISE_CONV_2D"; readonly depthMultiplier: number } & Window)
	| ({
			readonly kind: "MAX_POOL_2D" | "AVERAGE_POOL_2D";
			readonly filterWidth: number;
			readonly filterHeight: number;
	  } & Window)
	| { readonly kind: "SOFTMAX"; readonly beta: number }
	| { readonly kind: "MEAN" | "SUM"; readonly keepDims: boolean }
	| { readonly kind: "CONCATENATION"; readonly axis: number; readonly activation: Activation }
	| { readonly kind: "SQUEEZE"; readonly squeezeDims: readonly number[] }
	| {
			readonly kind:
				| "CAST"
				| "DEQUANTIZE"
				| "EXP"
				| "EXPAND_DIMS"
				| "LOGISTIC"
				| "MAXIMUM"
				| "MINIMUM"
				| "QUANTIZE"
				| "RELU"
				| "RESHAPE"
				| "SQUARE"
				| "SQUARED_DIFFERENCE"
				| "TRANSPOSE";
	  }
	/** An operator that TensorFlow Lite does not have, by its name: see native/engine/operators/CUSTOM.md. */
	| { readonly kind: "CUSTOM"; readonly name: string; readonly options: Uint8Array };

/** `inputs` and `outputs` number the model's tensors; an input of −1 is left out. */
export type Operator = OperatorOptions & { readonly inputs: readonly number[]; readonly outputs: readonly number[] };

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
