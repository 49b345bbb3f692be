import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { buildEngine, runEngine } from "./build";

/*
 * The networks of the paper's Table 1, recorded from TensorFlow Lite Micro's reference kernels.
 *
 * Float tolerance: both sum the same n <= 714 products in single precision, in another order; each sum differs by
 * about sqrt(n) * 2^-24 of its size (a few units), and the logistic or softmax at the end has a slope of at most 1/4
 * or 1/2. 2^-20 is four times the worst difference measured.
 */
const goldens = fileURLToPath(new URL("../../../shared/data/mlp-goldens", import.meta.url));
const models = existsSync(goldens)
	? readdirSync(goldens).flatMap((file) => (file.endsWith(".tflite") ? file.slice(0, -".tflite".length) : []))
	: [];
const floatTolerance = 2 ** -20;
const rows = 64;

if (models.length === 0) {
	console.log("skipped: the 24 recorded networks (../shared/data/mlp-goldens is not there)");
}

function floats(bytes: Uint8Array): Float32Array {
	return new Float32Array(Uint8Array.from(bytes).buffer);
}

/* Word reads are how the ESP8266 reads a model in flash; the results must not depend on them. */
describe.skipIf(models.length === 0).each([
	{ name: "", flags: "-O2 -g" },
	{ name: "word-reads", flags: "-O2 -g -DENGINE_WORD_READS" },
])("recorded networks, build $flags", ({ name, flags }) => {
	let directory: string;
	beforeAll(() => {
		directory = buildEngine({ name, flags });
	});

	test.each(models)("%s", (model) => {
		const input = readFileSync(`${goldens}/${model}.in`);
		const expected = readFileSync(`${goldens}/${model}.tflm.out`);
		const { status, output, errors } = runEngine(directory, [`${goldens}/${model}.tflite`], input);
		expect(errors).toBe("");
		expect(status).toBe(0);
		expect(output.length).toBe(expected.length);
		expect(output.length % rows).toBe(0);
		if (model.endsWith("_q")) {
			expect(output.equals(expected)).toBe(true);
		} else {
			const values = floats(output);
			const worst = floats(expected).reduce(
				(worst, value, i) => Math.max(worst, Math.abs(value - (values[i] ?? Number.NaN))),
				0,
			);
			expect(worst).toBeLessThanOrEqual(floatTolerance);
		}
	});
});
