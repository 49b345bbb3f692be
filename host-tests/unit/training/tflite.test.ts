import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { ModelFormatError, readModel } from "../../../tools/training/tflite/reader";
import type { Model } from "../../../tools/training/tflite/schema";
import { writeModel } from "../../../tools/training/tflite/writer";
import { hasData } from "../../optional";

const model: Model = {
	description: "two classes – “ö”",
	tensors: [
		{ name: "counts", type: "INT16", shape: [1, 2, 3], quantization: { scale: 1 / 32768, zeroPoint: 0 } },
		{ name: "window", type: "INT8", shape: [1, 2, 3], quantization: { scale: 0.25, zeroPoint: -3 } },
		{ name: "shape", type: "INT32", shape: [2], data: Uint8Array.of(1, 0, 0, 0, 6, 0, 0, 0) },
		{ name: "features", type: "INT8", shape: [1, 6], quantization: { scale: 0.25, zeroPoint: -3 } },
		{
			name: "weights",
			type: "INT8",
			shape: [2, 6],
			quantization: { scale: 0.5, zeroPoint: 0 },
			data: Uint8Array.from({ length: 12 }, (_, i) => i + 250),
		},
		{ name: "scores", type: "INT8", shape: [1, 2], quantization: { scale: 1 / 256, zeroPoint: -128 } },
		{ name: "result", type: "FLOAT32", shape: [1, 2] },
	],
	operators: [
		{ kind: "QUANTIZE", inputs: [0], outputs: [1] },
		{ kind: "RESHAPE", inputs: [1, 2], outputs: [3] },
		{ kind: "FULLY_CONNECTED", inputs: [3, 4, -1], outputs: [5], activation: "RELU" },
		{ kind: "SOFTMAX", inputs: [5], outputs: [5], beta: 1 },
		{ kind: "LOGISTIC", inputs: [5], outputs: [5] },
		{ kind: "DEQUANTIZE", inputs: [5], outputs: [6] },
	],
	inputs: [0],
	outputs: [6],
	metadata: [
		{ name: "CARD", data: Uint8Array.of(123, 125) },
		{ name: "GOLDEN", data: Uint8Array.from({ length: 100 }, (_, i) => i) },
	],
};

describe("model file", () => {
	it("reads back what was written", () => {
		expect(readModel(writeModel(model))).toEqual(model);
	});

	it("is the same bytes for the same model", () => {
		expect(writeModel(model)).toEqual(writeModel(structuredClone(model)));
	});

	it("carries the format's identifier and aligns every buffer's content to 16 bytes", () => {
		const bytes = writeModel(model);
		expect(String.fromCharCode(...bytes.subarray(4, 8))).toBe("TFL3");
		for (const data of [model.tensors[4]!.data!, model.metadata[1]!.data]) {
			const at = Buffer.from(bytes).indexOf(data);
			expect(at).toBeGreaterThan(0);
			expect(at % 16).toBe(0);
		}
	});

	it("never answers a truncated file with another error than its own", () => {
		const bytes = writeModel(model);
		for (let length = 0; length < bytes.length; length++) {
			try {
				readModel(bytes.slice(0, length));
			} catch (error) {
				expect(error).toBeInstanceOf(ModelFormatError);
			}
		}
		expect(() => readModel(bytes.slice(0, 40))).toThrow(ModelFormatError);
		expect(() => readModel(new Uint8Array(0))).toThrow(ModelFormatError);
	});

	it("answers altered bytes with a model or a ModelFormatError", () => {
		const random = createRandom(1);
		const bytes = writeModel(model);
		let refused = 0;
		for (let i = 0; i < 3000; i++) {
			const altered = bytes.slice();
			for (let k = 0; k < 3; k++) altered[Math.floor(random() * altered.length)] = Math.floor(random() * 256);
			try {
				readModel(altered);
			} catch (error) {
				expect(error).toBeInstanceOf(ModelFormatError);
				refused++;
			}
		}
		expect(refused).toBeGreaterThan(100);
	});

	it("names an operator that it does not know", () => {
		const bytes = writeModel({ ...model, operators: [{ kind: "LOGISTIC", inputs: [5], outputs: [5] }] });
		const messages = new Set<string>();
		for (let at = 0; at < bytes.length; at += 4) {
			const altered = bytes.slice();
			const view = new DataView(altered.buffer);
			if (view.getInt32(at, true) !== 14) continue;
			// Where this was the operator's code in the newer field, the reader takes it as the greater of the two.
			view.setInt32(at, 200, true);
			try {
				readModel(altered);
			} catch (error) {
				messages.add((error as ModelFormatError).message);
			}
		}
		expect(messages).toContain("operator 200 is not known");
	});

	const yardsticks = fileURLToPath(new URL("../../../../shared/data/mlp-goldens/", import.meta.url));
	const present = hasData(yardsticks, "reading and writing 24 models of other tools");
	it.skipIf(!present)("reads models that other tools wrote, and writes them again without loss", () => {
		const names = readdirSync(yardsticks).filter((name) => name.endsWith(".tflite"));
		expect(names.length).toBe(24);
		for (const name of names) {
			const read = readModel(readFileSync(yardsticks + name));
			expect(read.operators.filter(({ kind }) => kind === "FULLY_CONNECTED").length).toBeGreaterThanOrEqual(3);
			expect(readModel(writeModel(read))).toEqual(read);
		}
	});
});
