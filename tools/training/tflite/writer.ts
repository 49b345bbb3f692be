import { Builder } from "flatbuffers";
import { enumerations, type FieldType, type OptionsTable, type OptionValue, optionTables } from "./options";
import {
	fileIdentifier,
	type Model,
	type Operator,
	operatorKinds,
	type Quantization,
	Slot,
	schemaVersion,
	type Tensor,
	type TensorType,
	tensorTypes,
} from "./schema";
import { operatorVersion } from "./versions";

/** Bytes to which the format aligns the content of buffers within the file. */
const bufferAlignment = 16;

/** The model as a `.tflite` file. Equal models give equal bytes; equal constants are stored once. */
export function writeModel(model: Model): Uint8Array {
	return new Writer().write(model);
}

class Writer {
	readonly #builder = new Builder(4096);
	// By the format's convention the first buffer is empty and stands for every tensor without content.
	readonly #buffers: number[] = [this.#table(1, () => {})];
	/** What the buffers hold, by its length. */
	readonly #contents = new Map<number, { readonly data: Uint8Array; readonly number: number }[]>();

	write(model: Model): Uint8Array {
		const builder = this.#builder;
		const codes = operatorCodes(model);
		const names = [...codes.keys()];
		const tensors = this.#offsets(model.tensors.map((tensor) => this.#tensor(tensor)));
		const operators = this.#offsets(
			model.operators.map((operator) => this.#operator(operator, model, names.indexOf(codeName(operator)))),
		);
		const inputs = this.#int32s(model.inputs);
		const outputs = this.#int32s(model.outputs);
		const name = builder.createString("main");
		const subgraph = this.#table(5, () => {
			builder.addFieldOffset(Slot.SubGraph.tensors, tensors, 0);
			builder.addFieldOffset(Slot.SubGraph.inputs, inputs, 0);
			builder.addFieldOffset(Slot.SubGraph.outputs, outputs, 0);
			builder.addFieldOffset(Slot.SubGraph.operators, operators, 0);
			builder.addFieldOffset(Slot.SubGraph.name, name, 0);
		});
		const subgraphs = this.#offsets([subgraph]);
		const operatorCodeTables = this.#offsets([...codes.values()].map((code) => this.#operatorCode(code)));
		const metadata = this.#offsets(model.metadata.map((entry) => this.#metadata(entry.name, entry.data)));
		const description = builder.createString(model.description);
		const buffers = this.#offsets(this.#buffers);
		const root = this.#table(8, () => {
			builder.addFieldInt32(Slot.Model.version, schemaVersion, 0);
			builder.addFieldOffset(Slot.Model.operatorCodes, operatorCodeTables, 0);
			builder.addFieldOffset(Slot.Model.subgraphs, subgraphs, 0);
			builder.addFieldOffset(Slot.Model.description, description, 0);
			builder.addFieldOffset(Slot.Model.buffers, buffers, 0);
			builder.addFieldOffset(Slot.Model.metadata, metadata, 0);
		});
		builder.finish(root, fileIdentifier);
		return builder.asUint8Array().slice();
	}

	#tensor(tensor: Tensor): number {
		const builder = this.#builder;
		const buffer = tensor.data ? this.#buffer(tensor.data) : 0;
		const name = builder.createString(tensor.name);
		const shape = this.#int32s(tensor.shape);
		const quantization = tensor.quantization ? this.#quantization(tensor.quantization) : 0;
		return this.#table(5, () => {
			builder.addFieldOffset(Slot.Tensor.shape, shape, 0);
			builder.addFieldInt8(Slot.Tensor.type, tensorTypes[tensor.type].code, 0);
			builder.addFieldInt32(Slot.Tensor.buffer, buffer, 0);
			builder.addFieldOffset(Slot.Tensor.name, name, 0);
			builder.addFieldOffset(Slot.Tensor.quantization, quantization, 0);
		});
	}

	#quantization(quantization: Quantization): number {
		const builder = this.#builder;
		const isWhole = "scale" in quantization;
		const scales = this.#float32s(isWhole ? [quantization.scale] : quantization.scales);
		const count = isWhole ? 1 : quantization.scales.length;
		builder.startVector(8, count, 8);
		for (let i = 0; i < count; i++) builder.addInt64(BigInt(isWhole ? quantization.zeroPoint : 0));
		const zeroPoints = builder.endVector();
		return this.#table(7, () => {
			builder.addFieldOffset(Slot.Quantization.scale, scales, 0);
			builder.addFieldOffset(Slot.Quantization.zeroPoint, zeroPoints, 0);
			builder.addFieldInt32(Slot.Quantization.dimension, isWhole ? 0 : quantization.dimension, 0);
		});
	}

	#operator(operator: Operator, model: Model, code: number): number {
		const builder = this.#builder;
		const inputs = this.#int32s(operator.inputs);
		const outputs = this.#int32s(operator.outputs);
		const name = operatorKinds[operator.kind].options;
		const table = name === undefined ? undefined : optionTables[name]!;
		const options = table ? this.#options(table, optionsOf(operator, model)) : 0;
		const customOptions = operator.kind === "CUSTOM" ? this.#bytes(operator.options, 1) : 0;
		return this.#table(6, () => {
			builder.addFieldInt32(Slot.Operator.opcodeIndex, code, 0);
			builder.addFieldOffset(Slot.Operator.inputs, inputs, 0);
			builder.addFieldOffset(Slot.Operator.outputs, outputs, 0);
			builder.addFieldInt8(Slot.Operator.optionsType, table?.code ?? 0, 0);
			builder.addFieldOffset(Slot.Operator.options, options, 0);
			builder.addFieldOffset(Slot.Operator.customOptions, customOptions, 0);
		});
	}

	#options({ fields }: OptionsTable, values: Readonly<Record<string, OptionValue>>): number {
		const entries = Object.entries(fields).filter(([name]) => values[name] !== undefined);
		// FlatBuffers does not nest: what a field refers to comes before the table.
		const vectors = new Map(
			entries
				.filter(([, [, type]]) => type === "int32s")
				.map(([name]) => [name, this.#int32s(values[name] as readonly number[])]),
		);
		return this.#table(Object.keys(fields).length, () => {
			for (const [name, [slot, type, absent]] of entries) {
				const vector = vectors.get(name);
				if (vector !== undefined) this.#builder.addFieldOffset(slot, vector, 0);
				else this.#scalar(slot, type, values[name]!, absent);
			}
		});
	}

	#scalar(slot: number, type: FieldType, value: OptionValue, absent: OptionValue | undefined): void {
		const builder = this.#builder;
		if (type === "int32") builder.addFieldInt32(slot, value as number, Number(absent ?? 0));
		else if (type === "float32") builder.addFieldFloat32(slot, value as number, Number(absent ?? 0));
		else builder.addFieldInt8(slot, byteOf(type, value), absent === undefined ? 0 : byteOf(type, absent));
	}

	#operatorCode({ operator, version }: OperatorCode): number {
		const builder = this.#builder;
		const { code } = operatorKinds[operator.kind];
		const customCode = operator.kind === "CUSTOM" ? builder.createString(operator.name) : 0;
		return this.#table(4, () => {
			// Both fields hold the code while it fits the older, signed byte; readers take the greater.
			builder.addFieldInt8(Slot.OperatorCode.deprecatedBuiltinCode, code, 0);
			builder.addFieldOffset(Slot.OperatorCode.customCode, customCode, 0);
			builder.addFieldInt32(Slot.OperatorCode.version, version, 1);
			builder.addFieldInt32(Slot.OperatorCode.builtinCode, code, 0);
		});
	}

	#metadata(name: string, data: Uint8Array): number {
		const builder = this.#builder;
		const buffer = this.#buffer(data);
		const text = builder.createString(name);
		return this.#table(2, () => {
			builder.addFieldOffset(Slot.Metadata.name, text, 0);
			builder.addFieldInt32(Slot.Metadata.buffer, buffer, 0);
		});
	}

	/** Adds a buffer, unless there is one with this content, and returns its number. */
	#buffer(data: Uint8Array): number {
		const alike = this.#contents.get(data.length) ?? [];
		const known = alike.find((other) => data.every((byte, i) => byte === other.data[i]));
		if (known) return known.number;
		const content = this.#bytes(data, bufferAlignment);
		const table = this.#table(1, () => this.#builder.addFieldOffset(Slot.Buffer.data, content, 0));
		const number = this.#buffers.push(table) - 1;
		this.#contents.set(data.length, [...alike, { data, number }]);
		return number;
	}

	#table(fields: number, add: () => void): number {
		this.#builder.startObject(fields);
		add();
		return this.#builder.endObject();
	}

	#offsets(offsets: readonly number[]): number {
		this.#builder.startVector(4, offsets.length, 4);
		for (let i = offsets.length - 1; i >= 0; i--) this.#builder.addOffset(offsets[i]!);
		return this.#builder.endVector();
	}

	#int32s(values: readonly number[]): number {
		this.#builder.startVector(4, values.length, 4);
		for (let i = values.length - 1; i >= 0; i--) this.#builder.addInt32(values[i]!);
		return this.#builder.endVector();
	}

	#float32s(values: ArrayLike<number>): number {
		this.#builder.startVector(4, values.length, 4);
		for (let i = values.length - 1; i >= 0; i--) this.#builder.addFloat32(values[i]!);
		return this.#builder.endVector();
	}

	#bytes(data: Uint8Array, alignment: number): number {
		this.#builder.startVector(1, data.length, alignment);
		for (let i = data.length - 1; i >= 0; i--) this.#builder.addInt8(data[i]!);
		return this.#builder.endVector();
	}
}

interface OperatorCode {
	readonly operator: Operator;
	readonly version: number;
}

/** One for each operator that the model uses, with the highest version that one of them needs. */
function operatorCodes({ operators, tensors }: Model): Map<string, OperatorCode> {
	const codes = new Map<string, OperatorCode>();
	for (const operator of operators) {
		const name = codeName(operator);
		const version = Math.max(codes.get(name)?.version ?? 1, operatorVersion(operator, tensors));
		codes.set(name, { operator, version });
	}
	return codes;
}

function codeName(operator: Operator): string {
	return operator.kind === "CUSTOM" ? `CUSTOM ${operator.name}` : operator.kind;
}

/** The number that stands for a value of a type that is stored in a byte. */
function byteOf(type: FieldType, value: OptionValue): number {
	if (type === "bool") return Number(value);
	if (type === "tensorType") return tensorTypes[value as TensorType].code;
	return (enumerations[type as keyof typeof enumerations] as readonly OptionValue[]).indexOf(value);
}

/** The operator's options, with those that repeat what its tensors say. */
function optionsOf(operator: Operator, { tensors }: Model): Readonly<Record<string, OptionValue>> {
	const [input, output] = [tensors[operator.inputs[0]!]!, tensors[operator.outputs[0]!]!];
	switch (operator.kind) {
		case "RESHAPE":
			return { newShape: output.shape };
		case "CAST":
			return { inDataType: input.type, outDataType: output.type };
		default: {
			const { kind, inputs, outputs, ...options } = operator;
			return options as Readonly<Record<string, OptionValue>>;
		}
	}
}
