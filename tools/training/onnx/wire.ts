/**
 * Reads the wire format of Protocol Buffers (protobuf.dev, "Encoding"). ONNX needs eight small messages of it, which is
 * less than what a library brings along with its generated code; and here nothing is allocated that the bytes at hand
 * do not pay for, since the files come from anywhere.
 */

import { OnnxError } from "./error";

/** The wire types of today; groups (3 and 4) are of the past and not in ONNX. */
const Wire = Object.freeze({ varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const);

/** Of a 64-bit varint. */
const longestVarint = 10;

/** One message: its fields in the order in which they stand, each read by the method for its type or passed over. */
export class WireReader {
	readonly #view: DataView;
	#at = 0;
	#field = 0;
	#type = 0;

	constructor(bytes: Uint8Array) {
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** The number of the next field; undefined at the end. Its value has to be read or skipped before the next one. */
	next(): number | undefined {
		if (this.#at === this.#view.byteLength) return undefined;
		const tag = this.#varint();
		this.#type = Number(tag & 7n);
		const field = tag >> 3n;
		if (field === 0n || field > 0x1fffffffn) throw new OnnxError("malformed", "a field has an impossible number");
		this.#field = Number(field);
		return this.#field;
	}

	skip(): void {
		switch (this.#type) {
			case Wire.varint:
				this.#varint();
				break;
			case Wire.fixed64:
				this.#advance(8);
				break;
			case Wire.bytes:
				this.bytes();
				break;
			case Wire.fixed32:
				this.#advance(4);
				break;
			default:
				throw new OnnxError("malformed", `field ${this.#field} has wire type ${this.#type}`);
		}
	}

	/** An int32, int64 or enumeration. Throws an `OnnxError` when it is beyond ±2^53. */
	integer(): number {
		this.#expect(Wire.varint);
		return this.#integer();
	}

	float32(): number {
		this.#expect(Wire.fixed32);
		return this.#view.getFloat32(this.#advance(4), true);
	}

	/** In place: a part of the bytes that are read. */
	bytes(): Uint8Array {
		this.#expect(Wire.bytes);
		const length = this.#varint();
		if (length > BigInt(this.#view.byteLength - this.#at)) throw this.#cut();
		const start = this.#advance(Number(length));
		return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, Number(length));
	}

	/** Adds to `values` a repeated int64, packed or not. */
	integers(values: number[]): void {
		if (this.#type === Wire.varint) {
			values.push(this.#integer());
			return;
		}
		const packed = new WireReader(this.bytes());
		while (packed.#at < packed.#view.byteLength) values.push(packed.#integer());
	}

	/** Adds to `values` a repeated float, packed or not. */
	float32s(values: number[]): void {
		if (this.#type === Wire.fixed32) values.push(this.float32());
		else this.#packed(4, values, (view, at) => view.getFloat32(at, true));
	}

	/** Adds to `values` a repeated double, packed or not. */
	float64s(values: number[]): void {
		if (this.#type === Wire.fixed64) values.push(this.#view.getFloat64(this.#advance(8), true));
		else this.#packed(8, values, (view, at) => view.getFloat64(at, true));
	}

	#packed(size: number, values: number[], get: (view: DataView, at: number) => number): void {
		const bytes = this.bytes();
		if (bytes.length % size !== 0) throw new OnnxError("malformed", `field ${this.#field} holds no whole numbers`);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		for (let at = 0; at < bytes.length; at += size) values.push(get(view, at));
	}

	#integer(): number {
		const value = Number(BigInt.asIntN(64, this.#varint()));
		if (!Number.isSafeInteger(value))
			throw new OnnxError("unsupported", `field ${this.#field} holds the number ${value}`);
		return value;
	}

	#varint(): bigint {
		// Nearly all are short: big integers only where 32 bits do not do.
		let low = 0;
		let value = 0n;
		for (let i = 0; i < longestVarint; i++) {
			const byte = this.#view.getUint8(this.#advance(1));
			if (i < 4) low |= (byte & 0x7f) << (7 * i);
			else value |= BigInt(byte & 0x7f) << BigInt(7 * i);
			if (byte < 0x80) return value | BigInt(low);
		}
		throw new OnnxError("malformed", "a number is longer than 64 bits");
	}

	#expect(type: number): void {
		if (this.#type !== type)
			throw new OnnxError("malformed", `field ${this.#field} has wire type ${this.#type} where ${type} is expected`);
	}

	/** Where `size` bytes begin, after which reading goes on. */
	#advance(size: number): number {
		const at = this.#at;
		if (size > this.#view.byteLength - at) throw this.#cut();
		this.#at = at + size;
		return at;
	}

	#cut(): OnnxError {
		return new OnnxError("malformed", "the file is cut short");
	}
}
