import { spawn } from "node:child_process";

/** A command that could not be started or that gave another exit code than 0. */
export class CommandError extends Error {
	override name = "CommandError";
	readonly code: number | null;
	/** What it printed, standard output and error together, in order. */
	readonly printed: string;

	constructor(command: string, code: number | null, printed: string, cause?: unknown) {
		super(`${command}: ${code === null ? "could not be run" : `exit code ${code}`}\n${printed}`.trimEnd(), { cause });
		this.code = code;
		this.printed = printed;
	}
}

/** Runs a command to its end; gives its standard output, or throws `CommandError`. */
export function run(
	command: string,
	parameters: readonly string[],
	options: {
		directory?: string;
		environment?: NodeJS.ProcessEnv;
		/** Told of standard output as it comes. */
		onOutput?: (text: string) => void;
	} = {},
): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, parameters, {
			cwd: options.directory,
			env: options.environment ?? process.env,
			stdio: ["ignore", "pipe", "pipe"],
		});
		let output = "";
		let printed = "";
		child.stdout.setEncoding("utf8").on("data", (text: string) => {
			output += text;
			printed += text;
			options.onOutput?.(text);
		});
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			printed += text;
		});
		child.on("error", (cause) => reject(new CommandError(command, null, printed || cause.message, cause)));
		child.on("close", (code) => {
			if (code === 0) resolve(output);
			else reject(new CommandError(command, code, printed));
		});
	});
}
