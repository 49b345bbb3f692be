import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../../tools/training/tflite/builder";
import { readModel } from "../../../../tools/training/tflite/reader";
import {
	type Graph,
	type Model,
	type Operator,
	operatorKinds,
	type Tensor,
} from "../../../../tools/training/tflite/schema";
import { operatorVersion } from "../../../../tools/training/tflite/versions";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, runEngine } from "../../../native/build";
import { listGoldens } from "../../../native/goldens";
import { arithmetic, convolutional, floats, tree } from "./graphs";

const modelOf = (graph: Graph): Model => ({
	...graph,
	description: "classes – “ö”",
	metadata: [
		{ name: "CARD", data: Uint8Array.of(123, 125) },
		{ name: "GOLDEN", data: Uint8Array.from({ length: 100 }, (_, i) => i) },
	],
});

const graphs = { convolutional, arithmetic, floats, tree };

/** A tensor as the reader gives it. */
function asRead({ quantization, ...tensor }: Tensor) {
	const isWhole = quantization && "scale" in quantization;
	return {
		...tensor,
		...(quantization && {
			quantization: {
				scales: isWhole ? [Math.fround(quantization.scale)] : [...quantization.scales],
				zeroPoints: isWhole ? [quantization.zeroPoint] : Array.from(quantization.scales, () => 0),
				dimension: isWhole ? 0 : quantization.dimension,
				hasDetails: false,
			},
		}),
		isVariable: false,
		isSparse: false,
		isExternal: false,
	};
}

describe.each(Object.entries(graphs))("the %s graph", (_, build) => {
	const graph = build();
	const bytes = writeModel(modelOf(graph));
	const read = readModel(bytes);

	it("is read back as it was written", () => {
		expect(read.subgraphs).toHaveLength(1);
		const { tensors, operators, inputs, outputs } = read.subgraphs[0]!;
		expect(tensors).toEqual(graph.tensors.map(asRead));
		expect([inputs, outputs]).toEqual([graph.inputs, graph.outputs]);
		expect(operators).toHaveLength(graph.operators.length);
		graph.operators.forEach((operator, i) => {
			const { kind, inputs, outputs, ...options } = operator;
			expect(operators[i]).toMatchObject({ kind, inputs, outputs, hasUnknownOptions: false });
			if (operator.kind === "CUSTOM") {
				expect(operators[i]).toMatchObject({ customCode: operator.name, customOptions: operator.options });
			} else if (Object.keys(options).length > 0) expect(operators[i]!.options).toMatchObject(options);
		});
	});

	it("is the same bytes each time", () => {
		expect(writeModel(modelOf(build()))).toEqual(bytes);
	});
});

describe("the graphs of this test", () => {
	it("have every kind of operator that is written", () => {
		const used = Object.values(graphs).flatMap((build) => build().operators.map(({ kind }) => kind));
		expect([...new Set(used)].sort()).toEqual(Object.keys(operatorKinds).sort());
	});
});

describe("the engine", () => {
	const directory = mkdtempSync(join(tmpdir(), "graphs-"));
	let program = "";
	beforeAll(() => {
		program = buildEngine();
		return () => rmSync(directory, { recursive: true });
	});

	it.each(Object.entries(graphs))("runs the %s graph", (name, build) => {
		const graph = build();
		const file = join(directory, `${name}.tflite`);
		writeFileSync(file, writeModel(modelOf(graph)));
		const width = { INT16: 2, INT8: 1 }[graph.tensors[graph.inputs[0]!]!.type as "INT16" | "INT8"];
		const length = width * graph.tensors[graph.inputs[0]!]!.shape.reduce((product, size) => product * size);
		const rows = Uint8Array.from({ length: 20 * length }, (_, i) => (i * 89) % 251);
		const { status, output: outputs, errors } = runEngine(program, [file], rows);
		expect([status, errors]).toEqual([0, ""]);
		const row = outputs.length / 20;
		expect(row).toBeGreaterThanOrEqual(4);
		expect(
			new Set(Array.from({ length: 20 }, (_, i) => outputs.subarray(i * row, (i + 1) * row).join())).size,
		).toBeGreaterThan(1);
	});
});

describe("model file", () => {
	it("carries the format's identifier and aligns every buffer's content to 16 bytes", () => {
		const model = modelOf(convolutional());
		const bytes = writeModel(model);
		expect(String.fromCharCode(...bytes.subarray(4, 8))).toBe("TFL3");
		const { tensors } = model;
		for (const data of [tensors.find(({ name }) => name === "conv/weights")!.data!, model.metadata[1]!.data]) {
			const at = Buffer.from(bytes).indexOf(data);
			expect(at).toBeGreaterThan(0);
			expect(at % 16).toBe(0);
		}
	});

	it("has equal constants once", () => {
		const graph = new GraphBuilder();
		const input = graph.input("x", { datatype: "FLOAT32", shape: [100], scale: 1, zeroPoint: 0 });
		const values = Float32Array.from({ length: 100 }, (_, i) => i / 7);
		const of = (name: string, tensor: number) =>
			graph.add({ kind: "ADD", activation: "NONE" }, [tensor, graph.constant(`${name}/values`, values)], {
				name,
				type: "FLOAT32",
				shape: [1, 100],
			});
		const model = modelOf(graph.finish([of("b", of("a", input))]));
		const bytes = Buffer.from(writeModel(model));
		const content = model.tensors[1]!.data!;
		expect(bytes.indexOf(content)).toBe(bytes.lastIndexOf(content));
		expect(readModel(bytes).subgraphs[0]!.tensors[3]!.data).toEqual(content);
	});
});

describe("operator versions", () => {
	it.each([
		["convolutional", { QUANTIZE: 1, CONV_2D: 3, MAX_POOL_2D: 2, DEPTHWISE_CONV_2D: 3, FULLY_CONNECTED: 4, MEAN: 2 }],
		["arithmetic", { ADD: 2, SUB: 2, MUL: 2, RELU: 2, MAXIMUM: 2, CONCATENATION: 2, TRANSPOSE: 2, LOGISTIC: 2 }],
		["floats", { DEQUANTIZE: 3, SUB: 1, MUL: 1, SUM: 1, EXP: 1, SOFTMAX: 1, CAST: 1, RESHAPE: 1 }],
		["tree", { CUSTOM: 1 }],
	] as const)("of the %s graph are those of TensorFlow Lite's converter", (name, versions) => {
		const { operators } = readModel(writeModel(modelOf(graphs[name]()))).subgraphs[0]!;
		expect(Object.fromEntries(operators.map(({ kind, version }) => [kind, version]))).toMatchObject(versions);
	});

	// Its converter to int16 leaves the versions of int8, which interpreters take as well.
	const converted = listGoldens().filter(({ name }) => !name.includes("int16"));

	it("are in all models that its converter made those that are set here", () => {
		let compared = 0;
		for (const { name, model } of converted) {
			const { description, subgraphs } = readModel(readFileSync(model));
			if (description !== "MLIR Converted." && !name.includes("converted")) continue;
			const { operators, tensors } = subgraphs[0]!;
			const written = tensors.map(({ quantization, ...tensor }) => ({
				...tensor,
				...(quantization && { quantization: { scale: quantization.scales[0]!, zeroPoint: 0 } }),
			})) as Tensor[];
			for (const kind of new Set(operators.map(({ kind }) => kind))) {
				if (!Object.hasOwn(operatorKinds, kind)) continue;
				const alike = operators.filter((operator) => operator.kind === kind);
				const versions = alike.map(({ inputs, outputs, options }) =>
					operatorVersion({ kind, ...options, inputs, outputs } as Operator, written),
				);
				expect([name, kind, Math.max(...versions)]).toEqual([name, kind, alike[0]!.version]);
				compared++;
			}
		}
		expect(compared).toBeGreaterThan(130);
	});
});
