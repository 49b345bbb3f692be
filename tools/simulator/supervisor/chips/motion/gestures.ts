import {
	channels,
	createPerson,
	createSensor,
	type Kind,
	type Person,
	type Sensor,
	stroke,
} from "../../../../training/motion";
import { between, createRandom, type Random } from "../../../../training/random";
import type { ChipContext } from "../../chip";
import { booleanOption, ChipOptionError, checkNames, numberOption } from "../options";
import type { MotionSource } from "./source";

const kinds: readonly Kind[] = Object.freeze(["left", "right", "other"]);

/**
 * One person's strokes for ever, with pauses between, as one particular sensor on a strap reads them.
 *
 * Options: `kinds`, a list out of which each stroke is drawn (default all three: left, right, other); `pause`, the
 * shortest pause in seconds, the longest is twice that (default 1.5); `seed` (default: drawn from the simulation's);
 * `waits` (default true), whether the arm stops while the FIFO is full, so that a computer that is held up loses nothing.
 */
export class Gestures implements MotionSource {
	readonly continuous = true;
	readonly waits: boolean;
	#random: Random;
	#kinds: readonly Kind[];
	#pause: number;
	#person: Person;
	#sensor: Sensor;
	#rows: Float32Array = new Float32Array(0);
	#row = 0;
	/** Samples a second of `#rows`. */
	#rate = 0;
	/** Samples of the pause that are still to come. */
	#waiting = 0;
	#strokes = 0;
	#kind: Kind;

	constructor(options: Readonly<Record<string, unknown>>, context: ChipContext) {
		checkNames(options, ["source", "kinds", "pause", "seed", "waits"]);
		const { kinds: chosen = kinds } = options;
		if (!Array.isArray(chosen) || 0 === chosen.length || !chosen.every((kind) => kinds.includes(kind)))
			throw new ChipOptionError("motion.kinds must be a list out of left, right and other");
		this.#kinds = chosen;
		this.#kind = chosen[0];
		this.waits = booleanOption(options, "waits", true);
		this.#pause = numberOption(options, "pause", 1.5, 0, 3600);
		const seed = numberOption(options, "seed", Math.floor(context.random() * 0x100000000), 0, 0xffffffff);
		this.#random = createRandom(seed);
		this.#person = createPerson({ random: this.#random });
		this.#sensor = createSensor({ random: this.#random });
	}

	next(rate: number): ArrayLike<number> {
		if (this.#row * channels >= this.#rows.length || rate !== this.#rate) this.#begin(rate);
		// The arm rests as it is held when the stroke begins.
		const row = this.#waiting > 0 ? 0 : this.#row++;
		if (this.#waiting > 0) this.#waiting--;
		return this.#sensor.apply(this.#rows.subarray(row * channels, (row + 1) * channels));
	}

	status(): unknown {
		return { source: "gestures", strokes: this.#strokes, kind: this.#kind };
	}

	#begin(rate: number): void {
		this.#rate = rate;
		this.#kind = this.#kinds[Math.floor(this.#random() * this.#kinds.length)]!;
		this.#rows = stroke({ kind: this.#kind, random: this.#random, rate, person: this.#person });
		this.#row = 0;
		this.#waiting = Math.round(between(this.#random, this.#pause, 2 * this.#pause) * rate);
		this.#strokes++;
	}
}
