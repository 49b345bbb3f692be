/** Wrong attempts of one address after which it has to wait. */
const addressLimit = 20;
/** Wrong attempts of all addresses together after which each has to wait that was wrong before. */
const totalLimit = 200;
/** Milliseconds for which wrong attempts are counted, and then for which one has to wait. */
const period = 60_000;
/** Addresses that are remembered; the one that was wrong longest ago makes room. */
const capacity = 16;

/** Counts wrong attempts by address and in all, in bounded memory. An address that was never wrong does not wait. */
export class Throttle {
	readonly #addresses: string[] = [];
	readonly #counts = new Uint16Array(capacity);
	/** When each address was first wrong in its period, and last. */
	readonly #first = new Float64Array(capacity);
	readonly #latest = new Float64Array(capacity);
	#total = 0;
	#totalFirst = Number.NEGATIVE_INFINITY;

	/** Milliseconds that the address has to wait; 0 when it need not. */
	wait(address: string, now: number): number {
		const index = this.#addresses.indexOf(address);
		if (index < 0) return 0;
		const since = now - this.#first[index]!;
		if (since < period && this.#counts[index]! >= addressLimit) return period - since;
		const totalSince = now - this.#totalFirst;
		if (totalSince < period && this.#total >= totalLimit && now - this.#latest[index]! < period)
			return period - totalSince;
		return 0;
	}

	fail(address: string, now: number): void {
		if (now - this.#totalFirst >= period) {
			this.#total = 0;
			this.#totalFirst = now;
		}
		this.#total++;
		const index = this.slot(address, now);
		if (now - this.#first[index]! >= period) {
			this.#counts[index] = 0;
			this.#first[index] = now;
		}
		this.#latest[index] = now;
		// The wait is counted from the attempt that was one too many.
		if (addressLimit === ++this.#counts[index]!) this.#first[index] = now;
	}

	private slot(address: string, now: number): number {
		let index = this.#addresses.indexOf(address);
		if (index >= 0) return index;
		index = this.#addresses.length;
		if (capacity === index) {
			index = 0;
			for (let i = 1; i < capacity; i++) if (this.#latest[i]! < this.#latest[index]!) index = i;
		}
		this.#addresses[index] = address;
		this.#counts[index] = 0;
		this.#first[index] = now;
		return index;
	}
}
