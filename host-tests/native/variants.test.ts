import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { buildEngine, canBuild, engineDirectory, runEngine, sanitizers } from "./build";
import { byteLength, type Info } from "./compare";
import { listGoldens, readRows } from "./goldens";

/* Operators for one type alone, and those that keep their weights widened: the recorded outputs to the bit. */

const goldens = listGoldens().filter(({ name }) => /^(conv_2d|depthwise_conv_2d|fully_connected)\//.test(name));
const single = goldens.filter(({ name }) => /\/(int8|int16|float)_/.test(name));
const expanded = goldens.filter(({ name }) => /^conv_2d\/int8_/.test(name));

const sanitized = { name: "sanitizers", compiler: "clang", flags: sanitizers };
const build = canBuild(sanitized) ? sanitized : { name: "", compiler: "cc", flags: "-O2 -g" };
/* LeakSanitizer would tell of memory that the program leaves to its end */
const environment = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
let directory: string;

beforeAll(() => {
	directory = buildEngine(build);
	const source = fileURLToPath(new URL("variants.c", import.meta.url));
	const files = [`-I${engineDirectory}`, source, `${directory}/libengine.a`, "-lm", "-o", `${directory}/variants`];
	execFileSync(build.compiler, [...build.flags.split(" "), "-std=c99", "-Wall", "-Wextra", "-Wconversion", ...files]);
});

function run(variant: string, model: string, rows: string) {
	const info: Info = JSON.parse(runEngine(directory, ["--info", model]).output.toString());
	const { inputs, outputs } = readRows(rows, byteLength(info.inputs), byteLength(info.outputs));
	const result = spawnSync(`${directory}/variants`, [variant, model], { input: inputs, env: environment });
	expect(result.stderr.toString()).toBe("");
	expect(result.stdout.equals(outputs)).toBe(true);
}

test.each(single)("$name with operators of a single type", ({ model, rows }) => run("single", model, rows));
test.each(expanded)("$name with expanded weights", ({ model, rows }) => run("expanded", model, rows));

test("an operator of another type is not at hand", () => {
	const { model } = expanded.find(({ name }) => name === "conv_2d/int8_same")!;
	const other = model.replace("int8_same", "float_same");
	const { status, stderr } = spawnSync(`${directory}/variants`, ["expanded", other], { input: "" });
	expect({ status, errors: stderr.toString() }).toEqual({ status: 2, errors: "error 403\n" });
});
