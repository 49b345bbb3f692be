/**
 * Writes FlatBuffers from a description that states each field by its number, so that a test can also write what no
 * schema allows. Tables come first, then the vectors; a vector that several fields name is written once. Every scalar
 * is aligned to its size.
 */

export interface Scalar {
	readonly kind: "scalar";
	readonly bytes: Uint8Array;
}

export interface Vector {
	readonly kind: "vector";
	/** Bytes of one element, to which the first is aligned. */
	readonly width: number;
	readonly count: number;
	readonly bytes: Uint8Array;
	/** Alignment of the first element when it is more than the width. */
	readonly alignment: number;
}

export interface Tables {
	readonly kind: "tables";
	readonly tables: readonly Table[];
}

export interface Table {
	readonly kind: "table";
	readonly fields: Readonly<Record<number, Node>>;
}

export type Node = Scalar | Vector | Tables | Table;

function scalar(width: number, set: (view: DataView) => void): Scalar {
	const bytes = new Uint8Array(width);
	set(new DataView(bytes.buffer));
	return { kind: "scalar", bytes };
}

export const u8 = (value: number) => scalar(1, (view) => view.setUint8(0, value));
export const u32 = (value: number) => scalar(4, (view) => view.setUint32(0, value, true));
export const u64 = (value: bigint) => scalar(8, (view) => view.setBigUint64(0, value, true));
export const f32 = (value: number) => scalar(4, (view) => view.setFloat32(0, value, true));
export const table = (fields: Record<number, Node | undefined>): Table => ({
	kind: "table",
	fields: Object.fromEntries(Object.entries(fields).filter(([, node]) => node)) as Record<number, Node>,
});
export const tables = (list: readonly Table[]): Tables => ({ kind: "tables", tables: list });

/** @param values Elements of `width` bytes, in memory order. */
export function vector(values: ArrayBufferView, width: number, alignment = width): Vector {
	const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
	return { kind: "vector", width, count: bytes.length / width, bytes, alignment };
}

export const int32s = (values: readonly number[]) => vector(Int32Array.from(values), 4);
export const float32s = (values: readonly number[]) => vector(Float32Array.from(values), 4);
export const int64s = (values: readonly number[]) => vector(BigInt64Array.from(values.map(BigInt)), 8);
export const text = (value: string): Vector => vector(new TextEncoder().encode(value), 1);

/** A file whose root is `root`. */
export function finish(root: Table, identifier: string): Uint8Array {
	const file = new File();
	file.reserve(8);
	file.bytes.set(new TextEncoder().encode(identifier), 4);
	file.point(0, root);
	file.appendVectors();
	return file.bytes.slice();
}

class File {
	bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
	/** Each with the places that point to it. */
	readonly #vectors = new Map<Vector, number[]>();

	/** Appends zeros and gives where they start. */
	reserve(count: number, alignment = 1): number {
		const start = Math.ceil(this.bytes.length / alignment) * alignment;
		const grown = new Uint8Array(start + count);
		grown.set(this.bytes);
		this.bytes = grown;
		return start;
	}

	/** Stores at `at` the distance to a node, which is appended: a vector later. */
	point(at: number, node: Exclude<Node, Scalar>): void {
		if (node.kind === "vector") this.#vectors.set(node, [...(this.#vectors.get(node) ?? []), at]);
		else this.#link(at, node.kind === "table" ? this.#appendTable(node) : this.#appendTables(node));
	}

	appendVectors(): void {
		for (const [{ width, count, bytes, alignment }, places] of this.#vectors) {
			const aligned = Math.max(4, alignment);
			const padding = (aligned - ((this.bytes.length + 4) % aligned)) % aligned;
			const start = this.reserve(padding + 4 + bytes.length + (width === 1 ? 1 : 0)) + padding;
			new DataView(this.bytes.buffer).setUint32(start, count, true);
			this.bytes.set(bytes, start + 4);
			for (const at of places) this.#link(at, start);
		}
	}

	#link(at: number, target: number): void {
		new DataView(this.bytes.buffer).setUint32(at, target - at, true);
	}

	#appendTables({ tables }: Tables): number {
		const start = this.reserve(4 + 4 * tables.length, 4);
		new DataView(this.bytes.buffer).setUint32(start, tables.length, true);
		for (const [i, child] of tables.entries()) this.point(start + 4 + 4 * i, child);
		return start;
	}

	#appendTable({ fields }: Table): number {
		const ids = Object.keys(fields).map(Number);
		const slots = Math.max(-1, ...ids) + 1;
		const vtable = this.reserve(4 + 2 * slots, 2);
		const start = this.reserve(4, 8);
		// the widest first, so that nothing between two fields is wasted
		const places = ids
			.map((id) => ({ id, node: fields[id]! }))
			.sort((a, b) => width(b.node) - width(a.node))
			.map(({ id, node }) => ({ id, node, at: this.reserve(width(node), width(node)) }));
		const view = new DataView(this.bytes.buffer);
		view.setUint16(vtable, 4 + 2 * slots, true);
		view.setUint16(vtable + 2, this.bytes.length - start, true);
		view.setInt32(start, start - vtable, true);
		for (const { id, at } of places) view.setUint16(vtable + 4 + 2 * id, at - start, true);
		for (const { node, at } of places)
			if (node.kind === "scalar") this.bytes.set(node.bytes, at);
			else this.point(at, node);
		return start;
	}
}

function width(node: Node): number {
	return node.kind === "scalar" ? node.bytes.length : 4;
}
