/** New firmware proves itself: it is confirmed when it has served for a minute, and given up when it has not in time. */
import type { Lack } from "gateway/update/update-history";

/** Milliseconds of service in one piece that confirm, and within which they have to come. */
export const serviceTime = 60_000;
export const trialTime = 300_000;
/** Milliseconds between two looks at most; a main loop that keeps others waiting longer does not serve. */
const patience = 10_000;

export class Trial {
	readonly #begun: number;
	#latest: number;
	/** Since when nothing was lacking; undefined while something is. */
	#since: number | undefined;
	#lack: Lack = "stalled";

	/** `now`: milliseconds that do not go back, as in all calls. */
	constructor(now: number) {
		this.#begun = now;
		this.#latest = now;
	}

	/**
	 * Looks once more; to be called every second or so. `lack`: what service lacks now. True when the firmware has proved
	 * itself, what it lacks when its time is over, false in between.
	 */
	look(now: number, lack: Lack | undefined): Lack | boolean {
		const stalled = now - this.#latest > patience;
		this.#latest = now;
		if (undefined !== lack || stalled) {
			this.#lack = lack ?? "stalled";
			this.#since = undefined === lack ? now : undefined;
		} else this.#since ??= now;
		if (undefined !== this.#since && now - this.#since >= serviceTime) return true;
		return now - this.#begun >= trialTime && this.#lack;
	}

	/** Milliseconds until it is confirmed when nothing is lacking from now on. */
	remaining(now: number): number {
		return Math.max(0, serviceTime - (undefined === this.#since ? 0 : now - this.#since));
	}
}
