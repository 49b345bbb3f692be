import { f32, u8 } from "../../native/flatbuffer";
import { codes, softmax, types } from "../../native/model";
import type { Grow, Limits, Type } from "./sketch";

const quantised = [types.FLOAT32, types.INT8, types.INT16] as const;
const narrow = [types.FLOAT32, types.INT8] as const;

/** An operator with quantisation of its own for the result. */
function free(code: number, fitting: readonly Type[]): Grow {
	return (sketch) => {
		const input = sketch.operand(fitting, () => sketch.shape());
		const { type, shape } = sketch.get(input);
		sketch.operator(code, [input], [{ type, shape, ...sketch.quantisation(type as Type) }]);
	};
}

/** An operator whose result has the quantisation that its definition fixes. */
function fixed(code: number, fitting: readonly Type[], int8: Limits, int16 = 1 / 32768, options?: () => object): Grow {
	return (sketch) => {
		const found = sketch.operand(fitting, () => sketch.shape());
		// 16 bits that reach so far would be 1 or -1 everywhere
		const far = sketch.get(found).type === types.INT16 && (sketch.get(found).scale as number) > 1;
		const input = far ? sketch.input(types.INT8, sketch.shape()) : found;
		const { type, shape } = sketch.get(input);
		const [scale, zeroPoint] = type === types.INT8 ? int8 : [int16, 0];
		const quantisation = type === types.FLOAT32 ? {} : { scale, zeroPoint };
		sketch.operator(code, [input], [{ type, shape, ...quantisation }], options?.() as never);
	};
}

export const activationOperators: Record<string, Grow> = {
	RELU: free(codes.RELU, quantised),
	RELU6: free(codes.RELU6, quantised),
	ELU: free(codes.ELU, narrow),
	HARD_SWISH: free(codes.HARD_SWISH, narrow),
	LOGISTIC: fixed(codes.LOGISTIC, quantised, [1 / 256, -128]),
	TANH: fixed(codes.TANH, quantised, [1 / 128, 0]),
	LOG_SOFTMAX: fixed(codes.LOG_SOFTMAX, narrow, [16 / 256, 127]),
	L2_NORMALIZATION: fixed(codes.L2_NORMALIZATION, narrow, [1 / 128, 0]),
	SOFTMAX: (sketch) => {
		const input = sketch.operand(quantised, () => sketch.shape());
		const { type, shape } = sketch.get(input);
		const options = softmax(sketch.chance(0.6) ? 1 : Math.fround(sketch.uniform(0.1, 3)));
		const toInt16 = type === types.INT16 || (type === types.INT8 && sketch.chance(0.2));
		const quantisation = toInt16 ? { scale: 1 / 32768, zeroPoint: 0 } : { scale: 1 / 256, zeroPoint: -128 };
		const output = type === types.FLOAT32 ? { type, shape } : { type: toInt16 ? types.INT16 : type, shape };
		sketch.operator(codes.SOFTMAX, [input], [{ ...output, ...(type === types.FLOAT32 ? {} : quantisation) }], options);
	},
	LEAKY_RELU: (sketch) => {
		const input = sketch.operand(quantised, () => sketch.shape());
		const { type, shape } = sketch.get(input);
		const alpha = Math.fround(sketch.uniform(sketch.chance(0.1) ? -2 : 0, sketch.chance(0.1) ? 3 : 0.5));
		const output = { type, shape, ...sketch.quantisation(type as Type) };
		sketch.operator(codes.LEAKY_RELU, [input], [output], { type: 75, fields: { 0: f32(alpha) } });
	},
	PRELU: (sketch) => {
		const input = sketch.operand(narrow, () => sketch.shape(2));
		const { type, shape } = sketch.get(input);
		const slopes = shape.map((extent, i) => (i === shape.length - 1 || sketch.chance(0.5) ? extent : 1));
		const alpha = sketch.constant(type as Type, sketch.chance(0.5) ? slopes : slopes.slice(-1));
		sketch.operator(codes.PRELU, [input, alpha], [{ type, shape, ...sketch.quantisation(type as Type) }]);
	},
	QUANTIZE: (sketch) => {
		// what a float32 becomes that is 2^31 scales away is undefined
		const fromFloat = sketch.chance(0.4);
		const input = fromFloat
			? sketch.input(types.FLOAT32, sketch.shape())
			: sketch.operand([types.INT8, types.INT16], () => sketch.shape());
		const { shape } = sketch.get(input);
		const type = sketch.choose([types.INT8, types.INT16]);
		const { scale, zeroPoint } = sketch.quantisation(type);
		const output = { type, shape, scale: fromFloat ? Math.max(scale as number, 2 ** -20) : scale, zeroPoint };
		sketch.operator(codes.QUANTIZE, [input], [output]);
	},
	DEQUANTIZE: (sketch) => {
		const input = sketch.operand([types.INT8, types.INT16], () => sketch.shape());
		sketch.operator(codes.DEQUANTIZE, [input], [{ type: types.FLOAT32, shape: sketch.get(input).shape }]);
	},
	CAST: (sketch) => {
		const all = [types.FLOAT32, types.INT8, types.INT16, types.INT32, types.BOOL] as const;
		const from = sketch.choose(all);
		const to = sketch.choose(all);
		// what a float32 becomes that the other type cannot hold is undefined
		const input =
			from === types.FLOAT32
				? sketch.input(from, sketch.shape(), [-100, 100])
				: sketch.operand([from], () => sketch.shape());
		const options = { type: 37, fields: { 0: u8(from), 1: u8(to) } };
		const output = { type: to, shape: sketch.get(input).shape, ...sketch.quantisation(to) };
		sketch.operator(codes.CAST, [input], [output], options);
	},
};
