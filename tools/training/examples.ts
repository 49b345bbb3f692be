/** What models learn from and are measured on: rows of stored model input, each with its class and where it comes from. */

import type { Picture } from "./data/recording";
import type { Reduction } from "./data/reduce";

/** Elements as the model's input tensor stores them. */
export type Stored = Int16Array | Int8Array | Float32Array;

/** The model's input tensor: real = scale · (stored − zeroPoint). Floats have scale 1 and zero point 0. */
export interface InputFormat {
	readonly datatype: "INT16" | "INT8" | "FLOAT32";
	/** Of one row, without the batch: [119, 6] for a window of motion, [64] for a picture of 8 × 8. */
	readonly shape: readonly number[];
	readonly scale: number;
	readonly zeroPoint: number;
	/** Samples a second, of windows in time. */
	readonly rate?: number;
}

/** The part of a recording that a row was cut from. */
export interface Origin {
	/** File and line, from 1, where the recording begins. */
	readonly file: string;
	readonly line: number;
	/** Seconds from the recording's beginning. */
	readonly start: number;
	readonly end: number;
}

export interface Examples {
	readonly input: InputFormat;
	/** Names in the order of the model's outputs. */
	readonly classes: readonly string[];
	/** Row after row, `rowLength(input)` elements each. */
	readonly rows: Stored;
	/** For each row an index into `classes`. */
	readonly labels: Uint8Array;
	/** For each row whose or what it is: a person, a device, a session. Rows of one group are in one set only. */
	readonly groups: readonly string[];
	/** For each row where it was recorded, when it was. */
	readonly origins?: readonly Origin[];
	/** For each row the picture that it was reduced from and how, so that more of them can be made for training. */
	readonly pictures?: { readonly originals: readonly Picture[]; readonly reduction: Reduction };
}

export interface Split {
	readonly training: Examples;
	readonly validation: Examples;
	readonly test: Examples;
}

/** Elements of one row. */
export function rowLength({ shape }: InputFormat): number {
	return shape.reduce((product, size) => product * size, 1);
}

/** The stored elements of one row, in place. */
export function rowOf({ input, rows }: Examples, index: number): Stored {
	const length = rowLength(input);
	return rows.subarray(index * length, (index + 1) * length);
}

/** The rows with these indices, in this order. */
export function select(examples: Examples, indices: ArrayLike<number>): Examples {
	const length = rowLength(examples.input);
	const rows = new (examples.rows.constructor as new (length: number) => Stored)(indices.length * length);
	const order = Array.from(indices);
	order.forEach((index, i) => {
		rows.set(rowOf(examples, index), i * length);
	});
	return {
		...examples,
		rows,
		labels: Uint8Array.from(order, (index) => examples.labels[index]!),
		groups: order.map((index) => examples.groups[index]!),
		...(examples.origins && { origins: order.map((index) => examples.origins![index]!) }),
		...(examples.pictures && {
			pictures: { ...examples.pictures, originals: order.map((index) => examples.pictures!.originals[index]!) },
		}),
	};
}

/** What the rows stand for: real numbers. */
export function realRows({ input, rows }: Examples): Float32Array {
	return Float32Array.from(rows, (stored) => input.scale * (stored - input.zeroPoint));
}
