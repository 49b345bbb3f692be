/**
 * An image on its way into a slot. Its header is written last: the bootloader, which knows no signatures and starts any
 * image that is whole when it finds nothing better, finds none in what was refused, broke off, or was put together from
 * the pieces of several uploads.
 */
import type { Slot } from "gateway/update/installer";

export interface SlotWriterOptions {
	/** Of the slot, whose first block is erased. */
	readonly flash: { eraseBlock(block: number): void; close(): void };
	/** Takes bytes at any offset that is erased; `complete` checks what lies in flash, and lets it start next. */
	readonly update: { write(bytes: Uint8Array, offset: number): void; complete(): void; close(): void };
	/** Bytes that are erased together. */
	readonly blockLength: number;
}

export class SlotWriter implements Slot {
	readonly #options: SlotWriterOptions;
	#header: Uint8Array | undefined;
	#end = 0;

	constructor(options: SlotWriterOptions) {
		this.#options = options;
	}

	/** The first bytes are the header. Erases each block when its turn comes: all at once would take seconds. */
	write(bytes: Uint8Array): void {
		const { flash, update, blockLength } = this.#options;
		const begin = this.#end;
		this.#end += bytes.length;
		if (undefined === this.#header) {
			this.#header = bytes.slice();
			return;
		}
		for (let block = Math.ceil(begin / blockLength); block * blockLength < this.#end; block++) flash.eraseBlock(block);
		update.write(bytes, begin);
	}

	complete(): void {
		const { update } = this.#options;
		update.write(this.#header!, 0);
		update.complete();
	}

	close(): void {
		this.#options.update.close();
		this.#options.flash.close();
	}
}
