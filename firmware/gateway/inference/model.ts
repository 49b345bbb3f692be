import { encodeText } from "common/text";
import type { Card } from "gateway/inference/card";
import { score } from "gateway/inference/classes";
import type { Shadow } from "gateway/inference/shadow";
import { Statistics } from "gateway/inference/statistics";
import { elementCount, type TensorInfo, viewOf } from "gateway/inference/tensor";

/** What the inference manager needs of the native engine. */
export interface Engine {
	readonly inputs: readonly TensorInfo[];
	readonly outputs: readonly TensorInfo[];
	/** Bytes that the tensors and the prepared operators take. */
	readonly arena: number;
	readonly state: number;
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

/** A model that has been verified, opened and has reproduced its own golden vectors. */
export class Model {
	readonly name: string;
	readonly version: string;
	/**
	 * One for each element of the only output; empty when the model is no classifier. Two labels of an output of one
	 * element: it is the share of the second class.
	 */
	readonly labels: readonly string[];
	readonly isBinary: boolean;
	readonly inputs: readonly TensorInfo[];
	readonly outputs: readonly TensorInfo[];
	readonly inputBytes: readonly Uint8Array[];
	readonly outputBytes: readonly Uint8Array[];
	readonly statistics = new Statistics();
	/** Bytes of all inputs. */
	readonly inputLength: number;
	/** Bytes of native memory that it takes while it is open. */
	readonly arena: number;
	readonly state: number;
	/** The version that runs beside this one on the same windows. */
	shadow: Shadow | undefined;
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
	readonly #note: ((mark: number) => void) | undefined;
	readonly #mark: number;

	/** `note` is told the model's mark before it computes, and 0 afterwards. */
	constructor(engine: Engine, card: Card, note?: (mark: number) => void) {
		this.#engine = engine;
		this.#note = note;
		this.#mark = markOf(card.name, card.version);
		this.name = card.name;
		this.version = card.version;
		this.labels = card.labels;
		// Views are made once: making one costs more than filling it.
		this.inputs = engine.inputs;
		this.outputs = engine.outputs;
		this.inputLength = this.inputs.reduce((sum, { byteLength }) => sum + byteLength, 0);
		this.arena = engine.arena;
		this.state = engine.state;
		this.isBinary = isBinary(card, engine);
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
		if (this.isBinary) {
			const share = score(this.outputView, this.outputs[0]!, 0);
			return Float32Array.of(1 - share, share);
		}
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
		this.#note?.(this.#mark);
		try {
			this.#engine.reset();
			this.#engine.invoke();
		} finally {
			this.#note?.(0);
		}
	}

	close(): void {
		this.#engine.close();
	}
}

/** Stands for a version where there is room for 32 bits alone; not 0. FNV-1a (Fowler, Noll, Vo). */
export function markOf(name: string, version: string): number {
	const text = `${name} ${version}`;
	let mark = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) mark = Math.imul(mark ^ text.charCodeAt(i), 0x01000193);
	return mark >>> 0 || 1;
}

/** Whether the only element of the output stands for both of two classes. */
function isBinary({ labels }: Card, { outputs }: Engine): boolean {
	return 2 === labels.length && 1 === elementCount(outputs[0]!.shape);
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
