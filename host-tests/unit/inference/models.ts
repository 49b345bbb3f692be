import { decodeText, encodeText } from "common/text";
import type { Engine } from "gateway/inference/model";
import { elementCount, elementLength, readElement, type TensorInfo, viewOf } from "gateway/inference/tensor";
import { createRandom } from "../../../tools/training/random";

/** Bytes that look like nothing else. */
export function content(seed: number, length: number): Uint8Array {
	const random = createRandom(seed);
	return Uint8Array.from({ length }, () => random() * 256);
}

type Shape = Pick<TensorInfo, "name" | "datatype" | "shape"> & Partial<TensorInfo>;

const complete = (tensor: Shape): TensorInfo => ({
	scale: 0,
	zeroPoint: 0,
	byteLength: elementLength[tensor.datatype] * elementCount(tensor.shape)!,
	...tensor,
});

/** A model in TypeScript: `run` maps the inputs' bytes to the outputs' bytes. */
export class FunctionEngine implements Engine {
	readonly inputs: readonly TensorInfo[];
	readonly outputs: readonly TensorInfo[];
	readonly #in: Uint8Array[];
	readonly #out: Uint8Array[];
	readonly #run: (inputs: readonly DataView[], outputs: readonly DataView[]) => void;
	readonly #reset: () => void;
	readonly arena = 1000;
	readonly state = 200;
	readonly metadataEntries = new Map<string, Uint8Array>();
	invocations = 0;
	closed = false;

	constructor(options: {
		inputs: Shape[];
		outputs: Shape[];
		run(inputs: readonly DataView[], outputs: readonly DataView[]): void;
		/** For a model that remembers. */
		reset?(): void;
	}) {
		this.inputs = options.inputs.map(complete);
		this.outputs = options.outputs.map(complete);
		this.#in = this.inputs.map((tensor) => new Uint8Array(tensor.byteLength));
		this.#out = this.outputs.map((tensor) => new Uint8Array(tensor.byteLength));
		this.#run = options.run;
		this.#reset = options.reset ?? (() => {});
	}

	input(index: number): Uint8Array {
		return this.#in[index]!;
	}

	output(index: number): Uint8Array {
		return this.#out[index]!;
	}

	write(index: number, bytes: Uint8Array): void {
		if (this.closed) throw new Error("closed");
		if (bytes.length !== this.#in[index]!.length) throw new RangeError("not the input's length");
		this.#in[index]!.set(bytes);
	}

	invoke(): void {
		if (this.closed) throw new Error("closed");
		this.invocations++;
		this.#run(this.#in.map(viewOf), this.#out.map(viewOf));
	}

	reset(): void {
		this.#reset();
	}

	metadata(name: string): Uint8Array | undefined {
		return this.metadataEntries.get(name);
	}

	close(): void {
		this.closed = true;
	}

	set(name: string, bytes: Uint8Array): this {
		this.metadataEntries.set(name, bytes.slice());
		return this;
	}

	/** A card, and golden vectors that the model itself has made. */
	withCard(card: object, seeds: readonly number[] = [1, 2]): this {
		this.set("TMLAAS_CARD", encodeText(JSON.stringify(card)));
		const parts: number[] = [seeds.length & 255, 0, 0, 0];
		for (const seed of seeds) {
			for (const bytes of this.#in) {
				bytes.fill(seed);
				parts.push(...bytes);
			}
			this.reset();
			this.invoke();
			for (const bytes of this.#out) parts.push(...bytes);
		}
		this.invocations = 0;
		return this.set("TMLAAS_GOLDEN", Uint8Array.from(parts));
	}
}

export const windowShape = [1, 119, 6];

/** The gesture model's form: the share of each of three counters of the window's values by their sign. */
export function gestureEngine(): FunctionEngine {
	return new FunctionEngine({
		inputs: [{ name: "window", datatype: "INT16", shape: windowShape }],
		outputs: [{ name: "probabilities", datatype: "FP32", shape: [1, 3] }],
		run([input], [output]) {
			const counts = [0, 0, 0];
			for (let i = 0; i < 714; i++) counts[1 + Math.sign(readElement(input!, "INT16", i))]!++;
			counts.forEach((count, index) => {
				output!.setFloat32(4 * index, count / 714, true);
			});
		},
	}).withCard({ name: "gesture", version: "1.0.0", labels: ["left", "right", "other"], input: { window: 119 } });
}

/** Two inputs, two outputs: `sum` of INT32 [2,2] and FP32 [3] as FP32 [1], and `flags`, whether each FP32 is positive. */
export function mixedEngine(): FunctionEngine {
	return new FunctionEngine({
		inputs: [
			{ name: "integers", datatype: "INT32", shape: [2, 2] },
			{ name: "floats", datatype: "FP32", shape: [3] },
		],
		outputs: [
			{ name: "sum", datatype: "FP32", shape: [1] },
			{ name: "flags", datatype: "BOOL", shape: [3] },
		],
		run([integers, floats], [sum, flags]) {
			let total = 0;
			for (let i = 0; i < 4; i++) total += integers!.getInt32(4 * i, true);
			for (let i = 0; i < 3; i++) {
				const value = floats!.getFloat32(4 * i, true);
				total += value;
				flags!.setUint8(i, value > 0 ? 1 : 0);
			}
			sum!.setFloat32(0, total, true);
		},
	}).withCard({ name: "mixed", version: "2" });
}

/** A file that `openFile` makes an engine of: what it is called, and random bytes up to `length`. */
export function modelFile(name: string, version: string, length: number): Uint8Array {
	const file = content(length, length);
	file.set(encodeText(`${JSON.stringify({ name, version })}\n`));
	return file;
}

/** What `modelFile` was given; throws for what is no such file. */
export function nameOf(file: Uint8Array): { name: string; version: string } {
	return JSON.parse(decodeText(file.subarray(0, file.indexOf(0x0a))));
}

/** Classes are the greatest of three values. */
export function openFile(file: Uint8Array): FunctionEngine {
	const { name, version } = nameOf(file);
	return new FunctionEngine({
		inputs: [{ name: "values", datatype: "FP32", shape: [1, 3] }],
		outputs: [{ name: "scores", datatype: "FP32", shape: [1, 3] }],
		run([input], [output]) {
			for (let i = 0; i < 3; i++) output!.setFloat32(4 * i, input!.getFloat32(4 * i, true), true);
		},
	}).withCard({ name, version, labels: ["a", "b", "c"] });
}
