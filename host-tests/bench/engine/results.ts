/** All that is measured, as engine.json keeps it. */
import { statSync } from "node:fs";
import { type Golden, listGoldens } from "../../native/goldens";
import { buildMeasure, compilers, type Name, version } from "./build";
import { type Figures, measure } from "./measure";
import { images, measureSize, type Size } from "./size";

export type Model = Partial<Record<Name, Figures>>;

export interface Results {
	/** What the figures depend on besides the engine. */
	compilers: Partial<Record<Name, string>>;
	models: Record<string, Model>;
	/** On the ESP32's instruction set, with FULLY_CONNECTED's weights widened to 16 bits when opened. */
	widened: Record<string, Figures>;
	sizes: Partial<Record<Name, Record<string, Size>>>;
}

export const names = Object.keys(compilers) as Name[];

/** The networks and the classical models that are recorded, by their names. */
export function models(): Map<string, Golden> {
	const goldens = listGoldens().filter(({ name }) => /^(networks|classical)\//.test(name));
	return new Map(goldens.map((golden) => [golden.name.replace(/^.*\//, ""), golden]));
}

/** Larger models take the same path for each row, and long enough with one. */
const smallModel = 40_000;

export function measureModel(target: Name, program: string, { model, rows }: Golden, widened = false): Figures {
	const count = statSync(model).size < smallModel ? undefined : 1;
	return measure(target, program, model, rows, { rows: count, widened });
}

/** Models that are measured on the ESP32's instruction set with their weights widened as well. */
const widenedModels = ["gest20_int8", "gest6_int8", "mnist56_int8", "mnist32_int8"];

/**
 * The compiler gives ESP32's floating-point unit nothing to do, so that what computes with float32 would tell of the
 * routines in its place.
 */
const isInteger = (name: string) => /_(int8|int16|tree|forest\d*)$/.test(name) && !name.includes("float");

/** Measures all, and tells of what could not be. */
export function measureAll(targets: readonly Name[], directory: string | undefined, fail: (text: string) => void) {
	const results: Results = { compilers: {}, models: {}, widened: {}, sizes: {} };
	for (const target of targets) {
		results.compilers[target] = version(compilers[target]);
		const program = buildMeasure(compilers[target], directory);
		for (const [name, golden] of models()) {
			if (target === "esp32" && !isInteger(name)) continue;
			try {
				const figures = measureModel(target, program, golden);
				results.models[name] = { ...results.models[name], [target]: figures };
				if (target === "esp32" && widenedModels.includes(name))
					results.widened[name] = measureModel(target, program, golden, true);
			} catch (error) {
				fail(`${name} on ${target}: ${(error as Error).message}`);
			}
		}
		if (target === "esp32") continue; // the compiler has no code of its own for it
		results.sizes[target] = Object.fromEntries(
			Object.entries(images).map(([name, operators]) => [name, measureSize(target, operators, directory)]),
		);
	}
	return results;
}
