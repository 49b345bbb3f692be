import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasProgram } from "../optional";
import { type Build, buildEngine, canBuild, runEngine, sanitizers } from "./build";
import { byteLength, compareRows, type Info } from "./compare";
import { listGoldens, readRows } from "./goldens";

/*
 * The engine against the recorded outputs of TensorFlow Lite Micro (corpus/README.md): to the bit, save float32.
 *
 * Float tolerance: products are summed in the reference's order, so the results are the same to the bit where the C
 * library's expf is and the compiler neither fuses a multiplication with an addition nor keeps more digits in between
 * (as it does for the 32-bit x86). Where it does, each of n <= 714 roundings moves a sum by up to 2^-24 of its size, and
 * the logistic or softmax at the end has a slope of at most 1/4 or 1/2: 714 * 2^-24 / 4 is 11 * 2^-20 at the very worst
 * and sqrt(714) * 2^-24 / 4, less than 2^-20, as roundings go.
 */
const floatTolerance = 2 ** -20;

/* Word reads are how the ESP8266 reads a model in flash, whose pointers have 32 bits. */
const builds: Build[] = [
	{ flags: "-O2 -g" },
	{ name: "word-reads-32", flags: "-Os -g -m32 -DENGINE_WORD_READS" },
	{ name: "sanitizers", compiler: "clang", flags: sanitizers },
];

const goldens = listGoldens();

for (const build of builds) {
	const { compiler = "cc", flags } = build;
	const possible = hasProgram(
		canBuild(build),
		`the engine made with ${compiler} ${flags}`,
		"`apt-get install gcc-multilib clang libclang-rt-dev` brings what that needs",
	);
	describe.skipIf(!possible)(`recorded outputs, ${compiler} ${flags}`, () => {
		let directory: string;
		const operators = new Set<string>();
		let models = 0;
		let rows = 0;
		let floats = 0;
		let inexact = 0;

		beforeAll(() => {
			directory = buildEngine(build);
		});

		test.each(goldens)("$name", ({ model, rows: path, tolerance = floatTolerance }) => {
			const described = runEngine(directory, ["--info", model]);
			expect(described.errors).toBe("");
			const info: Info = JSON.parse(described.output.toString());
			const expected = readRows(path, byteLength(info.inputs), byteLength(info.outputs));
			const { status, output, errors } = runEngine(directory, [model], expected.inputs);
			expect(errors).toBe("");
			expect(status).toBe(0);
			const comparison = compareRows(expected.outputs, output, info.outputs, tolerance);
			expect(comparison.differences).toEqual([]);
			models++;
			rows += expected.count;
			floats += comparison.floats;
			inexact += comparison.inexact;
			for (const name of info.operators) operators.add(name);
		});

		afterAll(() => {
			console.log(
				`recorded outputs, ${compiler} ${flags}: ${models} of ${goldens.length} models, ${operators.size} operators, ` +
					`${rows} rows; ${inexact} of ${floats} float32 values differ in their bits`,
			);
		});
	});
}

test("each recorded model has a name of its own kind of bytes", () => {
	const models = goldens.map(({ model }) => readFileSync(model).toString("latin1"));
	expect(new Set(models).size).toBe(goldens.length);
});
