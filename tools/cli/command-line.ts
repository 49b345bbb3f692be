/** What all commands have in common: how options are read, how errors are told, and with which code a command ends. */

import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { CommandError } from "../simulator/command";
import { count } from "../training/tflite/table";

/** What was typed is no such command; ends with 2, after the usage. */
export class UsageError extends Error {}

/** A file that was named, or what is in it, cannot be used; the message says what can. Ends with 2. */
export class InputError extends Error {}

/** It was tried, and did not succeed; the message says why. Ends with 1. */
export class FailedError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

export interface Command<O extends Options> {
	/** Its first line, `usage: npm … -- …`, is also shown with each usage error. */
	readonly usage: string;
	readonly options: O;
	/** Words besides the options, at most. */
	readonly words: number;
	/** Gives the exit code where it is not 0. */
	run(values: Parsed<O>["values"], words: readonly string[]): Promise<number | undefined>;
}

/** Why the file system refuses a path. */
const reasons: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file or folder",
	EISDIR: "this is a folder",
	ENOTDIR: "a part of this path is no folder",
	EEXIST: "a file is in the way",
	EACCES: "there is no permission for it",
	EPERM: "there is no permission for it",
	EROFS: "the file system is read-only",
	ENOSPC: "there is no space left",
	ENAMETOOLONG: "the name is too long",
	ELOOP: "links lead round in a circle",
};

/** In words; undefined for what is no refusal of a path. */
export function pathProblem(error: unknown): string | undefined {
	const { code = "", path } = error as NodeJS.ErrnoException;
	const reason = reasons[code];
	return path === undefined || reason === undefined ? undefined : `${path}: ${reason}`;
}

/** Runs a command to the program's end. `--help` prints the usage. */
export async function runCommand<const O extends Options>(command: Command<O>): Promise<void> {
	// What this is piped into needs no more.
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
		process.exit(0);
	});
	try {
		const options: Options = { ...command.options, help: { type: "boolean", short: "h" } };
		const { values, positionals } = parseArgs({ allowPositionals: true, options });
		if (values.help) {
			console.log(command.usage);
			return;
		}
		const extra = positionals[command.words];
		if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`);
		process.exitCode = await command.run(values as Parsed<O>["values"], positionals);
	} catch (error) {
		process.exit(tell(error, command.usage));
	}
}

/** Prints what a person can act upon, or where in the code it went wrong; gives the exit code. */
function tell(error: unknown, usage: string): number {
	const [first] = usage.split("\n") as [string];
	if (error instanceof UsageError || isParseError(error)) {
		const command = /npm (run )?\w+/.exec(first)![0];
		console.error(`${error.message}\n\n${first}\n\`${command} -- --help\` says more.`);
		return 2;
	}
	const refused = pathProblem(error);
	if (error instanceof InputError || refused !== undefined) {
		console.error(refused ?? (error as Error).message);
		return 2;
	}
	console.error(error instanceof FailedError || error instanceof CommandError ? error.message : error);
	return 1;
}

function isParseError(error: unknown): error is Error {
	return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}

/** A file's bytes. Throws `InputError` when it is a folder, or has more than `most` of them. */
export async function readInput(path: string, most: number): Promise<Uint8Array> {
	const found = await stat(path);
	if (!found.isFile()) throw new InputError(`${path}: this is ${found.isDirectory() ? "a folder" : "no file"}`);
	if (found.size > most) throw new InputError(`${path}: ${count(found.size)} bytes; at most ${count(most)} are read`);
	return new Uint8Array(await readFile(path));
}

/** Makes the folder of a file that is written later; throws now what the file system would refuse then. */
export async function prepareOutput(path: string): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	const isNew = !existsSync(path);
	await (await open(path, "a")).close();
	if (isNew) await rm(path);
}

/** Bytes of a model file; far more than the engine takes, since other tools' models are looked at, too. */
export const greatestModel = 256 << 20;

/** What `--name` was given, as a whole number. Throws `UsageError`. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
	const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
	if (!(value >= least && value <= most))
		throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
	return value;
}

/** What `--seed` takes at most. */
export const greatestSeed = 0xffffffff;
