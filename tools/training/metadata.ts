/**
 * Adds metadata to any `.tflite` file without touching what is in it. A reader and a writer would lose whatever they do
 * not know; so the file stays as it is, byte for byte, and a new root table is put in front of it, since the offsets of
 * FlatBuffers only lead forward. It names the old file's parts, a longer list of buffers and a longer list of metadata.
 * (FlatBuffers, "FlatBuffers Binary Format"; TensorFlow, tensorflow/lite/schema/schema.fbs.)
 */

import { encodeText } from "common/text";
import { ModelFormatError, readModel } from "./tflite/reader";
import { fileIdentifier, Slot } from "./tflite/schema";

export interface MetadataEntry {
	readonly name: string;
	readonly data: Uint8Array;
}

/** Fields of the root table today. Of a later one nobody can tell here whether it is an offset, which would have to move. */
const knownFields = 8;

/** The content of buffers is aligned to as much, so the old file moves by a multiple of it. */
const alignment = 16;

/**
 * The file with these entries, which replace those of the same names. Whoever had such an entry finds the new one; the
 * old one's content stays in the file. Throws a `ModelFormatError` when the file is none, or has parts that cannot move.
 */
export function withMetadata(file: Uint8Array, entries: readonly MetadataEntry[]): Uint8Array {
	const model = readModel(file);
	if (model.subgraphs.some(({ tensors }) => tensors.some(({ isExternal }) => isExternal)))
		throw new ModelFormatError("format", "the model keeps constants in another file");
	const root = new Root(file);
	const kept = root
		.vector(Slot.Model.metadata)
		.filter((_, i) => !entries.some(({ name }) => name === model.metadata[i]!.name));
	const buffers = root.vector(Slot.Model.buffers);
	for (const buffer of buffers)
		if (root.hasField(buffer, Slot.Buffer.offset))
			throw new ModelFormatError("format", "the model keeps constants behind its tables, at fixed places");

	const front = new Front();
	const rootAt = front.table(Slot.Model, root.fields);
	const bufferVector = front.vector(buffers.length + entries.length);
	const metadataVector = front.vector(kept.length + entries.length);
	const bufferTables = entries.map(() => front.table(Slot.Buffer, [Slot.Buffer.data]));
	const metadataTables = entries.map(() => front.table(Slot.Metadata, [Slot.Metadata.name, Slot.Metadata.buffer]));
	const names = entries.map(({ name }) => front.bytes(encodeText(name), 4));
	const contents = entries.map(({ data }) => front.bytes(data, alignment));
	const moved = front.end(file.length);

	front.write(0, rootAt.at);
	for (const field of root.fields) {
		const at = rootAt.field(field);
		if (field === Slot.Model.version) front.write(at, root.word(field));
		else if (field === Slot.Model.buffers) front.refer(at, bufferVector);
		else if (field === Slot.Model.metadata) front.refer(at, metadataVector);
		else front.refer(at, moved + root.target(field));
	}
	buffers.forEach((buffer, i) => {
		front.refer(bufferVector + 4 + 4 * i, moved + buffer);
	});
	kept.forEach((entry, i) => {
		front.refer(metadataVector + 4 + 4 * i, moved + entry);
	});
	entries.forEach((_, i) => {
		const [buffer, entry] = [bufferTables[i]!, metadataTables[i]!];
		front.refer(bufferVector + 4 + 4 * (buffers.length + i), buffer.at);
		front.refer(buffer.field(Slot.Buffer.data), contents[i]!);
		front.refer(metadataVector + 4 + 4 * (kept.length + i), entry.at);
		front.refer(entry.field(Slot.Metadata.name), names[i]!);
		front.write(entry.field(Slot.Metadata.buffer), buffers.length + i);
	});
	return front.finish(file);
}

/** The old root table. The reader has been through the file; what it does not look at is checked here. */
class Root {
	readonly #view: DataView;
	readonly #at: number;
	/** Slots that are set, and those of metadata and buffers, which will be. */
	readonly fields: readonly number[];

	constructor(file: Uint8Array) {
		this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
		this.#at = this.#view.getUint32(0, true);
		const slots = (this.#view.getUint16(this.#vtable(this.#at), true) - 4) / 2;
		const set = Array.from({ length: Math.max(0, Math.floor(slots)) }, (_, slot) => slot).filter((slot) =>
			this.hasField(this.#at, slot),
		);
		if (set.some((slot) => slot >= knownFields))
			throw new ModelFormatError("format", "the model has parts that a later version of the format has come by");
		this.fields = [...new Set([...set, Slot.Model.buffers, Slot.Model.metadata])].sort((a, b) => a - b);
	}

	hasField(table: number, slot: number): boolean {
		return this.#field(table, slot) !== undefined;
	}

	/** The field's own four bytes. */
	word(slot: number): number {
		return this.#view.getUint32(this.#field(this.#at, slot)!, true);
	}

	/** Where the field leads to. */
	target(slot: number): number {
		return this.#inside(this.#field(this.#at, slot)! + this.word(slot));
	}

	/** Where the elements of a vector of tables lead to; empty when there is none. */
	vector(slot: number): number[] {
		if (!this.hasField(this.#at, slot)) return [];
		const start = this.target(slot);
		const length = this.#view.getUint32(start, true);
		if (length > (this.#view.byteLength - start - 4) / 4) throw new ModelFormatError("offset", "a list is cut short");
		return Array.from({ length }, (_, i) => {
			const at = start + 4 + 4 * i;
			return this.#inside(at + this.#view.getUint32(at, true));
		});
	}

	#vtable(table: number): number {
		return this.#inside(table - this.#view.getInt32(this.#inside(table), true));
	}

	#field(table: number, slot: number): number | undefined {
		const vtable = this.#vtable(table);
		const entry = 4 + 2 * slot;
		if (entry + 2 > this.#view.getUint16(vtable, true)) return undefined;
		const offset = this.#view.getUint16(this.#inside(vtable + entry), true);
		return offset === 0 ? undefined : this.#inside(table + offset);
	}

	/** A place with four bytes behind it. */
	#inside(at: number): number {
		if (at < 0 || at > this.#view.byteLength - 4) {
			throw new ModelFormatError("offset", "an offset points outside the file");
		}
		return at;
	}
}

interface FrontTable {
	readonly at: number;
	/** Where a field's four bytes stand. */
	field(slot: number): number;
}

/** What comes in front of the old file. First places are given away, then the content is written. */
class Front {
	/** The root's offset and the identifier. */
	#length = 8;
	readonly #vtables: { at: number; table: number; slots: number[] }[] = [];
	readonly #lengths: { at: number; length: number }[] = [];
	readonly #contents: { at: number; bytes: Uint8Array }[] = [];
	#words: DataView = new DataView(new ArrayBuffer(0));
	#bytes: Uint8Array = new Uint8Array();

	/** A table whose fields, `set`, all have four bytes; `all`: the slots that there are. */
	table(all: Readonly<Record<string, number>>, set: readonly number[]): FrontTable {
		const count = Math.max(...Object.values(all), ...set) + 1;
		const vtable = this.#take(4 + 2 * count, 4);
		const at = this.#take(4 + 4 * set.length, 4);
		this.#vtables.push({
			at: vtable,
			table: at,
			slots: Array.from({ length: count }, (_, slot) => (set.includes(slot) ? 4 + 4 * set.indexOf(slot) : 0)),
		});
		return { at, field: (slot) => at + 4 + 4 * set.indexOf(slot) };
	}

	/** A vector of `length` offsets. */
	vector(length: number): number {
		const at = this.#take(4 + 4 * length, 4);
		this.#lengths.push({ at, length });
		return at;
	}

	/** A vector of bytes whose content is aligned; as a string it has a zero behind it. */
	bytes(bytes: Uint8Array, aligned: number): number {
		const before = Math.ceil((this.#length + 4) / aligned) * aligned - 4;
		this.#length = before;
		const at = this.#take(4 + bytes.length + 1, 4);
		this.#lengths.push({ at, length: bytes.length });
		this.#contents.push({ at: at + 4, bytes });
		return at;
	}

	/** Ends the first part: how far the old file, of this length, moves. */
	end(length: number): number {
		const moved = this.#take(0, alignment);
		this.#bytes = new Uint8Array(moved + length);
		this.#words = new DataView(this.#bytes.buffer);
		return moved;
	}

	write(at: number, word: number): void {
		this.#words.setUint32(at, word, true);
	}

	/** An offset at `at` to `target`, which lies behind it. */
	refer(at: number, target: number): void {
		this.write(at, target - at);
	}

	finish(file: Uint8Array): Uint8Array {
		for (const { at, table, slots } of this.#vtables) {
			this.#words.setUint16(at, 4 + 2 * slots.length, true);
			this.#words.setUint16(at + 2, 4 + 4 * slots.filter((offset) => offset > 0).length, true);
			slots.forEach((offset, slot) => {
				this.#words.setUint16(at + 4 + 2 * slot, offset, true);
			});
			this.#words.setInt32(table, table - at, true);
		}
		for (const { at, length } of this.#lengths) this.write(at, length);
		for (const { at, bytes } of this.#contents) this.#bytes.set(bytes, at);
		this.#bytes.set(encodeText(fileIdentifier), 4);
		this.#bytes.set(file, this.#bytes.length - file.length);
		return this.#bytes;
	}

	#take(length: number, aligned: number): number {
		const at = Math.ceil(this.#length / aligned) * aligned;
		this.#length = at + length;
		return at;
	}
}
