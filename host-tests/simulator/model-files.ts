/** Model files that take a wearable's windows, genuine and broken, for tests of the gateway's repository. */
import { runModel } from "../../tools/cli/engine";
import { createRandom } from "../../tools/training/random";
import { text } from "../native/flatbuffer";
import {
	activations,
	buildModel,
	codes,
	fullyConnected,
	type ModelDescription,
	type OperatorDescription,
	reshape,
	softmax,
	type TensorDescription,
	types,
} from "../native/model";

const window = [1, 119, 6];
const values = 714;
export const labels = ["left", "right", "other"];
/** Bytes of one window, and of the scores that answer it. */
export const windowLength = 2 * values;
export const scoresLength = 4 * labels.length;

export interface FileOptions {
	readonly name?: string;
	readonly version: string;
	/** Of the weights: each seed tells the same windows apart otherwise. */
	readonly seed: number;
	/** Changes the model after its golden rows were made. */
	readonly change?: (model: ModelDescription) => ModelDescription;
}

/** int16 window → int8 → dense → softmax → float32 [1,3]. */
function describe({ name = "gesture", version, seed }: FileOptions): ModelDescription {
	const random = createRandom(seed);
	const weights = Int8Array.from({ length: 3 * values }, () => Math.floor(255 * random()) - 127);
	const bias = Int32Array.from({ length: 3 }, () => Math.floor(2000 * random()) - 1000);
	const card = { name, version, labels, input: { window: 119, channels: ["aX", "aY", "aZ", "gX", "gY", "gZ"] } };
	return {
		tensors: [
			{ type: types.INT16, shape: window, scale: 1 / 32_768, fields: { 3: text("input") } },
			{ type: types.INT8, shape: window, scale: 1 / 128 },
			{ type: types.INT32, shape: [2], data: Int32Array.of(1, values) },
			{ type: types.INT8, shape: [1, values], scale: 1 / 128 },
			{ type: types.INT8, shape: [3, values], scale: 1 / 500, data: weights },
			{ type: types.INT32, shape: [3], scale: 1 / 64_000, data: bias },
			{ type: types.INT8, shape: [1, 3], scale: 1 / 16 },
			{ type: types.INT8, shape: [1, 3], scale: 1 / 256, zeroPoint: -128 },
			{ type: types.FLOAT32, shape: [1, 3], fields: { 3: text("scores") } },
		],
		operators: [
			{ code: codes.QUANTIZE, inputs: [0], outputs: [1] },
			{ code: codes.RESHAPE, inputs: [1, 2], outputs: [3], options: reshape([1, values]) },
			{
				code: codes.FULLY_CONNECTED,
				inputs: [3, 4, 5],
				outputs: [6],
				options: fullyConnected(activations.NONE),
			},
			{ code: codes.SOFTMAX, inputs: [6], outputs: [7], options: softmax() },
			{ code: codes.DEQUANTIZE, inputs: [7], outputs: [8] },
		],
		inputs: [0],
		outputs: [8],
		metadata: { TMLAAS_CARD: new TextEncoder().encode(JSON.stringify(card)) },
	};
}

/** Windows that look like motion: each channel a wave of its own. */
export function makeWindow(seed: number): Buffer {
	const random = createRandom(seed);
	const channels = Array.from({ length: 6 }, () => [2 + 20 * random(), 6 * random(), 12_000 * random()] as const);
	const samples = Int16Array.from({ length: values }, (_, i) => {
		const [period, phase, height] = channels[i % 6]!;
		return Math.round(height * Math.sin(Math.floor(i / 6) / period + phase));
	});
	return Buffer.from(samples.buffer);
}

const goldenRows = [1, 2];

/** A whole file, whose golden rows the engine has made. */
export async function makeFile(options: FileOptions): Promise<Uint8Array> {
	const model = describe(options);
	const inputs = goldenRows.map(makeWindow);
	const outputs = Buffer.from(await runModel(buildModel(model), Buffer.concat(inputs)));
	const count = Buffer.alloc(4);
	count.writeUInt32LE(goldenRows.length);
	const rows = inputs.flatMap((input, i) => [input, outputs.subarray(scoresLength * i, scoresLength * (i + 1))]);
	const metadata = { ...model.metadata, TMLAAS_GOLDEN: Buffer.concat([count, ...rows]) };
	const whole = { ...model, metadata };
	return buildModel(options.change ? options.change(whole) : whole);
}

const replaceOperator = (model: ModelDescription, index: number, fields: Partial<OperatorDescription>) => ({
	...model,
	operators: model.operators.map((operator, i) => (i === index ? { ...operator, ...fields } : operator)),
});

const replaceTensor = (model: ModelDescription, index: number, fields: Partial<TensorDescription>) => ({
	...model,
	tensors: model.tensors.map((tensor, i) => (i === index ? { ...tensor, ...fields } : tensor)),
});

/** What may be wrong with a file that comes from outside. */
export const changes = {
	/** An operator that the engine does not have. */
	unsupported: (model: ModelDescription) => replaceOperator(model, 3, { code: codes.LSTM, options: undefined }),
	/** Tensors of 4 MB between input and output. */
	large: (model: ModelDescription): ModelDescription => {
		const rows = 1400;
		const last = model.tensors.length;
		return {
			...model,
			tensors: [
				...model.tensors,
				{ type: types.INT32, shape: [2], data: Int32Array.of(rows, values) },
				{ type: types.FLOAT32, shape: [1, values] },
				{ type: types.FLOAT32, shape: [rows, values] },
			],
			operators: [
				...model.operators.slice(0, 2),
				{ code: codes.DEQUANTIZE, inputs: [3], outputs: [last + 1] },
				{ code: codes.BROADCAST_TO, inputs: [last + 1, last], outputs: [last + 2] },
				...model.operators.slice(2),
			],
		};
	},
	/** The last value of the last golden row is another. */
	golden: (model: ModelDescription) => {
		const rows = Buffer.from(model.metadata!.TMLAAS_GOLDEN!);
		rows.writeFloatLE(rows.readFloatLE(rows.length - 4) + 0.25, rows.length - 4);
		return { ...model, metadata: { ...model.metadata, TMLAAS_GOLDEN: rows } };
	},
	/** It takes windows of another form than those that are sent. */
	interface: (model: ModelDescription) => replaceTensor(model, 0, { type: types.FLOAT32, scale: undefined }),
	/** An operator writes to a tensor that does not exist. */
	index: (model: ModelDescription) => replaceOperator(model, 2, { inputs: [3, 999, 5] }),
	/** No inputs. */
	inputs: (model: ModelDescription) => ({ ...model, inputs: [] }),
	/** The product of the dimensions leaves 32 bits. */
	dimensions: (model: ModelDescription) => replaceTensor(model, 6, { shape: [65_536, 65_536] }),
	/** Values of scale 0. */
	scale: (model: ModelDescription) => replaceTensor(model, 6, { scale: 0 }),
} as const;

/** The scores that the engine gives for each of the windows. */
export async function runWindows(file: Uint8Array, windows: readonly Uint8Array[]): Promise<Uint8Array[]> {
	const outputs = await runModel(file, Buffer.concat(windows));
	return windows.map((_, i) => outputs.subarray(scoresLength * i, scoresLength * (i + 1)));
}
