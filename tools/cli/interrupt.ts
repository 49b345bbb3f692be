/**
 * Ctrl-C as a wish to end: what is under way asks `interrupted` after each of its steps. A second one ends the program,
 * but not within a second of the first: programs between the terminal and this one pass the same Ctrl-C on, too.
 */
export class Interrupt {
	readonly #listener: () => void;
	#since: number | undefined;

	/** `text` is printed at the first. */
	constructor(text: string) {
		this.#listener = () => {
			if (this.#since === undefined) {
				this.#since = performance.now();
				console.log(`\n${text}; once more ends at once`);
			} else if (performance.now() - this.#since > 1000) process.exit(130);
		};
		process.on("SIGINT", this.#listener);
	}

	get interrupted(): boolean {
		return this.#since !== undefined;
	}

	/** A turn for the signal, which cannot be heard while the processor is busy. */
	listen(): Promise<void> {
		return new Promise((resume) => setImmediate(resume));
	}

	/** Does `work` once more when Ctrl-C came in its midst: a terminal sends that to the programs that it runs, too. */
	async undisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
		const before = this.interrupted;
		try {
			const result = await work();
			await this.listen();
			if (before || !this.interrupted) return result;
		} catch (error) {
			await this.listen();
			if (before || !this.interrupted) throw error;
		}
		return await work();
	}

	close(): void {
		process.off("SIGINT", this.#listener);
	}
}
