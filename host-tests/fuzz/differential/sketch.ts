import type { Random } from "../../../tools/training/random";
import type { Node } from "../../native/flatbuffer";
import { u8 } from "../../native/flatbuffer";
import { buildModel, type OperatorDescription, type TensorDescription, types } from "../../native/model";

export type Type = (typeof types)[keyof typeof types];
export type Shape = readonly number[];

/** Lowest and highest value, both included. */
export type Limits = readonly [number, number];

/** Adds an operator. */
export type Grow = (sketch: Sketch) => void;

const int8: Limits = [-128, 127];
const int16: Limits = [-32768, 32767];

const arrays = {
	[types.FLOAT32]: Float32Array,
	[types.INT32]: Int32Array,
	[types.BOOL]: Uint8Array,
	[types.INT16]: Int16Array,
	[types.INT8]: Int8Array,
};

export const elements = (shape: Shape) => shape.reduce((product, extent) => product * extent, 1);

/** A graph that grows operator by operator, by chance. Equal seeds give equal graphs. */
export class Sketch {
	readonly tensors: TensorDescription[] = [];
	readonly operators: OperatorDescription[] = [];
	/** What an operator can read: the model's inputs and the results so far. */
	readonly pool: number[] = [];
	readonly #inputs: number[] = [];
	readonly #limits: Limits[] = [];
	readonly #next: Random;

	constructor(next: Random) {
		this.#next = next;
	}

	/** A whole number, both ends included. */
	between(low: number, high: number): number {
		return low + Math.floor(this.#next() * (high - low + 1));
	}

	chance(probability: number): boolean {
		return this.#next() < probability;
	}

	choose<T>(list: readonly T[]): T {
		return list[this.between(0, list.length - 1)]!;
	}

	/** Some of a list, in its order, at least one. */
	some<T>(list: readonly T[]): T[] {
		const kept = list.filter(() => this.chance(0.5));
		return kept.length ? kept : [this.choose(list)];
	}

	uniform(low: number, high: number): number {
		return low + (high - low) * this.#next();
	}

	shape(lowestRank = 1, highestRank = 4): number[] {
		return Array.from({ length: this.between(lowestRank, highestRank) }, () => this.between(1, 6));
	}

	/** Mostly a scale such as networks have, now and then one as far off as lets quotients of two stay below 2^31. */
	scale(): number {
		return Math.fround(10 ** (this.chance(0.95) ? this.uniform(-2.5, -0.3) : this.uniform(-4, 1.7)));
	}

	/** Quantisation for a type, none for those that have none. */
	quantisation(type: Type): Partial<TensorDescription> {
		if (type === types.INT16) return { scale: this.scale() / 128, zeroPoint: 0 };
		if (type !== types.INT8) return {};
		const zeroPoint = this.chance(0.4) ? this.choose([-128, 127, 0]) : this.between(...int8);
		return { scale: this.scale(), zeroPoint };
	}

	add(tensor: TensorDescription): number {
		return this.tensors.push(tensor) - 1;
	}

	get(index: number): TensorDescription {
		return this.tensors[index]!;
	}

	/** A tensor's description without its values, for a result of the same kind. */
	bare(index: number): TensorDescription {
		const { type, shape, scale, zeroPoint } = this.get(index);
		return { type, shape, scale, zeroPoint };
	}

	/** A new input of the model. */
	input(type: Type, shape: Shape, limits?: Limits, quantisation = this.quantisation(type)): number {
		const index = this.add({ type, shape, ...quantisation });
		this.#inputs.push(index);
		this.#limits.push(limits ?? defaultLimits(type));
		this.pool.push(index);
		return index;
	}

	/** What an operator reads: mostly what is there already and fits, else a new input, seldom a constant. No scalars unless they fit. */
	operand(
		fitting: readonly Type[],
		makeShape: () => Shape,
		fits: (shape: Shape) => boolean = ({ length }) => length > 0,
	): number {
		const candidates = this.pool.filter((index) => {
			const { type, shape } = this.get(index);
			return fitting.includes(type as Type) && fits(shape);
		});
		if (candidates.length && this.chance(0.8)) return this.choose(candidates);
		const type = this.choose(fitting);
		return this.chance(0.06) ? this.constant(type, makeShape()) : this.input(type, makeShape());
	}

	value(type: Type, limits: Limits): number {
		const [low, high] = limits;
		const extreme = this.#next();
		if (extreme < 0.04) return low;
		if (extreme > 0.96) return high;
		if (type !== types.FLOAT32) return this.between(low, high);
		return this.chance(0.05) && low <= 0 && high >= 0 ? this.choose([0, -0]) : this.uniform(low, high);
	}

	constant(
		type: Type,
		shape: Shape,
		limits: Limits = defaultLimits(type),
		quantisation: Partial<TensorDescription> = this.quantisation(type),
	): number {
		return this.add({ type, shape, ...quantisation, data: this.#values(type, shape, () => this.value(type, limits)) });
	}

	/** A constant of these int32 values: a vector, or a scalar when it is a number. */
	parameter(values: readonly number[] | number): number {
		if (typeof values === "number") return this.add({ type: types.INT32, shape: [], data: Int32Array.of(values) });
		return this.add({ type: types.INT32, shape: [values.length], data: Int32Array.from(values) });
	}

	/** A tensor that keeps its value from one row to the next. */
	variable(tensor: TensorDescription): number {
		return this.add({ ...tensor, fields: { 5: u8(1) } });
	}

	operator(
		code: number,
		inputs: readonly number[],
		outputs: readonly TensorDescription[],
		options?: { type: number; fields: Record<number, Node> },
	): void {
		const indices = outputs.map((tensor) => this.add(tensor));
		this.operators.push({ code, inputs, outputs: indices, options });
		this.pool.push(...indices);
	}

	/** Whether anything depends on an input; a model without one is none. */
	get hasInputs(): boolean {
		return this.#inputs.length > 0;
	}

	/** The model: what nobody reads is an output, and now and then something that is read. */
	model(): Uint8Array {
		const read = new Set(this.operators.flatMap(({ inputs }) => inputs));
		const results = this.operators.flatMap(({ outputs }) => outputs);
		const outputs = results.filter((index) => !read.has(index) || this.chance(0.15));
		return buildModel({ tensors: this.tensors, operators: this.operators, inputs: this.#inputs, outputs });
	}

	/** Raw values of so many rows of inputs: all lowest, all highest, then any. */
	rows(count: number): Buffer {
		const parts: Uint8Array[] = [];
		for (let row = 0; row < count; row++)
			for (const [i, index] of this.#inputs.entries()) {
				const { type, shape } = this.get(index);
				const limits = this.#limits[i]!;
				const values = this.#values(type as Type, shape, () => limits[row] ?? this.value(type as Type, limits));
				parts.push(new Uint8Array(values.buffer));
			}
		return Buffer.concat(parts);
	}

	#values(type: Type, shape: Shape, value: () => number) {
		const values = Array.from({ length: elements(shape) }, value);
		if (type === types.INT64) return BigInt64Array.from(values.map(BigInt));
		return new arrays[type as keyof typeof arrays](values);
	}
}

function defaultLimits(type: Type): Limits {
	if (type === types.INT8) return int8;
	if (type === types.INT16) return int16;
	if (type === types.BOOL) return [0, 1];
	return type === types.FLOAT32 ? [-4, 4] : [-1000, 1000];
}
