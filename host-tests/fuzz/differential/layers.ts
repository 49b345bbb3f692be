import { u8, u32 } from "../../native/flatbuffer";
import { activations, codes, fullyConnected, type TensorDescription, types } from "../../native/model";
import { elements, type Grow, type Sketch, type Type } from "./sketch";

const quantised = [types.FLOAT32, types.INT8, types.INT16] as const;
const padding = { SAME: 0, VALID: 1 } as const;

const activation = (sketch: Sketch) => (sketch.chance(0.5) ? activations.NONE : sketch.between(0, 3));

/**
 * Weights and bias for an operand of this type; often there is no bias.
 * @param general Whether TensorFlow Lite Micro knows for this operator that a bias is absent by the index -1, and that
 * a bias for int16 may have 32 bits.
 */
function parameters(
	sketch: Sketch,
	input: TensorDescription,
	shape: readonly number[],
	axis: number,
	units: number,
	general = true,
): number[] {
	const withBias = sketch.chance(0.8);
	const absent = general && sketch.chance(0.5) ? [-1] : [];
	const computed = sketch.chance(0.1);
	if (input.type === types.FLOAT32) {
		const weights = computed
			? sketch.input(types.FLOAT32, shape, [-1, 1])
			: sketch.constant(types.FLOAT32, shape, [-1, 1]);
		return withBias ? [weights, sketch.constant(types.FLOAT32, [units], [-2, 2])] : [weights, ...absent];
	}
	const channels = !computed && sketch.chance(0.5); // what else reads the weights wants one scale
	const scales = channels ? Array.from({ length: units }, () => sketch.scale() / 8) : [sketch.scale() / 8];
	const inputScale = input.scale as number;
	const quantisation = { scale: scales.map(Math.fround), zeroPoint: scales.map(() => 0), axis };
	const weights = computed
		? sketch.input(types.INT8, shape, [-127, 127], quantisation)
		: sketch.constant(types.INT8, shape, [-127, 127], quantisation);
	if (!withBias) return [weights, ...absent];
	const bias = {
		scale: scales.map((scale) => Math.fround(inputScale * Math.fround(scale))),
		zeroPoint: scales.map(() => 0),
	};
	const wide = input.type === types.INT16 && (!general || sketch.chance(0.7));
	return [weights, sketch.constant(wide ? types.INT64 : types.INT32, [units], [-100000, 100000], bias)];
}

/** A result with a scale that is not so far below the sums' that their rescaling is undefined. */
function result(
	sketch: Sketch,
	input: TensorDescription,
	weights: number,
	shape: readonly number[],
): TensorDescription {
	const type = input.type as Type;
	if (type === types.FLOAT32) return { type, shape };
	const { scale, zeroPoint } = sketch.quantisation(type);
	const sums = (input.scale as number) * Math.max(...(sketch.get(weights).scale as number[]));
	const least = sums / (type === types.INT16 ? 2 ** 6 : 2 ** 29);
	return { type, shape, scale: Math.max(scale as number, Math.fround(least)), zeroPoint };
}

interface Window {
	padding: number;
	stride: [number, number];
	size: [number, number];
	dilation: [number, number];
	/** Rows and columns of the result. */
	extent: [number, number];
}

/** A window over an image, such that the result is not empty. */
function window(sketch: Sketch, image: readonly number[], dilated: boolean): Window {
	const size: [number, number] = [sketch.between(1, 4), sketch.between(1, 4)];
	const stride: [number, number] = [sketch.between(1, 3), sketch.between(1, 3)];
	const dilation: [number, number] =
		dilated && sketch.chance(0.3) ? [sketch.between(1, 3), sketch.between(1, 3)] : [1, 1];
	const reach = size.map((count, i) => (count - 1) * dilation[i]! + 1);
	const fits = reach.every((extent, i) => extent <= image[i + 1]!);
	const chosen = fits && sketch.chance(0.5) ? padding.VALID : padding.SAME;
	const extent = reach.map((count, i) => {
		const free = chosen === padding.VALID ? image[i + 1]! - count + 1 : image[i + 1]!;
		return Math.ceil(free / stride[i]!);
	});
	return { padding: chosen, stride, size, dilation, extent: extent as [number, number] };
}

const image = (sketch: Sketch, fitting: readonly Type[]) =>
	sketch.operand(
		fitting,
		() => [sketch.between(1, 2), sketch.between(1, 8), sketch.between(1, 8), sketch.between(1, 6)],
		({ length }) => length === 4,
	);

function pool(code: number, fitting: readonly Type[] = quantised): Grow {
	return (sketch) => {
		const input = image(sketch, fitting);
		const { shape } = sketch.get(input);
		const { padding, stride, size, extent } = window(sketch, shape, false);
		sketch.operator(code, [input], [{ ...sketch.bare(input), shape: [shape[0]!, ...extent, shape[3]!] }], {
			type: 5,
			fields: {
				0: u8(padding),
				1: u32(stride[1]),
				2: u32(stride[0]),
				3: u32(size[1]),
				4: u32(size[0]),
				5: u8(activation(sketch)),
			},
		});
	};
}

export const layerOperators: Record<string, Grow> = {
	FULLY_CONNECTED: (sketch) => {
		const input = sketch.operand(quantised, () => sketch.shape(2, 3));
		const { shape } = sketch.get(input);
		const depth = shape.at(-1) ?? 1;
		const units = sketch.between(1, 9);
		const keep = shape.length > 2 && sketch.chance(0.5);
		const operands = parameters(sketch, sketch.get(input), [units, depth], 0, units);
		const output = keep ? [...shape.slice(0, -1), units] : [elements(shape) / depth, units];
		sketch.operator(
			codes.FULLY_CONNECTED,
			[input, ...operands],
			[result(sketch, sketch.get(input), operands[0]!, output)],
			fullyConnected(activation(sketch), { 2: u8(Number(keep)) }),
		);
	},
	CONV_2D: (sketch) => {
		const input = image(sketch, quantised);
		const { shape } = sketch.get(input);
		const { padding, stride, size, dilation, extent } = window(sketch, shape, true);
		const units = sketch.between(1, 6);
		const operands = parameters(sketch, sketch.get(input), [units, ...size, shape[3]!], 0, units);
		sketch.operator(
			codes.CONV_2D,
			[input, ...operands],
			[result(sketch, sketch.get(input), operands[0]!, [shape[0]!, ...extent, units])],
			{
				type: 1,
				fields: {
					0: u8(padding),
					1: u32(stride[1]),
					2: u32(stride[0]),
					3: u8(activation(sketch)),
					4: u32(dilation[1]),
					5: u32(dilation[0]),
				},
			},
		);
	},
	DEPTHWISE_CONV_2D: (sketch) => {
		const input = image(sketch, quantised);
		const { shape } = sketch.get(input);
		const { padding, stride, size, dilation, extent } = window(sketch, shape, true);
		const multiplier = sketch.chance(0.6) ? 1 : sketch.between(2, 3);
		const units = shape[3]! * multiplier;
		const operands = parameters(sketch, sketch.get(input), [1, ...size, units], 3, units, false);
		sketch.operator(
			codes.DEPTHWISE_CONV_2D,
			[input, ...operands],
			[result(sketch, sketch.get(input), operands[0]!, [shape[0]!, ...extent, units])],
			{
				type: 2,
				fields: {
					0: u8(padding),
					1: u32(stride[1]),
					2: u32(stride[0]),
					3: u32(multiplier),
					4: u8(activation(sketch)),
					5: u32(dilation[1]),
					6: u32(dilation[0]),
				},
			},
		);
	},
	TRANSPOSE_CONV: (sketch) => {
		const input = image(sketch, quantised);
		const { shape } = sketch.get(input);
		const [batch, ...extents] = shape.slice(0, 3) as [number, number, number];
		const size = [sketch.between(1, 4), sketch.between(1, 4)] as const;
		const stride = [sketch.between(1, 3), sketch.between(1, 3)] as const;
		const chosen = sketch.chance(0.5) ? padding.VALID : padding.SAME;
		const units = sketch.between(1, 5);
		const [height, width] = extents.map((extent, i) =>
			chosen === padding.SAME ? extent * stride[i]! : (extent - 1) * stride[i]! + size[i]!,
		);
		const [weights, ...bias] = parameters(sketch, sketch.get(input), [units, ...size, shape[3]!], 0, units, false);
		const output = [batch, height!, width!, units];
		sketch.operator(
			codes.TRANSPOSE_CONV,
			[sketch.parameter(output), weights!, input, ...bias],
			[result(sketch, sketch.get(input), weights!, output)],
			{ type: 49, fields: { 0: u8(chosen), 1: u32(stride[1]), 2: u32(stride[0]), 3: u8(activation(sketch)) } },
		);
	},
	AVERAGE_POOL_2D: pool(codes.AVERAGE_POOL_2D),
	MAX_POOL_2D: pool(codes.MAX_POOL_2D),
	L2_POOL_2D: pool(codes.L2_POOL_2D, [types.FLOAT32]),
};
