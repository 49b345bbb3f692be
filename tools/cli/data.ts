/** Files and folders as the source of a recipe's data. */

import { existsSync } from "node:fs";
import { opendir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
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

/** Files in a folder at most, whether they are wanted or not. */
const maximumFiles = 100_000;

async function loadFiles(source: RecordedSource, folder: string): Promise<Loaded> {
	const path = await find(source.path, folder);
	const loader = new Loader(source);
	for (const { name, file } of await explained(path, () => list(path))) {
		if (!loader.takes(name)) continue;
		const bytes = await explained(file, async () => {
			const { size } = await stat(file);
			if (size > limits.file) throw new PathError(`${file} has ${size} bytes; at most ${limits.file} are read`);
			return await readFile(file);
		});
		loader.add({ name, bytes });
	}
	return loader.finish();
}

/** Turns what the file system refuses into a `PathError`. */
async function explained<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
	try {
		return await read();
	} catch (error) {
		if (undefined === (error as NodeJS.ErrnoException).code) throw error;
		throw new PathError(`${path} cannot be read: ${(error as Error).message}`);
	}
}

async function find(path: string, folder: string): Promise<string> {
	const places = [...new Set([resolve(folder, path), resolve(path)])];
	const place = places.find((place) => existsSync(place));
	if (undefined === place) throw new PathError(`there is no ${places.join(" and no ")}`);
	return place;
}

/** A file itself, or the files in a folder and the folders in it, ordered by name. */
async function list(path: string): Promise<{ name: string; file: string }[]> {
	if (!(await stat(path)).isDirectory()) return [{ name: basename(path), file: path }];
	const files: { name: string; file: string }[] = [];
	const folders = [""];
	for (let prefix = folders.pop(); undefined !== prefix; prefix = folders.pop())
		for await (const entry of await opendir(join(path, prefix))) {
			const name = `${prefix}${entry.name}`;
			const file = join(path, name);
			// A link may lead to a file; one to a folder could lead round in a circle.
			if (entry.isDirectory()) folders.push(`${name}/`);
			else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(file)).isFile())) files.push({ name, file });
			if (files.length + folders.length > maximumFiles)
				throw new PathError(`${path} holds more than ${maximumFiles} files`);
		}
	return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const toldProblems = 20;

/** The report as lines for a terminal: the classes, then the first problems. */
export function loadedText(report: ImportReport): string {
	const { problems } = report;
	const lines = [reportText(report), ...problems.slice(0, toldProblems).map(problemText)];
	if (problems.length > toldProblems) lines.push(`and ${problems.length - toldProblems} more problems`);
	return lines.join("\n");
}
