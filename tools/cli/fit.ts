/** `npm run fit`: on which microcontrollers a model fits, with how much to spare, and what to shrink where it does not. */

import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { microcontrollers } from "../training/fit/catalogue";
import { fitAll, fitOn } from "../training/fit/fit";
import { plotFits } from "../training/fit/plot";
import { adviceLines, boardLines, factLines, fitTable } from "../training/fit/table";
import { runCommand, UsageError } from "./command-line";
import { gatherFacts } from "./facts";
import { countingAdvice } from "./instructions";

const ids = microcontrollers.map(({ id }) => id).join(", ");

const usage = `usage: npm run fit -- FILE.tflite [options]
  --board ID        all about one microcontroller: ${ids}
  --json            everything, for programs
  --picture FILE    memory against power of all of them, and what the model needs, as SVG
  --help            prints this
Ends with 1 when the model does not fit the board, with 2 when the file is no model that the engine runs.`;

await runCommand({
	usage,
	options: { board: { type: "string" }, json: { type: "boolean", default: false }, picture: { type: "string" } },
	words: 1,
	async run(values, [path]) {
		if (path === undefined) throw new UsageError("one model file is to be named, as in models/gesture.tflite");
		const board = microcontrollers.find(({ id }) => id === values.board);
		if (values.board !== undefined && !board)
			throw new UsageError(`there is no board ${values.board}; there are ${ids}`);
		const facts = await gatherFacts(path);
		const fits = board ? [fitOn(facts, board)] : fitAll(facts);
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
	},
});
