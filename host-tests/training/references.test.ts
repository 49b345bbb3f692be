/**
 * The model files that are written here are those of TensorFlow Lite: the engine gives what TensorFlow Lite Micro gives,
 * to the bit, and what TensorFlow Lite's own kernels give but for one rounding. After FULLY_CONNECTED of int8 the sum is
 * scaled by a product of 32 bits and a shift: TensorFlow Lite Micro rounds after both, TensorFlow Lite 2.x after the
 * shift alone. Where the exact result lies just below a half they differ by 1: for one in 2^(shift + 1) sums. No choice
 * of scales avoids it, since the sums are all integers. All other operators that trainers write agree.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { trainLogisticRegression } from "../../tools/training/classical/logistic-regression";
import { naiveBayesDefaults, trainNaiveBayes } from "../../tools/training/classical/naive-bayes";
import { randomForestDefaults, trainRandomForest } from "../../tools/training/classical/random-forest";
import {
	supportVectorMachineDefaults,
	trainSupportVectorMachine,
} from "../../tools/training/classical/support-vector-machine";
import { trainNetwork } from "../../tools/training/networks/train";
import { createRandom } from "../../tools/training/random";
import { GraphBuilder } from "../../tools/training/tflite/builder";
import { readModel } from "../../tools/training/tflite/reader";
import type { Graph } from "../../tools/training/tflite/schema";
import type { Precision, TrainedModel } from "../../tools/training/trainer";
import { buildEngine, runEngine } from "../native/build";
import { quick, waves } from "../unit/training/networks/examples";
import { arithmetic, convolutional, floats, tree } from "../unit/training/tflite/graphs";
import { type Case, caseOf, isInstalled, rowCount, run } from "./reference";

/** references.json. Where a graph is meant to be another one, the live test's message shows what to put there. */
interface Recorded {
	/** SHA-256 of the model file and of the rows. */
	model: string;
	rows: string;
	/** What TensorFlow Lite Micro makes of the first rows, in base 64. */
	first: string;
	/** SHA-256 of all outputs; not of floats, which depend on the machine's mathematics. */
	outputs?: string;
	/** Rows of which TensorFlow Lite (LiteRT) gives something else. */
	different?: number;
}

const recorded: Record<string, Recorded> = JSON.parse(
	readFileSync(new URL("references.json", import.meta.url), "utf8"),
);
const graphs: Record<string, Graph> = { convolutional: convolutional(), arithmetic: arithmetic(), floats: floats() };
const firstRows = 3;

/** What is computed in floats comes out of an exponential or a quotient: within this of each other. */
const tolerance = 1e-5;

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let directory: string;
let program: string;
beforeAll(() => {
	program = buildEngine();
	directory = mkdtempSync(join(tmpdir(), "references-"));
	return () => rmSync(directory, { recursive: true });
});

function onEngine({ model, rows }: Case): Buffer {
	const file = join(directory, "model.tflite");
	writeFileSync(file, model);
	const { status, output, errors } = runEngine(program, [file], rows);
	expect([status, errors]).toEqual([0, ""]);
	return output;
}

function outputsOf(runtime: "litert" | "tflm", subject: Case): Buffer {
	const answer = run(runtime, subject);
	if ("refusal" in answer) throw new Error(answer.refusal);
	return answer.output;
}

/** Of rows of bytes, or of floats of 4 bytes each. */
function differentRows(actual: Buffer, expected: Buffer, ofFloats: boolean, rows = rowCount): number {
	expect(actual.length).toBe(expected.length);
	const size = actual.length / rows;
	const starts = Array.from({ length: rows }, (_, i) => i * size);
	return starts.filter((start) => {
		const [one, other] = [actual, expected].map((bytes) => bytes.subarray(start, start + size)) as [Buffer, Buffer];
		if (one.equals(other)) return false;
		return !ofFloats || starts.slice(0, size / 4).some((_, i) => !isNear(one, other, 4 * i));
	}).length;
}

function isNear(actual: Buffer, expected: Buffer, at: number): boolean {
	const [value, other] = [actual.readFloatLE(at), expected.readFloatLE(at)];
	return Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other));
}

describe.each(Object.keys(graphs))("the %s graph", (name) => {
	const subject = caseOf(graphs[name]!);
	const computesInFloats = name === "floats";

	it("has on the engine the outputs that were recorded of TensorFlow Lite Micro", () => {
		const { model, rows, outputs, first } = recorded[name]!;
		expect([digest(subject.model), digest(subject.rows)]).toEqual([model, rows]);
		const output = onEngine(subject);
		const expected = Buffer.from(first, "base64");
		expect(differentRows(output.subarray(0, expected.length), expected, computesInFloats, firstRows)).toBe(0);
		if (!computesInFloats) expect(digest(output)).toBe(outputs);
	});

	it.skipIf(!isInstalled)("has them there still, and all but a few on TensorFlow Lite", () => {
		const [onMicro, onLite] = [outputsOf("tflm", subject), outputsOf("litert", subject)];
		const now: Recorded = {
			model: digest(subject.model),
			rows: digest(subject.rows),
			first: onMicro.subarray(0, (firstRows * onMicro.length) / rowCount).toString("base64"),
			...(!computesInFloats && { outputs: digest(onMicro), different: differentRows(onLite, onMicro, false) }),
		};
		if (computesInFloats) {
			expect(differentRows(onLite, onMicro, true)).toBe(0);
			expect(differentRows(onEngine(subject), onMicro, true)).toBe(0);
			expect({ ...now, first: "" }).toEqual({ ...recorded[name], first: "" });
		} else expect(now).toEqual(recorded[name]);
	});
});

describe.skipIf(!isInstalled)("FULLY_CONNECTED of int8", () => {
	const graph = new GraphBuilder();
	const input = graph.input("x", { datatype: "INT8", shape: [16], scale: 1 / 64, zeroPoint: 3 });
	const weights = Int8Array.from({ length: 16 }, (_, i) => ((i * 89) % 21) - 10);
	const weightScale = Math.fround(0.0123);
	const outputScale = Math.fround(0.0061);
	const output = graph.add(
		{ kind: "FULLY_CONNECTED", activation: "NONE" },
		[
			input,
			graph.constant("weights", weights, { shape: [1, 16], quantization: { scale: weightScale, zeroPoint: 0 } }),
			graph.constant("bias", Int32Array.of(123), { quantization: { scale: weightScale / 64, zeroPoint: 0 } }),
		],
		{ name: "y", type: "INT8", shape: [1, 1], quantization: { scale: outputScale, zeroPoint: -7 } },
	);
	const subject = caseOf(graph.finish([output]));
	const multiplier = weightScale / 64 / outputScale;
	const shift = -Math.floor(Math.log2(multiplier)) - 1;
	const factor = BigInt(Math.round(multiplier * 2 ** (31 + shift)));
	const sums = Array.from({ length: rowCount }, (_, row) =>
		weights.reduce((sum, weight, i) => sum + weight * (((subject.rows[16 * row + i]! << 24) >> 24) - 3), 123),
	);
	const stored = (value: number) => Math.max(-128, Math.min(127, value - 7));
	const awayFromZero = (value: number, bits: number) =>
		Math.sign(value) * Math.floor(Math.abs(value) / 2 ** bits + 0.5);
	const once = sums.map((sum) =>
		stored(Number((BigInt(sum) * factor + (1n << BigInt(30 + shift))) >> BigInt(31 + shift))),
	);
	const twice = sums.map((sum) => {
		const product = BigInt(sum) * factor;
		const high = product >= 0n ? (product + (1n << 30n)) >> 31n : -((-product + (1n << 30n) - 1n) >> 31n);
		return stored(awayFromZero(Number(high), shift));
	});
	const differing = once.filter((value, i) => value !== twice[i]).length;

	it("is rounded twice by TensorFlow Lite Micro and by the engine, once by TensorFlow Lite", () => {
		expect([...new Int8Array(outputsOf("tflm", subject))]).toEqual(twice);
		expect([...new Int8Array(onEngine(subject))]).toEqual(twice);
		expect([...new Int8Array(outputsOf("litert", subject))]).toEqual(once);
		expect(differing).toBeGreaterThan(10);
	});
});

/** Rows that at most differ where every sum that is rounded otherwise shows in the outputs, and chance does its worst. */
function mostDifferent(model: Uint8Array): number {
	const { operators, tensors } = readModel(model).subgraphs[0]!;
	const expected = operators
		.filter(({ kind, inputs }) => kind === "FULLY_CONNECTED" && tensors[inputs[0]!]!.type === "INT8")
		.map(({ inputs, outputs }) => {
			const [input = 1, weights = 1, output = 1] = [inputs[0]!, inputs[1]!, outputs[0]!].map((index) =>
				Math.max(...tensors[index]!.quantization!.scales),
			);
			const shift = -Math.floor(Math.log2((input * weights) / output)) - 1;
			return tensors[outputs[0]!]!.shape.at(-1)! / 2 ** (shift + 1);
		})
		.reduce((sum, share) => sum + rowCount * share, 0);
	return Math.ceil(expected + 4 * Math.sqrt(expected));
}

const task = () => ({ training: waves(240, 1), validation: waves(60, 2), random: createRandom(3) });
const convolution = { filters: [{ filters: 6, kernel: 5, stride: 2, pool: 2 }], hidden: [8] } as const;
const perChannel = { ...quick.quantisation, weights: "channel" } as const;

/** What is trained here and written in TensorFlow Lite's own operators. */
const trained: Record<string, () => Promise<TrainedModel>> = {
	"dense network": () => trainNetwork(quick, task()),
	"dense network with weights per channel": () => trainNetwork({ ...quick, quantisation: perChannel }, task()),
	"convolutional network": () =>
		trainNetwork({ ...quick, kind: "convolution", ...convolution, quantisation: perChannel }, task()),
	"logistic regression": () => trainLogisticRegression({ c: 1, iterations: 60 }, task()),
	"linear support-vector machine": () =>
		trainSupportVectorMachine({ ...supportVectorMachineDefaults, kernel: "linear" }, task()),
	"naive Bayes": () => trainNaiveBayes(naiveBayesDefaults, task()),
};

describe.skipIf(!isInstalled).each(Object.keys(trained))("a %s", (name) => {
	it.each(["int8", "float32"] as Precision[])("of %s gives the same everywhere", async (precision) => {
		const subject = caseOf((await trained[name]!()).graph(precision));
		const output = onEngine(subject);
		expect(differentRows(output, outputsOf("tflm", subject), true)).toBe(0);
		const others = differentRows(output, outputsOf("litert", subject), true);
		expect(others).toBeLessThanOrEqual(mostDifferent(subject.model));
	});
});

const models = fileURLToPath(new URL("../../models/", import.meta.url));
const files = readdirSync(models, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tflite"));

describe.skipIf(!isInstalled)("the models of this project", () => {
	it.each(files)("%s", (name) => {
		const model = new Uint8Array(readFileSync(join(models, name)));
		const { tensors, inputs, outputs, operators } = readModel(model).subgraphs[0]!;
		const input = tensors[inputs[0]!]!;
		const format = { type: input.type as "INT8" | "INT16", shape: input.shape, name: "" };
		const { rows } = caseOf({ tensors: [format], operators: [], inputs: [0], outputs: [] });
		const subject = { model, rows, outputs: outputs.length };
		const custom = operators.find(({ kind }) => kind === "CUSTOM");
		if (custom) return expectUnresolved(subject, custom.customCode!);
		const output = onEngine(subject);
		const ofFloats = tensors[outputs[0]!]!.type === "FLOAT32";
		expect(differentRows(output, outputsOf("tflm", subject), ofFloats)).toBe(0);
		expect(differentRows(output, outputsOf("litert", subject), ofFloats)).toBeLessThanOrEqual(mostDifferent(model));
	});
});

/** TensorFlow Lite's loader checks the whole file by the schema before it looks for the operators. */
function expectUnresolved(subject: Case, name: string): void {
	expect(run("litert", subject)).toEqual({ refusal: expect.stringContaining(`unresolved custom op: ${name}`) });
	expect(run("tflm", subject)).toEqual({ refusal: expect.stringContaining("registration from op code CUSTOM") });
}

describe.skipIf(!isInstalled)("custom operators, which they do not have", () => {
	it("are all that they find missing in trees and kernel machines", async () => {
		expectUnresolved(caseOf(tree()), "TMLAAS_TREES");
		const forest = await trainRandomForest({ ...randomForestDefaults, trees: 5 }, task());
		const subject = caseOf(forest.graph("int8"));
		expectUnresolved(subject, "TMLAAS_TREES");
		const machine = await trainSupportVectorMachine(supportVectorMachineDefaults, task());
		expectUnresolved(caseOf(machine.graph("int8")), "TMLAAS_SVM");
		const damaged = { ...subject, model: subject.model.slice(0, -4) };
		expect(run("litert", damaged)).toEqual({ refusal: expect.stringContaining("not a valid Flatbuffer") });
	});
});
