import type TCP from "embedded:io/socket/tcp";
import type { Exchange, Outgoing, Purpose } from "wearable/exchange";
import { ResponseError, ResponseParser } from "wearable/response";

type TCPOptions = ConstructorParameters<typeof TCP>[0];

/** The part of ECMA-419 TCP that the link uses. */
export interface Socket {
	write(bytes: Uint8Array): unknown;
	read(byteLength: number): number | ArrayBuffer | undefined;
	close(): void;
}

export interface LinkOptions {
	exchange: Exchange;
	io: new (options: TCPOptions) => Socket;
	/** Milliseconds of a clock that does not jump. */
	now: () => number;
}

/** Milliseconds in which an exchange, connecting included, is over. */
const patience = 8_000;
/** Milliseconds that an idle connection is kept for the next window. */
const idle = 5_000;
/** Bytes read at once. */
const piece = 256;

/** Carries the exchange's requests and answers over one TCP connection, opened when needed and kept while in use. */
export class Link {
	readonly #options: LinkOptions;
	readonly #parser = new ResponseParser();
	#address = "";
	#port = 0;
	#socket: Socket | undefined;
	/** Bytes that the socket takes now. */
	#room = 0;
	#purpose: Purpose | undefined;
	#outgoing: Outgoing | undefined;
	#sent = 0;
	#began = 0;
	/** When the last exchange on this connection ended. */
	#ended = 0;
	/** The connection has carried an exchange before, so the gateway may have closed it in the meantime. */
	#used = false;

	constructor(options: LinkOptions) {
		this.#options = options;
	}

	/** The gateway is at this address from now on. What is under way goes on there from its beginning. */
	connect(address: string, port: number): void {
		this.#address = address;
		this.#port = port;
		this.#close();
		if (this.#purpose) this.#start();
	}

	/** To be called often, once `connect` has been called: begins what is due and ends what takes too long. */
	tick(): void {
		const now = this.#options.now();
		if (this.#purpose) {
			if (now - this.#began > patience) this.#fail("does not answer");
			return;
		}
		this.#begin(now);
		if (!this.#purpose && this.#socket && now - this.#ended > idle) this.#close();
	}

	#begin(now: number): void {
		const { exchange } = this.#options;
		const purpose = exchange.next(now);
		if (!purpose) return;
		this.#purpose = purpose;
		this.#began = now;
		this.#outgoing = exchange.request(purpose);
		this.#start();
	}

	/** Sends the request from its beginning. */
	#start(): void {
		this.#sent = 0;
		this.#parser.reset();
		if (this.#socket) this.#send();
		else this.#open();
	}

	#open(): void {
		const { io: IO } = this.#options;
		this.#room = 0;
		this.#used = false;
		try {
			const socket: Socket = new IO({
				address: this.#address,
				port: this.#port,
				nodelay: true,
				onWritable: (count) => {
					if (socket !== this.#socket) return;
					this.#room = count;
					this.#send();
				},
				onReadable: (count) => {
					if (socket === this.#socket) this.#receive(count);
				},
				onError: () => {
					if (socket === this.#socket) this.#lost();
				},
			});
			this.#socket = socket;
		} catch {
			this.#fail("cannot be connected to");
		}
	}

	#send(): void {
		const outgoing = this.#outgoing;
		if (!outgoing) return;
		const { head, body } = outgoing;
		while (this.#room > 0 && this.#sent < head.length + body.length) {
			const inHead = this.#sent < head.length;
			const part = inHead ? head : body;
			const start = inHead ? this.#sent : this.#sent - head.length;
			const bytes = part.subarray(start, Math.min(part.length, start + this.#room));
			this.#socket!.write(bytes);
			this.#sent += bytes.length;
			this.#room -= bytes.length;
		}
	}

	#receive(count: number): void {
		try {
			while (count > 0) {
				const bytes = this.#socket!.read(Math.min(count, piece));
				if (!(bytes instanceof ArrayBuffer)) return;
				count -= bytes.byteLength;
				// Nothing was asked: whatever this is, the connection is of no more use.
				if (!this.#purpose) {
					this.#close();
					return;
				}
				if (this.#parser.push(new Uint8Array(bytes))) {
					this.#finish(count > 0);
					return;
				}
			}
		} catch (error) {
			if (!(error instanceof ResponseError)) throw error;
			this.#fail("gives no proper answer");
		}
	}

	#finish(excess: boolean): void {
		const { exchange, now } = this.#options;
		const time = now();
		const complete = this.#outgoing!.head.length + this.#outgoing!.body.length === this.#sent;
		const purpose = this.#purpose!;
		this.#purpose = undefined;
		this.#outgoing = undefined;
		this.#used = true;
		this.#ended = time;
		// An answer ahead of the whole request leaves the two ends at different places.
		if (!this.#parser.keepAlive || !complete || excess) this.#close();
		exchange.answered(purpose, this.#parser, time, time - this.#began);
		this.#begin(time);
	}

	/** The connection ended. A kept one may have been closed just as the request went out: then, once, anew. */
	#lost(): void {
		const { started } = this.#parser;
		this.#close();
		if (!this.#purpose) return;
		if (this.#used && !started) this.#start();
		else this.#fail(started ? "breaks off its answer" : "cannot be reached");
	}

	#fail(reason: string): void {
		this.#close();
		this.#purpose = undefined;
		this.#outgoing = undefined;
		this.#options.exchange.failed(reason, this.#options.now());
	}

	#close(): void {
		const socket = this.#socket;
		this.#socket = undefined;
		socket?.close();
	}
}
