/** What TensorFlow Lite (LiteRT) and TensorFlow Lite Micro make of a model, where their Python packages are installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom, normal } from "../../tools/training/random";
import type { Graph } from "../../tools/training/tflite/schema";
import { writeModel } from "../../tools/training/tflite/writer";
import { hasProgram } from "../optional";

export type Runtime = "litert" | "tflm";

const python = process.env.PYTHON ?? "python3";
const script = fileURLToPath(new URL("reference.py", import.meta.url));
const packages = { litert: "ai_edge_litert", tflm: "tflite_micro" };

export const isInstalled = hasProgram(
	spawnSync(python, ["-c", `import ${Object.values(packages).join()}`]).status === 0,
	"models on TensorFlow Lite and TensorFlow Lite Micro",
	"`pip install ai-edge-litert tflite-micro` brings them; PYTHON names the Python that has them",
);

export interface Case {
	readonly model: Uint8Array;
	/** Of the stored elements of the one input, one after another. */
	readonly rows: Uint8Array;
	/** How many outputs it has. */
	readonly outputs: number;
}

/** Raw outputs, or what is said of a model that is refused. */
export function run(runtime: Runtime, { model, rows, outputs }: Case): { output: Buffer } | { refusal: string } {
	const folder = mkdtempSync(join(tmpdir(), "reference-"));
	try {
		const [file, input] = [join(folder, "model.tflite"), join(folder, "rows")];
		writeFileSync(file, model);
		writeFileSync(input, rows);
		const { status, stdout, stderr } = spawnSync(python, [script, runtime, file, input, String(outputs)], {
			maxBuffer: 64 << 20,
		});
		if (status !== 0 && status !== 2) throw new Error(stderr.toString());
		return status === 0 ? { output: stdout } : { refusal: stderr.toString() };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

export const rowCount = 1000;

/** The graph's model file and rows for it: of movements from weak to strong for int16, of any values for int8. */
export function caseOf(graph: Graph): Case {
	const { type, shape } = graph.tensors[graph.inputs[0]!]!;
	const length = shape.reduce((product, size) => product * size, 1);
	const random = createRandom(9);
	const int8 = () => Int8Array.from({ length: rowCount * length }, () => Math.floor(256 * random()) - 128);
	const int16 = () => {
		const values = new Int16Array(rowCount * length);
		for (let row = 0; row < rowCount; row++) {
			const strength = 32000 * random();
			for (let i = 0; i < length; i++) {
				values[row * length + i] = Math.max(-32768, Math.min(32767, Math.round(strength * normal(random))));
			}
		}
		return values;
	};
	const values = type === "INT8" ? int8() : int16();
	return {
		model: writeModel({ ...graph, description: "", metadata: [] }),
		rows: new Uint8Array(values.buffer),
		outputs: graph.outputs.length,
	};
}
