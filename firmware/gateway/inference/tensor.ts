import { JSONError, type JSONReader } from "common/json";

/** Datatypes that the engine's tensors have, by their names in the Open Inference Protocol. */
export type Datatype = "BOOL" | "UINT8" | "INT8" | "INT16" | "INT32" | "INT64" | "FP32";

/** What a model says of one of its tensors. */
export interface TensorInfo {
	readonly name: string;
	readonly datatype: Datatype;
	readonly shape: readonly number[];
	/** Of a quantised tensor: real = scale × (value − zeroPoint); scale is 0 for others. */
	readonly scale: number;
	readonly zeroPoint: number;
	readonly byteLength: number;
}

/** Bytes of one element. */
export const elementLength: Readonly<Record<Datatype, number>> = Object.freeze({
	BOOL: 1,
	UINT8: 1,
	INT8: 1,
	INT16: 2,
	INT32: 4,
	INT64: 8,
	FP32: 4,
});

/** What is beyond this rounds to an infinite FP32: half a step above the greatest one. */
const greatestFloat = 3.4028235677973362e38;

/** Dimensions of a tensor in a request. */
export const maximumRank = 8;

const greatestCount = 0x7fffffff;

/** Elements of a tensor of this shape; undefined when a dimension is not positive or the product is beyond int32. */
export function elementCount(shape: readonly number[]): number | undefined {
	let count = 1;
	for (const dimension of shape) {
		if (dimension < 1) return;
		count *= dimension;
		if (count > greatestCount) return;
	}
	return count;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One element as a number, BOOL as 0 or 1, INT64 rounded beyond 2^53. Tensors are little-endian. */
export function readElement(view: DataView, datatype: Datatype, index: number): number {
	switch (datatype) {
		case "FP32":
			return view.getFloat32(4 * index, true);
		case "INT8":
			return view.getInt8(index);
		case "INT16":
			return view.getInt16(2 * index, true);
		case "INT32":
			return view.getInt32(4 * index, true);
		case "INT64":
			return view.getInt32(8 * index + 4, true) * 2 ** 32 + view.getUint32(8 * index, true);
		default:
			return view.getUint8(index);
	}
}

function parseElement(reader: JSONReader, view: DataView, datatype: Datatype, index: number): void {
	switch (datatype) {
		case "BOOL":
			view.setUint8(index, reader.boolean() ? 1 : 0);
			break;
		case "UINT8":
			view.setUint8(index, reader.integer(0, 0xff));
			break;
		case "INT8":
			view.setInt8(index, reader.integer(-0x80, 0x7f));
			break;
		case "INT16":
			view.setInt16(2 * index, reader.integer(-0x8000, 0x7fff), true);
			break;
		case "INT32":
			view.setInt32(4 * index, reader.integer(-0x80000000, 0x7fffffff), true);
			break;
		case "INT64": {
			const value = reader.integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
			view.setUint32(8 * index, value >>> 0, true);
			view.setInt32(8 * index + 4, Math.floor(value / 2 ** 32), true);
			break;
		}
		case "FP32":
			view.setFloat32(4 * index, reader.number(greatestFloat), true);
	}
}

/**
 * Reads a tensor's `data`, in row-major order, into `target`: flat, or nested exactly as `shape` says.
 * Throws `JSONError` where an element, the nesting or the number of elements is wrong.
 */
export function parseTensor(reader: JSONReader, target: Uint8Array, tensor: TensorInfo): void {
	const view = viewOf(target);
	const { datatype, shape } = tensor;
	const start = reader.position;
	const count = elementCount(shape)!;
	reader.array();
	let index = 0;
	if (!reader.element()) throw new JSONError(`expected ${count} elements, got none`, start);
	if ("array" !== reader.kind || shape.length < 2) {
		do {
			if (index === count) throw new JSONError(`expected ${count} elements, got more`, start);
			parseElement(reader, view, datatype, index++);
		} while (reader.element());
		if (index < count) throw new JSONError(`expected ${count} elements, got ${index}`, start);
		return;
	}
	// How many elements the open array of each level has had, the innermost level holding the numbers.
	const innermost = shape.length - 1;
	const met = new Uint32Array(shape.length);
	let level = 0;
	met[0] = 1;
	for (;;) {
		if (met[level]! > shape[level]!) throw new JSONError(`expected the shape [${shape.join()}]`, start);
		if (level < innermost) {
			reader.array();
			met[++level] = 0;
		} else parseElement(reader, view, datatype, index++);
		while (!reader.element()) {
			if (met[level] !== shape[level]) throw new JSONError(`expected the shape [${shape.join()}]`, start);
			if (0 === level--) return;
		}
		met[level]!++;
	}
}

/** The elements as a JSON array, flat, row-major; undefined when one has no JSON form (RFC 8259 knows no NaN). */
export function formatTensor(bytes: Uint8Array, tensor: TensorInfo): string | undefined {
	const view = viewOf(bytes);
	const count = bytes.byteLength / elementLength[tensor.datatype];
	let text = "[";
	for (let i = 0; i < count; i++) {
		const value = readElement(view, tensor.datatype, i);
		if (!Number.isFinite(value)) return;
		if (i) text += ",";
		text += "BOOL" === tensor.datatype ? (value ? "true" : "false") : value;
	}
	return `${text}]`;
}
