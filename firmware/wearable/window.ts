/** Values in one sample: aX, aY, aZ, gX, gY, gZ. */
export const channels = 6;
const valueLength = 2;

/** Bytes of a window of so many samples: int16, little endian, sample by sample. */
export function windowLength(samples: number): number {
	return samples * channels * valueLength;
}

/** Cuts windows of fixed length out of the stream of samples, each with what came just before its trigger. */
export class Recorder {
	/** The last samples before a trigger, a ring. */
	readonly #history: Int16Array;
	/** Where the next sample goes in the ring, in values. */
	#next = 0;
	/** Values in the ring. */
	#kept = 0;
	/** Bytes of the window so far. */
	#filled = 0;

	/** `history`: samples from before the trigger that a window begins with; fewer than the window has. */
	constructor(options: { history: number }) {
		this.#history = new Int16Array(options.history * channels);
	}

	/**
	 * Takes the sample of six values at `offset` of `samples`. `triggered` begins a window, unless one has begun already;
	 * it is written to `window`, which must be the same bytes until the window is full. True when it is.
	 */
	add(samples: Int16Array, offset: number, triggered: boolean, window: Uint8Array): boolean {
		if (0 === this.#filled) {
			if (!triggered) {
				this.#remember(samples, offset);
				return false;
			}
			this.#recall(window);
		}
		this.#filled = append(samples, offset, offset + channels, window, this.#filled);
		if (this.#filled < window.length) return false;
		this.discard();
		return true;
	}

	/** Forgets the window that has begun and what came before: samples are missing. */
	discard(): void {
		this.#filled = 0;
		this.#kept = 0;
	}

	#remember(samples: Int16Array, offset: number): void {
		const history = this.#history;
		if (0 === history.length) return;
		for (let i = 0; i < channels; i++) history[this.#next + i] = samples[offset + i]!;
		this.#next = (this.#next + channels) % history.length;
		this.#kept = Math.min(history.length, this.#kept + channels);
	}

	/** Writes the history, from its oldest sample on: the ring's end, then its beginning. */
	#recall(window: Uint8Array): void {
		const history = this.#history;
		const start = this.#next - this.#kept;
		let filled = 0;
		if (start < 0) filled = append(history, history.length + start, history.length, window, 0);
		this.#filled = append(history, Math.max(0, start), this.#next, window, filled);
	}
}

/** Writes values from `start` up to `end` at `at`; gives where the next go. */
function append(values: Int16Array, start: number, end: number, window: Uint8Array, at: number): number {
	for (let i = start; i < end; i++) {
		const value = values[i]!;
		window[at++] = value;
		window[at++] = value >> 8;
	}
	return at;
}
