/**
 * How running firmware writes another and says how it fares: ESP-IDF's app_update (esp_ota_begin … esp_ota_end,
 * esp_ota_set_boot_partition, esp_ota_mark_app_…), with application rollback.
 */
import { type BoardFlash, readEntries, rewriteEntry, type Slots } from "./bootloader";
import { activeEntry, isBootable, nextSequence, State, sectorLength, slotOf } from "./otadata";

const otadata = "otadata";
const magic = 0xe9;

export interface UpdatesOptions {
	readonly flash: BoardFlash;
	readonly slots: Slots;
	/** Label of the slot that runs. */
	readonly running: string;
}

interface Writing {
	readonly label: string;
	readonly isSequential: boolean;
	written: number;
}

/** One start of one board: methods give false for what ESP-IDF refuses. */
export class Updates {
	readonly #flash: BoardFlash;
	readonly #slots: Slots;
	readonly #running: string;
	#writing: Writing | undefined;

	constructor({ flash, slots, running }: UpdatesOptions) {
		this.#flash = flash;
		this.#slots = slots;
		this.#running = running;
	}

	/** The slot that comes after the one that runs; undefined without slots. */
	get next(): string | undefined {
		const { labels } = this.#slots;
		return labels[(labels.indexOf(this.#running) + 1) % labels.length];
	}

	/** The running firmware is on trial. */
	get isPending(): boolean {
		return this.#state(this.#running) === State.pendingVerify;
	}

	/** `length`: bytes that are erased at once; without it blocks are erased as they are reached. */
	begin(label: string, length: number | undefined): boolean {
		const size = this.#flash.size(label);
		if (this.#writing || size === undefined || !this.#slots.labels.includes(label)) return false;
		if (label === this.#running || this.isPending) return false;
		if (length !== undefined) {
			if (length > size) return false;
			for (let block = 0; block < Math.ceil((length || size) / sectorLength); block++) this.#flash.erase(label, block);
		}
		this.#writing = { label, isSequential: length === undefined, written: 0 };
		this.#forgetOther();
		return true;
	}

	/** `offset`: only when not sequential. */
	write(bytes: Uint8Array, offset?: number): boolean {
		const writing = this.#writing;
		if (!writing || (offset !== undefined) === writing.isSequential) return false;
		const { label, written } = writing;
		const at = offset ?? written;
		if (bytes.length === 0) return true;
		if (at + bytes.length > this.#flash.size(label)!) return false;
		if (writing.isSequential) {
			for (let block = Math.ceil(written / sectorLength); block * sectorLength < written + bytes.length; block++)
				this.#flash.erase(label, block);
			if (written === 0 && bytes[0] !== magic) return false;
		}
		this.#flash.write(label, at, bytes);
		writing.written += bytes.length;
		return true;
	}

	abort(): void {
		this.#writing = undefined;
	}

	/** Checks what was written; when it is good, it is what is started next. */
	complete(): boolean {
		const writing = this.#writing;
		this.#writing = undefined;
		if (!writing?.written || !this.#slots.isBootable(writing.label)) return false;
		return this.#choose(writing.label);
	}

	/** The running firmware stays. */
	confirm(): boolean {
		const entries = this.#entries();
		const active = entries && activeEntry(entries);
		if (!entries || active === undefined) return false;
		const { sequence, state } = entries[active];
		if (state !== State.valid) rewriteEntry(this.#flash, active, sequence, State.valid);
		return true;
	}

	/** The running firmware is bad: the other is started next, when there is one. */
	rollBack(): boolean {
		const entries = this.#entries();
		const active = entries && activeEntry(entries);
		if (!entries || active === undefined) return false;
		const { labels, hasFactory } = this.#slots;
		const other = entries[active === 0 ? 1 : 0];
		const label = isBootable(other)
			? labels[slotOf(other.sequence, labels.length)]
			: hasFactory
				? "factory"
				: undefined;
		if (label === undefined || !this.#slots.isBootable(label)) return false;
		rewriteEntry(this.#flash, active, entries[active].sequence, State.invalid);
		return true;
	}

	#entries() {
		return this.#flash.size(otadata) === undefined || this.#slots.labels.length === 0
			? undefined
			: readEntries(this.#flash);
	}

	/** Of the first entry that names the slot. */
	#state(label: string): number | undefined {
		const { labels } = this.#slots;
		return this.#entries()?.find(
			({ sequence, isWhole }) => isWhole && labels[slotOf(sequence, labels.length)] === label,
		)?.state;
	}

	/** A new image is about to be where the other slot's entry says that there is one. */
	#forgetOther(): void {
		const entries = this.#entries();
		const active = entries && activeEntry(entries);
		if (!entries || active === undefined) return;
		const other = active === 0 ? 1 : 0;
		const { sequence, isWhole } = entries[other];
		if (isWhole && this.#slots.labels[slotOf(sequence, this.#slots.labels.length)] !== this.#running)
			this.#flash.erase(otadata, other);
	}

	#choose(label: string): boolean {
		const entries = this.#entries();
		if (!entries) return false;
		const { labels } = this.#slots;
		const slot = labels.indexOf(label);
		const active = activeEntry(entries);
		if (active === undefined) rewriteEntry(this.#flash, 0, slot + 1, State.new);
		else {
			const { sequence } = entries[active];
			if (slotOf(sequence, labels.length) === slot) rewriteEntry(this.#flash, active, sequence, State.new);
			else rewriteEntry(this.#flash, active === 0 ? 1 : 0, nextSequence(sequence, slot, labels.length), State.new);
		}
		return true;
	}
}
