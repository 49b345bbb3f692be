import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CommandError, run } from "../simulator/command";
import { root } from "../simulator/paths";

/** The C engine as a program of this machine. */
const program = resolve(root, "build/native/engine-run");

/** Builds the engine where it is not up to date. Throws `CommandError` with what the compiler said. */
export async function buildEngine(): Promise<void> {
	await run("make", ["-s", "-C", resolve(root, "native/engine")]);
}

/** Runs `model` (a file's path) on rows of its raw input; gives the rows of its raw output. Throws when it is refused. */
export function runEngine(model: string, inputs: Uint8Array): Promise<Uint8Array> {
	return new Promise((fulfil, reject) => {
		const engine = spawn(program, [model], { stdio: ["pipe", "pipe", "inherit"] });
		const chunks: Uint8Array[] = [];
		engine.stdout.on("data", (chunk: Uint8Array) => chunks.push(chunk));
		engine.on("error", reject);
		engine.on("close", (code) => {
			if (code === 0) fulfil(new Uint8Array(Buffer.concat(chunks)));
			else reject(new Error(`the engine ended with code ${code}`));
		});
		// An engine that refuses the model closes its input early; its exit code tells.
		engine.stdin.on("error", () => {});
		engine.stdin.end(inputs);
	});
}

/** What a model needs, in bytes. */
export interface ModelNeeds {
	readonly size: number;
	readonly arena: number;
	readonly state: number;
	/** Only while it is opened. */
	readonly work: number;
	readonly tensors: number;
	/** BuiltinOperator's names, one for each operator. */
	readonly operators: readonly string[];
}

/** Why the engine refuses a model. */
export interface Refusal {
	/** As in native/engine/engine.h. */
	readonly error: number;
	readonly text: string;
	/** The operator or the tensor that it is about: its index in the file. */
	readonly operator?: number;
	readonly tensor?: number;
	/** Indices of all operators that the engine does not have. */
	readonly missing: readonly number[];
}

/**
 * The engine's verdict on a model, for machines of 32 bits where this one's compiler makes programs for them, else for
 * this one: states hold pointers.
 */
export async function examine(model: string): Promise<{ bits: 32 | 64; verdict: ModelNeeds | Refusal }> {
	const narrow = await buildNarrow();
	if (!narrow) await buildEngine();
	const text = await run(narrow ?? program, ["--info", model]).catch((error: unknown) => {
		// 2: refused, which is an answer as well.
		if (error instanceof CommandError && error.code === 2) return error.printed;
		throw error;
	});
	const line = text.split("\n").find((line) => line.startsWith("{"))!;
	return { bits: narrow ? 32 : 64, verdict: JSON.parse(line) as ModelNeeds | Refusal };
}

/** Builds the engine for 32 bits; gives its path, or undefined where the compiler or its library for that is missing. */
async function buildNarrow(): Promise<string | undefined> {
	const folder = resolve(root, "build/native/32-bits");
	const parameters = [
		"-s",
		"-C",
		resolve(root, "native/engine"),
		`OUT=${folder}`,
		"CFLAGS=-O2 -g -m32 -msse2 -mfpmath=sse",
	];
	try {
		await run("make", parameters);
	} catch (error) {
		if (error instanceof CommandError && error.code !== null) return undefined;
		throw error;
	}
	return resolve(folder, "engine-run");
}

/** The same with the model's bytes. */
export async function runModel(model: Uint8Array, inputs: Uint8Array): Promise<Uint8Array> {
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-"));
	try {
		const file = join(directory, "model.tflite");
		await writeFile(file, model);
		return await runEngine(file, inputs);
	} finally {
		await rm(directory, { recursive: true });
	}
}
