import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildEngine, canBuild, engineDirectory, runEngine, sanitizers } from "./build";
import { byteLength, type Info } from "./compare";
import { listGoldens, readRows } from "./goldens";

/* Models with a memory: what they answer after a reset, and that two of them do not share it. */

const sanitized = { name: "sanitizers", compiler: "clang", flags: sanitizers };
const build = canBuild(sanitized) ? sanitized : { name: "", compiler: "cc", flags: "-O2 -g" };
const directory = buildEngine(build);
const program = `${directory}/reset`;
const source = fileURLToPath(new URL("reset.c", import.meta.url));
const warnings = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"];
const files = [`-I${engineDirectory}`, source, `${directory}/libengine.a`, "-lm", "-o", program];
execFileSync(build.compiler, [...build.flags.split(" "), ...warnings, ...files]);

const remembering = listGoldens().filter(({ name }) => /^(recurrent|variables)\//.test(name));

test("there are models with a memory", () => {
	expect(remembering.length).toBeGreaterThan(30);
});

test.each(remembering)("$name", ({ model, rows }) => {
	const info: Info = JSON.parse(runEngine(directory, ["--info", model]).output.toString());
	const { count, inputs } = readRows(rows, byteLength(info.inputs), byteLength(info.outputs));
	const path = `${directory}/reset.inputs`;
	writeFileSync(path, inputs);
	const answers = execFileSync(program, [model, path]);
	const size = count * byteLength(info.outputs);
	expect(answers.length).toBe(3 * size);
	expect(answers.subarray(size, 2 * size).equals(answers.subarray(0, size))).toBe(true);
	expect(answers.subarray(2 * size).equals(answers.subarray(0, size))).toBe(true);

	/* without a reset they go on from where they were, but for those that read nothing of what they keep */
	const twice = runEngine(directory, [model], Buffer.concat([inputs, inputs])).output;
	expect(twice.subarray(0, size).equals(answers.subarray(0, size))).toBe(true);
	expect(twice.subarray(size).equals(twice.subarray(0, size))).toBe(
		/without_past|near_half|two_containers|saturated_gates/.test(model),
	);
});
