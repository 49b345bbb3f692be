import { JSONError } from "common/json";
import { encodeText } from "common/text";
import { type Card, parseCard } from "gateway/inference/card";
import { score } from "gateway/inference/classes";
import { Statistics } from "gateway/inference/statistics";
import { elementCount, readElement, type TensorInfo, viewOf } from "gateway/inference/tensor";

/** What the inference manager needs of the native engine. */
export interface Engine {
	readonly inputs: readonly TensorInfo[];
	readonly outputs: readonly TensorInfo[];
	/** Zero-copy views of the engine's memory: raw little-endian bytes, in place for the engine's whole life. */
	input(index: number): Uint8Array;
	output(index: number): Uint8Array;
	/** Fills an input at once; `bytes` are as long as it is. */
	write(index: number, bytes: Uint8Array): void;
	invoke(): void;
	/** Gives variables their first values. */
	reset(): void;
	/** An entry where it lies, for as long as the engine is open. */
	metadata(name: string): Uint8Array | undefined;
	close(): void;
}

/** How far a float output may be from a golden one: other chips round `exp` otherwise. */
const tolerance = 1e-5;

const goldenHeaderLength = 4;

/** A model that has been verified, opened and has reproduced its own golden vectors. */
export class Model {
	readonly name: string;
	readonly version: string;
	/** One for each element of the only output; empty when the model is no classifier. */
	readonly labels: readonly string[];
	readonly inputs: readonly TensorInfo[];
	readonly outputs: readonly TensorInfo[];
	readonly inputBytes: readonly Uint8Array[];
	readonly outputBytes: readonly Uint8Array[];
	readonly statistics = new Statistics();
	/** Of the first output; a classifier has no other. */
	readonly outputView: DataView;
	/** The labels as they stand in a header field: percent-encoded. */
	readonly labelFields: readonly string[];
	/** The answer to a raw binary request: its JSON, whose length is given in digits too, and room for the outputs. */
	readonly #rawBody: Uint8Array;
	readonly #rawHeaderLength: number;
	readonly rawHeaderField: string;
	/** The first output when it is of floats already: a slice of it is one copy. */
	readonly #floats: Float32Array | undefined;
	readonly #engine: Engine;

	constructor(engine: Engine, card: Card) {
		this.#engine = engine;
		this.name = card.name;
		this.version = card.version;
		this.labels = card.labels;
		// Views are made once: making one costs more than filling it.
		this.inputs = engine.inputs;
		this.outputs = engine.outputs;
		this.inputBytes = this.inputs.map((_tensor, index) => engine.input(index));
		this.outputBytes = this.outputs.map((_tensor, index) => engine.output(index));
		this.outputView = viewOf(this.outputBytes[0]!);
		const { buffer, byteOffset, byteLength } = this.outputBytes[0]!;
		if ("FP32" === this.outputs[0]!.datatype && !this.outputs[0]!.scale && 0 === byteOffset % 4)
			this.#floats = new Float32Array(buffer, byteOffset, byteLength / 4);
		this.labelFields = card.labels.map(encodeURIComponent);
		const header = encodeText(formatRawHeader(card.name, card.version, this.outputs));
		this.#rawHeaderLength = header.length;
		this.rawHeaderField = String(header.length);
		this.#rawBody = new Uint8Array(this.outputs.reduce((sum, { byteLength }) => sum + byteLength, header.length));
		this.#rawBody.set(header);
	}

	/** The score of each class in the first output, as real numbers in an array of their own. */
	readScores(): Float32Array {
		const classes = this.labels.length;
		if (undefined !== this.#floats) return this.#floats.slice(0, classes);
		const scores = new Float32Array(classes);
		for (let i = 0; i < classes; i++) scores[i] = score(this.outputView, this.outputs[0]!, i);
		return scores;
	}

	/** A body of its own: the JSON, and `outputs` in binary form behind it. */
	rawBody(outputs: readonly Uint8Array[]): Uint8Array {
		// A slice is one copy on XS, where `set` goes element by element.
		const body = this.#rawBody.slice();
		let at = this.#rawHeaderLength;
		for (const bytes of outputs) {
			body.set(bytes, at);
			at += bytes.length;
		}
		return body;
	}

	write(index: number, bytes: Uint8Array): void {
		this.#engine.write(index, bytes);
	}

	/** A model with variables starts anew: requests come from anyone, so none may see what another left. */
	invoke(): void {
		this.#engine.reset();
		this.#engine.invoke();
	}

	close(): void {
		this.#engine.close();
	}
}

/** A response header in which every output is binary. */
function formatRawHeader(name: string, version: string, outputs: readonly TensorInfo[]): string {
	return JSON.stringify({
		model_name: name,
		model_version: version,
		outputs: outputs.map((tensor) => ({
			name: tensor.name,
			datatype: tensor.datatype,
			shape: [...tensor.shape],
			parameters: { binary_data_size: tensor.byteLength },
		})),
	});
}

export type LoadResult = { readonly model: Model } | { readonly model: undefined; readonly reason: string };

/** The models that the gateway holds, by now one: loaded at start, and ready only when it has passed its own test. */
export class Repository {
	readonly #name: string;
	#result: LoadResult;

	/** `name` stands for the model while it is refused; `open` throws when the engine refuses the file. */
	constructor(options: { name: string; open(): Engine }) {
		this.#name = options.name;
		this.#result = load(options.open);
	}

	/** The model that serves; undefined when it was refused. */
	get model(): Model | undefined {
		return this.#result.model;
	}

	get name(): string {
		return this.#result.model?.name ?? this.#name;
	}

	/** Why there is no model; empty when there is one. */
	get reason(): string {
		return this.#result.model ? "" : this.#result.reason;
	}

	close(): void {
		this.#result.model?.close();
		this.#result = { model: undefined, reason: "closed" };
	}
}

function load(open: () => Engine): LoadResult {
	let engine: Engine;
	try {
		engine = open();
	} catch (error) {
		const code = (error as { code?: unknown }).code;
		return {
			model: undefined,
			reason: `the engine refused the file${undefined === code ? "" : ` (${code})`}: ${(error as Error).message}`,
		};
	}
	const result = accept(engine);
	if (!result.model) engine.close();
	return result;
}

function accept(engine: Engine): LoadResult {
	const text = engine.metadata("TMLAAS_CARD");
	if (!text) return { model: undefined, reason: "the file has no card" };
	let card: Card;
	try {
		card = parseCard(text);
	} catch (error) {
		if (error instanceof JSONError) return { model: undefined, reason: `the card is not readable: ${error.message}` };
		throw error;
	}
	const output = engine.outputs[0];
	if (card.labels.length && (1 !== engine.outputs.length || card.labels.length !== elementCount(output!.shape)))
		return { model: undefined, reason: "the card's labels do not match the output" };
	const model = new Model(engine, card);
	const golden = engine.metadata("TMLAAS_GOLDEN");
	if (!golden) return { model: undefined, reason: "the file has no golden vectors" };
	const reason = testGolden(model, golden);
	return reason ? { model: undefined, reason } : { model };
}

/** Runs the golden vectors (count: u32, then each vector's inputs and outputs); the reason when they do not come out. */
function testGolden(model: Model, golden: Uint8Array): string | undefined {
	const inputLength = model.inputBytes.reduce((sum, bytes) => sum + bytes.byteLength, 0);
	const outputLength = model.outputBytes.reduce((sum, bytes) => sum + bytes.byteLength, 0);
	if (golden.length < goldenHeaderLength) return "the golden vectors are cut short";
	const count = viewOf(golden).getUint32(0, true);
	if (0 === count || golden.length !== goldenHeaderLength + count * (inputLength + outputLength))
		return "the golden vectors do not fit the model";
	let at = goldenHeaderLength;
	for (let vector = 0; vector < count; vector++) {
		for (let i = 0; i < model.inputs.length; i++) {
			const { byteLength } = model.inputs[i]!;
			model.write(i, golden.subarray(at, at + byteLength));
			at += byteLength;
		}
		model.invoke();
		for (let i = 0; i < model.outputs.length; i++) {
			const bytes = model.outputBytes[i]!;
			if (!agrees(bytes, golden.subarray(at, at + bytes.byteLength), model.outputs[i]!))
				return `golden vector ${vector} does not come out`;
			at += bytes.byteLength;
		}
	}
	return;
}

function agrees(actual: Uint8Array, expected: Uint8Array, tensor: TensorInfo): boolean {
	const a = viewOf(actual);
	const b = viewOf(expected);
	const count = elementCount(tensor.shape)!;
	for (let i = 0; i < count; i++) {
		const x = readElement(a, tensor.datatype, i);
		const y = readElement(b, tensor.datatype, i);
		if ("FP32" === tensor.datatype ? !(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))) : x !== y) return false;
	}
	return true;
}
