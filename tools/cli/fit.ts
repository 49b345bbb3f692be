/**
 * `npm run fit -- MODEL.tflite [--board ID] [--json] [--picture FILE.svg]`: on which microcontrollers a model fits, with how
 * much to spare, and what to shrink where it does not. Exit status 1: it does not fit the board; 2: it is no model that the
 * engine runs.
 */

import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { microcontroller, microcontrollers } from "../training/fit/catalogue";
import { fitAll, fitOn } from "../training/fit/fit";
import { plotFits } from "../training/fit/plot";
import { adviceLines, boardLines, factLines, fitTable } from "../training/fit/table";
import { gatherFacts, UnfitError } from "./facts";
import { countingAdvice } from "./instructions";

const usage = `usage: npm run fit -- MODEL.tflite [--board ID] [--json] [--picture FILE.svg]
  --board ID  all about one microcontroller: ${microcontrollers.map(({ id }) => id).join(", ")}
  --json      everything, for programs
  --picture FILE.svg   memory against power of all of them, and what the model needs`;

async function main(): Promise<number> {
	const { positionals, values } = parseArgs({
		allowPositionals: true,
		options: { board: { type: "string" }, json: { type: "boolean" }, picture: { type: "string" } },
	});
	const board = microcontrollers.find(({ id }) => id === values.board);
	if (positionals.length !== 1 || (values.board !== undefined && !board)) {
		console.error(usage);
		return 2;
	}
	const path = positionals[0]!;
	const facts = await gatherFacts(path);
	const fits = board ? [fitOn(facts, microcontroller(board.id))] : fitAll(facts);
	const verdict = board && !fits[0]!.fits ? 1 : 0;
	if (values.picture !== undefined) {
		await writeFile(values.picture, plotFits(fitAll(facts), `Where ${basename(path)} fits`));
	}
	if (values.json) {
		console.log(JSON.stringify({ file: path, facts, fits }, undefined, "\t"));
		return verdict;
	}
	const head = [basename(path), ...factLines(facts), ""];
	const note = facts.instructions
		? "* estimated from instructions counted on emulated Xtensa cores, and data sheets' currents; not measured"
		: `Times are missing: they take golden rows in the model, and ${countingAdvice}`;
	const body = board ? boardLines(fits[0]!) : [...fitTable(fits), "", ...adviceLines(fits), "", note];
	console.log([...head, ...body].join("\n"));
	return verdict;
}

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof UnfitError)) throw error;
	console.error(error.message);
	process.exitCode = 2;
}
