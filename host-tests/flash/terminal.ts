/** A pseudo-terminal: what a program opens as a serial port, with this process at the other end. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { hasProgram } from "../optional";

const python = process.env.PYTHON ?? "python3";

export const hasTerminals = hasProgram(
	process.platform === "linux" && spawnSync(python, ["-c", "import pty"]).status === 0,
	"flashing over a pseudo-terminal",
	"`apt-get install python3` brings it",
);

export class Terminal {
	readonly path: string;
	readonly #child: ChildProcess;

	private constructor(path: string, child: ChildProcess) {
		this.path = path;
		this.#child = child;
	}

	/** @param receive gets the bytes that the program writes to the port. */
	static async open(receive: (bytes: Uint8Array) => void): Promise<Terminal> {
		const script = fileURLToPath(new URL("pseudo_terminal.py", import.meta.url));
		const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
		const first = await Promise.race([
			once(child.stdout, "data").then(([bytes]) => bytes as Buffer),
			once(child, "exit").then(([code]) => Promise.reject(new Error(`pseudo_terminal.py ended with ${code}`))),
		]);
		child.stdout.on("data", receive);
		return new Terminal(first.toString().trim(), child);
	}

	write(bytes: Uint8Array): void {
		this.#child.stdin!.write(bytes);
	}

	/** The port is gone for the program that has it open. */
	async close(): Promise<void> {
		if (this.#child.exitCode !== null) return;
		this.#child.stdin!.end();
		await once(this.#child, "exit");
	}
}
