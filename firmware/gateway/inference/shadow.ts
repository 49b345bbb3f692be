import type { Model } from "gateway/inference/model";

/** What is known of a shadow beside the version that serves. */
export interface ShadowReport {
	readonly name: string;
	readonly version: string;
	/** The version that it is compared with. */
	readonly against: string;
	/** Windows that both have classified, and those on which they gave the same label. */
	readonly windows: number;
	readonly agreements: number;
	/** How often the version that serves said the row's label and the shadow the column's. */
	readonly rows: readonly string[];
	readonly columns: readonly string[];
	readonly matrix: readonly (readonly number[])[];
	/** Means of the greatest score of each window. */
	readonly confidence: { readonly live: number; readonly shadow: number };
	/** Means in microseconds. */
	readonly time: { readonly live: number; readonly shadow: number };
}

export interface ShadowOptions {
	/** Both classify, and take the same windows. */
	model: Model;
	live: Model;
	/** Microseconds from any beginning. */
	microseconds(): number;
	/** Calls `run` once what is being done is done. */
	defer(run: () => void): void;
	/** The shadow cannot go on. */
	onFail(reason: string): void;
}

/**
 * A version that runs beside the one that serves. It takes each window into its own memory at once and runs when the
 * answer is on its way, so no device waits for it.
 */
export class Shadow {
	readonly model: Model;
	readonly #options: ShadowOptions;
	readonly #matrix: Uint32Array;
	#windows = 0;
	#agreements = 0;
	/** Sums. */
	#liveConfidence = 0;
	#shadowConfidence = 0;
	#liveTime = 0;
	#shadowTime = 0;
	/** What the version that serves made of the window that waits; no row: none waits. */
	#row = -1;
	#confidence = 0;
	#time = 0;
	#open = true;
	readonly #run = () => this.compare();

	constructor(options: ShadowOptions) {
		this.#options = options;
		this.model = options.model;
		this.#matrix = new Uint32Array(options.live.labels.length * options.model.labels.length);
	}

	/** Takes a window that the version that serves has classified. `time`: microseconds that it took. */
	follow(window: Uint8Array, best: number, confidence: number, time: number): void {
		const waits = this.#row >= 0;
		if (waits) this.compare();
		if (!this.#open) return;
		this.model.write(0, window);
		this.#row = best;
		this.#confidence = confidence;
		this.#time = time;
		if (!waits) this.#options.defer(this.#run);
	}

	report(): ShadowReport {
		const { live, model } = this.#options;
		const columns = model.labels.length;
		const mean = (sum: number) => (this.#windows ? sum / this.#windows : 0);
		return {
			name: model.name,
			version: model.version,
			against: live.version,
			windows: this.#windows,
			agreements: this.#agreements,
			rows: live.labels,
			columns: model.labels,
			matrix: live.labels.map((_label, row) => [...this.#matrix.subarray(row * columns, (row + 1) * columns)]),
			confidence: { live: mean(this.#liveConfidence), shadow: mean(this.#shadowConfidence) },
			time: { live: mean(this.#liveTime), shadow: mean(this.#shadowTime) },
		};
	}

	/** Ends the comparison and closes its model, which `release` keeps open. */
	close(): void {
		this.release().close();
	}

	release(): Model {
		this.#open = false;
		this.#row = -1;
		return this.model;
	}

	private compare(): void {
		const row = this.#row;
		if (row < 0) return;
		this.#row = -1;
		const { live, model, microseconds, onFail } = this.#options;
		try {
			const begin = microseconds();
			model.invoke();
			const time = microseconds() - begin;
			const scores = model.readScores();
			let best = 0;
			for (let i = 0; i < scores.length; i++) {
				if (!Number.isFinite(scores[i])) throw new RangeError(`the score of "${model.labels[i]}" is ${scores[i]}`);
				if (scores[i]! > scores[best]!) best = i;
			}
			this.#matrix[row * model.labels.length + best]!++;
			this.#windows++;
			if (live.labels[row] === model.labels[best]) this.#agreements++;
			this.#liveConfidence += this.#confidence;
			this.#shadowConfidence += scores[best]!;
			this.#liveTime += this.#time;
			this.#shadowTime += time;
		} catch (error) {
			onFail((error as Error).message);
		}
	}
}
