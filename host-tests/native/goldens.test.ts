import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { hasData, hasProgram } from "../optional";
import { type Build, buildEngine, canBuild, runEngine, sanitizers } from "./build";
import { goldenCases } from "./cases";

/*
 * Outputs of TensorFlow Lite Micro's reference kernels: int8 and int16 to be matched to the bit.
 *
 * Float tolerance: products are summed in the reference's order, so the results are the same to the bit where the C
 * library's expf is and the compiler neither fuses a multiplication with an addition nor keeps more digits in between
 * (as it does for the 32-bit x86). Where it does, each of n <= 714 roundings moves a sum by up to 2^-24 of its size, and
 * the logistic or softmax at the end has a slope of at most 1/4 or 1/2: 714 * 2^-24 / 4 is 11 * 2^-20 at the very worst
 * and sqrt(714) * 2^-24 / 4, less than 2^-20, as roundings go.
 */
const floatTolerance = 2 ** -20;

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const networks = folder("../../../shared/data/mlp-goldens");
const committed = folder("goldens");

interface Golden {
	name: string;
	path: string;
	expected: string;
	float: boolean;
}

function list(directory: string, extension: string, isFloat: (name: string) => boolean): Golden[] {
	return readdirSync(directory)
		.filter((file) => file.endsWith(".tflite"))
		.map((file) => file.slice(0, -".tflite".length))
		.map((name) => ({
			name,
			path: `${directory}/${name}`,
			expected: `${directory}/${name}${extension}`,
			float: isFloat(name),
		}));
}

const tableOne = hasData(networks, "outputs of 24 networks on TensorFlow Lite Micro")
	? list(networks, ".tflm.out", (name) => name.endsWith("_f"))
	: [];
const operators = list(committed, ".out", (name) => /float_relu|_float$/.test(name));

/* Word reads are how the ESP8266 reads a model in flash, whose pointers have 32 bits. */
const builds: Build[] = [
	{ flags: "-O2 -g" },
	{ name: "word-reads-32", flags: "-Os -g -m32 -DENGINE_WORD_READS" },
	{ name: "sanitizers", compiler: "clang", flags: sanitizers },
];

function floats(bytes: Uint8Array): Float32Array {
	return new Float32Array(Uint8Array.from(bytes).buffer);
}

for (const build of builds) {
	const { compiler = "cc", flags } = build;
	const possible = hasProgram(
		canBuild(build),
		`the engine made with ${compiler} ${flags}`,
		"`apt-get install gcc-multilib clang libclang-rt-dev` brings what that needs",
	);
	describe.skipIf(!possible)(`recorded outputs, ${compiler} ${flags}`, () => {
		let directory: string;
		beforeAll(() => {
			directory = buildEngine(build);
		});

		test.each([...tableOne, ...operators])("$name", ({ path, expected: expectedPath, float }) => {
			const expected = readFileSync(expectedPath);
			const { status, output, errors } = runEngine(directory, [`${path}.tflite`], readFileSync(`${path}.in`));
			expect(errors).toBe("");
			expect(status).toBe(0);
			expect(output.length).toBe(expected.length);
			if (float) {
				const values = floats(output);
				const wrong = floats(expected).filter(
					(value, i) => !(Math.abs(value - values[i]!) <= floatTolerance * Math.max(1, Math.abs(value))),
				);
				expect(wrong).toHaveLength(0);
			} else expect(output.equals(expected)).toBe(true);
		});
	});
}

test("the recorded models are those of cases.ts", () => {
	expect(operators.map(({ name }) => name).sort()).toEqual(goldenCases.map(({ name }) => name).sort());
	for (const { name, model, input } of goldenCases) {
		expect(readFileSync(`${committed}/${name}.tflite`).equals(model)).toBe(true);
		expect(readFileSync(`${committed}/${name}.in`).equals(input)).toBe(true);
	}
});
