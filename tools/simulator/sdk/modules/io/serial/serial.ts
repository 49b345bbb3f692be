interface Options {
	/** Pins; one of them at least. */
	transmit?: number;
	receive?: number;
	baud: number;
	/** Which of the chip's UARTs. */
	port?: number;
	/** Called again for what comes after `read`. */
	onReadable?: (this: Serial, bytes: number) => void;
	/** Called at first, and when what was written has nearly gone. */
	onWritable?: (this: Serial, bytes: number) => void;
	format?: "number" | "buffer";
	target?: unknown;
}

/** A UART of a simulated machine (ECMA-419), with the ESP32's FIFOs of 128 bytes; its other end is in Node. */
export default class Serial extends Native("xs_serial_destructor") {
	declare target?: unknown;

	constructor(options: Options) {
		super();
		if (options.target !== undefined) this.target = options.target;
		native("xs_serial").call(this, options);
	}
	/** A byte or what there is, at most `count` bytes or the buffer's length; undefined when nothing is there. */
	read(count?: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number | undefined {
		return native("xs_serial_read").call(this, count);
	}
	/** Throws, and writes nothing, when the FIFO has no room for all of it. */
	write(value: number | ArrayBufferLike | ArrayBufferView): void {
		native("xs_serial_write").call(this, value);
	}
	close(): void {
		native("xs_serial_close").call(this);
	}
	get format(): "number" | "buffer" {
		return native("xs_serial_format").call(this);
	}
	set format(value: "number" | "buffer") {
		native("xs_serial_setFormat").call(this, value);
	}
}
