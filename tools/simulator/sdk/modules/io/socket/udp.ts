interface Options {
	port?: number;
	/** Loopback when none is given. */
	address?: string;
	/** Of what is sent, as multicasts need it. */
	timeToLive?: number;
	onReadable?: (this: UDP, packets: number) => void;
	onError?: () => void;
	format?: "buffer";
	target?: unknown;
}

/**
 * A UDP socket. Multicasts, broadcasts and all that has to do with port 5353, which each machine has for itself, go
 * from machine to machine inside the simulator; anything else goes over loopback.
 */
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
	/** Throws when there is no way to send it. */
	write(buffer: ArrayBufferLike | ArrayBufferView, address: string, port: number): void {
		native("xs_udp_write").call(this, buffer, address, port);
	}
	/** Joins a multicast group. */
	add(address: string): void {
		native("xs_udp_add").call(this, address);
	}
	/** Leaves it. */
	remove(address: string): void {
		native("xs_udp_remove").call(this, address);
	}
	close(): void {
		native("xs_udp_close").call(this);
	}
	get format(): "buffer" {
		return "buffer";
	}
}
