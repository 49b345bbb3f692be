interface Options {
	/** Where to connect to: an address or a name, */
	address?: string;
	host?: string;
	port?: number;
	/** or an open connection, which this one takes over, */
	from?: TCP;
	/** or what a listener accepted. */
	descriptor?: number;
	nodelay?: boolean;
	onReadable?: (this: TCP, bytes: number) => void;
	onWritable?: (this: TCP, bytes: number) => void;
	/** The connection failed or has ended. */
	onError?: (this: TCP) => void;
	format?: "number" | "buffer";
	target?: unknown;
}

/** A TCP connection (ECMA-419 class pattern of IO). */
export default class TCP extends Native("xs_tcp_destructor") {
	declare target?: unknown;

	constructor(options: Options) {
		super();
		if (options.target !== undefined) this.target = options.target;
		native("xs_tcp").call(this, options);
	}
	/** Undefined when there is nothing to read, and at the end. */
	read(count?: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number | undefined {
		return native("xs_tcp_read").call(this, count);
	}
	/** Throws, and writes nothing, when it would block. Gives how many more bytes may be written. */
	write(value: number | ArrayBufferLike | ArrayBufferView): number {
		return native("xs_tcp_write").call(this, value);
	}
	close(): void {
		native("xs_tcp_close").call(this);
	}
	get remoteAddress(): string | undefined {
		return native("xs_tcp_remoteAddress").call(this);
	}
	get remotePort(): number | undefined {
		return native("xs_tcp_remotePort").call(this);
	}
	get format(): "number" | "buffer" {
		return native("xs_tcp_format").call(this);
	}
	set format(value: "number" | "buffer") {
		native("xs_tcp_setFormat").call(this, value);
	}
}
