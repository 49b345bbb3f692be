import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { hasProgram } from "../optional";
import { buildEngine, engineDirectory, nativeDirectory } from "./build";
import { buildModel, codes, fullyConnected, softmax, types } from "./model";

const hasCxx = spawnSync("clang++", ["--version"]).status === 0;
const folder = `${nativeDirectory}/readme`;
const model = (code: number) =>
	buildModel({
		tensors: [
			{ type: types.INT8, shape: [1, 4], scale: 0.1 },
			{ type: types.INT8, shape: [2, 4], scale: 0.1, data: Int8Array.of(1, 2, 3, 4, -1, 2, -3, 4) },
			{ type: types.INT32, shape: [2], scale: 0.01, data: Int32Array.of(-10, 10) },
			{ type: types.INT8, shape: [1, 2], scale: 0.02 },
			{ type: types.INT8, shape: [1, 2], scale: 1 / 256, zeroPoint: -128 },
		],
		operators: [
			{ code: codes.FULLY_CONNECTED, inputs: [0, 1, 2], outputs: [3], options: fullyConnected() },
			{ code, inputs: [3], outputs: [4], options: code === codes.SOFTMAX ? softmax() : undefined },
		],
		inputs: [0],
		outputs: [4],
	});

beforeAll(() => {
	const directory = buildEngine();
	const example = /```c\n([\s\S]*?)```/.exec(readFileSync(`${engineDirectory}/README.md`, "utf8"))?.[1];
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${folder}/example.c`, example ?? "");
	const flags = [
		"-std=c99",
		"-Wall",
		"-Wextra",
		"-Wconversion",
		"-Wpedantic",
		"-Werror",
		"-ffunction-sections",
		"-Wl,--gc-sections",
	];
	const sources = [`-I${engineDirectory}`, `${folder}/example.c`, `${directory}/libengine.a`, "-lm"];
	execFileSync("cc", [...flags, "-o", `${folder}/example`, ...sources]);
});

function run(file: Uint8Array) {
	writeFileSync(`${folder}/model.tflite`, file);
	const { status, stdout } = spawnSync(`${folder}/example`, [`${folder}/model.tflite`]);
	return { status, lines: stdout.toString().trim().split("\n") };
}

test("the README's example prints the model's output", () => {
	/* sums 30 - 10 and 10 + 10 are real 0.2 each: even chances */
	expect(run(model(codes.SOFTMAX))).toEqual({ status: 0, lines: ["0.5", "0.5"] });
});

test("the README's example links only the operators that it names", () => {
	const { status, lines } = run(model(codes.LOGISTIC));
	expect(status).toBe(2);
	expect(lines).toEqual([
		"error 400: an operator is not at hand: operator 1 is LOGISTIC; at hand are FULLY_CONNECTED, SOFTMAX",
	]);
	const symbols = execFileSync("nm", [`${folder}/example`]).toString();
	expect(symbols).toContain("engine_softmax");
	expect(symbols).not.toContain("engine_logistic");
});

test.skipIf(!hasProgram(hasCxx, "the engine's headers in C++", "`apt-get install clang` brings its compiler"))(
	"C++ takes the headers",
	() => {
		const input = '#include "engine.h"\n#include "operators/operators.h"\nengine_error error = ENGINE_OK;\n';
		const warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wold-style-cast", "-Werror"];
		const parameters = ["-x", "c++", "-std=c++11", ...warnings, `-I${engineDirectory}`, "-fsyntax-only", "-"];
		expect(spawnSync("clang++", parameters, { input }).stderr.toString()).toBe("");
	},
);
