import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of all files below a directory, in a stable order; `enter` says which directories to look into, by name. */
export function filesBelow(directory: string, enter: (name: string) => boolean = () => true): string[] {
	return readdirSync(directory, { withFileTypes: true })
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap((entry) => {
			const path = join(directory, entry.name);
			if (!entry.isDirectory()) return [path];
			return enter(entry.name) ? filesBelow(path, enter) : [];
		});
}

/**
 * Writes a file whole or not at all, since another process may read it just now; leaves one alone that says the same,
 * so that nothing is made anew from it.
 */
export function writeChanged(path: string, content: string | Uint8Array): void {
	const bytes = Buffer.from(content);
	if (statSync(path, { throwIfNoEntry: false }) && bytes.equals(readFileSync(path))) return;
	const temporary = `${path}.${process.pid}`;
	writeFileSync(temporary, bytes);
	renameSync(temporary, path);
}
