import { booleanOption, ChipOptionError, checkNames, numberOption } from "../options";
import { level, type MotionSource } from "./source";

const values = 6;

/**
 * Plays recordings, one row a sample whatever the rate, so that what the sensor gives equals the recording but for its
 * quantisation. Lies still before each recording and after the last.
 *
 * Options: `recordings`, a list of flat arrays of aX, aY, aZ in g and gX, gY, gZ in °/s, row by row; `rest`, samples of
 * rest before each (default 180, about 1.5 s at 119 Hz, in which a trigger's gravity estimate settles); `waits`
 * (default true), whether the recording stops while the FIFO is full, so that a computer that is held up loses nothing.
 */
export class Rows implements MotionSource {
	readonly continuous = false;
	readonly waits: boolean;
	#recordings: readonly Float64Array[];
	#rest: number;
	#played = 0;
	/** Row of the recording that comes next; negative while at rest. */
	#row: number;

	constructor(options: Readonly<Record<string, unknown>>) {
		checkNames(options, ["source", "recordings", "rest", "waits"]);
		const { recordings } = options;
		this.waits = booleanOption(options, "waits", true);
		if (!Array.isArray(recordings)) throw new ChipOptionError("motion.recordings must be a list");
		this.#recordings = recordings.map((recording: unknown, index) => {
			if (!isNumbers(recording) || 0 === recording.length || recording.length % values !== 0)
				throw new ChipOptionError(`motion.recordings[${index}] must be a flat array of six numbers a row`);
			return Float64Array.from(recording);
		});
		this.#rest = numberOption(options, "rest", 180, 0, 1_000_000);
		this.#row = -this.#rest;
	}

	next(): ArrayLike<number> {
		const recording = this.#recordings[this.#played];
		if (!recording) return level;
		const row = this.#row++;
		if (this.#row * values >= recording.length) {
			this.#played++;
			this.#row = -this.#rest;
		}
		return row < 0 ? level : recording.subarray(row * values, (row + 1) * values);
	}

	status(): unknown {
		const count = this.#recordings.length;
		return { source: "rows", recordings: count, played: this.#played, done: this.#played === count };
	}
}

function isNumbers(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((element) => Number.isFinite(element));
}
