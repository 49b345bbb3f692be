interface Options {
	port?: number;
	/** Loopback when none is given. */
	address?: string;
	onReadable?: (this: UDP, packets: number) => void;
	onError?: () => void;
	format?: "buffer";
	target?: unknown;
}

/** A UDP socket. */
export default class UDP extends Native("xs_udp_destructor") {
	declare target?: unknown;

	constructor(options: Options) {
		super();
		if (options.target !== undefined) this.target = options.target;
		if (options.format !== undefined && options.format !== "buffer") throw new RangeError("format");
		native("xs_udp").call(this, options);
	}
	/** The next packet, with `address` and `port` of its sender. */
	read(): (ArrayBuffer & { address: string; port: number }) | undefined {
		return native("xs_udp_read").call(this);
	}
	write(buffer: ArrayBufferLike | ArrayBufferView, address: string, port: number): void {
		native("xs_udp_write").call(this, buffer, address, port);
	}
	close(): void {
		native("xs_udp_close").call(this);
	}
	get format(): "buffer" {
		return "buffer";
	}
}
