/**
 * A log of small records over NOR flash: appended in order, acknowledged one by one, the space used again in a ring.
 * A power cut at any moment leaves each record whole or absent. DESIGN.md states every bit and why.
 */
import { crc32 } from "gateway/resources/crc32";

/** What the log needs of `embedded:storage/flash`. */
export interface LogFlash {
	eraseBlock(start: number): void;
	/** Fills `buffer`. */
	read(buffer: Uint8Array, byteOffset: number): number;
	/** Clears bits, never sets them. */
	write(buffer: Uint8Array, byteOffset: number): void;
	/** Bytes in a block and blocks in all. */
	status(): { readonly blockLength: number; readonly blocks: number };
}

export interface RecordLogOptions {
	flash: LogFlash;
	/** Bytes of one record at most: 244 by default, as much as fits a block otherwise. */
	maximumLength?: number;
}

const magic = 0x31474c54; // "TLG1", little-endian
/** Bytes of a block's header, and of a record's. */
const headerLength = 12;
/** In a record's header; the acknowledgement is first. The checksum covers all that follows it. */
const checksumOffset = 4;
const lengthOffset = 8;
const complementOffset = 10;
const erased = 0xffffffff;

/** Bytes of one record at most, where nothing else is said. */
export const maximumRecordLength = 244;

/** Bytes that a record of `length` bytes takes in flash. */
export function storedLength(length: number): number {
	return headerLength + ((length + 3) & ~3);
}

export class RecordLog {
	readonly #flash: LogFlash;
	readonly #blockLength: number;
	readonly #blocks: number;
	readonly #maximum: number;
	/** One record as it is in flash. */
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	/** Its header; views are kept because each new one is garbage soon. */
	readonly #header: Uint8Array;
	readonly #word: Uint8Array;
	/** The block that is written to; -1 in a flash that was never used. */
	#head = -1;
	#sequence = 0;
	/** Where in the head block the next record goes; its length when nothing more may be written there. */
	#end = headerLength;
	/** The first unacknowledged record, or where the next record will be. */
	#first = 0;
	#last = 0;
	#unacknowledged = 0;

	/** Recovers what is in the flash: reads every block's header, then the records of the live blocks. */
	constructor(options: RecordLogOptions) {
		this.#flash = options.flash;
		const { blockLength, blocks } = options.flash.status();
		if (blocks < 2) throw new RangeError("a log needs two blocks");
		this.#maximum = options.maximumLength ?? maximumRecordLength;
		this.#bytes = new Uint8Array(storedLength(this.#maximum));
		if (headerLength + this.#bytes.length > blockLength) throw new RangeError("a record has to fit a block");
		this.#view = new DataView(this.#bytes.buffer);
		this.#header = this.#bytes.subarray(0, headerLength);
		this.#word = this.#bytes.subarray(0, 4);
		this.#blockLength = blockLength;
		this.#blocks = blocks;
		this.open();
	}

	/** Records that are waiting for their acknowledgement. */
	get unacknowledged(): number {
		return this.#unacknowledged;
	}

	/** The position of the record that was appended last, while it waits. */
	get last(): number {
		return this.#last;
	}

	/** Records of `length` bytes that fit when the log is empty. */
	capacity(length: number): number {
		return this.#blocks * Math.floor((this.#blockLength - headerLength) / storedLength(length));
	}

	/** True once the record, of one or two parts, is in flash; false when the log is full. */
	append(record: Uint8Array, rest?: Uint8Array): boolean {
		const length = record.length + (rest?.length ?? 0);
		if (length > this.#maximum) throw new RangeError("record too long");
		const size = storedLength(length);
		if (this.#head < 0 || this.#end + size > this.#blockLength) {
			if (!this.newBlock()) return false;
		}
		const bytes = this.#bytes;
		bytes.fill(0xff, 0, size);
		this.#view.setUint16(lengthOffset, length, true);
		this.#view.setUint16(complementOffset, ~length, true);
		bytes.set(record, headerLength);
		if (undefined !== rest) bytes.set(rest, headerLength + record.length);
		this.#view.setUint32(checksumOffset, crc32(bytes, lengthOffset, headerLength + length), true);
		this.put(bytes.subarray(0, size), this.#head * this.#blockLength + this.#end);
		this.#last = this.#head * this.#blockLength + this.#end;
		this.#end += size;
		this.#unacknowledged++;
		return true;
	}

	/**
	 * The position of the first unacknowledged record, or of the first one after `position`; undefined when there is
	 * none. A position stays valid until its record is acknowledged.
	 */
	next(position?: number): number | undefined {
		if (0 === this.#unacknowledged) return;
		const from = undefined === position ? this.#first : position + this.recordSize(position);
		const found = this.seek(from);
		return found === this.#head * this.#blockLength + this.#end ? undefined : found;
	}

	/** A view of the record, valid until the next call; undefined when its checksum says that the flash lost bits. */
	read(position: number): Uint8Array | undefined {
		const size = this.recordSize(position);
		if (0 === size) return;
		const bytes = this.#bytes;
		this.#flash.read(bytes.subarray(0, size), position);
		const end = headerLength + this.#view.getUint16(lengthOffset, true);
		if (crc32(bytes, lengthOffset, end) !== this.#view.getUint32(checksumOffset, true)) return;
		return bytes.subarray(headerLength, end);
	}

	/** Marks the record as done for good; its block is erased when it is needed again. */
	acknowledge(position: number): void {
		if (0 === this.recordSize(position) || this.isAcknowledged()) return;
		this.put(this.#word.fill(0), position);
		this.#unacknowledged--;
		this.#first = this.seek(this.#first, true);
	}

	private open(): void {
		this.#head = -1;
		this.#unacknowledged = 0;
		let sequence = 0;
		for (let block = 0; block < this.#blocks; block++) {
			const found = this.blockSequence(block);
			if (found > sequence) {
				sequence = found;
				this.#head = block;
			}
		}
		if (this.#head < 0) return;
		this.#sequence = sequence;
		let tail = this.#head;
		for (let age = 1; age < this.#blocks; age++) {
			const block = (this.#head - age + this.#blocks) % this.#blocks;
			if (this.blockSequence(block) !== sequence - age) break;
			tail = block;
		}
		for (let block = tail; ; block = (block + 1) % this.#blocks) {
			const last = this.countBlock(block);
			if (block === this.#head) {
				this.recoverHead(last);
				break;
			}
		}
		this.#first = this.seek(tail * this.#blockLength + headerLength, true);
	}

	/** Adds the block's unacknowledged records; returns the offset of its last record, 0 when it has none. */
	private countBlock(block: number): number {
		const start = block * this.#blockLength;
		let offset = headerLength;
		let last = 0;
		for (;;) {
			const size = this.recordSize(start + offset);
			if (0 === size) return last;
			if (!this.isAcknowledged()) this.#unacknowledged++;
			last = offset;
			offset += size;
		}
	}

	/** Only the last record of the head block can be torn, and only what follows it can be half programmed. */
	private recoverHead(last: number): void {
		const start = this.#head * this.#blockLength;
		let end = headerLength;
		if (last > 0) {
			end = last + this.recordSize(start + last);
			if (!this.isAcknowledged() && undefined === this.read(start + last)) {
				this.#flash.write(this.#word.fill(0), start + last);
				this.#unacknowledged--;
			}
		}
		this.#end = this.isErased(start + end, start + this.#blockLength) ? end : this.#blockLength;
	}

	/** Takes the block after the head, unless it is live. The header comes last: without it the block has no records. */
	private newBlock(): boolean {
		const block = (this.#head + 1) % this.#blocks;
		if (this.#unacknowledged > 0 && block === Math.floor(this.#first / this.#blockLength)) return false;
		this.retire(block);
		this.#flash.eraseBlock(block);
		this.#view.setUint32(0, magic, true);
		this.#view.setUint32(4, this.#sequence + 1, true);
		this.#view.setUint32(8, crc32(this.#bytes, 0, 8), true);
		this.#flash.write(this.#header, block * this.#blockLength);
		const empty = 0 === this.#unacknowledged;
		const previous = this.#head;
		this.#head = block;
		this.#sequence++;
		this.#end = headerLength;
		if (empty) {
			if (previous >= 0) this.retire(previous);
			this.#first = block * this.#blockLength + headerLength;
		}
		return true;
	}

	/** All zeros is no header, and an erasure that is cut off cannot bring the old one back. */
	private retire(block: number): void {
		this.#flash.write(this.#header.fill(0), block * this.#blockLength);
	}

	/** 0 for a block without a valid header. */
	private blockSequence(block: number): number {
		this.#flash.read(this.#header, block * this.#blockLength);
		const view = this.#view;
		if (magic !== view.getUint32(0, true) || crc32(this.#bytes, 0, 8) !== view.getUint32(8, true)) return 0;
		return view.getUint32(4, true);
	}

	/**
	 * The first unacknowledged record from `position` on, or where the next record will be. `retire`: the blocks that
	 * are left behind have nothing more to give.
	 */
	private seek(position: number, retire = false): number {
		const last = this.#head * this.#blockLength + this.#end;
		for (;;) {
			if (position === last) return last;
			const size = this.recordSize(position);
			if (size > 0) {
				if (!this.isAcknowledged()) return position;
				position += size;
				continue;
			}
			const block = Math.floor((position - 1) / this.#blockLength);
			if (block === this.#head) return last;
			if (retire) this.retire(block);
			position = ((block + 1) % this.#blocks) * this.#blockLength + headerLength;
		}
	}

	/** Reads a record's header; returns the bytes it takes in flash, 0 when no record starts there. */
	private recordSize(position: number): number {
		const room = this.#blockLength - (position % this.#blockLength);
		if (room < headerLength || room === this.#blockLength) return 0;
		this.#flash.read(this.#header, position);
		const length = this.#view.getUint16(lengthOffset, true);
		if (length + this.#view.getUint16(complementOffset, true) !== 0xffff || length > this.#maximum) return 0;
		const size = storedLength(length);
		return size > room ? 0 : size;
	}

	/** Of the record whose header was read last. */
	private isAcknowledged(): boolean {
		return this.#view.getUint32(0, true) !== erased;
	}

	/** A write that fails may have written any part: what is there now is found out as after a restart. */
	private put(bytes: Uint8Array, position: number): void {
		try {
			this.#flash.write(bytes, position);
		} catch (error) {
			this.open();
			throw error;
		}
	}

	private isErased(from: number, to: number): boolean {
		const bytes = this.#bytes;
		for (let at = from; at < to; at += bytes.length) {
			const part = bytes.subarray(0, Math.min(bytes.length, to - at));
			this.#flash.read(part, at);
			for (let i = 0; i < part.length; i++) if (part[i] !== 0xff) return false;
		}
		return true;
	}
}
