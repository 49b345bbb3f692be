import { connect, type Socket } from "node:net";

/** The server closed before it had answered; the request may be sent again. */
export class Closed extends Error {}

const headEnd = Buffer.from("\r\n\r\n");

/** One keep-alive HTTP connection that costs its sender little, so that the server is what is measured. */
export class Connection {
	readonly #port: number;
	#socket: Socket | undefined;
	#received: Buffer = Buffer.alloc(0);
	#settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

	constructor(options: { port: number }) {
		this.#port = options.port;
	}

	/** Sends one request and gives the status of its answer. */
	exchange(request: Buffer): Promise<number> {
		return new Promise((resolve, reject) => {
			this.#settle = { resolve, reject };
			this.#socket ??= this.#open();
			this.#socket.write(request);
		});
	}

	close(): void {
		this.#socket?.destroy();
		this.#socket = undefined;
	}

	#open(): Socket {
		const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
		this.#received = Buffer.alloc(0);
		socket.on("data", (part) => this.#read(part as Buffer));
		socket.on("error", () => {});
		socket.on("close", () => {
			if (socket !== this.#socket) return;
			this.#socket = undefined;
			this.#settle?.reject(new Closed());
			this.#settle = undefined;
		});
		return socket;
	}

	#read(part: Buffer): void {
		this.#received = this.#received.length ? Buffer.concat([this.#received, part]) : part;
		const end = this.#received.indexOf(headEnd);
		if (end < 0) return;
		const head = this.#received.toString("latin1", 0, end);
		const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
		if (this.#received.length < end + 4 + length) return;
		this.#received = this.#received.subarray(end + 4 + length);
		const settle = this.#settle;
		this.#settle = undefined;
		if (/connection: *close/i.test(head)) this.close();
		settle?.resolve(Number(head.slice(9, 12)));
	}
}
