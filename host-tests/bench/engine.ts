/**
 * `npm run bench:engine`: instructions, memory and code size of the engine on Xtensa and x86-64.
 *
 *	--target lx106|esp32|x86	this one only
 *	--model FILE.tflite		this model only, with FILE.golden beside it
 *	--engine DIRECTORY		another copy of native/engine
 */
import { parseArgs } from "node:util";
import { buildMeasure, compilers, type Name } from "./engine/build";
import { measure } from "./engine/measure";

const { values: options } = parseArgs({
	options: { target: { type: "string" }, model: { type: "string", multiple: true }, engine: { type: "string" } },
});

const targets = (Object.keys(compilers) as Name[]).filter((name) => !options.target || name === options.target);
for (const target of targets) {
	const program = buildMeasure(compilers[target], options.engine);
	for (const model of options.model ?? []) {
		const figures = measure(target, program, model, model.replace(/\.tflite$/, ".golden"));
		console.log(target, model.split("/").at(-1), JSON.stringify(figures));
	}
}
