/** Writes the models and inputs of cases.ts to a folder; record.py then adds what TensorFlow Lite Micro makes of them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { goldenCases } from "./cases";

const folder = process.argv[2];
if (!folder) throw new Error("which folder?");
mkdirSync(folder, { recursive: true });
for (const { name, model, input } of goldenCases) {
	writeFileSync(`${folder}/${name}.tflite`, model);
	writeFileSync(`${folder}/${name}.in`, input);
}
