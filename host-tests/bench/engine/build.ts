/** Compiles the engine and the measuring program for a target. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export const engineDirectory = folder("../../../native/engine");
export const programDirectory = folder("target");
const buildDirectory = folder("../../../build/native/bench");

/** `size`: all of the engine made small; `speed`: its operators and what they compute with at -O2, the rest small. */
export type Goal = "size" | "speed";

export interface Compiler {
	name: string;
	command: string;
	/** What runs its programs and counts. */
	emulator: string;
	flags: string[];
	link: string[];
	libraries: string[];
	/** Files of target/ that stand for the machine. */
	platform: string[];
	optimize(source: string, goal: Goal): string;
	/** Folder of the C library that is linked, where it is not the machine's own. */
	library?: string;
	/** Programs and packages that are missing here are brought by this. */
	advice: string;
}

const isKernel = (source: string) => /\/operators\/|\/kernels\/|\/(fixed_point|dot)\w*\.c$/.test(source);
const mixed = (source: string, goal: Goal) => (goal === "speed" && isKernel(source) ? "-O2" : "-Os");

const picolibc = "/usr/lib/xtensa-lx106-elf";
const sections = ["-ffunction-sections", "-fdata-sections"];
const xtensa = ["-std=c99", "-mlongcalls", "-mtext-section-literals", ...sections, "-isystem", `${picolibc}/include`];
const xtensaPlatform = ["start.S", "xtensa.c", ...["integers", "single", "double"].map((file) => `routines/${file}.c`)];
const xtensaAdvice =
	"`apt-get install gcc-xtensa-lx106 picolibc-xtensa-lx106-elf qemu-system-misc` brings what it needs";

const xtensaLibraries = [`-L${picolibc}/lib`, "-lc", "-lm", "-lgcc"];

function xtensaLink(script: string): string[] {
	const options = ["-nostdlib", "-mlongcalls", "-Wl,--gc-sections,--no-warn-rwx-segments"];
	return [...options, "-L", programDirectory, "-T", script, ...xtensaLibraries];
}

export const compilers = {
	lx106: {
		name: "lx106",
		command: "xtensa-lx106-elf-gcc",
		emulator: "qemu-system-xtensa",
		library: picolibc,
		flags: [...xtensa, "-DENGINE_WORD_READS=1"],
		link: xtensaLink("lx106.ld"),
		libraries: xtensaLibraries,
		platform: xtensaPlatform,
		optimize: mixed,
		advice: xtensaAdvice,
	},
	esp32: {
		name: "esp32",
		command: "xtensa-lx106-elf-gcc",
		emulator: "qemu-system-xtensa",
		library: picolibc,
		flags: [...xtensa, "-DESP32=1", "-DENGINE_XTENSA_MAC16=1"],
		link: xtensaLink("esp32.ld"),
		libraries: xtensaLibraries,
		platform: xtensaPlatform,
		optimize: mixed,
		advice: xtensaAdvice,
	},
	x86: {
		name: "x86",
		command: "gcc",
		emulator: "valgrind",
		flags: ["-std=c99", ...sections],
		link: ["-Wl,--gc-sections", "-lm"],
		libraries: [],
		platform: ["host.c"],
		optimize: (_source, goal) => (goal === "speed" ? "-O2" : "-Os"),
		advice: "`apt-get install gcc valgrind` brings what it needs",
	},
} satisfies Record<string, Compiler>;

export type Name = keyof typeof compilers;

/** First line of what the compiler says of itself; undefined when it is not installed. */
export function version({ command }: Compiler): string | undefined {
	const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
	return status === 0 ? stdout.split("\n", 1)[0] : undefined;
}

/** Whether all is here that builds programs and runs them. */
export function isInstalled({ command, emulator, library }: Compiler): boolean {
	const run = [command, emulator].every((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
	return run && (library === undefined || existsSync(library));
}

function filesIn(directory: string, extension: string): string[] {
	return ["", "operators", "kernels"]
		.map((part) => join(directory, part))
		.filter((path) => existsSync(path))
		.flatMap((path) => readdirSync(path).map((file) => join(path, file)))
		.filter((path) => path.endsWith(extension))
		.sort();
}

/** Compiles what is not there yet: an object's name tells all that it is made of. */
export function compile(compiler: Compiler, goal: Goal, sources: string[], directory = engineDirectory): string[] {
	mkdirSync(buildDirectory, { recursive: true });
	const headers = createHash("sha256").update(version(compiler) ?? "");
	for (const header of [...filesIn(directory, ".h"), ...filesIn(programDirectory, ".h")]) {
		headers.update(header.slice(directory.length)).update(readFileSync(header));
	}
	return sources.map((source) => {
		const isRoutine = source.includes("/routines/");
		const level = isRoutine ? [goal === "size" ? "-Os" : "-O2", "-ffreestanding"] : [compiler.optimize(source, goal)];
		const options = [...compiler.flags, ...level];
		const digest = headers.copy().update(options.join(" ")).update(readFileSync(source)).digest("hex").slice(0, 16);
		const object = join(buildDirectory, `${basename(source)}-${digest}.o`);
		if (!existsSync(object)) {
			const parameters = [...options, `-I${directory}`, `-I${programDirectory}`, "-c", source];
			make(compiler, parameters, object);
		}
		return object;
	});
}

export const engineSources = (directory = engineDirectory) => filesIn(directory, ".c");

/** Made beside its place and moved there, so that two builds at once do no harm. */
function make(compiler: Compiler, parameters: string[], output: string): void {
	const made = `${output}.${process.pid}`;
	execFileSync(compiler.command, [...parameters, "-o", made], { stdio: ["ignore", "inherit", "inherit"] });
	renameSync(made, output);
}

export function link(compiler: Compiler, objects: string[], output: string, options: string[] = []): string {
	make(compiler, [...options, ...objects, ...compiler.link], output);
	return output;
}

/** The measuring program with all operators. */
export function buildMeasure(compiler: Compiler, directory = engineDirectory): string {
	const sources = ["measure.c", ...compiler.platform].map((file) => join(programDirectory, file));
	const objects = compile(compiler, "speed", [...engineSources(directory), ...sources], directory);
	const digest = createHash("sha256").update(objects.join()).update(compiler.link.join()).digest("hex").slice(0, 16);
	const program = join(buildDirectory, `measure-${compiler.name}-${digest}`);
	return existsSync(program) ? program : link(compiler, objects, program);
}
