import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cardEntry } from "../../../../tools/training/card";
import { cArray } from "../../../../tools/training/tflite/c-array";
import type { CodeSizes } from "../../../../tools/training/tflite/code-size";
import { ModelFormatError } from "../../../../tools/training/tflite/reader";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { buildEngine, engineDirectory, runEngine } from "../../../native/build";
import { hasProgram } from "../../../optional";
import { convolutional } from "./graphs";

const hasCxx = hasProgram(
	spawnSync("clang++", ["--version"]).status === 0,
	"a model's header in C++",
	"`apt-get install clang` brings its compiler",
);

const sizes: CodeSizes = JSON.parse(readFileSync(`${engineDirectory}/code-sizes.json`, "utf8"));
const labels = ['"left"', "rechts – ö", "??/0", "a*/b"];
const card = { name: "a /* nasty */ name", labels };
const model = writeModel({
	...convolutional(),
	description: "",
	metadata: [{ name: cardEntry, data: new TextEncoder().encode(JSON.stringify(card)) }],
});
const header = cArray(model, { name: "8 strokes!", digest: "0f", sizes });

/** Runs the model on a row of ones, and says how it is called and aligned. */
const application = `
#include "engine.h"
#include "operators/operators.h"
#include "strokes.h"
#include <stdio.h>
#include <stdlib.h>

static const engine_operator *const operators[] = {MODEL_8_STROKES_MODEL_OPERATORS};

int main(void) {
	engine_model model = {model_8_strokes_model, MODEL_8_STROKES_MODEL_SIZE, operators,
		MODEL_8_STROKES_MODEL_OPERATOR_COUNT};
	engine_plan plan;
	engine *opened;
	engine_tensor tensor;
	engine_measure(&model, &plan);
	void *work = malloc(plan.work);
	if (engine_verify(&model, &plan, work) ||
		engine_open(&model, &plan, work, malloc(plan.state), malloc(plan.arena), &opened)) {
		return 1;
	}
	engine_input(opened, 0, &tensor);
	for (uint32_t i = 0; i < tensor.elements; i++) {
		((int16_t *)tensor.data)[i] = (int16_t)(1000 * i);
	}
	engine_invoke(opened);
	engine_output(opened, 0, &tensor);
	fwrite(tensor.data, 1, tensor.bytes, stdout);
	printf("%d %d", (int)((uintptr_t)model_8_strokes_model % 16), (int)MODEL_8_STROKES_LABEL_COUNT);
	for (uint32_t i = 0; i < MODEL_8_STROKES_LABEL_COUNT; i++) {
		printf("|%s", model_8_strokes_labels[i]);
	}
	return 0;
}
`;

describe("a model as a C header", () => {
	const folder = mkdtempSync(join(tmpdir(), "c-array-"));
	beforeAll(() => {
		writeFileSync(join(folder, "strokes.h"), header);
		writeFileSync(join(folder, "main.c"), application);
		return () => rmSync(folder, { recursive: true });
	});

	it("compiles without a warning and runs as the file does, with the operators that it names", () => {
		const engine = buildEngine();
		const program = join(folder, "main");
		const strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
		const sources = [join(folder, "main.c"), join(engine, "libengine.a"), "-lm", "-o", program];
		execFileSync("cc", [...strict, `-I${engineDirectory}`, `-I${folder}`, ...sources]);
		const { stdout, status } = spawnSync(program);
		expect(status).toBe(0);
		const file = join(folder, "model.tflite");
		writeFileSync(file, model);
		const row = new Uint8Array(Int16Array.from({ length: 48 }, (_, i) => 1000 * i).buffer);
		const { output } = runEngine(engine, [file], row);
		expect(stdout.subarray(0, output.length)).toEqual(output);
		expect(stdout.subarray(output.length).toString()).toBe(`0 4|${labels.join("|")}`);
	});

	it.skipIf(!hasCxx)("is C++ as well", () => {
		const input =
			'#include "strokes.h"\nint main() { return model_8_strokes_model[4] != 84 || !model_8_strokes_labels[0]; }\n';
		const parameters = ["-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", `-I${folder}`, "-fsyntax-only", "-"];
		expect(spawnSync("clang++", parameters, { input }).stderr.toString()).toBe("");
	});

	it("is not made of anything else", () => {
		expect(() => cArray(model.slice(0, 500), { name: "x", digest: "", sizes })).toThrow(ModelFormatError);
	});
});
