import TCP from "embedded:io/socket/tcp";

interface Options {
	/** 0: any that is free. */
	port?: number;
	/** Loopback when none is given. */
	address?: string;
	onReadable?: (this: Listener, requests: number) => void;
	format?: "socket/tcp";
	target?: unknown;
}

/** Accepts TCP connections; those that are not read wait in the backlog. */
export default class Listener extends Native("xs_listener_destructor") {
	declare target?: unknown;

	constructor(options: Options) {
		super();
		if (options.target !== undefined) this.target = options.target;
		if (options.format !== undefined && options.format !== "socket/tcp") throw new RangeError("format");
		native("xs_listener").call(this, options);
	}
	/** The next connection; to be handed to `new TCP({ from })` with callbacks, or used as it is. */
	read(): TCP | undefined {
		const descriptor = native("xs_listener_accept").call(this);
		return descriptor === undefined ? undefined : new TCP({ descriptor });
	}
	close(): void {
		native("xs_listener_close").call(this);
	}
	get port(): number {
		return native("xs_listener_port").call(this);
	}
	get format(): "socket/tcp" {
		return "socket/tcp";
	}
}
