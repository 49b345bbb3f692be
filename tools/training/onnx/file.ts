/**
 * The part of ONNX that models of scikit-learn use. Numbers are those of onnx.proto (ONNX 1.16, IR version 10): fields of
 * each message, and the enumerations.
 */

import { decodeText, TextError } from "common/text";
import { OnnxError } from "./error";
import { WireReader } from "./wire";

/** Bytes of a file at most; what fits any microcontroller is far smaller. */
const longestFile = 16 << 20;
const mostNodes = 4096;
const mostElements = 4 << 20;

/** TensorProto.DataType. */
export const DataType = Object.freeze({
	float32: 1,
	int32: 6,
	int64: 7,
	string: 8,
	bool: 9,
	float64: 11,
} as const);

export interface OnnxTensor {
	readonly name: string;
	readonly shape: readonly number[];
	/** A `DataType`. */
	readonly type: number;
	/** Empty for strings. */
	readonly numbers: readonly number[];
	/** Empty for numbers. */
	readonly strings: readonly string[];
}

/** One of these is set; lists are empty otherwise. */
export interface OnnxAttribute {
	readonly name: string;
	readonly integer?: number;
	readonly float?: number;
	readonly text?: string;
	readonly tensor?: OnnxTensor;
	readonly integers: readonly number[];
	readonly floats: readonly number[];
	readonly texts: readonly string[];
}

export interface OnnxNode {
	/** For messages: the node's own name, or its operator and number. */
	readonly label: string;
	/** The operator, with its domain in front where that is not the default one: `ai.onnx.ml.Scaler`. */
	readonly operator: string;
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxInput {
	readonly name: string;
	/** A `DataType`. */
	readonly type: number;
	/** 0 where the size is left open. */
	readonly shape: readonly number[];
}

export interface OnnxGraph {
	readonly nodes: readonly OnnxNode[];
	/** By name. */
	readonly constants: ReadonlyMap<string, OnnxTensor>;
	/** Without those that have a constant for a default. */
	readonly inputs: readonly OnnxInput[];
	/** Names. */
	readonly outputs: readonly string[];
}

/** Reads an ONNX file. Throws an `OnnxError`. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
	if (bytes.length > longestFile) throw new OnnxError("tooLarge", `the file has more than ${longestFile} bytes`);
	try {
		return model(bytes);
	} catch (error) {
		if (error instanceof TextError) throw new OnnxError("malformed", "a name is not UTF-8");
		throw error;
	}
}

function model(bytes: Uint8Array): OnnxGraph {
	const reader = new WireReader(bytes);
	let graph: Uint8Array | undefined;
	let version = 0;
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field === 1) version = reader.integer();
		else if (field === 7) graph = reader.bytes();
		else reader.skip();
	}
	if (!graph || version < 1) throw new OnnxError("malformed", "this is no ONNX file: it has no version or no graph");
	return readGraph(graph);
}

function readGraph(bytes: Uint8Array): OnnxGraph {
	const reader = new WireReader(bytes);
	const nodes: OnnxNode[] = [];
	const constants = new Map<string, OnnxTensor>();
	const inputs: OnnxInput[] = [];
	const outputs: string[] = [];
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		switch (field) {
			case 1:
				if (nodes.length === mostNodes) throw new OnnxError("tooLarge", `the graph has more than ${mostNodes} nodes`);
				nodes.push(node(reader.bytes(), nodes.length));
				break;
			case 5: {
				const constant = tensor(reader.bytes());
				constants.set(constant.name, constant);
				break;
			}
			case 11:
				inputs.push(valueInfo(reader.bytes()));
				break;
			case 12:
				outputs.push(valueInfo(reader.bytes()).name);
				break;
			case 15:
				throw new OnnxError("unsupported", "the graph has sparse constants");
			default:
				reader.skip();
		}
	}
	return { nodes, constants, inputs: inputs.filter(({ name }) => !constants.has(name)), outputs };
}

function node(bytes: Uint8Array, index: number): OnnxNode {
	const reader = new WireReader(bytes);
	const inputs: string[] = [];
	const outputs: string[] = [];
	const attributes = new Map<string, OnnxAttribute>();
	let [name, kind, domain] = ["", "", ""];
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field === 1) inputs.push(decodeText(reader.bytes()));
		else if (field === 2) outputs.push(decodeText(reader.bytes()));
		else if (field === 3) name = decodeText(reader.bytes());
		else if (field === 4) kind = decodeText(reader.bytes());
		else if (field === 5) {
			const one = attribute(reader.bytes());
			attributes.set(one.name, one);
		} else if (field === 7) domain = decodeText(reader.bytes());
		else reader.skip();
	}
	const operator = domain === "" || domain === "ai.onnx" ? kind : `${domain}.${kind}`;
	const label = name === "" || name === kind ? `${kind} (node ${index + 1})` : `${kind} "${name}"`;
	return { label, operator, inputs, outputs, attributes };
}

function attribute(bytes: Uint8Array): OnnxAttribute {
	const reader = new WireReader(bytes);
	const integers: number[] = [];
	const floats: number[] = [];
	const texts: string[] = [];
	const single: { integer?: number; float?: number; text?: string; tensor?: OnnxTensor } = {};
	let name = "";
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field === 1) name = decodeText(reader.bytes());
		else if (field === 2) single.float = reader.float32();
		else if (field === 3) single.integer = reader.integer();
		else if (field === 4) single.text = decodeText(reader.bytes());
		else if (field === 5) single.tensor = tensor(reader.bytes());
		else if (field === 7) reader.float32s(floats);
		else if (field === 8) reader.integers(integers);
		else if (field === 9) texts.push(decodeText(reader.bytes()));
		else reader.skip();
	}
	return { name, ...single, integers, floats, texts };
}

function tensor(bytes: Uint8Array): OnnxTensor {
	const reader = new WireReader(bytes);
	const shape: number[] = [];
	const numbers: number[] = [];
	const strings: string[] = [];
	let raw: Uint8Array | undefined;
	let [name, type] = ["", 0];
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field === 1) reader.integers(shape);
		else if (field === 2) type = reader.integer();
		else if (field === 4) reader.float32s(numbers);
		else if (field === 5 || field === 7) reader.integers(numbers);
		else if (field === 6) strings.push(decodeText(reader.bytes()));
		else if (field === 8) name = decodeText(reader.bytes());
		else if (field === 9) raw = reader.bytes();
		else if (field === 10) reader.float64s(numbers);
		else if (field === 13) throw new OnnxError("unsupported", `the constant "${name}" lies in another file`);
		else reader.skip();
	}
	const elements = shape.reduce((product, size) => product * size, 1);
	if (shape.some((size) => size < 0)) throw new OnnxError("malformed", `the constant "${name}" has a negative size`);
	if (elements > mostElements) throw new OnnxError("tooLarge", `the constant "${name}" has ${elements} elements`);
	if (raw && raw.length > 0) rawNumbers(raw, type, name, numbers);
	if (numbers.length + strings.length !== elements)
		throw new OnnxError(
			"malformed",
			`the constant "${name}" has ${numbers.length + strings.length} of ${elements} elements`,
		);
	return { name, shape, type, numbers, strings };
}

function rawNumbers(raw: Uint8Array, type: number, name: string, numbers: number[]): void {
	const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
	const read = (size: number, get: (at: number) => number) => {
		if (raw.length % size !== 0) throw new OnnxError("malformed", `the constant "${name}" is cut short`);
		for (let at = 0; at < raw.length; at += size) numbers.push(get(at));
	};
	switch (type) {
		case DataType.float32:
			read(4, (at) => view.getFloat32(at, true));
			break;
		case DataType.float64:
			read(8, (at) => view.getFloat64(at, true));
			break;
		case DataType.int32:
			read(4, (at) => view.getInt32(at, true));
			break;
		case DataType.int64:
			read(8, (at) => Number(view.getBigInt64(at, true)));
			break;
		case DataType.bool:
			read(1, (at) => view.getUint8(at));
			break;
		default:
			throw new OnnxError("unsupported", `the constant "${name}" has data type ${type}`);
	}
}

function valueInfo(bytes: Uint8Array): OnnxInput {
	const reader = new WireReader(bytes);
	let name = "";
	let described: Omit<OnnxInput, "name"> = { type: 0, shape: [] };
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field === 1) name = decodeText(reader.bytes());
		else if (field === 2) described = tensorType(reader.bytes());
		else reader.skip();
	}
	return { name, ...described };
}

/** What is no tensor, as the map that ZipMap gives, has type 0. */
function tensorType(bytes: Uint8Array): Omit<OnnxInput, "name"> {
	const outer = new WireReader(bytes);
	const shape: number[] = [];
	let type = 0;
	for (let field = outer.next(); field !== undefined; field = outer.next()) {
		if (field !== 1) {
			outer.skip();
			continue;
		}
		const inner = new WireReader(outer.bytes());
		for (let part = inner.next(); part !== undefined; part = inner.next()) {
			if (part === 1) type = inner.integer();
			else if (part === 2) dimensions(inner.bytes(), shape);
			else inner.skip();
		}
	}
	return { type, shape };
}

function dimensions(bytes: Uint8Array, shape: number[]): void {
	const reader = new WireReader(bytes);
	for (let field = reader.next(); field !== undefined; field = reader.next()) {
		if (field !== 1) {
			reader.skip();
			continue;
		}
		const inner = new WireReader(reader.bytes());
		let size = 0;
		for (let part = inner.next(); part !== undefined; part = inner.next()) {
			if (part === 1) size = inner.integer();
			else inner.skip();
		}
		shape.push(size);
	}
}
