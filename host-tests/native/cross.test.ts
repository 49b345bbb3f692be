import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { hasProgram } from "../optional";
import { engineDirectory, nativeDirectory } from "./build";

const prefix = "xtensa-lx106-elf-";
const possible = hasProgram(
	spawnSync(`${prefix}gcc`, ["--version"]).status === 0,
	"the engine's size on the ESP8266",
	"`apt-get install gcc-xtensa-lx106` brings its compiler",
);

const headers = fileURLToPath(new URL("freestanding", import.meta.url));
const folder = `${nativeDirectory}/lx106`;
const compile = ["-std=c99", "-Os", "-mlongcalls", "-mtext-section-literals", "-ffreestanding"];
const strict = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-ffunction-sections", "-fdata-sections"];

/** What an application calls. */
const application = (operators: string) => `
#include "engine.h"
#include "operators/operators.h"
${operators}
int start(const void *file, uint32_t size, void *work, void *state, void *arena) {
	engine_model model = {file, size, OPERATORS};
	engine_plan plan;
	engine *engine;
	engine_tensor tensor;
	if (engine_measure(&model, &plan) || engine_verify(&model, &plan, work) ||
		engine_open(&model, &plan, work, state, arena, &engine) || engine_input(engine, 0, &tensor)) {
		return 1;
	}
	engine_invoke(engine);
	return engine_output(engine, 0, &tensor);
}
`;

const table = (operators: string[]) => `
static const engine_operator *const operators[] = {${operators.map((name) => `&engine_${name}`)}};
#define OPERATORS operators, ${operators.length}`;

const everyOperator = "#define OPERATORS engine_operators, engine_operator_count";

/** Bytes of code and constants that are linked, without the C library's and the compiler's own functions. */
function linkedSize(name: string, operators: string, objects: string[]): number {
	writeFileSync(`${folder}/${name}.c`, application(operators));
	execFileSync(`${prefix}gcc`, [
		...compile,
		`-I${headers}`,
		`-I${engineDirectory}`,
		"-nostdlib",
		"-Wl,--gc-sections,--entry=start,--unresolved-symbols=ignore-all",
		`${folder}/${name}.c`,
		...objects,
		"-o",
		`${folder}/${name}.elf`,
	]);
	const [, text, data, bss] = /^\s*(\d+)\s+(\d+)\s+(\d+)/m.exec(
		execFileSync(`${prefix}size`, [`${folder}/${name}.elf`]).toString(),
	)!;
	expect([data, bss]).toEqual(["0", "0"]);
	return Number(text);
}

describe.skipIf(!possible)("for the ESP8266", () => {
	let objects: string[];
	beforeAll(() => {
		mkdirSync(folder, { recursive: true });
		const sources = [
			...readdirSync(engineDirectory).map((file) => `${engineDirectory}/${file}`),
			...readdirSync(`${engineDirectory}/operators`).map((file) => `${engineDirectory}/operators/${file}`),
		].filter((path) => path.endsWith(".c"));
		execFileSync(`${prefix}gcc`, [...compile, ...strict, `-I${headers}`, "-c", ...sources], { cwd: folder });
		objects = sources.map((path) => `${folder}/${path.split("/").at(-1)!.replace(".c", ".o")}`);
	});

	test("a fully connected model of int8 takes at most 12 KiB of code", () => {
		expect(linkedSize("dense", table(["fully_connected_int8", "logistic_int8"]), objects)).toBeLessThanOrEqual(
			12 << 10,
		);
	});

	test("all operators take at most 88 KiB of code", () => {
		expect(linkedSize("all", everyOperator, objects)).toBeLessThanOrEqual(88 << 10);
	});
});
