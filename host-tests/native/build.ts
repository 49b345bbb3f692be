import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where the engine's host build lies. */
export const nativeDirectory = `${root}build/native`;

export interface Build {
	/** Folder under build/native; each variant has its own. */
	name?: string;
	compiler?: string;
	flags?: string;
}

/** Builds libengine.a and engine-run with `make` and gives their folder. */
export function buildEngine({ name = "", compiler = "cc", flags = "-O2 -g" }: Build = {}): string {
	const directory = name ? `${nativeDirectory}/${name}` : nativeDirectory;
	execFileSync("make", ["-s", "-C", `${root}native/engine`, `OUT=${directory}`, `CC=${compiler}`, `CFLAGS=${flags}`], {
		stdio: ["ignore", "inherit", "inherit"],
	});
	return directory;
}

/** Whether a program can be started. */
export function hasProgram(name: string): boolean {
	return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

export interface Run {
	status: number | null;
	output: Buffer;
	errors: string;
}

/** engine-run on rows of raw input values. */
export function runEngine(directory: string, parameters: string[], input: Uint8Array = new Uint8Array()): Run {
	const { status, stdout, stderr } = spawnSync(`${directory}/engine-run`, parameters, {
		input,
		maxBuffer: 64 << 20,
	});
	return { status, output: stdout, errors: stderr.toString() };
}
