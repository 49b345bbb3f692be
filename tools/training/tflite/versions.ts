/**
 * The version of an operator that its types and options need, as TensorFlow Lite's converter states it
 * (tensorflow/lite/tools/versioning/op_version.cc): an interpreter that knows only older ones refuses the file at once.
 */

import type { Operator, Tensor } from "./schema";

export function operatorVersion(operator: Operator, tensors: readonly Tensor[]): number {
	const tensor = (index: number | undefined) => (index === undefined ? undefined : tensors[index]);
	const [input, weights] = operator.inputs.map(tensor);
	const output = tensor(operator.outputs[0]);
	const rank = input?.shape.length ?? 0;
	switch (operator.kind) {
		case "CONV_2D":
		case "DEPTHWISE_CONV_2D":
			return input?.type === "INT8" && weights?.type === "INT8" ? 3 : 1;
		case "FULLY_CONNECTED":
			if (operator.inputs.length === 2) return 6;
			return input?.type === "INT8" && weights?.type === "INT8" ? 4 : 1;
		case "MUL":
			if (input?.type === "INT64") return 5;
			if (input?.type === "INT16") return input.quantization ? 4 : 7;
			if (productOfScales(input, weights, output) >= 1) return 3;
			return input?.type === "INT8" ? 2 : 1;
		case "ADD":
			if (input?.type === "INT16" && !input.quantization) return 5;
			if (input?.type === "INT64") return 4;
			return input?.type === "INT8" ? 2 : 1;
		case "SUB":
			if (input?.type === "INT64") return 4;
			if (isStretched(input, weights)) return 3;
			return input?.type === "INT8" ? 2 : 1;
		case "MAXIMUM":
		case "MINIMUM":
			if (input?.type === "INT16") return 4;
			if (isStretched(input, weights)) return 3;
			return input?.type === "INT8" ? 2 : 1;
		case "TRANSPOSE":
			if (rank > 5) return 6;
			if (input?.type === "INT16") return 5;
			if (rank > 4) return 4;
			if (input?.type === "BOOL") return 3;
			return input?.type === "INT8" ? 2 : 1;
		case "CAST":
			return input?.type === "INT8" || output?.type === "INT8" ? 3 : 1;
		case "QUANTIZE":
			return output?.type === "INT16" ? 2 : 1;
		case "DEQUANTIZE":
		case "AVERAGE_POOL_2D":
		case "CONCATENATION":
		case "LOGISTIC":
		case "MAX_POOL_2D":
		case "MEAN":
		case "SOFTMAX":
			if (input?.type === "INT16") return 3;
			return input?.type === "INT8" ? 2 : 1;
		case "RELU":
			if (input?.type === "INT16") return 3;
			return input?.type === "INT8" || input?.type === "UINT8" ? 2 : 1;
		case "EXP":
			return input?.type === "INT8" || input?.type === "INT16" ? 2 : 1;
		case "SQUARED_DIFFERENCE":
		case "SUM":
			return input?.type === "INT8" ? 2 : 1;
		case "CUSTOM":
		case "EXPAND_DIMS":
		case "RESHAPE":
		case "SQUARE":
		case "SQUEEZE":
			return 1;
	}
}

/** The scale of a product of stored values beside that of the result; 0 where one of them is not quantised. */
function productOfScales(...[a, b, result]: (Tensor | undefined)[]): number {
	const scale = (tensor: Tensor | undefined) =>
		tensor?.quantization && "scale" in tensor.quantization ? tensor.quantization.scale : 0;
	return scale(result) === 0 ? 0 : (scale(a) * scale(b)) / scale(result);
}

/** Whether one of two operands of more than 4 dimensions is stretched to the other's shape. */
function isStretched(a: Tensor | undefined, b: Tensor | undefined): boolean {
	const same = a?.shape.length === b?.shape.length && a?.shape.every((size, i) => size === b?.shape[i]);
	return !same && Math.max(a?.shape.length ?? 0, b?.shape.length ?? 0) > 4;
}
