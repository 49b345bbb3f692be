import { Limits } from "common/protocol";

/** Where checkpoints are kept: two places in turn, because a power cut while one is written may lose it. */
export interface Checkpoint {
	read(place: 0 | 1): string | number | undefined;
	write(place: 0 | 1, value: string): void;
}

/** Numbers taken between two writes to the store: flash wears out. */
const block = 256;
/** The gateway may move the numbers ahead by no more than this at once, so that nobody uses them up. */
const maximumJump = 0x100000000;

/**
 * Gives out numbers that never repeat, not even over a power cut: the store holds a number that none given out has
 * reached, and the next start begins with it. Up to a block of numbers is skipped then.
 */
export class Allocator {
	readonly #checkpoint: Checkpoint;
	#next: number;
	#reserved: number;
	/** Holds the older checkpoint. */
	#place: 0 | 1;

	constructor(checkpoint: Checkpoint) {
		this.#checkpoint = checkpoint;
		const first = parse(checkpoint.read(0));
		const second = parse(checkpoint.read(1));
		this.#next = Math.max(first, second);
		this.#place = first < second ? 0 : 1;
		this.#reserved = this.#next;
	}

	/** The next number, from 1. The checkpoint is written before a number beyond it is given out. */
	next(): number {
		const number = this.#next;
		if (number >= this.#reserved) this.#reserve(number + block);
		this.#next = number + 1;
		return number;
	}

	/** Goes on with `minimum` or above; false when that is not ahead, or too far. */
	advance(minimum: unknown): boolean {
		if (typeof minimum !== "number" || !Number.isSafeInteger(minimum)) return false;
		if (minimum < this.#next || minimum - this.#next > maximumJump || minimum > Limits.counter - block) return false;
		if (minimum >= this.#reserved) this.#reserve(minimum + block);
		this.#next = minimum;
		return true;
	}

	#reserve(reserved: number): void {
		this.#checkpoint.write(this.#place, String(reserved));
		this.#place = 0 === this.#place ? 1 : 0;
		this.#reserved = reserved;
	}
}

/** What cannot be read is begun anew, with 1; the gateway tells where it had been. */
function parse(stored: string | number | undefined): number {
	const number = Number(stored ?? 1);
	return Number.isSafeInteger(number) && number > 0 ? number : 1;
}
