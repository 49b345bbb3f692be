/**
 * Windows that the gateway has not answered yet, oldest first, and the one that is being filled.
 * All memory is taken at the start; when there is no room the oldest window is dropped and counted.
 */
export class Ring {
	/** One more than the capacity, for the window that is being filled. */
	readonly #windows: readonly Uint8Array[];
	readonly #numbers: Float64Array;
	/** Indices of `#windows`: those that wait, oldest first, then the one being filled, then free ones. */
	readonly #order: Uint8Array;
	#count = 0;
	#held = false;
	#dropped = 0;

	/** `capacity`: windows that wait at most, at least 2; `byteLength` of each. */
	constructor(options: { capacity: number; byteLength: number }) {
		const slots = options.capacity + 1;
		const windows: Uint8Array[] = [];
		for (let i = 0; i < slots; i++) windows.push(new Uint8Array(options.byteLength));
		this.#windows = windows;
		this.#numbers = new Float64Array(slots);
		this.#order = new Uint8Array(slots);
		for (let i = 0; i < slots; i++) this.#order[i] = i;
	}

	/** Windows that wait. */
	get count(): number {
		return this.#count;
	}

	/** Windows lost for want of room. */
	get dropped(): number {
		return this.#dropped;
	}

	/** The window to write to; another one after `commit`. */
	get filling(): Uint8Array {
		return this.#windows[this.#order[this.#count]!]!;
	}

	/** The oldest window's bytes and number; there is one when `count` is not 0. */
	get oldest(): Uint8Array {
		return this.#windows[this.#order[0]!]!;
	}

	get number(): number {
		return this.#numbers[this.#order[0]!]!;
	}

	/** While held the oldest window stays as it is, because it is being sent; the one after it is dropped instead. */
	hold(held: boolean): void {
		this.#held = held;
	}

	/** The window being filled is complete and waits from now on. */
	commit(number: number): void {
		this.#numbers[this.#order[this.#count]!] = number;
		this.#count++;
		if (this.#count === this.#windows.length) {
			this.#dropped++;
			this.#remove(this.#held ? 1 : 0);
		}
	}

	/** The oldest window has been dealt with. */
	remove(): void {
		this.#held = false;
		this.#remove(0);
	}

	#remove(at: number): void {
		const order = this.#order;
		const index = order[at]!;
		order.copyWithin(at, at + 1);
		order[order.length - 1] = index;
		this.#count--;
	}
}
