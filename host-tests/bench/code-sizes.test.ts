import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CodeSizes, codeBytes, implementations } from "../../tools/training/tflite/code-size";
import { readModel } from "../../tools/training/tflite/reader";
import { writeModel } from "../../tools/training/tflite/writer";
import { hasProgram, isAsRecorded } from "../optional";
import { arithmetic, convolutional, floats, tree } from "../unit/training/tflite/graphs";
import { compilers, engineDirectory, isInstalled, version } from "./engine/build";
import { measureSize } from "./engine/size";

const sizes: CodeSizes = JSON.parse(readFileSync(`${engineDirectory}/code-sizes.json`, "utf8"));
const graphs = { convolutional, arithmetic, floats, tree };
const modelOf = (name: keyof typeof graphs) =>
	readModel(writeModel({ ...graphs[name](), description: "", metadata: [] }));

describe("recorded sizes of code", () => {
	test("are there for each operator", () => {
		const header = readFileSync(`${engineDirectory}/operators/operators.h`, "utf8");
		const names = [...header.matchAll(/^extern const engine_operator engine_(\w+);/gm)].map(([, name]) => name);
		expect(Object.keys(sizes.operators)).toEqual(names);
	});

	test("count for a model what its operators need, for single types where there are such", () => {
		expect([...implementations(sizes, modelOf("tree"))]).toEqual(["trees"]);
		const used = implementations(sizes, modelOf("convolutional"));
		expect(used).toContain("conv_2d_int8");
		expect(used).toContain("softmax_int8");
		expect(used).toContain("max_pool_2d");
		expect(used).not.toContain("conv_2d");
	});
});

const subject = "recorded sizes of code beside the linker";
const { lx106 } = compilers;
const possible =
	hasProgram(isInstalled(lx106), subject, lx106.advice) && isAsRecorded(version(lx106), sizes.compiler, subject);

/** The linker places some bytes otherwise. Where an engine that changed is further off: `npm run bench:code`. */
const tolerance = 0.01;

describe.skipIf(!possible)(subject, () => {
	test.each(Object.keys(graphs) as (keyof typeof graphs)[])("of the %s graph", (name) => {
		const model = modelOf(name);
		const { code } = measureSize("lx106", [...implementations(sizes, model)]);
		expect(Math.abs(codeBytes(sizes, model) - code)).toBeLessThanOrEqual(tolerance * code);
	});
});
