/** Files and folders as the source of a recipe's data. */

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { generate } from "../training/data/generated";
import { Loader } from "../training/data/loader";
import { limits } from "../training/data/recording";
import type { DataSource, RecordedSource } from "../training/data/source";
import { type ImportReport, problemText, reportText } from "../training/data/summary";
import type { Examples, Split } from "../training/examples";

/** What a source gives: generated motion comes split by device, recordings come whole and with a report. */
export type Loaded =
	| { readonly split: Split; readonly examples?: undefined; readonly report?: undefined }
	| { readonly split?: undefined; readonly examples: Examples; readonly report: ImportReport };

/** There is no such file or folder, or it cannot be read. */
export class PathError extends Error {}

export interface LoadOptions {
	/** Folder of the recipe: a relative path is looked for there first, then in the working directory. */
	readonly folder: string;
	/** Of generated data. */
	readonly seed: number;
}

/** Throws `PathError`, `LoadError` and `WindowError`. */
export async function loadExamples(source: DataSource, options: LoadOptions): Promise<Loaded> {
	if ("generated" === source.kind) return { split: generate({ ...source, seed: options.seed }) };
	return await loadFiles(source, options.folder);
}

/** Files in a folder at most. */
const maximumFiles = 100_000;

async function loadFiles(source: RecordedSource, folder: string): Promise<Loaded> {
	const path = await find(source.path, folder);
	const loader = new Loader(source);
	for (const { name, file } of await list(path)) {
		if (!loader.takes(name)) continue;
		const { size } = await stat(file);
		if (size > limits.file) throw new PathError(`${file} has ${size} bytes; at most ${limits.file} are read`);
		loader.add({ name, bytes: await readFile(file) });
	}
	return loader.finish();
}

async function find(path: string, folder: string): Promise<string> {
	const places = isAbsolute(path) ? [path] : [resolve(folder, path), resolve(path)];
	for (const place of places)
		if (
			await stat(place).then(
				() => true,
				() => false,
			)
		)
			return place;
	throw new PathError(`there is no ${[...new Set(places)].join(" and no ")}`);
}

/** A file itself, or what is in a folder and the folders in it, ordered by name. */
async function list(path: string): Promise<{ name: string; file: string }[]> {
	if ((await stat(path)).isFile()) return [{ name: basename(path), file: path }];
	const entries = await readdir(path, { recursive: true, withFileTypes: true });
	if (entries.length > maximumFiles) throw new PathError(`${path} holds more than ${maximumFiles} files`);
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.map((file) => ({ name: file.slice(path.length + 1).replaceAll("\\", "/"), file }))
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const toldProblems = 20;

/** The report as lines for a terminal: the classes, then the first problems. */
export function loadedText(report: ImportReport): string {
	const { problems } = report;
	const lines = [reportText(report), ...problems.slice(0, toldProblems).map(problemText)];
	if (problems.length > toldProblems) lines.push(`and ${problems.length - toldProblems} more problems`);
	return lines.join("\n");
}
