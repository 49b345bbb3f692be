/**
 * Gives a model that was made elsewhere, a `.tflite` of TensorFlow's converter or of the ONNX importer, what a gateway
 * asks of every model: a card and golden rows. Nothing else in the file is touched.
 */

import { JSONError } from "common/json";
import { encodeText } from "common/text";
import { parseCard } from "gateway/inference/card";
import { cardEntry, longestCard } from "./card";
import { foundClasses } from "./evaluation/metrics";
import { type Golden, goldenEntry, packGoldens, pickGoldens } from "./goldens";
import { withMetadata } from "./metadata";
import type { Random } from "./random";
import { channelNames, countsPerUnit } from "./sensor";
import { type FileTensor, readModel } from "./tflite/reader";
import { type TensorType, tensorTypes } from "./tflite/schema";

/**
 * Why a model cannot be adopted. `interface`: its inputs or outputs are not what a gateway serves; `labels`: not as many
 * as outputs, or unclear ones; `card`: no gateway would read it; `samples`: the rows do not fit the model; `outputs`: a golden row gives
 * something that is no number.
 */
export type AdoptionFault = "interface" | "labels" | "card" | "samples" | "outputs";

export class AdoptionError extends Error {
	override readonly name = "AdoptionError";
	readonly code: AdoptionFault;

	constructor(code: AdoptionFault, message: string) {
		super(message);
		this.code = code;
	}
}

/** A window of raw counts as wearables send it. */
export interface AdoptedWindow {
	readonly samples: number;
	/** Of aX, aY, aZ, gX, gY, gZ the first so many: 3 or 6. */
	readonly channels: number;
	/** Samples a second. */
	readonly rate: number;
}

export interface Adoption {
	readonly name: string;
	readonly version: string;
	/** In the order of the outputs; none when the model is no classifier. */
	readonly labels: readonly string[];
	/** When the input is one. */
	readonly window?: AdoptedWindow;
	/** What the data was that the model was trained on. */
	readonly statement: string;
	/**
	 * Rows × elements of the model's only input, as real numbers: of a window g and °/s, else what the model was trained
	 * on. Golden rows are picked from them; without any they are drawn at random.
	 */
	readonly samples?: { readonly values: Float32Array; readonly rows: number };
	readonly random: Random;
}

export interface Adopted {
	readonly file: Uint8Array;
	readonly goldens: number;
	/** Elements of the outputs of a row. */
	readonly outputs: number;
}

const mostGoldens = 8;
/** Bytes of all golden rows, where that leaves at least one. */
const goldenBytes = 16384;

/**
 * `run` is the engine: rows of raw input to rows of raw output, one after another; what it throws is passed on. Throws
 * an `AdoptionError`, or a `ModelFormatError` when the file is no model.
 */
export async function adopt(
	file: Uint8Array,
	adoption: Adoption,
	run: (model: Uint8Array, inputs: Uint8Array) => Promise<Uint8Array>,
): Promise<Adopted> {
	const { labels, samples } = adoption;
	const { inputs, outputs } = interfaceOf(file);
	checkWindow(inputs, adoption.window);
	const elements = outputs.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
	// One score for two classes is the share of the second.
	const fits = labels.length === elements || (labels.length === 2 && elements === 1);
	if (labels.length > 0 && (outputs.length !== 1 || !fits)) {
		const found = outputs.length === 1 ? `${elements} elements` : `${outputs.length} outputs`;
		throw new AdoptionError("labels", `${labels.length} labels for a model whose output has ${found}`);
	}
	const unclear = labels.find((label, i) => /^$|\p{C}/u.test(label) || labels.indexOf(label) < i);
	if (unclear !== undefined)
		throw new AdoptionError("labels", `the label ${JSON.stringify(unclear)} is empty, unprintable or there twice`);
	const card = cardOf(adoption, inputs);
	const width = inputs.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
	const outputWidth = outputs.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
	const wanted = Math.max(1, Math.min(mostGoldens, Math.floor(goldenBytes / (width + outputWidth))));
	const rows = samples ? storedSamples(inputs, samples, adoption.window) : randomRows(inputs, wanted, adoption.random);
	const given = await run(file, rows);
	const goldens = chosen(rows, given, { width, outputWidth, wanted, outputs, classes: labels.length });
	return {
		file: withMetadata(file, [
			{ name: cardEntry, data: card },
			{ name: goldenEntry, data: packGoldens(goldens) },
		]),
		goldens: goldens.length,
		outputs: elements,
	};
}

type InterfaceTensor = FileTensor & { readonly type: TensorType };

/** What rows are made of here; the engine has no other types at a model's ends. */
const served: readonly TensorType[] = ["FLOAT32", "INT8", "UINT8", "INT16", "INT32", "INT64", "BOOL"];

function interfaceOf(file: Uint8Array): { inputs: readonly InterfaceTensor[]; outputs: readonly InterfaceTensor[] } {
	const [graph, ...others] = readModel(file).subgraphs;
	if (!graph || others.length > 0)
		throw new AdoptionError("interface", `the model has ${graph ? others.length + 1 : "no"} subgraphs; one is served`);
	const tensorOf = (index: number): InterfaceTensor => {
		const tensor = graph.tensors[index];
		if (!tensor) throw new AdoptionError("interface", `the model's tensor ${index} does not exist`);
		const type = served.find((one) => one === tensor.type);
		if (!type)
			throw new AdoptionError("interface", `"${tensor.name}" is ${tensor.type}; served are ${served.join(", ")}`);
		if (tensor.shape.some((size) => size < 1) || elementsOf(tensor.shape) > mostElements)
			throw new AdoptionError("interface", `"${tensor.name}" has the shape [${tensor.shape}]`);
		return { ...tensor, type };
	};
	const [inputs, outputs] = [graph.inputs.map(tensorOf), graph.outputs.map(tensorOf)];
	if (inputs.length === 0 || inputs.length > mostTensors || outputs.length === 0 || outputs.length > mostTensors)
		throw new AdoptionError("interface", `the model has ${inputs.length} inputs and ${outputs.length} outputs`);
	return { inputs, outputs };
}

const mostElements = 1 << 20;
const mostTensors = 16;

function elementsOf(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}

function bytesOf({ shape, type }: InterfaceTensor): number {
	return (elementsOf(shape) * tensorTypes[type].bits) / 8;
}

function checkWindow(inputs: readonly InterfaceTensor[], window: AdoptedWindow | undefined): void {
	if (!window) return;
	const { type, shape, name } = inputs[0]!;
	const expected = [1, window.samples, window.channels];
	if (inputs.length !== 1 || type !== "INT16" || shape.join() !== expected.join())
		throw new AdoptionError(
			"interface",
			`wearables send INT16 [${expected}], raw counts; the model takes "${name}", ${type} [${shape}]`,
		);
}

function cardOf(
	{ name, version, labels, window, statement }: Adoption,
	inputs: readonly InterfaceTensor[],
): Uint8Array {
	const input = window
		? {
				window: window.samples,
				rate: window.rate,
				channels: channelNames.slice(0, window.channels),
				accelerometer: 4,
				...(window.channels > 3 && { gyroscope: 2000 }),
			}
		: { shape: inputs[0]!.shape.slice(1) };
	const described = inputs.length === 1 ? { input } : {};
	const bytes = encodeText(JSON.stringify({ name, version, labels, ...described, data: statement }));
	if (bytes.length > longestCard)
		throw new AdoptionError(
			"card",
			`the card has ${bytes.length} bytes of ${longestCard}: shorten what it says of the data`,
		);
	try {
		parseCard(bytes);
	} catch (error) {
		if (error instanceof JSONError) throw new AdoptionError("card", `no gateway takes the card: ${error.message}`);
		throw error;
	}
	return bytes;
}

function storedSamples(
	inputs: readonly InterfaceTensor[],
	{ values, rows }: NonNullable<Adoption["samples"]>,
	window: AdoptedWindow | undefined,
): Uint8Array {
	const [tensor] = inputs;
	const length = elementsOf(tensor!.shape);
	if (inputs.length !== 1)
		throw new AdoptionError("samples", `rows cannot be given to a model of ${inputs.length} inputs`);
	if (rows < 1 || values.length !== rows * length)
		throw new AdoptionError("samples", `${values.length} numbers are not ${rows} rows of ${length}`);
	const { scales = [1], zeroPoints = [0] } = tensor!.quantization ?? {};
	const [scale, zeroPoint] = tensor!.type === "FLOAT32" ? [1, 0] : [scales[0]!, zeroPoints[0] ?? 0];
	const stored = (value: number, i: number) =>
		window ? value * countsPerUnit(i % window.channels) : value / scale + zeroPoint;
	return pack(tensor!, values.length, (i) => stored(values[i]!, i));
}

/** Integers over all values that there are, floats from −1 to 1, what may be an index 0 or 1. */
function randomRows(inputs: readonly InterfaceTensor[], count: number, random: Random): Uint8Array {
	const parts: Uint8Array[] = [];
	for (let row = 0; row < count; row++)
		for (const tensor of inputs)
			parts.push(
				pack(tensor, elementsOf(tensor.shape), () => {
					const range = ranges[tensor.type];
					if (tensor.type === "FLOAT32") return Math.fround(2 * random() - 1);
					return range ? range[0] + Math.floor(random() * (range[1] - range[0] + 1)) : Math.floor(random() * 2);
				}),
			);
	return joined(parts);
}

const ranges: Partial<Record<TensorType, readonly [number, number]>> = Object.freeze({
	INT8: [-128, 127],
	UINT8: [0, 255],
	INT16: [-32768, 32767],
} as const);

/** Little-endian elements; integers are rounded and saturate. */
function pack({ type }: InterfaceTensor, count: number, value: (i: number) => number): Uint8Array {
	const size = tensorTypes[type].bits / 8;
	const view = new DataView(new ArrayBuffer(count * size));
	const [low, high] = ranges[type] ?? [-0x80000000, 0x7fffffff];
	for (let i = 0; i < count; i++) {
		const real = value(i);
		if (type === "FLOAT32") {
			view.setFloat32(4 * i, real, true);
			continue;
		}
		const whole = Math.min(high, Math.max(low, Math.round(real)));
		if (type === "INT64") view.setBigInt64(8 * i, BigInt(whole), true);
		else if (size === 4) view.setInt32(4 * i, whole, true);
		else if (size === 2) view.setInt16(2 * i, whole, true);
		else view.setInt8(i, whole);
	}
	return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

interface Choice {
	/** Bytes of a row. */
	readonly width: number;
	readonly outputWidth: number;
	readonly wanted: number;
	readonly outputs: readonly InterfaceTensor[];
	readonly classes: number;
}

function chosen(rows: Uint8Array, given: Uint8Array, choice: Choice): Golden[] {
	const { width, outputWidth, wanted, outputs, classes } = choice;
	const count = rows.length / width;
	if (given.length !== count * outputWidth)
		throw new AdoptionError("outputs", `the engine gave ${given.length} bytes for ${count} rows of ${outputWidth}`);
	const scores = classes > 0 ? scoresOf(given, outputs[0]!, classes) : undefined;
	const picked = scores
		? pickGoldens(foundClasses(scores, classes), scores, classes, wanted)
		: Array.from({ length: Math.min(wanted, count) }, (_, i) => i);
	for (const row of picked) checkNumbers(given.subarray(row * outputWidth, (row + 1) * outputWidth), outputs);
	return picked.map((row) => ({
		input: rows.slice(row * width, (row + 1) * width),
		output: given.slice(row * outputWidth, (row + 1) * outputWidth),
	}));
}

/** Scores whose order is that of the model's, rows × classes; undefined for a type that no classifier gives. */
function scoresOf(given: Uint8Array, tensor: InterfaceTensor, classes: number): Float32Array | undefined {
	const size = tensorTypes[tensor.type].bits / 8;
	const view = new DataView(given.buffer, given.byteOffset, given.byteLength);
	const readers: Partial<Record<TensorType, (at: number) => number>> = {
		FLOAT32: (at) => view.getFloat32(at, true),
		INT16: (at) => view.getInt16(at, true),
		INT8: (at) => view.getInt8(at),
		UINT8: (at) => view.getUint8(at),
	};
	const read = readers[tensor.type];
	if (!read) return undefined;
	const stored = Float32Array.from({ length: given.length / size }, (_, i) => read(size * i));
	if (elementsOf(tensor.shape) === classes) return stored;
	// The share of the second class alone: the first has what is left of 1.
	const { scales = [1], zeroPoints = [0] } = tensor.quantization ?? {};
	const shareOf = (value: number) => (tensor.type === "FLOAT32" ? value : scales[0]! * (value - (zeroPoints[0] ?? 0)));
	return Float32Array.from({ length: 2 * stored.length }, (_, i) => {
		const share = shareOf(stored[i >> 1]!);
		return i % 2 === 1 ? share : 1 - share;
	});
}

function checkNumbers(row: Uint8Array, outputs: readonly InterfaceTensor[]): void {
	const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
	let at = 0;
	for (const tensor of outputs) {
		if (tensor.type === "FLOAT32")
			for (let i = 0; i < elementsOf(tensor.shape); i++)
				if (!Number.isFinite(view.getFloat32(at + 4 * i, true)))
					throw new AdoptionError("outputs", `a golden row gives something that is no number in "${tensor.name}"`);
		at += bytesOf(tensor);
	}
}
