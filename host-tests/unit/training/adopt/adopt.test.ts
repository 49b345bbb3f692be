import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { maximumLabels, parseCard } from "gateway/inference/card";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Adoption, AdoptionError, adopt } from "../../../../tools/training/adopt";
import type { InputFormat } from "../../../../tools/training/examples";
import { bareModel } from "../../../../tools/training/model-file";
import { importedGraph } from "../../../../tools/training/onnx/graph";
import { importOnnx } from "../../../../tools/training/onnx/import";
import { forWindow, windowInput } from "../../../../tools/training/onnx/window";
import { createRandom } from "../../../../tools/training/random";
import { readSamples, SamplesError } from "../../../../tools/training/samples";
import { GraphBuilder } from "../../../../tools/training/tflite/builder";
import { readModel } from "../../../../tools/training/tflite/reader";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, runEngine } from "../../../native/build";
import { listGoldens, readRows } from "../../../native/goldens";
import { fixture, floatInput } from "../onnx/fixtures";
import { onnx, treeNode } from "../onnx/writer";

const directory = mkdtempSync(join(tmpdir(), "tmlaas-adopt-"));
let engine = "";
beforeAll(() => {
	engine = buildEngine();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The engine's own sentence is the message of the error that it ends with. */
class EngineError extends Error {}

async function run(model: Uint8Array, inputs: Uint8Array): Promise<Uint8Array> {
	const file = join(directory, "model.tflite");
	writeFileSync(file, model);
	const { status, output, errors } = runEngine(engine, [file], inputs);
	if (status !== 0) throw new EngineError(errors);
	return new Uint8Array(output);
}

function adoption(changes: Partial<Adoption> = {}): Adoption {
	return {
		name: "model",
		version: "1.0.0",
		labels: [],
		statement: "made for a test",
		random: createRandom(1),
		...changes,
	};
}

function entryOf(file: Uint8Array, name: string): Uint8Array {
	return readModel(file).metadata.find((entry) => entry.name === name)!.data;
}

/** Golden rows as the gateway reads them. */
function goldensOf(file: Uint8Array, width: number, outputWidth: number): { inputs: Uint8Array; outputs: Uint8Array } {
	const packed = entryOf(file, "TMLAAS_GOLDEN");
	const path = join(directory, "golden");
	writeFileSync(path, packed);
	const { inputs, outputs } = readRows(path, width, outputWidth);
	return { inputs, outputs };
}

async function fault(file: Uint8Array, changes: Partial<Adoption>): Promise<AdoptionError> {
	const error = await adopt(file, adoption(changes), run).catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(AdoptionError);
	return error as AdoptionError;
}

const networks = listGoldens().filter(({ name }) => name.startsWith("networks/"));

describe("model of TensorFlow's converter", () => {
	it("gets a card and golden rows that hold, and gives what it gave", async () => {
		expect(networks.length).toBeGreaterThan(3);
		for (const { name, model } of networks) {
			const before = new Uint8Array(readFileSync(model));
			const { file, goldens, outputs } = await adopt(before, adoption(), run);
			const card = parseCard(entryOf(file, "TMLAAS_CARD"));
			expect(card).toMatchObject({ name: "model", version: "1.0.0", labels: [] });
			const info = JSON.parse(runEngine(engine, ["--info", model]).output.toString());
			const [width, outputWidth] = [info.inputs, info.outputs].map((tensors: { byteLength: number }[]) =>
				tensors.reduce((sum, { byteLength }) => sum + byteLength, 0),
			) as [number, number];
			expect(card.inputElements, name).toBe(info.inputs[0].shape.reduce((a: number, b: number) => a * b, 1));
			const golden = goldensOf(file, width, outputWidth);
			expect(golden.inputs.length).toBe(goldens * width);
			expect(Buffer.compare(await run(before, golden.inputs), golden.outputs)).toBe(0);
			expect(Buffer.compare(await run(file, golden.inputs), golden.outputs)).toBe(0);
			if (outputs > maximumLabels) continue;
			const labels = Array.from({ length: outputs }, (_, i) => `c${i}`);
			const named = await adopt(before, adoption({ labels }), run);
			expect(parseCard(entryOf(named.file, "TMLAAS_CARD")).labels).toHaveLength(outputs);
		}
	});

	it("is the same bytes for the same seed, and others for another", async () => {
		const file = new Uint8Array(readFileSync(networks[0]!.model));
		const made = async (seed: number) => (await adopt(file, adoption({ random: createRandom(seed) }), run)).file;
		expect(Buffer.compare(await made(3), await made(3))).toBe(0);
		expect(Buffer.compare(await made(3), await made(4))).not.toBe(0);
	});

	it("is refused with what is wrong", async () => {
		const file = new Uint8Array(readFileSync(networks[0]!.model));
		expect((await fault(file, { labels: ["only"] })).code).toBe("labels");
		const { outputs } = await adopt(file, adoption(), run);
		const others = Array.from({ length: outputs - 1 }, (_, i) => `c${i}`);
		for (const label of ["", "c0", "\u001b[31m", "b\u202e"])
			expect((await fault(file, { labels: [...others, label] })).message).toContain(JSON.stringify(label));
		expect((await fault(file, { name: "a name with spaces" })).code).toBe("card");
		expect((await fault(file, { statement: "x".repeat(2100) })).message).toMatch(/21\d\d bytes of 2048/);
		expect((await fault(file, { samples: { values: new Float32Array(3), rows: 1 } })).code).toBe("samples");
		const window = { samples: 119, channels: 6, rate: 119 };
		expect((await fault(file, { window })).message).toMatch(/wearables send INT16 \[1,119,6\]/);
	});

	it("is refused where the engine refuses it, with the engine's reason", async () => {
		const builder = new GraphBuilder();
		const input = builder.input("x", floatInput(4));
		const output = builder.add({ kind: "CUSTOM", name: "NOBODY_HAS_THIS", options: new Uint8Array(4) }, [input], {
			name: "y",
			type: "FLOAT32",
			shape: [1, 4],
		});
		const file = writeModel({ ...builder.finish([output]), description: "", metadata: [] });
		await expect(adopt(file, adoption(), run)).rejects.toThrow(EngineError);
		await expect(adopt(file, adoption(), run)).rejects.toThrow(/NOBODY_HAS_THIS/);
	});

	it("is refused where a golden row would hold what is no number", async () => {
		const builder = new GraphBuilder();
		const input = builder.input("x", floatInput(1));
		const factor = builder.constant("factor", Float32Array.of(1e6), { shape: [1, 1] });
		const result = { type: "FLOAT32", shape: [1, 1] } as const;
		const large = builder.add({ kind: "MUL", activation: "NONE" }, [input, factor], { name: "large", ...result });
		const endless = builder.add({ kind: "EXP" }, [large], { name: "endless", ...result });
		const file = writeModel({ ...builder.finish([endless]), description: "", metadata: [] });
		expect((await fault(file, {})).code).toBe("outputs");
	});
});

describe("golden rows from samples", () => {
	it("are of each class those of which the model is least sure, as the model stores them", async () => {
		const { onnx: bytes, rows, classes, found, stored } = fixture("digits_logistic");
		const model = importOnnx(bytes);
		const input: InputFormat = { ...stored.input, scale: 0.5, zeroPoint: -3 };
		const file = bareModel(importedGraph(model, { input, precision: "float32" }), "");
		const samples = { values: rows, rows: found.length };
		const adopted = await adopt(file, adoption({ labels: classes, samples }), run);
		expect(adopted.goldens).toBe(8);
		const golden = goldensOf(adopted.file, 64, 40);
		const scores = new Float32Array(new Uint8Array(golden.outputs).buffer);
		const all = new Float32Array(
			(await run(file, new Uint8Array(Int8Array.from(rows, (value) => value / 0.5 - 3).buffer))).buffer,
		);
		for (let row = 0; row < 8; row++) {
			const sure = Math.max(...scores.subarray(row * 10, row * 10 + 10));
			const others = found.flatMap((label, i) => (label === row ? Math.max(...all.subarray(i * 10, i * 10 + 10)) : []));
			expect(sure).toBe(Math.min(...others));
		}
	});

	it.each([
		["another width", "1,2\n1,2,3\n", 2, /3 numbers where a row has 2/],
		["what is no number", "a,b\n1;2\n1,x\n", 3, /"x" is not a number/],
		["a number beyond float32", "1 1e39", 1, /"1e39"/],
		["nothing", "a,b\n\n", 1, /no row/],
		["what is not UTF-8", new Uint8Array([0x31, 0x2c, 0xff]), 1, /UTF-8/],
	])("are refused for a file with %s, with its line", (_, text, line, message) => {
		const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
		let error: unknown;
		try {
			readSamples(bytes, 2);
		} catch (caught) {
			error = caught;
		}
		expect(error).toBeInstanceOf(SamplesError);
		expect(error).toMatchObject({ line, message: expect.stringMatching(message) });
	});

	it("are read with commas, semicolons, tabs and spaces, with or without a heading", () => {
		const text = new TextEncoder().encode("a;b\n1;2\r\n3,4\n5\t6\n\n  7   -8.5e0\n");
		expect(readSamples(text, 2)).toEqual({ rows: 4, values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, -8.5) });
	});
});

describe("model of scikit-learn for a wearable's windows", () => {
	it("takes raw counts where it was trained on g and degrees a second", async () => {
		const split = (threshold: number) => ({ mode: "BRANCH_LEQ", threshold, yes: 1, no: 2 });
		for (const [feature, unit] of [
			[1, 8192],
			[10, 16.4],
		] as const) {
			const tree = treeNode([split(0.5), 0, 1]);
			tree.attributes!.nodes_featureids = { integers: [feature, 0, 0] };
			const model = forWindow(importOnnx(onnx({ nodes: [tree], features: 12 })), { samples: 2, channels: 6 });
			const file = bareModel(
				importedGraph(model, { input: windowInput({ samples: 2, channels: 6 }), precision: "float32" }),
				"",
			);
			const window = { samples: 2, channels: 6, rate: 50 };
			const values = Float32Array.from({ length: 24 }, (_, i) => (i === feature ? 0.4 : i === feature + 12 ? 0.6 : 0));
			const adopted = await adopt(
				file,
				adoption({ labels: ["low", "high"], window, samples: { values, rows: 2 } }),
				run,
			);
			expect(parseCard(entryOf(adopted.file, "TMLAAS_CARD")).inputElements).toBe(12);
			expect(JSON.parse(new TextDecoder().decode(entryOf(adopted.file, "TMLAAS_CARD"))).input).toEqual({
				window: 2,
				rate: 50,
				channels: ["aX", "aY", "aZ", "gX", "gY", "gZ"],
				accelerometer: 4,
				gyroscope: 2000,
			});
			const golden = goldensOf(adopted.file, 24, 8);
			const counts = new Int16Array(new Uint8Array(golden.inputs).buffer);
			expect([counts[feature], counts[feature + 12]]).toEqual([Math.round(0.4 * unit), Math.round(0.6 * unit)]);
			expect([...new Float32Array(new Uint8Array(golden.outputs).buffer)]).toEqual([1, 0, 0, 1]);
		}
	});

	it("is refused for windows of another size", () => {
		const model = importOnnx(fixture("iris_bayes").onnx);
		expect(() => forWindow(model, { samples: 2, channels: 6 })).toThrow(RangeError);
	});
});

describe("command", () => {
	const root = fileURLToPath(new URL("../../../../", import.meta.url));

	function command(...parameters: string[]): Promise<{ code: number; printed: string }> {
		const words = ["--tsconfig", "tools/tsconfig.json", "tools/cli/adopt.ts", ...parameters];
		return new Promise((fulfil) => {
			execFile(join(root, "node_modules/.bin/tsx"), words, { cwd: root }, (error, output, errors) => {
				fulfil({ code: error ? Number(error.code) : 0, printed: output + errors });
			});
		});
	}

	const model = (name: string) => join(root, `host-tests/unit/training/onnx/fixtures/${name}.onnx`);
	const named = ["--name", "iris", "--version", "1.2.0"];

	// The first run builds the engine for 32 bits.
	it("makes a model that keeps scikit-learn's classes, and says what to do next", { timeout: 180_000 }, async () => {
		const output = join(directory, "iris.tflite");
		const samples = join(directory, "rows.csv");
		const { rows, found, classes } = fixture("iris_svm_probability");
		const lines = found.map((_, i) => rows.subarray(4 * i, 4 * i + 4).join());
		writeFileSync(samples, `sepal length,width,petal length,width\n${lines.join("\n")}\n`);
		const options = ["--samples", samples, "--out", output, "--int8"];
		const { code, printed } = await command(model("iris_svm_probability"), ...named, ...options);
		expect(printed).toContain("setosa, versicolor, virginica");
		expect(printed).toContain(`npm run deploy -- ${output}`);
		expect(code).toBe(0);
		const file = new Uint8Array(readFileSync(output));
		expect(parseCard(entryOf(file, "TMLAAS_CARD"))).toMatchObject({ name: "iris", version: "1.2.0", labels: classes });
		const scores = new Float32Array((await run(file, new Uint8Array(rows.buffer))).buffer);
		const right = found.filter((label, i) => {
			const each = scores.subarray(3 * i, 3 * i + 3);
			return each.indexOf(Math.max(...each)) === label;
		}).length;
		expect(right / found.length).toBeGreaterThan(0.9);
	});

	it("says what is wrong, and where", { timeout: 180_000 }, async () => {
		const rows = join(directory, "bad.csv");
		writeFileSync(rows, "1,2,3,4\n1,2,3\n");
		const answers = await Promise.all([
			command(model("iris_normalised"), ...named),
			command(model("iris_svm_probability"), ...named, "--samples", rows, "--int8", "--out", join(directory, "x")),
			command(model("iris_svm_probability"), ...named, "--int8"),
			command(join(directory, "missing.onnx"), ...named),
		]);
		expect(answers.map(({ code }) => code)).toEqual([1, 2, 2, 2]);
		expect(answers[0]!.printed).toMatch(/Normalizer.*in front of the model/);
		expect(answers[1]!.printed).toContain(`${rows}:2: 3 numbers where a row has 4`);
		expect(answers[2]!.printed).toContain("--samples");
		expect(answers[3]!.printed).toContain("there is no such file");
	});
});
