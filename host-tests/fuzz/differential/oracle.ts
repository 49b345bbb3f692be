import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../native/corpus/oracle.py", import.meta.url));

/** The Python that has the package tflite-micro. */
export const python = process.env.PYTHON ?? "python3";

/** What the oracle makes of a model: the rows of outputs, or why there are none. */
export type Answer = { outputs: Buffer } | { refused: string };

/** TensorFlow Lite Micro in a process of its own, which is started again when a model ends it. */
export class Oracle {
	#process: ChildProcess | undefined;
	#received = Buffer.alloc(0);
	#wake: () => void = () => {};

	async run(model: Uint8Array, inputs: Uint8Array): Promise<Answer> {
		const child = this.#start();
		const header = Buffer.alloc(12);
		header.writeUInt32LE(model.length, 4);
		header.writeUInt32LE(inputs.length, 8);
		child.stdin!.write(Buffer.concat([header, model, inputs]));
		for (;;) {
			if (this.#received.length >= 8) {
				const end = 8 + this.#received.readUInt32LE(4);
				if (this.#received.length >= end) {
					const payload = this.#received.subarray(8, end);
					const refused = this.#received.readUInt32LE(0) !== 0;
					this.#received = this.#received.subarray(end);
					return refused ? { refused: payload.toString() } : { outputs: Buffer.from(payload) };
				}
			}
			if (child.exitCode !== null)
				throw new Error(`${program} ended with ${child.exitCode}; PYTHON names the Python that has tflite-micro`);
			if (child.signalCode !== null) {
				this.#process = undefined;
				return { refused: `the interpreter ended with ${child.signalCode}` };
			}
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	async close(): Promise<void> {
		const child = this.#process;
		this.#process = undefined;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		child.stdin!.end();
		await once(child, "exit");
	}

	#start(): ChildProcess {
		if (this.#process) return this.#process;
		const child = spawn(python, [program], { stdio: ["pipe", "pipe", "ignore"] });
		this.#received = Buffer.alloc(0);
		child.stdout.on("data", (data: Buffer) => {
			this.#received = Buffer.concat([this.#received, data]);
			this.#wake();
		});
		// a write to a process that has just ended; its end is what counts
		child.stdin.on("error", () => {});
		child.on("exit", () => this.#wake());
		this.#process = child;
		return child;
	}
}
