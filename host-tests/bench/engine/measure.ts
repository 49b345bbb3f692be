/** Runs the measuring program on a model and its recorded rows. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteLength, compareRows } from "../../native/compare";
import type { Name } from "./build";

export interface Figures {
	/** Instructions of one engine_invoke: the mean over the rows. */
	invoke: number;
	/** Instructions to check the model and to place its tensors. */
	verify: number;
	/** Instructions to prepare the operators. */
	open: number;
	work: number;
	state: number;
	arena: number;
	/** Bytes of stack; 0 where it is not told. */
	openStack: number;
	invokeStack: number;
}

interface Raw {
	outputs: Buffer;
	figures: Map<string, number[]>;
}

/** 5.12 ticks for each instruction: see target/xtensa.c. The second reading of the counter is one of them. */
const instructions = (ticks: number) => Math.floor((ticks * 25 + 64) / 128) - 1;

/** QEMU reads a MAC16 register that was loaded in the same block of code as it was before, but for single steps. */
const cores = { lx106: ["-cpu", "lx106"], esp32: ["-cpu", "de233_fpu", "-singlestep"] };

export const emulator = (target: "lx106" | "esp32", program: string) => [
	...["-M", "sim", "-m", "64M", ...cores[target], "-kernel", program],
	...["-semihosting", "-icount", "shift=7,sleep=off"],
	...["-display", "none", "-monitor", "none", "-serial", "none"],
];

/** The C library chooses among its functions by the processor; these are the same on each. */
const anyProcessor = "glibc.cpu.hwcaps=-AVX2,-AVX,-FMA,-FMA4,-ERMS,-FSRM,-AVX512F,-AVX512VL,-AVX2_Usable,-FMA_Usable";

function run(command: string, parameters: readonly string[], directory: string): string {
	const { status, stderr, error } = spawnSync(command, parameters, {
		cwd: directory,
		stdio: ["ignore", "ignore", "pipe"],
		encoding: "utf8",
		timeout: 300_000,
		env: { ...process.env, GLIBC_TUNABLES: anyProcessor },
	});
	if (status !== 0) throw new Error(`${command} ended with ${status ?? error}: ${stderr.slice(-2_000)}`);
	return stderr;
}

function collect(directory: string): Raw {
	const figures = new Map<string, number[]>();
	for (const line of readFileSync(join(directory, "figures"), "utf8").split("\n").filter(Boolean)) {
		const [name = "", value] = line.split(" ");
		figures.set(name, [...(figures.get(name) ?? []), Number(value)]);
	}
	return { figures, outputs: readFileSync(join(directory, "outputs")) };
}

/*
 * The recorded float32 values were made with another C library, whose expf differs from the ones here by some units in
 * the last place. A kernel SVM adds a thousand of those.
 */
const tolerance = 2 ** -18;

function checkOutputs({ figures, outputs }: Raw, golden: Buffer, rows: number): void {
	const types = figures.get("output_type") ?? [];
	const described = (figures.get("output_bytes") ?? []).map((byteLength, i) => ({
		datatype: types[i] === 0 ? "FP32" : "integer",
		byteLength,
	}));
	const length = byteLength(described);
	const rowLength = (golden.length - 4) / golden.readUInt32LE(0);
	const ends = Array.from({ length: rows }, (_, row) => 4 + (row + 1) * rowLength);
	const expected = Buffer.concat(ends.map((end) => golden.subarray(end - length, end)));
	const { differences } = compareRows(expected, outputs, described, tolerance);
	if (differences.length > 0) throw new Error(differences.join("\n"));
}

const mean = (values: number[]) => Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);

export interface Options {
	/** At most so many are run. */
	rows?: number;
	/** FULLY_CONNECTED keeps int8 weights in memory with 16 bits each. */
	widened?: boolean;
}

/** A folder with the files that the measuring program reads and writes. */
export function prepare(model: string, golden: string, { rows = 1_000, widened = false }: Options) {
	const directory = mkdtempSync(join(tmpdir(), "bench-engine-"));
	const input = readFileSync(golden);
	const count = Math.min(rows, input.readUInt32LE(0));
	writeFileSync(join(directory, "model"), readFileSync(model));
	writeFileSync(join(directory, "golden"), input);
	const file = openSync(join(directory, "golden"), "r+");
	writeSync(file, Uint32Array.of(count));
	closeSync(file);
	writeFileSync(join(directory, "figures"), "");
	writeFileSync(join(directory, "outputs"), "");
	if (widened) writeFileSync(join(directory, "widened"), "1");
	return { directory, golden: input, rows: count, remove: () => rmSync(directory, { recursive: true }) };
}

/** Counts, and throws when an output is not the recorded one. */
export function measure(target: Name, program: string, model: string, golden: string, options: Options = {}): Figures {
	const run = prepare(model, golden, options);
	try {
		return target === "x86"
			? measureHost(program, run.directory, run.golden, run.rows)
			: measureXtensa(target, program, run.directory, run.golden, run.rows);
	} finally {
		run.remove();
	}
}

function read(directory: string, golden: Buffer, rows: number): (name: string) => number[] {
	const raw = collect(directory);
	const error = raw.figures.get("error")?.[0];
	if (error !== 0) throw new Error(`the model is refused: ${error}`);
	checkOutputs(raw, golden, rows);
	return (name) => raw.figures.get(name) ?? [];
}

function measureXtensa(
	target: "lx106" | "esp32",
	program: string,
	directory: string,
	golden: Buffer,
	rows: number,
): Figures {
	run("qemu-system-xtensa", emulator(target, program), directory);
	const figures = read(directory, golden, rows);
	return {
		invoke: mean(figures("invoke").map(instructions)),
		verify: instructions(figures("verify")[0]!),
		open: instructions(figures("open")[0]!),
		work: figures("work")[0]!,
		state: figures("state")[0]!,
		arena: figures("arena")[0]!,
		openStack: figures("open_stack")[0]!,
		invokeStack: Math.max(...figures("invoke_stack")),
	};
}

/** callgrind writes what was run between two readings of the counter into a file of its own. */
function measureHost(program: string, directory: string, golden: Buffer, rows: number): Figures {
	const out = join(directory, "counts");
	const options = [`--callgrind-out-file=${out}`, "--dump-before=platform_instructions"];
	run("valgrind", ["--tool=callgrind", ...options, program], directory);
	const figures = read(directory, golden, rows);
	const until = (reading: number) => Number(/^totals: (\d+)/m.exec(readFileSync(`${out}.${reading}`, "utf8"))?.[1]);
	return {
		invoke: mean(Array.from({ length: rows }, (_, row) => until(5 + 2 * row))),
		verify: until(2),
		open: until(3),
		work: figures("work")[0]!,
		state: figures("state")[0]!,
		arena: figures("arena")[0]!,
		openStack: 0,
		invokeStack: 0,
	};
}
