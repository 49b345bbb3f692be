/** A serial NOR flash of 4 MB: erasing sets the bits of a sector, writing only clears them. */

export const SECTOR = 4096;

export class FlashChip {
	readonly bytes: Uint8Array;
	/** Manufacturer, type and the size's exponent, as the command RDID gives them. */
	readonly id: number;
	/** Bits that stay 0, by address: a worn cell. */
	readonly worn: ReadonlyMap<number, number>;

	constructor({ size = 4 << 20, worn = new Map() }: { size?: number; worn?: ReadonlyMap<number, number> } = {}) {
		// What a board had in it before.
		this.bytes = new Uint8Array(size).fill(0x5a);
		this.id = 0xef | (0x40 << 8) | (Math.log2(size) << 16);
		this.worn = worn;
	}

	/** Whole sectors around these bytes. */
	erase(offset: number, size: number): void {
		const start = Math.floor(offset / SECTOR) * SECTOR;
		this.bytes.fill(0xff, start, Math.ceil((offset + size) / SECTOR) * SECTOR);
	}

	/** Gives whether all of it can be read again as it was written. */
	write(offset: number, data: Uint8Array): boolean {
		let isSame = true;
		for (const [index, byte] of data.entries()) {
			const at = offset + index;
			this.bytes[at]! &= byte & ~(this.worn.get(at) ?? 0);
			isSame &&= this.bytes[at] === byte;
		}
		return isSame;
	}
}
