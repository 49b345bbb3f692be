import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesBelow, writeChanged } from "../../../tools/simulator/files";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("finds files of all directories, or of those that are to be entered", () => {
	for (const name of ["b", "a/deep", "node_modules"]) mkdirSync(join(directory, name), { recursive: true });
	for (const name of ["z", "b/y", "a/x", "a/deep/w", "node_modules/v"]) writeFileSync(join(directory, name), "");
	const names = (paths: string[]) => paths.map((path) => path.slice(directory.length + 1));
	expect(names(filesBelow(directory))).toEqual(["a/deep/w", "a/x", "b/y", "node_modules/v", "z"]);
	expect(names(filesBelow(directory, (name) => name !== "node_modules"))).toEqual(["a/deep/w", "a/x", "b/y", "z"]);
});

test("writes what has changed, leaves what has not, and nothing beside it", () => {
	const path = join(directory, "file");
	const file = () => statSync(path).ino;
	writeChanged(path, "one");
	const before = file();
	writeChanged(path, "one");
	expect(file()).toBe(before);
	writeChanged(path, "two");
	expect(readFileSync(path, "utf8")).toBe("two");
	expect(file()).not.toBe(before);
	expect(readdirSync(directory)).toEqual(["file"]);
});
