/** Counts a model's instructions on emulated Xtensa cores, where a compiler and an emulator for them are installed. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildMeasure, compilers, isInstalled } from "../../host-tests/bench/engine/build";
import { measure } from "../../host-tests/bench/engine/measure";
import type { Core } from "../training/fit/catalogue";

/** Packages that bring what counting needs. */
export const countingAdvice = compilers.lx106.advice;

export interface Counted {
	/** Rows as in TMLAAS_GOLDEN: u32 count, then each row's input and output. The count is the mean of them. */
	readonly goldens: Uint8Array;
	/** Whether weights are floats: the compiler at hand knows nothing of the LX6's floating-point unit. */
	readonly floats: boolean;
}

/**
 * Instructions of one inference, all operators at -O2; undefined where compiler or emulator are missing. Throws when an
 * output is not the golden one.
 */
export async function countInstructions(
	model: Uint8Array,
	{ goldens, floats }: Counted,
): Promise<Partial<Record<Core, number>> | undefined> {
	if (!isInstalled(compilers.lx106)) return undefined;
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-count-"));
	try {
		const [file, golden] = [join(directory, "model.tflite"), join(directory, "golden")];
		await writeFile(file, model);
		await writeFile(golden, goldens);
		const count = (target: "lx106" | "esp32") => measure(target, buildMeasure(compilers[target]), file, golden).invoke;
		return { "Xtensa LX106": count("lx106"), ...(!floats && { "Xtensa LX6": count("esp32") }) };
	} finally {
		await rm(directory, { recursive: true });
	}
}
