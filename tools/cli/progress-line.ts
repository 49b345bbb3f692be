import { count } from "../training/tflite/table";

/** A line that is written over as long as it changes; where lines cannot be, only its last state is printed. */
export class ProgressLine {
	#text = "";

	show(text: string): void {
		if (process.stdout.isTTY) process.stdout.write(`\r${text.padEnd(this.#text.length)}`);
		this.#text = text;
	}

	/** How many bytes of all have been sent. */
	showSent(sent: number, all: number): void {
		this.show(`  sent ${count(sent)} of ${count(all)} bytes (${Math.floor((100 * sent) / all)} %)`);
	}

	end(): void {
		if ("" !== this.#text) process.stdout.write(process.stdout.isTTY ? "\n" : `${this.#text}\n`);
		this.#text = "";
	}
}
