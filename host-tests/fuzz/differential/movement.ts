import { int32s, u8, u32 } from "../../native/flatbuffer";
import { codes, reshape, type TensorDescription, types } from "../../native/model";
import { elements, type Grow, type Shape, type Sketch, type Type } from "./sketch";

const quantised = [types.FLOAT32, types.INT8, types.INT16] as const;
const numbers = [...quantised, types.INT32] as const;
const any = [...numbers, types.BOOL, types.INT64] as const;

const anything = (sketch: Sketch, fitting: readonly Type[] = any, lowestRank = 1, highestRank = 4) =>
	sketch.operand(
		fitting,
		() => sketch.shape(lowestRank, highestRank),
		({ length }) => length >= lowestRank && length <= highestRank,
	);

/** An axis as it may be written: also counted from the end. */
const written = (sketch: Sketch, axis: number, rank: number) => (sketch.chance(0.3) ? axis - rank : axis);

const anAxis = (sketch: Sketch, shape: Shape) => sketch.between(0, shape.length - 1);

const replaced = (shape: Shape, axis: number, extent: number) => shape.map((old, i) => (i === axis ? extent : old));

/** More operands like the given one, of these shapes. */
function alike(sketch: Sketch, model: TensorDescription, shape: Shape): number {
	const { type, scale, zeroPoint } = model;
	const found = sketch.pool.filter((index) => {
		const other = sketch.get(index);
		return (
			other.type === type &&
			other.scale === scale &&
			other.zeroPoint === zeroPoint &&
			other.shape.join() === shape.join()
		);
	});
	if (found.length && sketch.chance(0.6)) return sketch.choose(found);
	if (sketch.chance(0.3)) return sketch.constant(type as Type, shape, undefined, { scale, zeroPoint });
	return sketch.input(type as Type, shape, undefined, { scale, zeroPoint });
}

/** The shape with its extents merged and split at will. */
function regrouped(sketch: Sketch, shape: Shape): number[] {
	const result: number[] = [];
	let rest = elements(shape);
	while (rest > 1 && result.length < 4 && sketch.chance(0.7)) {
		const count = rest;
		const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((divisor) => count % divisor === 0);
		const extent = sketch.choose(divisors);
		result.push(extent);
		rest /= extent;
	}
	return [...result, rest];
}

interface Range {
	begin: number;
	end: number;
	stride: number;
	extent: number;
}

/** Part of an axis, by a stride that may be negative; both ends as they may be written. */
function part(sketch: Sketch, extent: number): Range {
	const stride = sketch.chance(0.6) ? 1 : sketch.choose([-2, -1, 2, 3]);
	const first = sketch.between(0, extent - 1);
	const last = sketch.between(stride > 0 ? first : 0, stride > 0 ? extent - 1 : first);
	const count = Math.floor((last - first) / stride) + 1;
	const end = last + Math.sign(stride);
	const fromEnd = sketch.chance(0.3);
	return {
		begin: sketch.chance(0.3) ? first - extent : first,
		// one before the first can only be written as the end of all
		end: end < 0 ? -extent - 1 : fromEnd && end < extent ? end - extent : end,
		stride,
		extent: count,
	};
}

/** A 4-dimensional image of at most 6 by 6 pixels. */
const image = (sketch: Sketch, fitting: readonly Type[]) =>
	sketch.operand(
		fitting,
		() => sketch.shape(4, 4),
		({ length }) => length === 4,
	);

function resize(code: number, type: number, fields: readonly [number, number], fitting: readonly Type[]): Grow {
	return (sketch) => {
		const input = image(sketch, fitting);
		const [batch, , , channels] = sketch.get(input).shape as [number, number, number, number];
		const [height, width] = [sketch.between(1, 9), sketch.between(1, 9)];
		const corners = sketch.chance(0.3);
		const centers = !corners && sketch.chance(0.4);
		sketch.operator(
			code,
			[input, sketch.parameter([height, width])],
			[{ ...sketch.bare(input), shape: [batch, height, width, channels] }],
			{ type, fields: { [fields[0]]: u8(Number(corners)), [fields[1]]: u8(Number(centers)) } },
		);
	};
}

function pad(code: number, fitting: readonly Type[], withValue: boolean): Grow {
	return (sketch) => {
		const input = sketch.operand(
			fitting,
			() => sketch.shape(),
			({ length }) => length >= 1 && length <= 4,
		);
		const { type, shape, scale, zeroPoint } = sketch.get(input);
		const paddings = shape.map(() => [sketch.between(0, 3), sketch.between(0, 3)] as const);
		const amounts = { type: types.INT32, shape: [shape.length, 2], data: Int32Array.from(paddings.flat()) };
		const inputs = [input, sketch.add(amounts)];
		if (withValue) inputs.push(sketch.constant(type as Type, [1], undefined, { scale, zeroPoint }));
		const output = shape.map((extent, i) => paddings[i]![0] + extent + paddings[i]![1]);
		sketch.operator(code, inputs, [{ ...sketch.bare(input), shape: output }]);
	};
}

export const movementOperators: Record<string, Grow> = {
	RESHAPE: (sketch) => {
		const input = anything(sketch);
		const shape = regrouped(sketch, sketch.get(input).shape);
		const unknown = sketch.chance(0.3) ? replaced(shape, anAxis(sketch, shape), -1) : shape;
		const byTensor = sketch.chance(0.5);
		sketch.operator(
			codes.RESHAPE,
			byTensor ? [input, sketch.parameter(unknown)] : [input],
			[{ ...sketch.bare(input), shape }],
			byTensor && sketch.chance(0.5) ? undefined : reshape(unknown),
		);
	},
	SQUEEZE: (sketch) => {
		const shape = sketch.shape(1, 3);
		for (let i = sketch.between(1, 2); i > 0; i--) shape.splice(sketch.between(0, shape.length), 0, 1);
		const input = sketch.operand(
			any,
			() => shape,
			(shape) => shape.includes(1) && shape.length > 1,
		);
		const before = sketch.get(input).shape;
		const ones = before.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
		const dropped = sketch.chance(0.4) ? ones : sketch.some(ones);
		const listed =
			dropped === ones && sketch.chance(0.5) ? [] : dropped.map((axis) => written(sketch, axis, before.length));
		sketch.operator(
			codes.SQUEEZE,
			[input],
			[{ ...sketch.bare(input), shape: before.filter((_, axis) => !dropped.includes(axis)) }],
			{ type: 30, fields: { 0: int32s(listed) } },
		);
	},
	EXPAND_DIMS: (sketch) => {
		const input = anything(sketch, quantised, 1, 3);
		const { shape } = sketch.get(input);
		const axis = sketch.between(0, shape.length);
		const parameter = sketch.parameter(written(sketch, axis, shape.length + 1));
		const output = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
		sketch.operator(codes.EXPAND_DIMS, [input, parameter], [{ ...sketch.bare(input), shape: output }]);
	},
	TRANSPOSE: (sketch) => {
		const input = anything(sketch, quantised);
		const { shape } = sketch.get(input);
		const order = shape.map((_, axis) => axis);
		for (let i = order.length - 1; i > 0; i--) {
			const j = sketch.between(0, i);
			[order[i], order[j]] = [order[j]!, order[i]!];
		}
		const output = order.map((axis) => shape[axis]!);
		sketch.operator(codes.TRANSPOSE, [input, sketch.parameter(order)], [{ ...sketch.bare(input), shape: output }]);
	},
	PAD: pad(codes.PAD, numbers, false),
	PADV2: pad(codes.PADV2, numbers, true),
	CONCATENATION: (sketch) => {
		const first = anything(sketch);
		const { shape } = sketch.get(first);
		const axis = anAxis(sketch, shape);
		const inputs = [first];
		for (let i = sketch.between(1, 3); i > 0; i--)
			inputs.push(alike(sketch, sketch.get(first), replaced(shape, axis, sketch.between(1, 5))));
		if (sketch.chance(0.5)) inputs.reverse();
		const total = inputs.reduce((sum, index) => sum + sketch.get(index).shape[axis]!, 0);
		sketch.operator(codes.CONCATENATION, inputs, [{ ...sketch.bare(first), shape: replaced(shape, axis, total) }], {
			type: 10,
			fields: { 0: u32(written(sketch, axis, shape.length)), 1: u8(0) },
		});
	},
	SPLIT: (sketch) => {
		const axis = sketch.between(0, 2);
		const parts = sketch.between(1, 4);
		const input = sketch.operand(
			quantised,
			() => replaced(sketch.shape(3, 4), axis, parts * sketch.between(1, 3)),
			(shape) => (shape[axis] ?? 0) >= parts && shape[axis]! % parts === 0,
		);
		const { shape } = sketch.get(input);
		const output = { ...sketch.bare(input), shape: replaced(shape, axis, shape[axis]! / parts) };
		sketch.operator(
			codes.SPLIT,
			[sketch.parameter(written(sketch, axis, shape.length)), input],
			Array.from({ length: parts }, () => output),
			{ type: 35, fields: { 0: u32(parts) } },
		);
	},
	SPLIT_V: (sketch) => {
		const input = anything(sketch, numbers);
		const { shape } = sketch.get(input);
		const axis = anAxis(sketch, shape);
		const sizes: number[] = [];
		for (let rest = shape[axis]!; rest > 0; rest -= sizes.at(-1)!) sizes.push(sketch.between(1, rest));
		const listed = sketch.chance(0.3) ? replaced(sizes, anAxis(sketch, sizes), -1) : sizes;
		sketch.operator(
			codes.SPLIT_V,
			[input, sketch.parameter(listed), sketch.parameter(written(sketch, axis, shape.length))],
			sizes.map((size) => ({ ...sketch.bare(input), shape: replaced(shape, axis, size) })),
			{ type: 79, fields: { 0: u32(sizes.length) } },
		);
	},
	PACK: (sketch) => {
		const first = anything(sketch, [...numbers, types.INT64], 1, 3);
		const { shape } = sketch.get(first);
		const inputs = [first];
		for (let i = sketch.between(0, 3); i > 0; i--) inputs.push(alike(sketch, sketch.get(first), shape));
		const axis = sketch.between(0, shape.length);
		const output = [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)];
		sketch.operator(codes.PACK, inputs, [{ ...sketch.bare(first), shape: output }], {
			type: 59,
			fields: { 0: u32(inputs.length), 1: u32(written(sketch, axis, shape.length + 1)) },
		});
	},
	UNPACK: (sketch) => {
		const input = anything(sketch, numbers, 2);
		const { shape } = sketch.get(input);
		const axis = anAxis(sketch, shape);
		const output = { ...sketch.bare(input), shape: shape.filter((_, i) => i !== axis) };
		sketch.operator(codes.UNPACK, [input], Array<TensorDescription>(shape[axis]!).fill(output), {
			type: 64,
			fields: { 0: u32(shape[axis]!), 1: u32(written(sketch, axis, shape.length)) },
		});
	},
	SLICE: (sketch) => {
		const input = anything(sketch, [...numbers, types.BOOL]);
		const { shape } = sketch.get(input);
		const begin = shape.map((extent) => sketch.between(0, extent - 1));
		const size = shape.map((extent, i) => sketch.between(1, extent - begin[i]!));
		const listed = size.map((count, i) => (begin[i]! + count === shape[i] && sketch.chance(0.3) ? -1 : count));
		sketch.operator(
			codes.SLICE,
			[input, sketch.parameter(begin), sketch.parameter(listed)],
			[{ ...sketch.bare(input), shape: size }],
		);
	},
	STRIDED_SLICE: (sketch) => {
		const input = anything(sketch, [...numbers, types.BOOL]);
		const { shape } = sketch.get(input);
		let [beginMask, endMask, shrinkMask] = [0, 0, 0];
		const output: number[] = [];
		const parts = shape.map((extent, axis) => {
			const chosen = part(sketch, extent);
			if (sketch.chance(0.2)) {
				shrinkMask |= 1 << axis;
				return { ...chosen, stride: 1, end: chosen.begin + 1 };
			}
			const whole = sketch.chance(0.2);
			if (whole) {
				beginMask |= 1 << axis;
				endMask |= 1 << axis;
			}
			output.push(whole ? Math.ceil(extent / Math.abs(chosen.stride)) : chosen.extent);
			return chosen;
		});
		sketch.operator(
			codes.STRIDED_SLICE,
			[
				input,
				sketch.parameter(parts.map(({ begin }) => begin)),
				sketch.parameter(parts.map(({ end }) => end)),
				sketch.parameter(parts.map(({ stride }) => stride)),
			],
			[{ ...sketch.bare(input), shape: output }],
			{ type: 32, fields: { 0: u32(beginMask), 1: u32(endMask), 2: u32(0), 3: u32(0), 4: u32(shrinkMask) } },
		);
	},
	GATHER: (sketch) => {
		const input = sketch.operand([types.FLOAT32, types.INT8], () => sketch.shape());
		const { shape } = sketch.get(input);
		const axis = anAxis(sketch, shape);
		const batch = axis > 0 && sketch.chance(0.3) ? sketch.between(1, axis) : 0;
		const indices = [...shape.slice(0, batch), ...sketch.shape(sketch.chance(0.2) ? 0 : 1, 2)];
		const limits = [0, shape[axis]! - 1] as const;
		const positions = sketch.chance(0.5)
			? sketch.constant(types.INT32, indices, limits)
			: sketch.input(types.INT32, indices, limits);
		const output = [...shape.slice(0, axis), ...indices.slice(batch), ...shape.slice(axis + 1)];
		sketch.operator(codes.GATHER, [input, positions], [{ ...sketch.bare(input), shape: output }], {
			type: 23,
			fields: { 0: u32(written(sketch, axis, shape.length)), 1: u32(batch) },
		});
	},
	SHAPE: (sketch) => {
		const input = anything(sketch);
		const output = { type: types.INT32, shape: [sketch.get(input).shape.length] };
		sketch.operator(codes.SHAPE, [input], [output], { type: 55, fields: { 0: u8(types.INT32) } });
	},
	FILL: (sketch) => {
		const shape = sketch.shape();
		const value = sketch.input(sketch.choose([types.FLOAT32, types.INT8, types.INT32]), []);
		sketch.operator(codes.FILL, [sketch.parameter(shape), value], [{ ...sketch.bare(value), shape }]);
	},
	RESIZE_NEAREST_NEIGHBOR: resize(codes.RESIZE_NEAREST_NEIGHBOR, 74, [0, 1], quantised),
	RESIZE_BILINEAR: resize(codes.RESIZE_BILINEAR, 15, [2, 3], [types.FLOAT32, types.INT8]),
	// without padding, whose value TensorFlow Lite Micro leaves to chance
	SPACE_TO_BATCH_ND: (sketch) => {
		const input = image(sketch, [types.FLOAT32, types.INT8]);
		const [batch, height, width, channels] = sketch.get(input).shape as [number, number, number, number];
		const [rows, columns] = [height, width].map((extent) =>
			sketch.choose([1, 2, 3].filter((block) => extent % block === 0)),
		);
		sketch.operator(
			codes.SPACE_TO_BATCH_ND,
			[
				input,
				sketch.parameter([rows!, columns!]),
				sketch.add({ type: types.INT32, shape: [2, 2], data: new Int32Array(4) }),
			],
			[{ ...sketch.bare(input), shape: [batch * rows! * columns!, height / rows!, width / columns!, channels] }],
		);
	},
	BATCH_TO_SPACE_ND: (sketch) => {
		const block = [sketch.between(1, 3), sketch.between(1, 3)] as const;
		const together = block[0] * block[1];
		const input = sketch.operand(
			[types.FLOAT32, types.INT8],
			() => replaced(sketch.shape(4, 4), 0, together * sketch.between(1, 2)),
			(shape) => shape.length === 4 && shape[0]! % together === 0,
		);
		const [batch, height, width, channels] = sketch.get(input).shape as [number, number, number, number];
		const crops = [height * block[0], width * block[1]].map((extent) => {
			const before = sketch.between(0, Math.min(2, extent - 1));
			return [before, sketch.between(0, Math.min(2, extent - 1 - before))] as const;
		});
		const [rows, columns] = crops.map(([before, after], i) => [height, width][i]! * block[i]! - before - after);
		sketch.operator(
			codes.BATCH_TO_SPACE_ND,
			[
				input,
				sketch.parameter(block),
				sketch.add({ type: types.INT32, shape: [2, 2], data: Int32Array.from(crops.flat()) }),
			],
			[{ ...sketch.bare(input), shape: [batch / together, rows!, columns!, channels] }],
		);
	},
	DEPTH_TO_SPACE: (sketch) => {
		const block = sketch.between(1, 3);
		const input = sketch.operand(
			[types.FLOAT32, types.INT8],
			() => replaced(sketch.shape(4, 4), 3, block ** 2 * sketch.between(1, 2)),
			(shape) => shape.length === 4 && shape[3]! % block ** 2 === 0,
		);
		const [batch, height, width, channels] = sketch.get(input).shape as [number, number, number, number];
		const shape = [batch, height * block, width * block, channels / block ** 2];
		const options = { type: 94, fields: { 0: u32(block) } };
		sketch.operator(codes.DEPTH_TO_SPACE, [input], [{ ...sketch.bare(input), shape }], options);
	},
	SPACE_TO_DEPTH: (sketch) => {
		const input = image(sketch, [types.FLOAT32, types.INT8]);
		const [batch, height, width, channels] = sketch.get(input).shape as [number, number, number, number];
		const block = sketch.choose([1, 2, 3].filter((size) => height % size === 0 && width % size === 0));
		const shape = [batch, height / block, width / block, channels * block ** 2];
		const options = { type: 19, fields: { 0: u32(block) } };
		sketch.operator(codes.SPACE_TO_DEPTH, [input], [{ ...sketch.bare(input), shape }], options);
	},
	BROADCAST_TO: (sketch) => {
		const input = anything(sketch, numbers);
		const shape = sketch.get(input).shape.map((extent) => (extent === 1 ? sketch.between(1, 4) : extent));
		const output = shape.length < 4 && sketch.chance(0.4) ? [sketch.between(1, 3), ...shape] : shape;
		sketch.operator(codes.BROADCAST_TO, [input, sketch.parameter(output)], [{ ...sketch.bare(input), shape: output }]);
	},
	BROADCAST_ARGS: (sketch) => {
		const shape = sketch.shape();
		const inputs = [sketch.parameter(shape), sketch.input(types.INT32, [sketch.between(1, 4)], [1, 1])];
		if (sketch.chance(0.5)) inputs.reverse();
		const length = Math.max(...inputs.map((index) => sketch.get(index).shape[0]!));
		sketch.operator(codes.BROADCAST_ARGS, inputs, [{ type: types.INT32, shape: [length] }]);
	},
	GATHER_ND: (sketch) => {
		const input = anything(sketch, [types.FLOAT32, types.INT8]);
		const { shape } = sketch.get(input);
		const depth = sketch.between(1, shape.length);
		const counts = sketch.shape(1, 2);
		const positions = Array.from({ length: elements(counts) }, () =>
			shape.slice(0, depth).map((extent) => sketch.between(0, extent - 1)),
		);
		const indices = { type: types.INT32, shape: [...counts, depth], data: Int32Array.from(positions.flat()) };
		const output = { ...sketch.bare(input), shape: [...counts, ...shape.slice(depth)] };
		sketch.operator(codes.GATHER_ND, [input, sketch.add(indices)], [output]);
	},
	MIRROR_PAD: (sketch) => {
		const input = anything(sketch, [types.FLOAT32, types.INT8]);
		const { shape } = sketch.get(input);
		const symmetric = sketch.between(0, 1);
		const paddings = shape.map((extent) => {
			const most = Math.min(3, symmetric ? extent : extent - 1);
			return [sketch.between(0, most), sketch.between(0, most)] as const;
		});
		const amounts = { type: types.INT32, shape: [shape.length, 2], data: Int32Array.from(paddings.flat()) };
		const output = shape.map((extent, i) => paddings[i]![0] + extent + paddings[i]![1]);
		sketch.operator(codes.MIRROR_PAD, [input, sketch.add(amounts)], [{ ...sketch.bare(input), shape: output }], {
			type: 77,
			fields: { 0: u8(symmetric) },
		});
	},
	ZEROS_LIKE: (sketch) => {
		const input = anything(sketch, [types.FLOAT32, types.INT8, types.INT32]);
		sketch.operator(codes.ZEROS_LIKE, [input], [sketch.bare(input)]);
	},
};
