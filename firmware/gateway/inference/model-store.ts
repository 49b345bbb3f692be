/**
 * Models in NOR flash, each in one piece so that the engine reads it where it lies. A power cut at any moment leaves a
 * model whole, resumable or absent, and the others as they were. DESIGN.md states every bit and why.
 */
import { fromHex, toHex } from "common/hex";
import { decodeText, encodeText } from "common/text";
import { RepositoryError } from "gateway/inference/repository-error";
import { crc32 } from "gateway/resources/crc32";

/** What the store needs of `embedded:storage/flash`. */
export interface StoreFlash {
	eraseBlock(start: number): void;
	/** Fills `buffer`. */
	read(buffer: Uint8Array, byteOffset: number): number;
	/** Clears bits, never sets them. */
	write(buffer: Uint8Array, byteOffset: number): void;
	/** Bytes in a block and blocks in all. */
	status(): { readonly blockLength: number; readonly blocks: number };
}

/** SHA-256 of what is written. */
export interface Hash {
	write(data: Uint8Array): void;
	close(): ArrayBuffer;
}

/** Which content a stored model is. */
export interface Identity {
	readonly name: string;
	readonly version: string;
	/** Bytes. */
	readonly size: number;
	/** Of the content, 64 lower-case hexadecimal digits. */
	readonly sha256: string;
}

/** A model as its header tells it. */
export interface StoredModel extends Identity {
	/** Its first block. */
	readonly block: number;
	readonly blocks: number;
	/** Greater for a model that was begun later. */
	readonly sequence: number;
	/** Whether all of the content is there and is the one that was announced. */
	readonly complete: boolean;
	/** Whether it served and did not survive its trial. */
	readonly failed: boolean;
	/** Bytes of content that are there for sure. */
	readonly stored: number;
}

/** Room in flash, in bytes of whole blocks. */
export interface FlashUsage {
	readonly total: number;
	readonly available: number;
	/** In one piece. */
	readonly largest: number;
}

/** Models at most. */
export const maximumStored = 16;

const magic = 0x31444d54; // "TMD1", little-endian
/** Bytes from a model's first block to its content. */
export const headerLength = 256;
/** In the header. A state is said by clearing its word. */
const completeOffset = 4;
const removedOffset = 8;
const failedOffset = 12;
const identityOffset = 16;
const sizeOffset = 20;
const sequenceOffset = 24;
const digestOffset = 28;
const nameOffset = 60;
const versionOffset = 92;
const checksumOffset = 124;
/** One bit for each block whose content is written, cleared; the least significant bit of a byte first. */
const progressOffset = 128;
const maximumBlocks = 8 * (headerLength - progressOffset);

const digestLength = 32;
const nameLength = 32;
const erased = 0xffffffff;
const readLength = 512;

export class ModelStore {
	readonly #flash: StoreFlash;
	readonly #hash: () => Hash;
	readonly blockLength: number;
	readonly #blocks: number;
	/** One header as it is in flash. */
	readonly #bytes = new Uint8Array(headerLength);
	readonly #view = new DataView(this.#bytes.buffer);
	readonly #word = new Uint8Array(4);
	readonly #wordView = new DataView(this.#word.buffer);

	/** Recovers what is in the flash: what a power cut has interrupted is brought to its end. */
	constructor(options: { flash: StoreFlash; hash: () => Hash }) {
		this.#flash = options.flash;
		this.#hash = options.hash;
		const { blockLength, blocks } = options.flash.status();
		if (blocks < 1 || blocks > maximumBlocks) throw new RangeError(`a store has 1 to ${maximumBlocks} blocks`);
		this.blockLength = blockLength;
		this.#blocks = blocks;
		for (let block = 0; block < blocks; block++) {
			if (!this.readHeader(block)) continue;
			const view = this.#view;
			const length = this.blocksOf(view.getUint32(sizeOffset, true));
			const removed = view.getUint32(removedOffset, true);
			if (removed !== erased) {
				this.sweep(block, length);
				continue;
			}
			// A word that was cut off while it was cleared has said what it had to; it may read otherwise tomorrow.
			const complete = view.getUint32(completeOffset, true);
			const failed = view.getUint32(failedOffset, true);
			if (complete !== erased && complete) this.clearWord(block, completeOffset);
			if (failed !== erased && failed) this.clearWord(block, failedOffset);
			block += length - 1;
		}
	}

	/** Bytes of a model that is alone in the store, at most. */
	get maximumSize(): number {
		return this.#blocks * this.blockLength - headerLength;
	}

	/** All models, by their place; what is begun or removed meanwhile may be among them or not. */
	*models(): IterableIterator<StoredModel> {
		for (let block = 0; block < this.#blocks; block++) {
			const model = this.readModel(block);
			if (!model) continue;
			yield model;
			block += model.blocks - 1;
		}
	}

	find(name: string, version: string): StoredModel | undefined {
		for (const model of this.models()) if (name === model.name && version === model.version) return model;
		return undefined;
	}

	usage(): FlashUsage {
		const used = this.occupancy();
		let free = 0;
		let largest = 0;
		let run = 0;
		for (let block = 0; block < this.#blocks; block++) {
			if (used[block]) run = 0;
			else {
				free++;
				if (++run > largest) largest = run;
			}
		}
		const { blockLength } = this;
		return { total: this.#blocks * blockLength, available: free * blockLength, largest: largest * blockLength };
	}

	/** Where a model's content begins in the flash. */
	contentOf({ block }: StoredModel): number {
		return block * this.blockLength + headerLength;
	}

	/**
	 * Gives a model its place: the one after the model that was begun last where it fits, so that all blocks wear alike.
	 * Throws `RepositoryError` `room` when there is none.
	 */
	allocate(identity: Identity): StoredModel {
		const blocks = this.blocksOf(identity.size);
		let models = 0;
		let sequence = 0;
		let cursor = 0;
		for (const model of this.models()) {
			models++;
			if (model.sequence < sequence) continue;
			sequence = model.sequence;
			cursor = model.block + model.blocks;
		}
		if (models >= maximumStored)
			throw new RepositoryError("room", `the store has room for ${maximumStored} models`, {
				models,
				maximum: maximumStored,
			});
		const used = this.occupancy();
		let block = findRun(used, cursor, blocks);
		if (block < 0) block = findRun(used, 0, blocks);
		if (block < 0) {
			const { available, largest } = this.usage();
			const needed = blocks * this.blockLength;
			throw new RepositoryError(
				"room",
				`the model needs ${needed} bytes of flash in one piece; ${available} are free, ${largest} of them in one piece`,
				{ needed, available, largest },
			);
		}
		this.#flash.eraseBlock(block);
		this.writeHeader(block, identity, sequence + 1);
		return { ...identity, block, blocks, sequence: sequence + 1, complete: false, failed: false, stored: 0 };
	}

	/** Begins block `index` of a model's content; the first one has been since its header was written. */
	eraseBlock(model: StoredModel, index: number): void {
		this.#flash.eraseBlock(model.block + index);
	}

	/** Writes content; `bytes` and `offset` are multiples of 4, and stay within a block. */
	write(model: StoredModel, bytes: Uint8Array, offset: number): void {
		this.#flash.write(bytes, this.contentOf(model) + offset);
	}

	/** Says that block `index` of a model's content is written. */
	setProgress(model: StoredModel, index: number): void {
		const word = index >> 5;
		this.#wordView.setUint32(0, ~(1 << (index & 31)), true);
		this.#flash.write(this.#word, model.block * this.blockLength + progressOffset + 4 * word);
	}

	/** SHA-256 of a model's content as it is in flash. */
	digest(model: StoredModel): string {
		const hash = this.#hash();
		const start = this.contentOf(model);
		let buffer = new Uint8Array(readLength);
		for (let at = 0; at < model.size; at += buffer.length) {
			if (model.size - at < buffer.length) buffer = buffer.subarray(0, model.size - at);
			this.#flash.read(buffer, start + at);
			hash.write(buffer);
		}
		return toHex(new Uint8Array(hash.close()));
	}

	/** SHA-256 of what lies elsewhere. */
	digestOf(bytes: Uint8Array): string {
		const hash = this.#hash();
		hash.write(bytes);
		return toHex(new Uint8Array(hash.close()));
	}

	/** Says that the model's content is all there. */
	complete(model: StoredModel): void {
		this.clearWord(model.block, completeOffset);
	}

	/** Says that the model did not survive its trial. */
	fail(model: StoredModel): void {
		this.clearWord(model.block, failedOffset);
	}

	remove(model: StoredModel): void {
		this.clearWord(model.block, removedOffset);
		this.sweep(model.block, model.blocks);
	}

	/** Takes away what looks like a header from each block of a removed model, its own the last. */
	private sweep(block: number, blocks: number): void {
		for (let other = block + blocks - 1; other >= block; other--) {
			this.#flash.read(this.#word, other * this.blockLength);
			if (magic === this.#wordView.getUint32(0, true)) this.clearWord(other, 0);
		}
	}

	private clearWord(block: number, offset: number): void {
		this.#flash.write(this.#word.fill(0), block * this.blockLength + offset);
	}

	private blocksOf(size: number): number {
		return Math.ceil((headerLength + size) / this.blockLength);
	}

	/** 1 for each block that belongs to a model. */
	private occupancy(): Uint8Array {
		const used = new Uint8Array(this.#blocks);
		for (const { block, blocks } of this.models()) used.fill(1, block, block + blocks);
		return used;
	}

	/** Whether a model begins in this block; its header is in `#bytes` then. */
	private readHeader(block: number): boolean {
		const start = block * this.blockLength;
		this.#flash.read(this.#word, start);
		if (magic !== this.#wordView.getUint32(0, true)) return false;
		this.#flash.read(this.#bytes, start);
		const view = this.#view;
		if (crc32(this.#bytes, identityOffset, checksumOffset) !== view.getUint32(checksumOffset, true)) return false;
		return block + this.blocksOf(view.getUint32(sizeOffset, true)) <= this.#blocks;
	}

	private readModel(block: number): StoredModel | undefined {
		if (!this.readHeader(block)) return undefined;
		const view = this.#view;
		const bytes = this.#bytes;
		const size = view.getUint32(sizeOffset, true);
		const complete = view.getUint32(completeOffset, true) !== erased;
		const blocks = this.blocksOf(size);
		return {
			name: decodeText(bytes.subarray(nameOffset, nameOffset + bytes[identityOffset]!)),
			version: decodeText(bytes.subarray(versionOffset, versionOffset + bytes[identityOffset + 1]!)),
			size,
			sha256: toHex(bytes.subarray(digestOffset, digestOffset + digestLength)),
			block,
			blocks,
			sequence: view.getUint32(sequenceOffset, true),
			complete,
			failed: view.getUint32(failedOffset, true) !== erased,
			stored: complete ? size : this.progress(size, blocks),
		};
	}

	/** Bytes of content in the blocks that are written from the first on. */
	private progress(size: number, blocks: number): number {
		let count = 0;
		while (count < blocks && !((this.#bytes[progressOffset + (count >> 3)]! >> (count & 7)) & 1)) count++;
		return 0 === count ? 0 : Math.min(size, count * this.blockLength - headerLength);
	}

	private writeHeader(block: number, { name, version, size, sha256 }: Identity, sequence: number): void {
		const bytes = this.#bytes.fill(0xff);
		const view = this.#view;
		const nameBytes = encodeText(name);
		const versionBytes = encodeText(version);
		view.setUint32(0, magic, true);
		view.setUint32(identityOffset, nameBytes.length | (versionBytes.length << 8), true);
		view.setUint32(sizeOffset, size, true);
		view.setUint32(sequenceOffset, sequence, true);
		bytes.set(fromHex(sha256)!, digestOffset);
		bytes.fill(0, nameOffset, nameOffset + 2 * nameLength);
		bytes.set(nameBytes, nameOffset);
		bytes.set(versionBytes, versionOffset);
		view.setUint32(checksumOffset, crc32(bytes, identityOffset, checksumOffset), true);
		this.#flash.write(bytes, block * this.blockLength);
	}
}

/** The first of `count` free blocks in a row, from `from` on; -1 when there are none. */
function findRun(used: Uint8Array, from: number, count: number): number {
	let run = 0;
	for (let block = from; block < used.length; block++) {
		run = used[block] ? 0 : run + 1;
		if (run === count) return block - count + 1;
	}
	return -1;
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(ModelStore.prototype.models.prototype);
