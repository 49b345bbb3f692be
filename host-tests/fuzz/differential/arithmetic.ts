import { u8 } from "../../native/flatbuffer";
import { activations, codes, types } from "../../native/model";
import type { Grow, Limits, Shape, Sketch, Type } from "./sketch";

/** Any tensor, seldom a scalar. */
const anything = (sketch: Sketch, fitting: readonly Type[]) =>
	sketch.operand(
		fitting,
		() => sketch.shape(sketch.chance(0.05) ? 0 : 1),
		() => true,
	);

/** A shape that broadcasts with the given one. */
function partner(sketch: Sketch, shape: Shape): number[] {
	if (sketch.chance(0.5)) return [...shape];
	const other = shape.map((extent) => (sketch.chance(0.4) ? 1 : extent));
	return sketch.chance(0.3) ? other.slice(sketch.between(0, other.length - 1)) : other;
}

/** Whether a shape broadcasts to another one. */
const isPartner = (other: Shape, shape: Shape) =>
	other.length <= shape.length &&
	other.every((extent, i) => extent === 1 || extent === shape[i + shape.length - other.length]);

function broadcast(a: Shape, b: Shape): number[] {
	const rank = Math.max(a.length, b.length);
	const at = (shape: Shape, i: number) => shape[i - (rank - shape.length)] ?? 1;
	return Array.from({ length: rank }, (_, i) => (at(a, i) === 1 ? at(b, i) : at(a, i)));
}

/** Two operands of one type whose shapes broadcast, in either order, one of them perhaps a constant. */
function pair(sketch: Sketch, fitting: readonly Type[], sameQuantisation = false): [number, number] {
	const first = anything(sketch, fitting);
	const { type, shape, scale, zeroPoint } = sketch.get(first);
	const other = partner(sketch, shape);
	const quantisation = sameQuantisation ? { scale, zeroPoint } : sketch.quantisation(type as Type);
	const alike = sketch.pool.filter((index) => {
		const candidate = sketch.get(index);
		return (
			candidate.type === type &&
			candidate.shape.join() === other.join() &&
			(!sameQuantisation || (candidate.scale === scale && candidate.zeroPoint === zeroPoint))
		);
	});
	let second: number;
	if (alike.length && sketch.chance(0.5)) second = sketch.choose(alike);
	else if (sketch.chance(0.4)) second = sketch.constant(type as Type, other, undefined, quantisation);
	else second = sketch.input(type as Type, other, undefined, quantisation);
	return sketch.chance(0.5) ? [first, second] : [second, first];
}

const resultShape = (sketch: Sketch, inputs: readonly [number, number]) =>
	broadcast(sketch.get(inputs[0]).shape, sketch.get(inputs[1]).shape);

function arithmetic(code: number, options: number, fitting: readonly Type[]): Grow {
	return (sketch) => {
		const inputs = pair(sketch, fitting);
		const type = sketch.get(inputs[0]).type as Type;
		const output = { type, shape: resultShape(sketch, inputs), ...sketch.quantisation(type) };
		const activation = sketch.chance(0.5) ? activations.NONE : sketch.between(0, 3);
		sketch.operator(code, inputs, [output], { type: options, fields: { 0: u8(activation) } });
	};
}

function selection(code: number): Grow {
	return (sketch) => {
		const inputs = pair(sketch, [types.FLOAT32, types.INT8, types.INT16, types.INT32], true);
		sketch.operator(code, inputs, [{ ...sketch.bare(inputs[0]), shape: resultShape(sketch, inputs) }]);
	};
}

function comparison(code: number, fitting: readonly Type[]): Grow {
	return (sketch) => {
		const inputs = pair(sketch, fitting);
		sketch.operator(code, inputs, [{ type: types.BOOL, shape: resultShape(sketch, inputs) }]);
	};
}

const logical =
	(code: number): Grow =>
	(sketch) => {
		const inputs = pair(sketch, [types.BOOL]);
		sketch.operator(code, inputs, [{ type: types.BOOL, shape: resultShape(sketch, inputs) }]);
	};

/** @param limits Where given, the operator has an input of its own, so that its values lie where it is defined. */
function unary(code: number, fitting: readonly Type[], limits?: Limits): Grow {
	return (sketch) => {
		const input = limits ? sketch.input(sketch.choose(fitting), sketch.shape(), limits) : anything(sketch, fitting);
		const { type, shape } = sketch.get(input);
		sketch.operator(code, [input], [{ type, shape, ...sketch.quantisation(type as Type) }]);
	};
}

/** A quotient of float32: for int8 TensorFlow Lite Micro shifts by more than 31 where the quotient is small. */
function quotient(code: number, options?: number): Grow {
	return (sketch) => {
		const type = types.FLOAT32;
		const first = sketch.operand([type], () => sketch.shape());
		const other = partner(sketch, sketch.get(first).shape);
		const divisor: Limits = [0.25, 50];
		const second = sketch.chance(0.5) ? sketch.constant(type, other, divisor) : sketch.input(type, other, divisor);
		const activation = sketch.chance(0.5) ? activations.NONE : sketch.between(0, 3);
		const fused = options === undefined ? undefined : { type: options, fields: { 0: u8(activation) } };
		sketch.operator(code, [first, second], [{ type, shape: broadcast(sketch.get(first).shape, other) }], fused);
	};
}

const ordered = [types.FLOAT32, types.INT8, types.INT32, types.INT64] as const;
const quantised = [types.FLOAT32, types.INT8, types.INT16] as const;
const positive: Limits = [0.01, 100];

export const arithmeticOperators: Record<string, Grow> = {
	ADD: arithmetic(codes.ADD, 11, [...quantised, types.INT32]),
	SUB: arithmetic(codes.SUB, 28, quantised),
	MUL: arithmetic(codes.MUL, 21, [...quantised, types.INT32]),
	MAXIMUM: selection(codes.MAXIMUM),
	MINIMUM: selection(codes.MINIMUM),
	EQUAL: comparison(codes.EQUAL, [...ordered, types.BOOL]),
	NOT_EQUAL: comparison(codes.NOT_EQUAL, [...ordered, types.BOOL]),
	LESS: comparison(codes.LESS, ordered),
	LESS_EQUAL: comparison(codes.LESS_EQUAL, ordered),
	GREATER: comparison(codes.GREATER, ordered),
	GREATER_EQUAL: comparison(codes.GREATER_EQUAL, ordered),
	LOGICAL_AND: logical(codes.LOGICAL_AND),
	LOGICAL_OR: logical(codes.LOGICAL_OR),
	LOGICAL_NOT: (sketch) => {
		const input = sketch.operand([types.BOOL], () => sketch.shape());
		sketch.operator(codes.LOGICAL_NOT, [input], [sketch.bare(input)]);
	},
	ABS: unary(codes.ABS, quantised),
	NEG: unary(codes.NEG, [types.FLOAT32]),
	SQUARE: unary(codes.SQUARE, [types.FLOAT32]),
	SQRT: unary(codes.SQRT, [types.FLOAT32], positive),
	LOG: unary(codes.LOG, [types.FLOAT32], positive),
	RSQRT: (sketch) => {
		const shape = sketch.shape();
		if (sketch.chance(0.5)) {
			const input = sketch.input(types.FLOAT32, shape, positive);
			sketch.operator(codes.RSQRT, [input], [sketch.bare(input)]);
			return;
		}
		// negative roots are refused when the model runs
		const type = sketch.choose([types.INT8, types.INT16]);
		const limits: Limits = type === types.INT8 ? [-128, 127] : [0, 32767];
		const zeroPoint = type === types.INT8 ? -128 : 0;
		const input = sketch.input(type, shape, limits, { scale: sketch.scale(), zeroPoint });
		sketch.operator(codes.RSQRT, [input], [{ type, shape, ...sketch.quantisation(type) }]);
	},
	DIV: quotient(codes.DIV, 29),
	FLOOR_DIV: quotient(codes.FLOOR_DIV),
	FLOOR_MOD: quotient(codes.FLOOR_MOD),
	SQUARED_DIFFERENCE: (sketch) => {
		const inputs = pair(sketch, [types.FLOAT32, types.INT8, types.INT32]);
		const type = sketch.get(inputs[0]).type as Type;
		const output = { type, shape: resultShape(sketch, inputs), ...sketch.quantisation(type) };
		sketch.operator(codes.SQUARED_DIFFERENCE, inputs, [output]);
	},
	ADD_N: (sketch) => {
		const first = sketch.operand([types.FLOAT32, types.INT8], () => sketch.shape());
		const { type, shape } = sketch.get(first);
		const inputs = [first];
		// of int8, TensorFlow Lite Micro wants the same quantisation for all
		for (let i = sketch.between(1, 3); i > 0; i--)
			inputs.push(type === types.INT8 ? first : sketch.input(type as Type, shape));
		sketch.operator(codes.ADD_N, inputs, [{ type, shape, ...sketch.quantisation(type as Type) }]);
	},
	SELECT_V2: (sketch) => {
		const inputs = pair(sketch, [types.FLOAT32, types.INT8, types.INT16], true);
		const shape = resultShape(sketch, inputs);
		const condition = sketch.operand(
			[types.BOOL],
			() => partner(sketch, shape),
			(other) => other.length > 0 && isPartner(other, shape),
		);
		sketch.operator(codes.SELECT_V2, [condition, ...inputs], [{ ...sketch.bare(inputs[0]), shape }]);
	},
	CEIL: unary(codes.CEIL, [types.FLOAT32]),
	FLOOR: unary(codes.FLOOR, [types.FLOAT32]),
	ROUND: unary(codes.ROUND, [types.FLOAT32]),
	SIN: unary(codes.SIN, [types.FLOAT32], [-30, 30]),
	COS: unary(codes.COS, [types.FLOAT32], [-30, 30]),
	EXP: unary(codes.EXP, [types.FLOAT32], [-20, 20]),
};
