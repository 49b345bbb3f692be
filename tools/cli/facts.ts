/** What a model file needs of a device: read from it, told by the engine, counted where an emulator is here. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { root } from "../simulator/paths";
import { engineStack, type ModelFacts, readFacts } from "../training/fit/facts";
import { goldenEntry } from "../training/goldens";
import { type CodeSizes, codeBytes } from "../training/tflite/code-size";
import { type ModelFile, ModelFormatError, readModel } from "../training/tflite/reader";
import { greatestModel, InputError, readInput } from "./command-line";
import { examine } from "./engine";
import { countInstructions } from "./instructions";

/** The file is no model that the engine runs. */
export class UnfitError extends InputError {}

/** `rows`: golden rows to count instructions on, the model's own when absent. Throws `UnfitError`. */
export async function gatherFacts(path: string, rows?: Uint8Array): Promise<ModelFacts> {
	const bytes = await readInput(path, greatestModel);
	let model: ModelFile;
	try {
		model = readModel(bytes);
	} catch (error) {
		if (!(error instanceof ModelFormatError)) throw error;
		throw new UnfitError(`${path} is no model, or a damaged one: ${error.message}`);
	}
	const { verdict } = await examine(path);
	if ("error" in verdict)
		throw new UnfitError(`the engine does not run ${path} (error ${verdict.error}): ${verdict.text}`);
	const sizes = JSON.parse(await readFile(resolve(root, "native/engine/code-sizes.json"), "utf8")) as CodeSizes;
	const facts = readFacts(model);
	const goldens = rows ?? model.metadata.find(({ name }) => name === goldenEntry)?.data;
	const floats = facts.layers.some(({ floatBytes }) => floatBytes > 0);
	const instructions = goldens && (await countInstructions(bytes, { goldens, floats }));
	return {
		...facts,
		fileBytes: bytes.length,
		codeBytes: codeBytes(sizes, model),
		arena: verdict.arena,
		state: verdict.state,
		work: verdict.work,
		stack: engineStack,
		...(instructions && { instructions }),
	};
}
