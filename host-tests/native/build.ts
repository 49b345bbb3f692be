import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where the engine's host builds lie. */
export const nativeDirectory = `${root}build/native`;

/** The engine's sources. */
export const engineDirectory = `${root}native/engine`;

/** Finds out-of-bounds access and undefined behaviour, and ends the program at the first. */
export const sanitizers = "-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all";

export interface Build {
	/** Folder under build/native; each variant has its own. */
	name?: string;
	compiler?: string;
	flags?: string;
	/** What runs the programs of another machine. */
	emulator?: string;
}

/** Builds libengine.a and engine-run with `make` and gives their folder. */
export function buildEngine({ name = "", compiler = "cc", flags = "-O2 -g" }: Build = {}): string {
	const directory = name ? `${nativeDirectory}/${name}` : nativeDirectory;
	execFileSync("make", ["-s", "-C", engineDirectory, `OUT=${directory}`, `CC=${compiler}`, `CFLAGS=${flags}`], {
		stdio: ["ignore", "inherit", "inherit"],
	});
	return directory;
}

/** Whether a compiler is there and can link a program with these flags, and what runs it is there as well. */
export function canBuild({ compiler = "cc", flags = "", emulator }: Build): boolean {
	const parameters = ["-x", "c", ...flags.split(" ").filter(Boolean), "-o", "/dev/null", "-"];
	if (emulator && spawnSync(emulator, ["--version"]).status !== 0) return false;
	return spawnSync(compiler, parameters, { input: "#include <stdio.h>\nint main(void) { return 0; }\n" }).status === 0;
}

export interface Run {
	status: number | null;
	output: Buffer;
	errors: string;
}

/** engine-run on rows of raw input values. */
export function runEngine(
	directory: string,
	parameters: string[],
	input: Uint8Array = new Uint8Array(),
	emulator?: string,
): Run {
	const [program, ...words] = [...(emulator ? [emulator] : []), `${directory}/engine-run`, ...parameters];
	const { status, stdout, stderr } = spawnSync(program!, words, {
		input,
		maxBuffer: 64 << 20,
	});
	return { status, output: stdout, errors: stderr.toString() };
}
