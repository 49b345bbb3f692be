/** Builds the simulator's host: the XS engine, the host around it, the apps' C sources, and the supervisor's bundle. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as esbuild from "esbuild";
import { readApplication } from "./application";
import { CommandError, run } from "./command";
import { filesBelow, writeChanged } from "./files";
import { withLock } from "./lock";
import { findNatives, writeIdentifiers, writeTable } from "./natives";
import { generated, output, root, sdk } from "./paths";
import { fetchXS } from "./xs";

/** `debug` has xsbug's protocol and lines in stacks; `release32` has a board's 16-byte slots. */
export type BuildKind = "debug" | "release" | "release32";

export interface Host {
	readonly executable: string;
	/** The supervisor's bundle. */
	readonly supervisor: string;
}

/** The host cannot be built here; the message says what is missing or what the compiler said. */
export class BuildError extends Error {
	override name = "BuildError";
}

const hostDirectory = join(root, "tools/simulator/host");

/** Whether gcc here makes 32-bit programs, which `release32` needs. */
export async function compiles32Bit(): Promise<boolean> {
	const directory = mkdtempSync(join(tmpdir(), "probe-"));
	try {
		const source = join(directory, "probe.c");
		writeFileSync(source, "#include <stdlib.h>\nint main(void) { return 0; }\n");
		await run("gcc", ["-m32", "-o", join(directory, "probe"), source]);
		return true;
	} catch (error) {
		if (error instanceof CommandError) return false;
		throw error;
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** C sources that go into the host: those of the simulator's part of the SDK, of the project, and of `apps`' manifests. */
function collectSources(apps: readonly string[]): { sources: string[]; includes: string[] } {
	const sources = new Set(filesBelow(sdk).filter((path) => path.endsWith(".c")));
	const includes = new Set(filesBelow(sdk).flatMap((path) => (path.endsWith(".h") ? [dirname(path)] : [])));
	const manifests = filesBelow(join(root, "native")).filter((path) => path.endsWith("/manifest.json"));
	for (const path of [...manifests, ...apps]) {
		const manifest = readApplication(path);
		for (const source of manifest.natives) sources.add(source);
		for (const include of manifest.includes) includes.add(include);
	}
	return { sources: [...sources].sort(), includes: [...includes].sort() };
}

export interface HostOptions {
	readonly kind?: BuildKind;
	/** Manifests of apps outside of the project that bring C sources. */
	readonly apps?: readonly string[];
	/** Told what takes time, a line each; standard error by default. */
	readonly progress?: (line: string) => void;
}

/** What this process has built, by kind and sources: they are looked at once. */
const hosts = new Map<string, Promise<Host>>();

/**
 * Builds what has changed; one process at a time. Throws `BuildError`, or `FetchError` when the engine's sources
 * cannot be had.
 */
export async function buildHost(options: HostOptions = {}): Promise<Host> {
	const { kind = "debug", apps = [], progress = (line: string) => console.error(line) } = options;
	const collected = collectSources(apps);
	const key = JSON.stringify([kind, collected]);
	let host = hosts.get(key);
	if (host === undefined) {
		host = build(kind, collected, progress);
		hosts.set(key, host);
		host.catch(() => hosts.delete(key));
	}
	return host;
}

function build(
	kind: BuildKind,
	collected: ReturnType<typeof collectSources>,
	progress: (line: string) => void,
): Promise<Host> {
	const lock = join(output, "lock");
	return withLock(
		lock,
		async () => {
			const xs = await fetchXS({ directory: join(root, "build/xs"), progress });
			if (kind === "release32" && !(await compiles32Bit()))
				throw new BuildError("gcc cannot make 32-bit programs here; `apt-get install gcc-multilib` adds that");
			const executable = await make(kind, xs, collected, progress);
			return { executable, supervisor: await bundleSupervisor() };
		},
		() => progress(`Waiting for another process that builds the simulator (if there is none, remove ${lock}) …`),
	);
}

async function make(
	kind: BuildKind,
	xs: string,
	{ sources, includes }: { sources: string[]; includes: string[] },
	progress: (line: string) => void,
): Promise<string> {
	const texts = sources.map((path) => ({ path, text: readFileSync(path, "utf8") }));
	mkdirSync(generated, { recursive: true });
	const table = join(generated, "natives.c");
	writeChanged(table, writeTable(findNatives(texts)));
	writeChanged(join(generated, "mc.xs.h"), writeIdentifiers(texts));

	const directory = join(output, kind);
	const executable = join(directory, "simulator");
	const parameters = [
		"-C",
		hostDirectory,
		`CONFIG=${kind}`,
		`XS=${join(xs, "moddable/xs")}`,
		`MODULES=${join(xs, "moddable/modules")}`,
		`OUT=${directory}`,
		`NATIVES=${sources.join(" ")}`,
		`INCLUDES=${[generated, ...includes].join(" ")}`,
		`TABLE=${table}`,
		`-j${availableParallelism()}`,
	];
	// The Makefile tells of each file; nothing is said when there is nothing to make.
	let told = "";
	const onOutput = (text: string) => {
		const line = /^engine /m.test(text)
			? `Building the XS engine (${kind}), about 20 s …`
			: told || `Building what has changed of the simulator (${kind}) …`;
		if (line !== told) progress(line);
		told = line;
	};
	try {
		await run("make", ["--silent", ...parameters], { onOutput });
	} catch (error) {
		throw explain(kind, error);
	}
	return executable;
}

function explain(kind: BuildKind, error: unknown): unknown {
	if (!(error instanceof CommandError)) return error;
	const reason =
		error.code === null
			? "make could not be run; `apt-get install build-essential` brings it and gcc"
			: `make gave exit code ${error.code}`;
	const complaints = error.printed.replace(/^(engine|host|native|link) .*\n/gm, "");
	return new BuildError(`the simulator (${kind}) was not built: ${reason}\n${complaints}`);
}

/** The program that runs in the supervisor's machine, as one file; its map is beside it for those who read its stacks. */
async function bundleSupervisor(): Promise<string> {
	const bundle = join(output, "supervisor.js");
	const result = await esbuild.build({
		absWorkingDir: root,
		entryPoints: [join(root, "tools/simulator/supervisor/main.ts")],
		outfile: bundle,
		bundle: true,
		write: false,
		format: "esm",
		target: "es2022",
		charset: "utf8",
		sourcemap: "external",
		sourcesContent: false,
		tsconfig: join(root, "tools/simulator/supervisor/tsconfig.json"),
		logLevel: "silent",
	});
	for (const { path, text } of result.outputFiles) writeChanged(path, text);
	return bundle;
}
