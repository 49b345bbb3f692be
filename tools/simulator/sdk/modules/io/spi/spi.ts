type ByteBuffer = ArrayBufferLike | ArrayBufferView;

interface Options {
	clock: number;
	out?: number;
	in?: number;
	/** Driven low around each transfer; without it the chip whose select pin the app holds low is meant. */
	select?: number;
	active?: 0 | 1;
	hz: number;
	mode?: number;
	port?: number;
	format?: "buffer";
	target?: unknown;
}

/** An SPI device; throws when no simulated chip is selected. */
export default class SPI {
	declare target?: unknown;
	#select: number;
	#open = true;

	constructor(options: Options) {
		const { clock, hz, select = -1, format = "buffer", target } = options;
		if (format !== "buffer") throw new RangeError("format");
		if (!Number.isInteger(clock)) throw new RangeError("clock is needed");
		if (!(hz > 0)) throw new RangeError("hz");
		this.#select = select;
		if (target !== undefined) this.target = target;
	}
	read(count: number): ArrayBuffer;
	read(buffer: ByteBuffer): number;
	read(count: number | ByteBuffer): ArrayBuffer | number {
		if (typeof count === "number") {
			const buffer = new ArrayBuffer(count);
			this.#transfer(buffer, true);
			return buffer;
		}
		this.#transfer(count, true);
		return count.byteLength;
	}
	write(buffer: ByteBuffer): void {
		this.#transfer(buffer, false);
	}
	/** The bytes that came in replace those that went out. */
	transfer(buffer: ByteBuffer): ByteBuffer {
		this.#transfer(buffer, true);
		return buffer;
	}
	flush(): void {}
	close(): void {
		this.#open = false;
	}
	get format(): "buffer" {
		return "buffer";
	}
	#transfer(buffer: ByteBuffer, reads: boolean): void {
		if (!this.#open) throw new Error("closed");
		native("xs_spi_transfer").call(this, this.#select, buffer, reads);
	}
}
