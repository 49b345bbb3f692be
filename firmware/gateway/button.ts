/** Milliseconds for which a button is held to mean more, and below which a contact has only bounced. */
const long = 5000;
const bounce = 30;

export interface ButtonOptions {
	onShort(): void;
	onLong(): void;
}

/** Tells short presses of a button from long ones. Times are milliseconds on any clock that does not go back. */
export class Button {
	readonly #options: ButtonOptions;
	/** Since when it is held. */
	#since: number | undefined;

	constructor(options: ButtonOptions) {
		this.#options = options;
	}

	/** The button's state, which may be the same as before. */
	change(pressed: boolean, now: number): void {
		const since = this.#since;
		if (pressed) {
			this.#since ??= now;
			return;
		}
		this.#since = undefined;
		if (undefined === since || now - since < bounce) return;
		if (now - since < long) this.#options.onShort();
		else this.#options.onLong();
	}

	/** To be called some times a second: a long press counts when it is long enough, not when it ends. */
	tick(now: number): void {
		if (undefined === this.#since || now - this.#since < long) return;
		this.#since = undefined;
		this.#options.onLong();
	}
}
