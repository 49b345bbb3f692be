import type { LogFlash } from "gateway/resources/record-log";

export const blockLength = 4096;

export class PowerCut extends Error {}

/** How an operation that the power cut hit has left its bits. */
export type Tear =
	/** Not begun. */
	| "before"
	/** The first bytes are done. */
	| "prefix"
	/** Each bit is done or not, by chance. */
	| "bits"
	/** Done, and never answered. */
	| "after";

export const tears: readonly Tear[] = ["before", "prefix", "bits", "after"];

/** NOR flash in memory: writes clear bits, erasing sets whole blocks; counts wear; loses its power when told. */
export class SimulatedFlash implements LogFlash {
	readonly bytes: Uint8Array;
	/** Erasures of each block. */
	readonly erasures: number[];
	/** Writes and erasures so far. */
	operations = 0;
	readonly #blocks: number;
	#cut: { at: number; tear: Tear; random: () => number } | undefined;
	#off = false;

	constructor(blocks: number) {
		this.#blocks = blocks;
		this.bytes = new Uint8Array(blocks * blockLength).fill(0xff);
		this.erasures = new Array<number>(blocks).fill(0);
	}

	/** Cuts the power at the `operations`-th write or erasure from now, the first being 0. */
	cutAt(operations: number, tear: Tear, random: () => number): void {
		this.#cut = { at: this.operations + operations, tear, random };
	}

	/** The power is back; nothing is planned. */
	restore(): void {
		this.#off = false;
		this.#cut = undefined;
	}

	status() {
		return { blockLength, blocks: this.#blocks };
	}

	read(buffer: Uint8Array, byteOffset: number): number {
		this.#check(byteOffset, buffer.length);
		buffer.set(this.bytes.subarray(byteOffset, byteOffset + buffer.length));
		return buffer.length;
	}

	write(buffer: Uint8Array, byteOffset: number): void {
		this.#check(byteOffset, buffer.length);
		if (byteOffset % 4 || buffer.length % 4) throw new RangeError("not aligned");
		this.#operate(byteOffset, buffer.length, (was, index) => was & buffer[index]!);
	}

	eraseBlock(start: number): void {
		this.#check(start * blockLength, blockLength);
		this.erasures[start]!++;
		this.#operate(start * blockLength, blockLength, () => 0xff);
	}

	#operate(offset: number, length: number, change: (was: number, index: number) => number): void {
		const cut = this.#cut;
		const isCut = cut?.at === this.operations++;
		const tear = isCut ? cut.tear : "after";
		const whole = "after" === tear ? length : "prefix" === tear ? Math.floor(cut!.random() * length) : 0;
		for (let i = 0; i < length; i++) {
			const was = this.bytes[offset + i]!;
			const becomes = change(was, i);
			if (i < whole) this.bytes[offset + i] = becomes;
			else if ("bits" === tear || ("prefix" === tear && i === whole)) {
				const mask = Math.floor(cut!.random() * 256);
				this.bytes[offset + i] = (was & mask) | (becomes & ~mask);
			}
		}
		if (isCut) {
			this.#off = true;
			throw new PowerCut("power cut");
		}
	}

	#check(offset: number, length: number): void {
		if (this.#off) throw new PowerCut("no power");
		if (offset < 0 || offset + length > this.bytes.length) throw new RangeError("beyond the flash");
	}
}
