/** The WiFi uplink: carries the outbox to an MQTT broker over one TCP connection and one timer. */

import { encodeText } from "common/text";
import { Client, type Message, type Reason, type Source, type State } from "gateway/cloud/mqtt/client";
import type { Outbox } from "gateway/cloud/outbox";
import type { Result } from "gateway/result";

/** What the uplink needs of an open `embedded:io/socket/tcp`. */
export interface Socket {
	read(byteLength: number): ArrayBuffer | number | undefined;
	write(bytes: Uint8Array): void;
	close(): void;
}

/** `this` in a socket's callbacks. */
export interface Callee {
	readonly target?: unknown;
}

export interface SocketOptions {
	address: string;
	port: number;
	/** What `this.target` is in the callbacks. */
	target: unknown;
	onReadable(this: Callee, count: number): void;
	/** The first call says that the connection is open. */
	onWritable(this: Callee, count: number): void;
	onError(this: Callee): void;
}

export interface Broker {
	/** IPv4 address. */
	address: string;
	port: number;
	user?: string;
	password?: string;
}

export interface UplinkOptions<Timer> {
	tcp: new (options: SocketOptions) => Socket;
	timer: {
		set(callback: () => void, milliseconds: number): Timer;
		clear(timer: Timer): void;
	};
	/** Milliseconds of a monotonic clock, which may wrap at 32 bits. */
	now(): number;
	/** 0 ≤ random() < 1. */
	random(): number;
	outbox: Outbox;
	/** The gateway's id: the client id, and a level of every topic. */
	gateway: string;
	/** The gateway's version, for the birth message. */
	version: string;
	broker: Broker;
	/** The status changed; changes of the counts alone are told once a second at most. */
	onStatus(status: CloudStatus): void;
}

/** What the page shows of the way to the cloud. */
export interface CloudStatus {
	state: State;
	/** `<address>:<port>` */
	broker: string;
	/** Results that the broker does not have yet. */
	queued: number;
	/** Results that it took since the start. */
	acknowledged: number;
	/** Results that fit the outbox. */
	capacity: number;
	/** Why there is no connection, while there is none. */
	reason?: Reason;
}

/** Seconds. */
const keepAlive = 60;
const readLength = 512;
/** Bytes; with the longest result a message still fits the client's buffer. */
const maximumGatewayLength = 32;
const statusInterval = 1000;

/** The payload of a result's message. A probability is told to a millionth. */
export function resultPayload(result: Result): Uint8Array {
	return encodeText(
		JSON.stringify({
			id: result.id,
			device: result.device,
			window: result.window,
			model: result.model,
			version: result.version,
			label: result.label,
			confidence: round(result.confidence),
			probabilities: Array.from(result.probabilities, round),
			time: result.time,
		}),
	);
}

function round(probability: number): number {
	return Math.round(probability * 1e6) / 1e6;
}

export class Uplink<Timer> implements Source {
	readonly #options: UplinkOptions<Timer>;
	readonly #outbox: Outbox;
	readonly #client: Client;
	#socket: Socket | undefined;
	/** Bytes that the socket takes now; there is nothing to send before it has said so. */
	#writable = 0;
	#timer: Timer | undefined;
	/** When it is due. */
	#due = 0;
	#statusTimer: Timer | undefined;
	#state: State = "off";

	/** Throws RangeError for a gateway id of more than 32 bytes. */
	constructor(options: UplinkOptions<Timer>) {
		if (encodeText(options.gateway).length > maximumGatewayLength) throw new RangeError("gateway id too long");
		this.#options = options;
		this.#outbox = options.outbox;
		const { gateway, version, broker } = options;
		const topic = `tmlaas/${gateway}/status`;
		this.#client = new Client({
			connect: {
				id: gateway,
				clean: false,
				keepAlive,
				user: broker.user,
				password: broker.password,
				will: { topic, payload: encodeText(JSON.stringify({ online: false })), QoS: 1, retain: true },
			},
			birth: { topic, payload: encodeText(JSON.stringify({ online: true, version })), retain: true },
			source: this,
			subscriptions: [],
			onMessage: ignore,
			random: options.random,
		});
	}

	get status(): CloudStatus {
		const { address, port } = this.#options.broker;
		const status: CloudStatus = {
			state: this.#client.state,
			broker: `${address}:${port}`,
			queued: this.#outbox.queued,
			acknowledged: this.#outbox.acknowledged,
			capacity: this.#outbox.capacity,
		};
		if (undefined !== this.#client.reason) status.reason = this.#client.reason;
		return status;
	}

	start(): void {
		this.#outbox.onAppend = () => this.appended();
		this.#client.start(this.#options.now());
		this.settle();
	}

	close(): void {
		this.#outbox.onAppend = undefined;
		this.#client.stop(this.#options.now());
		this.settle();
		if (undefined !== this.#statusTimer) this.#options.timer.clear(this.#statusTimer);
		this.#statusTimer = undefined;
	}

	private appended(): void {
		this.#client.pump(this.#options.now());
		this.settle();
		this.tellCounts();
	}

	next(token: number | undefined): number | undefined {
		return this.#outbox.next(token);
	}

	message(token: number): Message | undefined {
		const result = this.#outbox.read(token);
		if (undefined === result) return;
		return {
			topic: `tmlaas/${this.#options.gateway}/devices/${result.device}/result`,
			payload: resultPayload(result),
		};
	}

	acknowledge(token: number): void {
		this.#outbox.acknowledge(token);
		this.tellCounts();
	}

	/** Makes socket, timer and status follow the client. */
	private settle(): void {
		const client = this.#client;
		if (undefined === this.#socket && this.isOpen()) this.connect();
		this.flush();
		if (!this.isOpen()) {
			this.#socket?.close();
			this.#socket = undefined;
		}
		this.schedule();
		if (client.state !== this.#state) {
			this.#state = client.state;
			this.#options.onStatus(this.status);
		}
	}

	/** Whether the client wants a connection. */
	private isOpen(): boolean {
		const { state } = this.#client;
		return "connecting" === state || "connected" === state;
	}

	private connect(): void {
		const { tcp: TCP, now, broker } = this.#options;
		try {
			this.#socket = new TCP({
				address: broker.address,
				port: broker.port,
				target: this,
				onReadable,
				onWritable,
				onError,
			});
		} catch {
			// No socket is free or there is no network: like a connection that fails.
			this.#client.lost(now());
		}
	}

	readable(count: number): void {
		this.readFrom(count);
		this.settle();
	}

	writable(count: number): void {
		this.#writable = count;
		this.#client.opened(this.#options.now());
		this.settle();
	}

	lost(): void {
		this.#client.lost(this.#options.now());
		this.settle();
	}

	private readFrom(count: number): void {
		while (count > 0 && this.isOpen()) {
			const length = Math.min(count, readLength);
			const bytes = this.#socket!.read(length) as ArrayBuffer;
			count -= length;
			this.#client.receive(new Uint8Array(bytes), this.#options.now());
		}
	}

	private flush(): void {
		while (this.#writable > 0 && this.isOpen()) {
			const { output } = this.#client;
			if (0 === output.length) return;
			const count = Math.min(output.length, this.#writable);
			try {
				this.#socket!.write(output.subarray(0, count));
			} catch {
				this.#client.lost(this.#options.now());
				return;
			}
			this.#writable -= count;
			this.#client.consume(count, this.#options.now());
		}
	}

	/** A timer that is due earlier than need be is left: its tick does no harm, and most of what it waits for comes. */
	private schedule(): void {
		const { timer, now } = this.#options;
		const time = now();
		const delay = this.#client.delay(time);
		if (undefined !== this.#timer) {
			if (undefined !== delay && ((time + delay - this.#due) | 0) >= 0) return;
			timer.clear(this.#timer);
			this.#timer = undefined;
		}
		if (undefined === delay) return;
		this.#due = time + delay;
		this.#timer = timer.set(() => this.tick(), delay);
	}

	private tick(): void {
		this.#timer = undefined;
		this.#client.tick(this.#options.now());
		this.settle();
	}

	private tellCounts(): void {
		this.#statusTimer ??= this.#options.timer.set(() => {
			this.#statusTimer = undefined;
			this.#options.onStatus(this.status);
		}, statusInterval);
	}
}

// Functions of a preloaded module are in flash; made for each connection they would take a part of the heap.

function ignore(): void {}

function onReadable(this: Callee, count: number): void {
	(this.target as Uplink<unknown>).readable(count);
}

function onWritable(this: Callee, count: number): void {
	(this.target as Uplink<unknown>).writable(count);
}

function onError(this: Callee): void {
	(this.target as Uplink<unknown>).lost();
}
