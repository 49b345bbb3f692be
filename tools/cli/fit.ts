/**
 * `npm run fit -- MODEL.tflite [--board ID] [--json]`: on which microcontrollers a model fits, with how much to spare, and
 * what to shrink where it does not. Exit status 1: it does not fit the board; 2: it is no model that the engine runs.
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../simulator/paths";
import { microcontroller, microcontrollers } from "../training/fit/catalogue";
import { engineStack, type ModelFacts, readFacts } from "../training/fit/facts";
import { fitAll, fitOn } from "../training/fit/fit";
import { adviceLines, boardLines, factLines, fitTable } from "../training/fit/table";
import { type CodeSizes, codeBytes } from "../training/tflite/code-size";
import { type ModelFile, ModelFormatError, readModel } from "../training/tflite/reader";
import { examine } from "./engine";
import { countInstructions, countingAdvice } from "./instructions";

const usage = `usage: npm run fit -- MODEL.tflite [--board ID] [--json]
  --board ID  all about one microcontroller: ${microcontrollers.map(({ id }) => id).join(", ")}
  --json      everything, for programs`;

/** The file is no model that the engine runs, or there is none. */
class UnfitError extends Error {}

async function gather(path: string): Promise<ModelFacts> {
	if (!existsSync(path)) throw new UnfitError(`there is no file ${path}`);
	const bytes = new Uint8Array(await readFile(path));
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
	const goldens = model.metadata.find(({ name }) => name === "TMLAAS_GOLDEN")?.data;
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

async function main(): Promise<number> {
	const { positionals, values } = parseArgs({
		allowPositionals: true,
		options: { board: { type: "string" }, json: { type: "boolean" } },
	});
	const board = microcontrollers.find(({ id }) => id === values.board);
	if (positionals.length !== 1 || (values.board !== undefined && !board)) {
		console.error(usage);
		return 2;
	}
	const path = positionals[0]!;
	const facts = await gather(path);
	const fits = board ? [fitOn(facts, microcontroller(board.id))] : fitAll(facts);
	const verdict = board && !fits[0]!.fits ? 1 : 0;
	if (values.json) {
		console.log(JSON.stringify({ file: path, facts, fits }, undefined, "\t"));
		return verdict;
	}
	console.log([basename(path), ...factLines(facts), ""].join("\n"));
	if (board) console.log(boardLines(fits[0]!).join("\n"));
	else {
		console.log([...fitTable(fits), "", ...adviceLines(fits)].join("\n"));
		if (facts.instructions) {
			console.log(
				"\n* estimated from instructions counted on emulated Xtensa cores, and data sheets' currents; not measured",
			);
		} else console.log(`\nTimes are missing: they take golden rows in the model, and ${countingAdvice}`);
	}
	return verdict;
}

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof UnfitError)) throw error;
	console.error(error.message);
	process.exitCode = 2;
}
