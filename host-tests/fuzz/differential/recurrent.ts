import { f32, u8, u32 } from "../../native/flatbuffer";
import { activations, codes, type TensorDescription, types } from "../../native/model";
import type { Grow, Sketch, Type } from "./sketch";

const quantised = [types.FLOAT32, types.INT8, types.INT16] as const;

/** A scale that is a power of two, as TensorFlow Lite Micro wants it for a state of 16 bits. */
const power = (exponent: number) => ({ scale: 2 ** exponent, zeroPoint: 0 });

/** A layer with a memory of its own, of which no row is the first but the first. */
const svdf: Grow = (sketch) => {
	const input = sketch.operand(
		[types.FLOAT32, types.INT8],
		() => sketch.shape(2, 2),
		({ length }) => length === 2,
	);
	const { type, shape, scale } = sketch.get(input);
	const [batch, depth] = shape as [number, number];
	const [units, rank, memory] = [sketch.between(1, 5), sketch.between(1, 2), sketch.between(1, 6)];
	const filters = units * rank;
	const options = { type: 6, fields: { 0: u32(rank), 1: u8(sketch.choose([activations.NONE, activations.RELU])) } };
	const stateShape = [batch, filters * memory];
	if (type === types.FLOAT32) {
		const operands = [
			sketch.constant(types.FLOAT32, [filters, depth], [-1, 1]),
			sketch.constant(types.FLOAT32, [filters, memory], [-1, 1]),
			sketch.constant(types.FLOAT32, [units], [-1, 1]),
			sketch.variable({ type, shape: stateShape }),
		];
		sketch.operator(codes.SVDF, [input, ...operands], [{ type, shape: [batch, units] }], options);
		return;
	}
	const feature = { scale: sketch.scale() / 8, zeroPoint: 0 };
	const state = { scale: Math.fround((scale as number) * feature.scale * sketch.uniform(0.2, 4)), zeroPoint: 0 };
	const time = power(-15);
	const bias = { scale: Math.fround(state.scale * time.scale), zeroPoint: 0 };
	const operands = [
		sketch.constant(types.INT8, [filters, depth], [-127, 127], feature),
		sketch.constant(types.INT16, [filters, memory], [-32767, 32767], time),
		sketch.constant(types.INT32, [units], [-100000, 100000], bias),
		sketch.variable({ type: types.INT16, shape: stateShape, ...state }),
	];
	const output = { type: types.INT8, shape: [batch, units], ...sketch.quantisation(types.INT8) };
	sketch.operator(codes.SVDF, [input, ...operands], [output], options);
};

interface GateTypes {
	weights: Type;
	bias: Type;
	/** Of the cell's state. */
	cell: TensorDescription["type"];
}

const gateTypes = (type: Type): GateTypes =>
	type === types.FLOAT32
		? { weights: type, bias: type, cell: type }
		: { weights: types.INT8, bias: type === types.INT8 ? types.INT32 : types.INT64, cell: types.INT16 };

function constants(sketch: Sketch, type: Type, shape: readonly number[], scale: number): number {
	if (type === types.FLOAT32) return sketch.constant(type, shape, [-1, 1]);
	const limits = type === types.INT8 ? ([-127, 127] as const) : ([-10000, 10000] as const);
	return sketch.constant(type, shape, limits, { scale: Math.fround(scale), zeroPoint: 0 });
}

const lstm: Grow = (sketch) => {
	const type = sketch.choose(quantised);
	const timeMajor = sketch.between(0, 1);
	const [moments, batches, depth, units] = [
		sketch.between(1, 4),
		sketch.between(1, 2),
		sketch.between(1, 6),
		sketch.between(1, 6),
	];
	const scale = type === types.INT8 ? sketch.uniform(0.005, 0.05) : sketch.uniform(0.00002, 0.0002);
	const zeroPoint = type === types.INT8 ? sketch.between(-128, 127) : 0;
	const quantisation = type === types.FLOAT32 ? {} : { scale: Math.fround(scale), zeroPoint };
	const hiddenZeroPoint = type === types.INT8 ? sketch.between(-30, 30) : 0;
	const hidden =
		type === types.FLOAT32
			? {}
			: { scale: Math.fround(type === types.INT8 ? 1 / 128 : 1 / 32768), zeroPoint: hiddenZeroPoint };
	const leading = timeMajor ? [moments, batches] : [batches, moments];
	const input = sketch.input(type, [...leading, depth], undefined, quantisation);
	const kinds = gateTypes(type);
	const scales = Array.from({ length: 8 }, () => sketch.uniform(0.002, 0.02));
	const weights = scales.map((weight, i) => constants(sketch, kinds.weights, [units, i < 4 ? depth : units], weight));
	const biases = scales.slice(0, 4).map((weight) => constants(sketch, kinds.bias, [units], scale * weight));
	const cell = type === types.FLOAT32 ? {} : power(-sketch.between(10, 14));
	const none = (count: number) => Array<number>(count).fill(-1);
	sketch.operator(
		codes.UNIDIRECTIONAL_SEQUENCE_LSTM,
		[
			input,
			...weights,
			...none(3),
			...biases,
			...none(2),
			sketch.variable({ type, shape: [batches, units], ...hidden }),
			sketch.variable({ type: kinds.cell, shape: [batches, units], ...cell }),
			...none(4),
		],
		[{ type, shape: [...leading, units], ...hidden }],
		{
			type: 71,
			fields: {
				0: u8(activations.TANH),
				1: f32(sketch.chance(0.5) ? 0 : Math.fround(sketch.uniform(0.1, 8))),
				3: u8(timeMajor),
			},
		},
	);
};

export const recurrentOperators: Record<string, Grow> = { SVDF: svdf, UNIDIRECTIONAL_SEQUENCE_LSTM: lstm };
