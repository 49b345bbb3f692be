import { decodeText, TextError } from "common/text";
import { operatorNames } from "./operator-names";
import { enumerations, type FieldType, type OptionValue, optionTables } from "./options";
import { fileIdentifier, Slot, schemaVersion, tensorTypes } from "./schema";

/** What is wrong with a file that is no model, or a damaged one. */
export type ModelFault =
	/** Not a file of this format, or of another version of it. */
	| "format"
	/** Something lies outside the file. */
	| "offset"
	/** A number names a buffer or an operator code that does not exist. */
	| "index"
	/** A name is not UTF-8. */
	| "text"
	/** Parts are used so often that the file would grow beyond all measure when it is read. */
	| "size";

export class ModelFormatError extends Error {
	readonly code: ModelFault;

	constructor(code: ModelFault, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}

export interface FileTensor {
	readonly name: string;
	/** As in `schema.ts`; `TYPE_n` where the format has come by more since. */
	readonly type: string;
	readonly shape: readonly number[];
	/** The shape with −1 for what may change; absent where nothing may. */
	readonly shapeSignature?: readonly number[];
	readonly quantization?: {
		/** One, or one for each index of `dimension`. */
		readonly scales: readonly number[];
		readonly zeroPoints: readonly number[];
		readonly dimension: number;
		/** Whether there are parameters of another kind, which are not read here. */
		readonly hasDetails: boolean;
	};
	/** Content of a constant, in place. */
	readonly data?: Uint8Array;
	readonly isVariable: boolean;
	/** Whether the constant leaves zeros out. */
	readonly isSparse: boolean;
	/** Whether the constant lies in another file. */
	readonly isExternal: boolean;
}

export interface FileOperator {
	/** Name of the schema, `CUSTOM` or `BUILTIN_n` where the format has come by more since. */
	readonly kind: string;
	/** Name of a custom operator. */
	readonly customCode?: string;
	readonly version: number;
	/** −1 stands for one that is left out. */
	readonly inputs: readonly number[];
	readonly outputs: readonly number[];
	readonly intermediates: readonly number[];
	/** Name of their table in `options.ts`. Absent where there are none, or of a table that is not known there. */
	readonly optionsTable?: string;
	readonly options?: Readonly<Record<string, OptionValue>>;
	/** Whether there are options that are not read here. */
	readonly hasUnknownOptions: boolean;
	/** In place. */
	readonly customOptions?: Uint8Array;
}

export interface FileSubgraph {
	readonly name: string;
	readonly tensors: readonly FileTensor[];
	readonly operators: readonly FileOperator[];
	readonly inputs: readonly number[];
	readonly outputs: readonly number[];
}

export interface ModelFile {
	readonly description: string;
	readonly subgraphs: readonly FileSubgraph[];
	/** Contents are in place. */
	readonly metadata: readonly { readonly name: string; readonly data: Uint8Array }[];
	readonly signatures: readonly string[];
}

/**
 * Reads any `.tflite` file, also one that the engine does not run. Tensor numbers are given as they are in the file:
 * whether there is such a tensor is for the engine's verifier. Throws `ModelFormatError`.
 */
export function readModel(bytes: Uint8Array): ModelFile {
	try {
		return new Reader(bytes).read();
	} catch (error) {
		if (error instanceof RangeError) {
			throw new ModelFormatError("offset", "an offset points outside the file", { cause: error });
		}
		if (error instanceof TextError) throw new ModelFormatError("text", "a name is not UTF-8", { cause: error });
		throw error;
	}
}

class Reader {
	readonly #file: File;

	constructor(bytes: Uint8Array) {
		this.#file = new File(bytes);
	}

	read(): ModelFile {
		const { bytes, view } = this.#file;
		if (view.byteLength < 8) throw new ModelFormatError("format", `${view.byteLength} bytes are no model`);
		const identifier = bytes.subarray(4, 8);
		if (!identifier.every((byte, i) => byte === fileIdentifier.charCodeAt(i))) {
			throw new ModelFormatError("format", `bytes 4 to 7 are [${identifier}] and not ${fileIdentifier}`);
		}
		const root = new Table(this.#file, view.getUint32(0, true));
		const version = root.int32(Slot.Model.version, 0);
		if (version !== schemaVersion) {
			throw new ModelFormatError("format", `the schema's version is ${version} and not ${schemaVersion}`);
		}
		const buffers = root.tables(Slot.Model.buffers);
		const codes = root.tables(Slot.Model.operatorCodes).map(operatorCode);
		return {
			description: root.text(Slot.Model.description),
			subgraphs: root.tables(Slot.Model.subgraphs).map((subgraph) => ({
				name: subgraph.text(Slot.SubGraph.name),
				tensors: subgraph.tables(Slot.SubGraph.tensors).map((table) => this.#tensor(table, buffers)),
				operators: subgraph.tables(Slot.SubGraph.operators).map((table) => this.#operator(table, codes)),
				inputs: subgraph.int32s(Slot.SubGraph.inputs),
				outputs: subgraph.int32s(Slot.SubGraph.outputs),
			})),
			metadata: root.tables(Slot.Model.metadata).map((entry) => ({
				name: entry.text(Slot.Metadata.name),
				data: this.#content(element(buffers, entry.uint32(Slot.Metadata.buffer), "buffer")),
			})),
			signatures: root.tables(Slot.Model.signatures).map((signature) => signature.text(Slot.Signature.key)),
		};
	}

	#tensor(table: Table, buffers: readonly Table[]): FileTensor {
		const code = table.int8(Slot.Tensor.type, 0);
		const data = this.#content(element(buffers, table.uint32(Slot.Tensor.buffer), "buffer"));
		const shapeSignature = table.int32s(Slot.Tensor.shapeSignature);
		const parameters = table.table(Slot.Tensor.quantization);
		const scales = parameters?.float32s(Slot.Quantization.scale) ?? [];
		const hasDetails = parameters !== undefined && parameters.int8(Slot.Quantization.detailsType, 0) !== 0;
		return {
			name: table.text(Slot.Tensor.name),
			type: typeName(code),
			shape: table.int32s(Slot.Tensor.shape),
			...(shapeSignature.length > 0 && { shapeSignature }),
			...(parameters &&
				(scales.length > 0 || hasDetails) && {
					quantization: {
						scales,
						zeroPoints: parameters.int64s(Slot.Quantization.zeroPoint).map(Number),
						dimension: parameters.int32(Slot.Quantization.dimension, 0),
						hasDetails,
					},
				}),
			...(data.length > 0 && { data }),
			isVariable: table.int8(Slot.Tensor.isVariable, 0) !== 0,
			isSparse: table.has(Slot.Tensor.sparsity),
			isExternal: table.uint32(Slot.Tensor.externalBuffer) !== 0,
		};
	}

	#operator(table: Table, codes: readonly OperatorCode[]): FileOperator {
		const { kind, customCode, version } = element(codes, table.uint32(Slot.Operator.opcodeIndex), "operator code");
		const optionsType = table.uint8(Slot.Operator.optionsType);
		const stored = table.table(Slot.Operator.options);
		const [optionsTable, known] = Object.entries(optionTables).find(([, { code }]) => code === optionsType) ?? [];
		const options =
			known &&
			stored &&
			Object.fromEntries(
				Object.entries(known.fields).map(([name, [slot, type, absent]]) => [name, option(stored, slot, type, absent)]),
			);
		const customOptions = table.bytes(Slot.Operator.customOptions);
		const hasLargeOptions = table.has(Slot.Operator.largeCustomOptionsSize);
		return {
			kind,
			...(customCode !== undefined && { customCode }),
			version,
			inputs: table.int32s(Slot.Operator.inputs),
			outputs: table.int32s(Slot.Operator.outputs),
			intermediates: table.int32s(Slot.Operator.intermediates),
			...(optionsTable !== undefined && options && { optionsTable, options }),
			hasUnknownOptions:
				(stored !== undefined && !known) || table.uint8(Slot.Operator.options2Type) !== 0 || hasLargeOptions,
			...(customOptions.length > 0 && { customOptions }),
		};
	}

	/** Of a buffer: in its table, or behind it where the file is too large for that. */
	#content(buffer: Table): Uint8Array {
		const offset = buffer.uint64(Slot.Buffer.offset);
		if (offset <= 1) return buffer.bytes(Slot.Buffer.data);
		const size = buffer.uint64(Slot.Buffer.size);
		const { bytes } = this.#file;
		if (offset + size > bytes.length) throw new RangeError();
		return bytes.subarray(offset, offset + size);
	}
}

interface OperatorCode {
	readonly kind: string;
	readonly customCode?: string;
	readonly version: number;
}

function operatorCode(table: Table): OperatorCode {
	const deprecated = table.int8(Slot.OperatorCode.deprecatedBuiltinCode, 0);
	const code = Math.max(deprecated, table.int32(Slot.OperatorCode.builtinCode, 0));
	const customCode = table.text(Slot.OperatorCode.customCode);
	return {
		kind: operatorNames[code] ?? `BUILTIN_${code}`,
		...(customCode !== "" && { customCode }),
		version: table.int32(Slot.OperatorCode.version, 1),
	};
}

function typeName(code: number): string {
	return Object.entries(tensorTypes).find(([, type]) => type.code === code)?.[0] ?? `TYPE_${code}`;
}

function option(table: Table, slot: number, type: FieldType, absent: OptionValue | undefined): OptionValue {
	switch (type) {
		case "bool":
			return table.int8(slot, Number(absent ?? 0)) !== 0;
		case "int32":
			return table.int32(slot, Number(absent ?? 0));
		case "int64":
			return table.int64(slot);
		case "float32":
			return table.float32(slot);
		case "int32s":
			return table.int32s(slot);
		case "float32s":
			return table.float32s(slot);
		case "text":
			return table.text(slot);
		case "tensorType":
			return table.has(slot) ? typeName(table.int8(slot, 0)) : (absent ?? typeName(0));
		default: {
			const number = table.uint8(slot);
			return enumerations[type][number] ?? number;
		}
	}
}

function element<T>(list: readonly T[], index: number, what: string): T {
	const value = list[index];
	if (value === undefined) throw new ModelFormatError("index", `${what} ${index} does not exist`);
	return value;
}

/** More than any model has that a microcontroller could hold, and no more than a few hundred bytes of memory each. */
const mostTables = 1 << 18;

/** The bytes, and how much more may be read of them: a few bytes can be used a million times over. */
class File {
	readonly bytes: Uint8Array;
	readonly view: DataView;
	#left: number;
	#tables = mostTables;

	constructor(bytes: Uint8Array) {
		// A plain array, also where a buffer of Node's comes in.
		this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		// An honest file uses each of its bytes once, and some names and shapes a few times.
		this.#left = 2 * bytes.length + 4096;
	}

	takeBytes(count: number): void {
		this.#left -= count;
		if (this.#left < 0) throw new ModelFormatError("size", "parts of the file are used too often");
	}

	takeTable(): void {
		if (--this.#tables < 0) throw new ModelFormatError("size", `the file has more than ${mostTables} parts`);
	}
}

/** One FlatBuffers table: fields by their position, found through its vtable. Offsets are unsigned and point forward. */
class Table {
	readonly #file: File;
	readonly #at: number;
	readonly #vtable: number;
	readonly #vtableSize: number;

	constructor(file: File, at: number) {
		file.takeTable();
		this.#file = file;
		this.#at = at;
		this.#vtable = at - file.view.getInt32(at, true);
		this.#vtableSize = file.view.getUint16(this.#vtable, true);
	}

	has(slot: number): boolean {
		return this.#field(slot) !== undefined;
	}

	int8(slot: number, absent: number): number {
		const at = this.#field(slot);
		return at === undefined ? absent : this.#file.view.getInt8(at);
	}

	uint8(slot: number): number {
		const at = this.#field(slot);
		return at === undefined ? 0 : this.#file.view.getUint8(at);
	}

	int32(slot: number, absent: number): number {
		const at = this.#field(slot);
		return at === undefined ? absent : this.#file.view.getInt32(at, true);
	}

	uint32(slot: number): number {
		const at = this.#field(slot);
		return at === undefined ? 0 : this.#file.view.getUint32(at, true);
	}

	int64(slot: number): bigint {
		const at = this.#field(slot);
		return at === undefined ? 0n : this.#file.view.getBigInt64(at, true);
	}

	uint64(slot: number): number {
		const at = this.#field(slot);
		return at === undefined ? 0 : Number(this.#file.view.getBigUint64(at, true));
	}

	float32(slot: number): number {
		const at = this.#field(slot);
		return at === undefined ? 0 : this.#file.view.getFloat32(at, true);
	}

	table(slot: number): Table | undefined {
		const at = this.#field(slot);
		return at === undefined ? undefined : this.#target(at);
	}

	tables(slot: number): Table[] {
		return this.#vector(slot, 4, (at) => this.#target(at));
	}

	int32s(slot: number): number[] {
		return this.#vector(slot, 4, (at) => this.#file.view.getInt32(at, true));
	}

	int64s(slot: number): bigint[] {
		return this.#vector(slot, 8, (at) => this.#file.view.getBigInt64(at, true));
	}

	float32s(slot: number): number[] {
		return this.#vector(slot, 4, (at) => this.#file.view.getFloat32(at, true));
	}

	/** In place. */
	bytes(slot: number): Uint8Array {
		const { start, length } = this.#elements(slot, 1);
		return this.#file.bytes.subarray(start, start + length);
	}

	text(slot: number): string {
		const bytes = this.bytes(slot);
		this.#file.takeBytes(bytes.length);
		return decodeText(bytes);
	}

	#target(at: number): Table {
		return new Table(this.#file, at + this.#file.view.getUint32(at, true));
	}

	#vector<T>(slot: number, size: number, get: (at: number) => T): T[] {
		const { start, length } = this.#elements(slot, size);
		this.#file.takeBytes(length * size);
		return Array.from({ length }, (_, i) => get(start + i * size));
	}

	/** Where a vector's elements stand, all of them within the file. */
	#elements(slot: number, size: number): { start: number; length: number } {
		const { view } = this.#file;
		const field = this.#field(slot);
		if (field === undefined) return { start: 0, length: 0 };
		const vector = field + view.getUint32(field, true);
		const length = view.getUint32(vector, true);
		const start = vector + 4;
		if (start + length * size > view.byteLength) throw new RangeError();
		return { start, length };
	}

	/** Where the field's value stands; undefined when it was left out. */
	#field(slot: number): number | undefined {
		const entry = 4 + 2 * slot;
		if (entry >= this.#vtableSize) return undefined;
		const offset = this.#file.view.getUint16(this.#vtable + entry, true);
		return offset === 0 ? undefined : this.#at + offset;
	}
}
