import { readdirSync } from "node:fs";
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
