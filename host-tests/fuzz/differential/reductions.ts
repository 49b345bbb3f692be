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

export const reductionOperators: Record<string, Grow> = {
	MEAN: reduction(codes.MEAN, [types.FLOAT32, types.INT8, types.INT16], false),
	SUM: reduction(codes.SUM, [types.FLOAT32, types.INT8, types.INT16], false),
	REDUCE_MAX: reduction(codes.REDUCE_MAX, [types.FLOAT32, types.INT8], true),
	ARG_MAX: (sketch) => {
		const input = sketch.operand([types.FLOAT32, types.INT8], () => sketch.shape());
		const { shape } = sketch.get(input);
		const axis = sketch.between(0, shape.length - 1);
		sketch.operator(
			codes.ARG_MAX,
			[input, sketch.parameter(sketch.chance(0.3) ? axis - shape.length : axis)],
			[{ type: types.INT32, shape: shape.filter((_, i) => i !== axis) }],
			{ type: 40, fields: { 0: u8(types.INT32) } },
		);
	},
};
