/**
 * `npm run bench:engine`: instructions, memory and code size of the engine on Xtensa and x86-64, beside others.
 *
 *	--update			keep the figures in engine.json and in the engine's README
 *	--target lx106|esp32|x86	this one only
 *	--model FILE.tflite		this model only, with FILE.golden beside it
 *	--engine DIRECTORY		another copy of native/engine
 *	--widened			with FULLY_CONNECTED's int8 weights widened, with --model
 *	--profile			where the instructions go on Xtensa, with --model
 *	--list NAME			and each instruction of the functions whose names hold this
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nativeDirectory } from "../native/build";
import { buildMeasure, compilers, engineDirectory } from "./engine/build";
import { measure } from "./engine/measure";
import { profile } from "./engine/profile";
import { report } from "./engine/report";
import { measureAll, names } from "./engine/results";

const { values: options } = parseArgs({
	options: {
		update: { type: "boolean" },
		target: { type: "string" },
		model: { type: "string", multiple: true },
		engine: { type: "string" },
		widened: { type: "boolean", default: false },
		profile: { type: "boolean" },
		list: { type: "string" },
	},
});

const targets = names.filter((name) => !options.target || name === options.target);

async function measureModels(models: readonly string[]): Promise<void> {
	for (const target of targets) {
		const program = buildMeasure(compilers[target], options.engine);
		for (const model of models) {
			const golden = model.replace(/\.tflite$/, ".golden");
			if (options.profile) await profile(target, program, model, golden, options.widened, options.list);
			else console.log(target, model, JSON.stringify(measure(target, program, model, golden, options)));
		}
	}
}

/** Replaces what lies between the marks. */
function updateReadme(text: string): void {
	const path = join(engineDirectory, "README.md");
	const readme = readFileSync(path, "utf8");
	const marked = /(<!-- bench:engine -->\n)[\s\S]*(<!-- end of bench:engine -->)/;
	if (!marked.test(readme)) throw new Error(`${path} has no place for the figures`);
	writeFileSync(
		path,
		readme.replace(marked, (_all, begin, end) => `${begin}\n${text}\n\n${end}`),
	);
}

function measureEverything(): void {
	const failures: string[] = [];
	const results = measureAll(targets, options.engine, (text) => failures.push(text));
	const json = `${JSON.stringify(results, undefined, "\t")}\n`;
	const text = report(results);
	console.log(text);
	for (const failure of failures) console.error(failure);
	if (failures.length > 0) process.exitCode = 1;
	mkdirSync(nativeDirectory, { recursive: true });
	writeFileSync(join(nativeDirectory, "engine.json"), json);
	if (!options.update) return;
	if (options.target || failures.length > 0) throw new Error("only complete figures are kept");
	writeFileSync(fileURLToPath(new URL("engine.json", import.meta.url)), json);
	updateReadme(text);
}

if (options.model) await measureModels(options.model);
else measureEverything();
