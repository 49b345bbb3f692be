/** `npm run export`: writes a model as a C header. */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { root } from "../simulator/paths";
import { cArray } from "../training/tflite/c-array";
import type { CodeSizes } from "../training/tflite/code-size";
import { ModelFormatError } from "../training/tflite/reader";
import { count } from "../training/tflite/table";
import { greatestModel, InputError, readInput, runCommand, UsageError } from "./command-line";

const usage = `usage: npm run export -- FILE.tflite --out FILE.h
  --out FILE.h      the header: the model as an array, its labels, and the operators that it needs
  --help            prints this`;

await runCommand({
	usage,
	options: { out: { type: "string" } },
	words: 1,
	async run({ out }, [path]) {
		if (path === undefined) throw new UsageError("one model file is to be named, as in models/gesture.tflite");
		if (!out?.endsWith(".h")) throw new UsageError("--out names the header, as in model.h");
		const file = await readInput(path, greatestModel);
		const sizes = JSON.parse(await readFile(resolve(root, "native/engine/code-sizes.json"), "utf8")) as CodeSizes;
		const digest = createHash("sha256").update(file).digest("hex");
		let header: string;
		try {
			header = cArray(file, { name: basename(out, ".h"), digest, sizes });
		} catch (error) {
			if (!(error instanceof ModelFormatError)) throw error;
			throw new InputError(`${path} is no model, or a damaged one: ${error.message}`);
		}
		await writeFile(out, header);
		console.log(`${out}: ${count(file.length)} bytes of model`);
		return undefined;
	},
});
