import { u8 } from "../../native/flatbuffer";
import { codes, types } from "../../native/model";
import type { Grow, Type } from "./sketch";

function reduction(code: number, fitting: readonly Type[], sameQuantisation: boolean): Grow {
	return (sketch) => {
		const input = sketch.operand(fitting, () => sketch.shape(sketch.chance(0.5) ? 4 : 1));
		const { type, shape } = sketch.get(input);
		const axes = sketch.some(shape.map((_, axis) => axis));
		const keep = sketch.chance(0.5);
		const output = shape
			.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
			.filter((_, axis) => keep || !axes.includes(axis));
		const written = axes.map((axis) => (sketch.chance(0.3) ? axis - shape.length : axis));
		if (sketch.chance(0.3)) written.reverse();
		const quantisation = sameQuantisation ? sketch.bare(input) : sketch.quantisation(type as Type);
		sketch.operator(
			code,
			[input, sketch.parameter(written.length === 1 && sketch.chance(0.3) ? written[0]! : written)],
			[{ ...quantisation, type, shape: output }],
			{ type: 27, fields: { 0: u8(Number(keep)) } },
		);
	};
}

/** The index of the greatest or the least along an axis. */
function place(code: number, options: number): Grow {
	return (sketch) => {
		const input = sketch.operand([types.FLOAT32, types.INT8], () => sketch.shape());
		const { shape } = sketch.get(input);
		const axis = sketch.between(0, shape.length - 1);
		sketch.operator(
			code,
			[input, sketch.parameter(sketch.chance(0.3) ? axis - shape.length : axis)],
			[{ type: types.INT32, shape: shape.filter((_, i) => i !== axis) }],
			{ type: options, fields: { 0: u8(types.INT32) } },
		);
	};
}

export const reductionOperators: Record<string, Grow> = {
	MEAN: reduction(codes.MEAN, [types.FLOAT32, types.INT8, types.INT16], false),
	SUM: reduction(codes.SUM, [types.FLOAT32, types.INT8, types.INT16], false),
	REDUCE_MAX: reduction(codes.REDUCE_MAX, [types.FLOAT32, types.INT8], true),
	REDUCE_MIN: reduction(codes.REDUCE_MIN, [types.FLOAT32, types.INT8], true),
	ARG_MAX: place(codes.ARG_MAX, 40),
	ARG_MIN: place(codes.ARG_MIN, 57),
	CUMSUM: (sketch) => {
		const input = sketch.operand([types.FLOAT32, types.INT8], () => sketch.shape());
		const { type, shape } = sketch.get(input);
		const axis = sketch.between(0, shape.length - 1);
		sketch.operator(
			codes.CUMSUM,
			[input, sketch.parameter(sketch.chance(0.3) ? axis - shape.length : axis)],
			[{ type, shape, ...sketch.quantisation(type as Type) }],
			{ type: 102, fields: { 0: u8(sketch.between(0, 1)), 1: u8(sketch.between(0, 1)) } },
		);
	},
};
