import { decodeText } from "common/text";
import type { Socket, SocketListener, SocketOptions } from "gateway/web/server";

/** Sockets, a listener and timers in memory, as strict as the device's: nothing is read or written beyond what is there. */
export class Network {
	now = 0;
	/** Bytes that a socket takes before its client reads. */
	window = 65_536;
	listener: { options: ListenerOptions; backlog: Client[] } | undefined;
	readonly #timers = new Map<object, { callback: () => void; interval: number | undefined; due: number }>();

	readonly timer = {
		set: (callback: () => void, delay: number): object => {
			const timer = {};
			// Never at once: others that are due come first.
			this.#timers.set(timer, { callback, interval: undefined, due: this.now + Math.max(1, delay) });
			return timer;
		},
		repeat: (callback: () => void, interval: number): object => {
			const timer = {};
			this.#timers.set(timer, { callback, interval, due: this.now + interval });
			return timer;
		},
		clear: (timer: object): void => {
			this.#timers.delete(timer);
		},
	};

	get timers(): number {
		return this.#timers.size;
	}

	/** Lets virtual time pass. */
	advance(milliseconds: number): void {
		const end = this.now + milliseconds;
		for (;;) {
			let key: object | undefined;
			let next: { callback: () => void; interval: number | undefined; due: number } | undefined;
			for (const [timer, state] of this.#timers)
				if (state.due <= end && !(next && next.due <= state.due)) {
					key = timer;
					next = state;
				}
			if (undefined === next) break;
			this.now = Math.max(this.now, next.due);
			if (undefined === next.interval) this.#timers.delete(key!);
			else next.due += next.interval;
			next.callback();
		}
		this.now = end;
	}

	connect(address = "10.0.0.2"): Client {
		const client = new Client(address, this.window);
		this.listener!.backlog.push(client);
		this.listener!.options.onReadable.call({} as SocketListener, 1);
		return client;
	}
}

interface ListenerOptions {
	port: number;
	onReadable(this: SocketListener, requests: number): void;
}

export function listenerClass(network: Network) {
	return class implements SocketListener {
		readonly port: number;
		constructor(options: ListenerOptions) {
			this.port = options.port || 8080;
			network.listener = { options, backlog: [] };
		}
		read(): Socket | undefined {
			const client = network.listener!.backlog.shift();
			return client && new Pending(client);
		}
		close(): void {
			network.listener = undefined;
		}
	};
}

class Pending implements Socket {
	readonly client: Client;
	constructor(client: Client) {
		this.client = client;
	}
	get remoteAddress() {
		return this.client.address;
	}
	read(): never {
		throw new Error("not opened");
	}
	write(): never {
		throw new Error("not opened");
	}
	close(): void {}
}

/** The server's end. */
export class MemorySocket implements Socket {
	readonly options: SocketOptions;
	readonly client: Client;
	readonly target: unknown;
	closed = false;
	constructor(options: SocketOptions) {
		this.options = options;
		this.target = options.target;
		this.client = (options.from as Pending).client;
		this.client.accepted(this);
	}
	get remoteAddress() {
		return this.client.address;
	}
	read(buffer: Uint8Array): number {
		if (this.closed) throw new Error("read from a closed socket");
		if (0 === buffer.length || buffer.length > this.client.outgoing.length) throw new Error("invalid");
		buffer.set(this.client.outgoing.subarray(0, buffer.length));
		this.client.outgoing = this.client.outgoing.slice(buffer.length);
		return buffer.length;
	}
	write(buffer: Uint8Array): void {
		if (this.client.broken) throw new Error("disconnected");
		if (this.closed) throw new Error("write to a closed socket");
		if (buffer.length > this.client.room) throw new Error("would block");
		this.client.room -= buffer.length;
		this.client.take(buffer);
	}
	close(): void {
		this.closed = true;
		this.client.closed = true;
	}
}

export class Reply {
	readonly status: number;
	readonly headers: ReadonlyMap<string, string>;
	readonly body: Uint8Array;

	constructor(status: number, headers: ReadonlyMap<string, string>, body: Uint8Array) {
		this.status = status;
		this.headers = headers;
		this.body = body;
	}

	get text(): string {
		return decodeText(this.body);
	}
}

/** The client's end: what it sent and what came back. */
export class Client {
	readonly address: string;
	outgoing = new Uint8Array(0);
	incoming = new Uint8Array(0);
	room: number;
	closed = false;
	/** Whether the connection is gone, and the server has not been told. */
	broken = false;
	/** Whether arriving bytes make room for more at once. */
	reading = true;
	#socket: MemorySocket | undefined;
	#ended = false;

	constructor(address: string, room: number) {
		this.address = address;
		this.room = room;
	}

	accepted(socket: MemorySocket): void {
		this.#socket = socket;
		Promise.resolve().then(() => this.#deliver());
	}

	get isAccepted(): boolean {
		return undefined !== this.#socket;
	}

	/** The first callbacks of a socket, which never come from within its constructor. */
	#deliver(): void {
		const socket = this.#socket;
		if (undefined === socket) return;
		if (!socket.closed) socket.options.onWritable.call(socket, this.room);
		if (!socket.closed && this.outgoing.length > 0) socket.options.onReadable.call(socket, this.outgoing.length);
		if (!socket.closed && this.#ended && 0 === this.outgoing.length) socket.options.onError.call(socket);
	}

	send(data: string | Uint8Array): this {
		const bytes = "string" === typeof data ? fromLatin1(data) : data;
		if (this.closed) return this;
		const joined = new Uint8Array(this.outgoing.length + bytes.length);
		joined.set(this.outgoing);
		joined.set(bytes, this.outgoing.length);
		this.outgoing = joined;
		this.#deliver();
		return this;
	}

	/** Sends no more. */
	end(): void {
		this.#ended = true;
		this.#deliver();
	}

	take(bytes: Uint8Array): void {
		const joined = new Uint8Array(this.incoming.length + bytes.length);
		joined.set(this.incoming);
		joined.set(bytes, this.incoming.length);
		this.incoming = joined;
		if (this.reading) this.room += bytes.length;
	}

	/** Makes room for `bytes` more. */
	read(bytes: number): void {
		this.room += bytes;
		this.#deliver();
	}

	get text(): string {
		return toLatin1(this.incoming);
	}

	/** The next whole response; undefined when it is not there yet. Strict about its framing. */
	reply(method = "GET"): Reply | undefined {
		const text = this.text;
		const end = text.indexOf("\r\n\r\n");
		if (end < 0) return;
		const [line, ...fields] = text.slice(0, end).split("\r\n");
		const match = /^HTTP\/1\.1 (\d{3}) [A-Z]/.exec(line!);
		if (!match) throw new Error(`not a status line: ${line}`);
		const status = Number(match[1]);
		const headers = new Map<string, string>();
		for (const field of fields) {
			const colon = field.indexOf(": ");
			if (colon < 1) throw new Error(`not a field: ${field}`);
			if (headers.has(field.slice(0, colon))) throw new Error(`repeated: ${field}`);
			headers.set(field.slice(0, colon), field.slice(colon + 2));
		}
		const bodiless = "HEAD" === method || status < 200 || 204 === status || 304 === status;
		const length = bodiless ? 0 : Number(headers.get("content-length"));
		if (!(length >= 0)) throw new Error("a response without a length");
		if (this.incoming.length < end + 4 + length) return;
		const body = this.incoming.slice(end + 4, end + 4 + length);
		this.incoming = this.incoming.slice(end + 4 + length);
		return new Reply(status, headers, body);
	}
}

function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

/** One character for each byte. */
export function toLatin1(bytes: Uint8Array): string {
	let text = "";
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
}
