import { Builder } from "flatbuffers";
import {
	activations,
	fileIdentifier,
	type Model,
	type Operator,
	type OperatorKind,
	OptionsType,
	operatorKinds,
	Slot,
	schemaVersion,
	type Tensor,
	tensorTypes,
} from "./schema";

/** Bytes to which the format aligns the content of buffers within the file. */
const bufferAlignment = 16;

/** The model as a `.tflite` file. Equal models give equal bytes. */
export function writeModel(model: Model): Uint8Array {
	return new Writer().write(model);
}

class Writer {
	readonly #builder = new Builder(4096);
	// By the format's convention the first buffer is empty and stands for every tensor without content.
	readonly #buffers: number[] = [this.#table(1, () => {})];

	write(model: Model): Uint8Array {
		const builder = this.#builder;
		const kinds = [...new Set(model.operators.map(({ kind }) => kind))];
		const tensors = this.#offsets(model.tensors.map((tensor) => this.#tensor(tensor)));
		const operators = this.#offsets(model.operators.map((operator) => this.#operator(operator, model, kinds)));
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
		const codes = this.#offsets(kinds.map((kind) => this.#operatorCode(kind)));
		const metadata = this.#offsets(model.metadata.map((entry) => this.#metadata(entry.name, entry.data)));
		const description = builder.createString(model.description);
		const buffers = this.#offsets(this.#buffers);
		const root = this.#table(8, () => {
			builder.addFieldInt32(Slot.Model.version, schemaVersion, 0);
			builder.addFieldOffset(Slot.Model.operatorCodes, codes, 0);
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

	#quantization({ scale, zeroPoint }: NonNullable<Tensor["quantization"]>): number {
		const builder = this.#builder;
		builder.startVector(4, 1, 4);
		builder.addFloat32(scale);
		const scales = builder.endVector();
		builder.startVector(8, 1, 8);
		builder.addInt64(BigInt(zeroPoint));
		const zeroPoints = builder.endVector();
		return this.#table(4, () => {
			builder.addFieldOffset(Slot.Quantization.scale, scales, 0);
			builder.addFieldOffset(Slot.Quantization.zeroPoint, zeroPoints, 0);
		});
	}

	#operator(operator: Operator, model: Model, kinds: readonly OperatorKind[]): number {
		const builder = this.#builder;
		const inputs = this.#int32s(operator.inputs);
		const outputs = this.#int32s(operator.outputs);
		const [optionsType, options] = this.#options(operator, model);
		return this.#table(5, () => {
			builder.addFieldInt32(Slot.Operator.opcodeIndex, kinds.indexOf(operator.kind), 0);
			builder.addFieldOffset(Slot.Operator.inputs, inputs, 0);
			builder.addFieldOffset(Slot.Operator.outputs, outputs, 0);
			builder.addFieldInt8(Slot.Operator.optionsType, optionsType, 0);
			builder.addFieldOffset(Slot.Operator.options, options, 0);
		});
	}

	#options(operator: Operator, model: Model): [type: number, offset: number] {
		const builder = this.#builder;
		switch (operator.kind) {
			case "FULLY_CONNECTED": {
				const code = activations[operator.activation];
				const table = this.#table(1, () => builder.addFieldInt8(Slot.FullyConnectedOptions.activation, code, 0));
				return [OptionsType.fullyConnected, table];
			}
			case "SOFTMAX":
				return [
					OptionsType.softmax,
					this.#table(1, () => builder.addFieldFloat32(Slot.SoftmaxOptions.beta, operator.beta, 0)),
				];
			case "RESHAPE": {
				const shape = this.#int32s(model.tensors[operator.outputs[0]!]!.shape);
				return [
					OptionsType.reshape,
					this.#table(1, () => builder.addFieldOffset(Slot.ReshapeOptions.newShape, shape, 0)),
				];
			}
			case "LOGISTIC":
			case "QUANTIZE":
			case "DEQUANTIZE":
				return [OptionsType.none, 0];
		}
	}

	#operatorCode(kind: OperatorKind): number {
		const builder = this.#builder;
		const { code, version } = operatorKinds[kind];
		return this.#table(4, () => {
			// Both fields hold the code while it fits the older, signed byte; readers take the greater.
			builder.addFieldInt8(Slot.OperatorCode.deprecatedBuiltinCode, code, 0);
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

	/** Adds a buffer and returns its number. */
	#buffer(data: Uint8Array): number {
		const builder = this.#builder;
		builder.startVector(1, data.length, bufferAlignment);
		for (let i = data.length - 1; i >= 0; i--) builder.addInt8(data[i]!);
		const content = builder.endVector();
		return this.#buffers.push(this.#table(1, () => builder.addFieldOffset(Slot.Buffer.data, content, 0))) - 1;
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
}
