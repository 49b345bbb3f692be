import { decodeText, TextError } from "common/text";
import {
	type Activation,
	activations,
	fileIdentifier,
	type Model,
	type Operator,
	type OperatorKind,
	operatorKinds,
	Slot,
	schemaVersion,
	type Tensor,
	type TensorType,
	tensorTypes,
} from "./schema";

/** The bytes are no model file, or one with something that is not known here. */
export class ModelFormatError extends Error {}

/** Reads a `.tflite` file of one subgraph that uses the types and operators of `schema.ts`. */
export function readModel(bytes: Uint8Array): Model {
	try {
		return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
	} catch (error) {
		if (error instanceof RangeError) throw new ModelFormatError("an offset points outside the file", { cause: error });
		if (error instanceof TextError) throw new ModelFormatError("a name is not UTF-8", { cause: error });
		throw error;
	}
}

function read(view: DataView): Model {
	const identifier = String.fromCharCode(...[4, 5, 6, 7].map((at) => view.getUint8(at)));
	if (identifier !== fileIdentifier) throw new ModelFormatError(`the file identifier is "${identifier}"`);
	const root = new Table(view, view.getUint32(0, true));
	const version = root.int32(Slot.Model.version, 0);
	if (version !== schemaVersion) throw new ModelFormatError(`the schema version is ${version}`);
	const subgraphs = root.tables(Slot.Model.subgraphs);
	if (subgraphs.length !== 1) throw new ModelFormatError(`the model has ${subgraphs.length} subgraphs`);
	const subgraph = subgraphs[0]!;
	const buffers = root.tables(Slot.Model.buffers).map((buffer) => buffer.bytes(Slot.Buffer.data));
	const kinds = root.tables(Slot.Model.operatorCodes).map(operatorKind);
	return {
		description: root.text(Slot.Model.description),
		tensors: subgraph.tables(Slot.SubGraph.tensors).map((table) => tensor(table, buffers)),
		operators: subgraph.tables(Slot.SubGraph.operators).map((table) => operator(table, kinds)),
		inputs: subgraph.int32s(Slot.SubGraph.inputs),
		outputs: subgraph.int32s(Slot.SubGraph.outputs),
		metadata: root.tables(Slot.Model.metadata).map((entry) => ({
			name: entry.text(Slot.Metadata.name),
			data: element(buffers, entry.int32(Slot.Metadata.buffer, 0), "buffer"),
		})),
	};
}

function operatorKind(table: Table): OperatorKind {
	const deprecated = table.int8(Slot.OperatorCode.deprecatedBuiltinCode, 0);
	const code = Math.max(deprecated, table.int32(Slot.OperatorCode.builtinCode, 0));
	for (const [kind, entry] of Object.entries(operatorKinds)) if (entry.code === code) return kind as OperatorKind;
	throw new ModelFormatError(`operator ${code} is not known`);
}

function tensor(table: Table, buffers: readonly Uint8Array[]): Tensor {
	const code = table.int8(Slot.Tensor.type, 0);
	const type = Object.entries(tensorTypes).find(([, entry]) => entry.code === code)?.[0] as TensorType | undefined;
	if (!type) throw new ModelFormatError(`tensor type ${code} is not known`);
	const data = element(buffers, table.int32(Slot.Tensor.buffer, 0), "buffer");
	const quantization = table.table(Slot.Tensor.quantization);
	const scale = quantization?.float32s(Slot.Quantization.scale)[0];
	return {
		name: table.text(Slot.Tensor.name),
		type,
		shape: table.int32s(Slot.Tensor.shape),
		...(quantization &&
			scale !== undefined && {
				quantization: { scale, zeroPoint: Number(quantization.int64s(Slot.Quantization.zeroPoint)[0] ?? 0n) },
			}),
		...(data.length > 0 && { data }),
	};
}

function operator(table: Table, kinds: readonly OperatorKind[]): Operator {
	const kind = element(kinds, table.int32(Slot.Operator.opcodeIndex, 0), "operator code");
	const inputs = table.int32s(Slot.Operator.inputs);
	const outputs = table.int32s(Slot.Operator.outputs);
	const options = table.table(Slot.Operator.options);
	switch (kind) {
		case "FULLY_CONNECTED": {
			const code = options?.int8(Slot.FullyConnectedOptions.activation, 0) ?? 0;
			const activation = Object.entries(activations).find(([, value]) => value === code)?.[0] as Activation | undefined;
			if (!activation) throw new ModelFormatError(`activation ${code} is not known`);
			return { kind, inputs, outputs, activation };
		}
		case "SOFTMAX":
			return { kind, inputs, outputs, beta: options?.float32(Slot.SoftmaxOptions.beta, 0) ?? 0 };
		default:
			return { kind, inputs, outputs };
	}
}

function element<T>(list: readonly T[], index: number, what: string): T {
	const value = list[index];
	if (value === undefined) throw new ModelFormatError(`${what} ${index} does not exist`);
	return value;
}

/** One FlatBuffers table: fields by their position, found through its vtable. */
class Table {
	readonly #view: DataView;
	readonly #at: number;

	constructor(view: DataView, at: number) {
		this.#view = view;
		this.#at = at;
	}

	int8(slot: number, absent: number): number {
		const at = this.#field(slot);
		return at === undefined ? absent : this.#view.getInt8(at);
	}

	int32(slot: number, absent: number): number {
		const at = this.#field(slot);
		return at === undefined ? absent : this.#view.getInt32(at, true);
	}

	float32(slot: number, absent: number): number {
		const at = this.#field(slot);
		return at === undefined ? absent : this.#view.getFloat32(at, true);
	}

	table(slot: number): Table | undefined {
		const at = this.#field(slot);
		return at === undefined ? undefined : new Table(this.#view, at + this.#view.getUint32(at, true));
	}

	tables(slot: number): Table[] {
		return this.#vector(slot, 4, (at) => new Table(this.#view, at + this.#view.getUint32(at, true)));
	}

	int32s(slot: number): number[] {
		return this.#vector(slot, 4, (at) => this.#view.getInt32(at, true));
	}

	int64s(slot: number): bigint[] {
		return this.#vector(slot, 8, (at) => this.#view.getBigInt64(at, true));
	}

	float32s(slot: number): number[] {
		return this.#vector(slot, 4, (at) => this.#view.getFloat32(at, true));
	}

	bytes(slot: number): Uint8Array {
		return Uint8Array.from(this.#vector(slot, 1, (at) => this.#view.getUint8(at)));
	}

	text(slot: number): string {
		return decodeText(this.bytes(slot));
	}

	#vector<T>(slot: number, size: number, get: (at: number) => T): T[] {
		const field = this.#field(slot);
		if (field === undefined) return [];
		const start = field + this.#view.getUint32(field, true);
		const length = this.#view.getUint32(start, true);
		if (start + 4 + length * size > this.#view.byteLength) throw new RangeError();
		return Array.from({ length }, (_, i) => get(start + 4 + i * size));
	}

	/** Where the field's value stands; undefined when it was left out. */
	#field(slot: number): number | undefined {
		const vtable = this.#at - this.#view.getInt32(this.#at, true);
		const entry = 4 + 2 * slot;
		if (entry >= this.#view.getUint16(vtable, true)) return undefined;
		const offset = this.#view.getUint16(vtable + entry, true);
		return offset === 0 ? undefined : this.#at + offset;
	}
}
