import type { Flash } from "embedded:storage/flash";

interface Options {
	/** The slot that is written: "nextota", opened for writing. */
	partition: Flash;
	/** "a": one write after the other, blocks are erased as they are reached; "w": at any offset of what is erased at once. */
	mode?: "a" | "w";
	/** Of the image; what is erased at once. */
	byteLength?: number;
	format?: "buffer";
}

/** New firmware for the other slot, with the rules of ESP-IDF. There is one at a time. */
class Update {
	#open = true;
	#complete = false;

	constructor({ partition, mode = "a", byteLength, format = "buffer" }: Options) {
		if (mode !== "a" && mode !== "w") throw new RangeError("invalid mode");
		if (format !== "buffer") throw new RangeError("unsupported");
		if (byteLength !== undefined && !(byteLength >= 0 && byteLength <= partition.status().size))
			throw new RangeError("invalid byteLength");
		const erased = mode === "a" ? -1 : (byteLength ?? 0);
		native("xs_update_begin").call(this, partition, erased);
	}
	write(buffer: ArrayBufferLike | ArrayBufferView, byteOffset?: number): void {
		this.#check();
		native("xs_update_write").call(this, buffer, byteOffset ?? -1);
	}
	/** Checks the image; it is what runs after the next restart. */
	complete(): void {
		this.#check();
		this.#complete = true;
		native("xs_update_complete").call(this);
	}
	close(): void {
		if (this.#open && !this.#complete) native("xs_update_abort").call(this);
		this.#open = false;
	}
	get format(): "buffer" {
		return "buffer";
	}
	#check(): void {
		if (!this.#open) throw new Error("closed");
		if (this.#complete) throw new Error("already complete");
	}
}

export default Object.freeze({
	open(options: Options): Update {
		return new Update(options);
	},
});
