import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { hasProgram, isAsRecorded } from "../optional";
import { buildMeasure, type Compiler, compilers, isInstalled, type Name, version } from "./engine/build";
import { measureModel, models, type Results } from "./engine/results";
import { images, measureSize } from "./engine/size";

/* Counts are the same in each run, so that what is more than noise elsewhere is a change of the engine here. */
const tolerance = 1.02;

const recorded: Results = JSON.parse(readFileSync(new URL("engine.json", import.meta.url), "utf8"));

/** One for each kind of kernel; the others are measured by `npm run bench:engine`. */
const watched: Record<Name, string[]> = {
	lx106: ["gest20_int8", "gest6_float32", "mnist32_int8", "digits_cnn_int8", "stream_int8", "digits_forest10"],
	esp32: ["gest20_int8", "mnist32_int8", "digits_cnn_int8"],
	x86: ["gest20_int8", "mnist32_float32", "digits_cnn_int8"],
};
const watchedImages: Record<Name, string[]> = { lx106: ["FULLY_CONNECTED, LOGISTIC: int8"], esp32: [], x86: [] };

for (const target of Object.keys(watched) as Name[]) {
	const compiler: Compiler = compilers[target];
	const subject = `the engine's cost on ${target}`;
	const possible =
		hasProgram(isInstalled(compiler), subject, compiler.advice) &&
		isAsRecorded(version(compiler), recorded.compilers[target], subject);

	describe.skipIf(!possible)(`not more than recorded on ${target}`, () => {
		let program: string;
		beforeAll(() => {
			program = buildMeasure(compiler);
		});

		test.each(watched[target])("%s", (name) => {
			const before = recorded.models[name]![target]!;
			const now = measureModel(target, program, models().get(name)!);
			expect(now.invoke, "instructions of an inference").toBeLessThanOrEqual(before.invoke * tolerance);
			const opening = (before.verify + before.open) * tolerance;
			expect(now.verify + now.open, "instructions to open").toBeLessThanOrEqual(opening);
			const memory = (before.arena + before.state) * tolerance;
			expect(now.arena + now.state, "bytes of arena and state").toBeLessThanOrEqual(memory);
		});

		test.each(watchedImages[target])("%s", (image) => {
			const before = recorded.sizes[target]![image]!;
			expect(measureSize(target, images[image]!).code, "bytes of code").toBeLessThanOrEqual(before.code * tolerance);
		});
	});
}
