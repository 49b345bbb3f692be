import type { ModelStore, StoredModel } from "gateway/inference/model-store";
import { RepositoryError } from "gateway/inference/repository-error";

/**
 * A model's content on its way into flash. Each block is erased when its turn comes and marked when it is written, so
 * that what breaks off goes on at a block's beginning, after a restart too.
 */
export class Upload {
	readonly #store: ModelStore;
	readonly #model: StoredModel;
	readonly #onEnd: () => void;
	/** Bytes in flash, a multiple of 4 but at the end. */
	#written: number;
	/** Those that wait for a word to be full. */
	readonly #word = new Uint8Array(4);
	#held = 0;
	#open = true;

	/** `onEnd` is called once, whatever the end. */
	constructor(options: { store: ModelStore; model: StoredModel; onEnd(): void }) {
		this.#store = options.store;
		this.#model = options.model;
		this.#onEnd = options.onEnd;
		this.#written = options.model.stored;
	}

	get name(): string {
		return this.#model.name;
	}

	get version(): string {
		return this.#model.version;
	}

	get sha256(): string {
		return this.#model.sha256;
	}

	get size(): number {
		return this.#model.size;
	}

	/** Where the content goes on. */
	get offset(): number {
		return this.#written + this.#held;
	}

	/** Whether the model was there before: nothing need be written. */
	get complete(): boolean {
		return this.#model.complete;
	}

	/**
	 * Writes the next bytes, as many as there are. Throws `RepositoryError`: `size` for more than was announced, `busy`
	 * after the end.
	 */
	write(bytes: Uint8Array): void {
		this.check();
		const { size } = this;
		if (bytes.length > size - this.offset)
			throw new RepositoryError("size", `the content has more than the ${size} bytes that were announced`, { size });
		try {
			this.append(bytes);
		} catch (error) {
			// What a failed write has left in the block is not known: it is begun anew.
			this.close();
			throw error;
		}
	}

	/** Compares the content with its hash. Throws `RepositoryError`: `incomplete`; `hash`, and then all of it is gone. */
	finish(): void {
		this.check();
		const { size, offset, sha256: expected } = this;
		if (offset < size) throw new RepositoryError("incomplete", `${offset} of ${size} bytes are here`, { offset, size });
		// Whatever comes of it: an upload that stayed open would keep all others out.
		this.end();
		if (this.complete) return;
		const actual = this.#store.digest(this.#model);
		if (actual !== expected) {
			this.#store.remove(this.#model);
			throw new RepositoryError("hash", `the content's SHA-256 is ${actual}, not ${expected}`, { expected, actual });
		}
		this.#store.complete(this.#model);
	}

	/** Lets go of an upload that may go on later. */
	close(): void {
		if (this.#open) this.end();
	}

	/** Gives the place back. */
	abandon(): void {
		if (!this.#open) return;
		this.end();
		if (!this.complete) this.#store.remove(this.#model);
	}

	private append(bytes: Uint8Array): void {
		let at = 0;
		while (this.#held > 0 && at < bytes.length) this.hold(bytes[at++]!);
		const { blockLength } = this.#store;
		const start = this.#store.contentOf(this.#model);
		while (bytes.length - at >= 4) {
			const room = blockLength - ((start + this.#written) % blockLength);
			const count = Math.min((bytes.length - at) & ~3, room);
			this.program(bytes.subarray(at, at + count), count);
			at += count;
		}
		while (at < bytes.length) this.hold(bytes[at++]!);
		if (this.offset === this.size && this.#held > 0) this.program(this.#word.fill(0xff, this.#held), this.#held);
	}

	private hold(byte: number): void {
		this.#word[this.#held] = byte;
		if (4 === ++this.#held) this.program(this.#word, 4);
	}

	/** Writes `bytes`, of which `count` count, within one block. */
	private program(bytes: Uint8Array, count: number): void {
		const store = this.#store;
		const { blockLength } = store;
		const begin = store.contentOf(this.#model) - this.#model.block * blockLength + this.#written;
		const block = Math.floor(begin / blockLength);
		if (0 === begin % blockLength) store.eraseBlock(this.#model, block);
		store.write(this.#model, bytes, this.#written);
		this.#written += count;
		this.#held = 0;
		if (begin + count === (block + 1) * blockLength || this.#written === this.size)
			store.setProgress(this.#model, block);
	}

	private check(): void {
		if (!this.#open) throw new RepositoryError("busy", "this upload has ended, or another one has taken it over");
	}

	private end(): void {
		this.#open = false;
		this.#onEnd();
	}
}
