/**
 * `npm run bench:engine`: instructions, memory and code size of the engine on Xtensa and x86-64.
 *
 *	--target lx106|esp32|x86	this one only
 *	--model FILE.tflite		this model only, with FILE.golden beside it
 *	--engine DIRECTORY		another copy of native/engine
 *	--profile			where the instructions go on Xtensa, with --model
 *	--list NAME			and each instruction of the functions whose names hold this
 */
import { parseArgs } from "node:util";
import { buildMeasure, compilers, type Name } from "./engine/build";
import { measure } from "./engine/measure";
import { profile } from "./engine/profile";

const { values: options } = parseArgs({
	options: {
		target: { type: "string" },
		model: { type: "string", multiple: true },
		engine: { type: "string" },
		profile: { type: "boolean" },
		list: { type: "string" },
	},
});

const targets = (Object.keys(compilers) as Name[]).filter((name) => !options.target || name === options.target);
for (const target of targets) {
	const program = buildMeasure(compilers[target], options.engine);
	for (const model of options.model ?? []) {
		if (options.profile) {
			await profile(target, program, model, model.replace(/\.tflite$/, ".golden"), options.list);
			continue;
		}
		const figures = measure(target, program, model, model.replace(/\.tflite$/, ".golden"));
		console.log(target, model.split("/").at(-1), JSON.stringify(figures));
	}
}
