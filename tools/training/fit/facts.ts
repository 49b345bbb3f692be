/** What decides where a model fits. */

import type { ModelFile } from "../tflite/reader";
import { tensorTypes } from "../tflite/schema";
import type { Core } from "./catalogue";

/** An operator with constants of its own: most of a model's bytes. */
export interface Layer {
	readonly kind: string;
	/** Of all its constants. */
	readonly bytes: number;
	/** Of those that are float32. */
	readonly floatBytes: number;
	/** Neurons or channels of its result, where the operator is one that has them. */
	readonly units?: number;
}

export interface ModelFacts {
	readonly fileBytes: number;
	/** Entries beside the graph: card and golden rows. */
	readonly metadataBytes: number;
	/** Engine, operators and verifier; undefined where they were not measured. */
	readonly codeBytes?: number;
	readonly arena: number;
	readonly state: number;
	/** Memory while the model is opened, besides arena and state. */
	readonly work: number;
	/** Greatest depth of the stack. */
	readonly stack: number;
	/** Of the model's input, which lies in the arena. */
	readonly inputBytes: number;
	/** Whether that input is float32. */
	readonly floatInput: boolean;
	readonly layers: readonly Layer[];
	/** Channels whose weights have a scale of their own. */
	readonly channelScales: number;
	/** Counted instructions of one inference, where they were. */
	readonly instructions?: Partial<Readonly<Record<Core, number>>>;
}

/** Of the stack, all operators together, by the graph of calls on lx106: native/engine/README.md. */
export const engineStack = 1536;

/** Kinds whose weights begin with the number of units. */
const unitsFirst: readonly string[] = ["FULLY_CONNECTED", "CONV_2D", "TRANSPOSE_CONV"];

/** What the file says of itself. Constants that several operators share count once, for the first. */
export function readFacts(
	model: ModelFile,
): Pick<ModelFacts, "metadataBytes" | "inputBytes" | "floatInput" | "layers" | "channelScales"> {
	const graph = model.subgraphs[0]!;
	const counted = new Set<number>();
	const layers: Layer[] = [];
	let channelScales = 0;
	for (const operator of graph.operators) {
		let bytes = operator.customOptions?.length ?? 0;
		let floatBytes = 0;
		for (const index of operator.inputs) {
			const tensor = graph.tensors[index];
			if (!tensor?.data || counted.has(index)) continue;
			counted.add(index);
			bytes += tensor.data.length;
			if (tensor.type === "FLOAT32") floatBytes += tensor.data.length;
		}
		const scales = graph.tensors[operator.inputs[1] ?? -1]?.quantization?.scales.length ?? 0;
		if (scales > 1) channelScales += scales;
		const units = unitsFirst.includes(operator.kind) ? graph.tensors[operator.inputs[1]!]?.shape[0] : undefined;
		const kind = operator.kind === "CUSTOM" ? (operator.customCode ?? "CUSTOM") : operator.kind;
		if (bytes > 0) layers.push({ kind, bytes, floatBytes, ...(units !== undefined && { units }) });
	}
	const inputs = graph.inputs.flatMap((index) => graph.tensors[index] ?? []);
	return {
		metadataBytes: model.metadata.reduce((sum, { data }) => sum + data.length, 0),
		inputBytes: inputs.reduce((sum, { type, shape }) => sum + elementSize(type) * product(shape), 0),
		floatInput: inputs.some(({ type }) => type === "FLOAT32"),
		layers,
		channelScales,
	};
}

function elementSize(type: string): number {
	return type in tensorTypes ? tensorTypes[type as keyof typeof tensorTypes].bits / 8 : 4;
}

function product(shape: readonly number[]): number {
	return shape.reduce((all, size) => all * Math.max(1, size), 1);
}
