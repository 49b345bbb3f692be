/** Notices that a button has been held for long, once it is let go: who still holds it may hold it during a restart. */
export class Hold {
	readonly #length: number;
	#since: number | undefined;

	/** `length`: milliseconds. */
	constructor(length: number) {
		this.#length = length;
	}

	/** Whether the button has been down long enough and may be let go. */
	held(now: number): boolean {
		return undefined !== this.#since && now - this.#since >= this.#length;
	}

	/** To be called often; true when the button has just been let go after so long. */
	tick(down: boolean, now: number): boolean {
		if (down) {
			this.#since ??= now;
			return false;
		}
		const long = this.held(now);
		this.#since = undefined;
		return long;
	}
}
