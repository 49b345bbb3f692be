type ByteBuffer = ArrayBufferLike | ArrayBufferView;

interface Options {
	data: number;
	clock: number;
	hz: number;
	address: number;
	port?: number;
	format?: "buffer";
	target?: unknown;
}

/** An I2C device on a bus of the machine; throws when a simulated chip does not acknowledge. */
export default class I2C {
	declare target?: unknown;
	#data: number;
	#clock: number;
	#address: number;
	#open = true;

	constructor(options: Options) {
		const { data, clock, hz, address, format = "buffer", target } = options;
		if (format !== "buffer") throw new RangeError("format");
		if (!Number.isInteger(address) || address < 0 || address > 0x7f) throw new RangeError("address");
		if (!Number.isInteger(data) || !Number.isInteger(clock)) throw new RangeError("data and clock are needed");
		if (!(hz > 0)) throw new RangeError("hz");
		this.#data = data;
		this.#clock = clock;
		this.#address = address;
		if (target !== undefined) this.target = target;
	}
	read(count: number, stop?: boolean): ArrayBuffer;
	read(buffer: ByteBuffer, stop?: boolean): number;
	read(count: number | ByteBuffer): ArrayBuffer | number {
		this.#check();
		return native("xs_i2c_read").call(this, this.#data, this.#clock, this.#address, count);
	}
	/** A chip here takes each call as one message, with `stop` or without. */
	write(buffer: ByteBuffer, _stop?: boolean): void {
		this.#check();
		native("xs_i2c_write").call(this, this.#data, this.#clock, this.#address, buffer);
	}
	/** Without a stop between the two. */
	writeRead(buffer: ByteBuffer, count: number | ByteBuffer): ArrayBuffer | number {
		this.write(buffer);
		return this.read(count as number);
	}
	close(): void {
		this.#open = false;
	}
	get format(): "buffer" {
		return "buffer";
	}
	#check(): void {
		if (!this.#open) throw new Error("closed");
	}
}
