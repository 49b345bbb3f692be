/** `npm run export -- FILE.tflite --c FILE.h`: writes the model as a C header. */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../simulator/paths";
import { cArray } from "../training/tflite/c-array";
import type { CodeSizes } from "../training/tflite/code-size";
import { ModelFormatError } from "../training/tflite/reader";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { c: { type: "string" } } });
const [path] = positionals;
const header = values.c;
if (path === undefined || positionals.length !== 1 || !header?.endsWith(".h")) {
	console.error("usage: npm run export -- FILE.tflite --c FILE.h");
	process.exit(2);
}

try {
	const file = new Uint8Array(await readFile(path));
	const sizes = JSON.parse(await readFile(resolve(root, "native/engine/code-sizes.json"), "utf8")) as CodeSizes;
	const digest = createHash("sha256").update(file).digest("hex");
	await writeFile(header, cArray(file, { name: basename(header, ".h"), digest, sizes }));
	console.log(`${header}: ${file.length} bytes of model`);
} catch (error) {
	const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR");
	if (!isMissing && !(error instanceof ModelFormatError)) throw error;
	console.error(
		isMissing ? `there is no file ${path}` : `${path} is no model, or a damaged one: ${(error as Error).message}`,
	);
	process.exit(2);
}
