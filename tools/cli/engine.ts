import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { run } from "../simulator/command";
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
