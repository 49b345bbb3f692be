/** Virtual time, a network and an MQTT broker that fails in every way it is told to. */
import type { Socket, SocketOptions } from "gateway/cloud/uplink";
import mqtt from "mqtt-packet";

interface Event {
	at: number;
	callback: () => void;
}

/** Time that passes only when it is told to. What `now` gives wraps at 32 bits, like a device's ticks. */
export class VirtualTime {
	/** Milliseconds since the start. */
	elapsed = 0;
	/** Added to what `now` tells. */
	offset: number;
	/** In their order. */
	#events: Event[] = [];

	constructor(offset = 0) {
		this.offset = offset;
	}

	now = () => (this.elapsed + this.offset) | 0;

	readonly timer = {
		set: (callback: () => void, milliseconds: number): Event => {
			if (!(milliseconds >= 0)) throw new RangeError(`timer of ${milliseconds} ms`);
			const event = { at: this.elapsed + milliseconds, callback };
			let index = this.#events.length;
			while (index > 0 && this.#events[index - 1]!.at > event.at) index--;
			this.#events.splice(index, 0, event);
			return event;
		},
		clear: (event: Event): void => {
			const index = this.#events.indexOf(event);
			if (index >= 0) this.#events.splice(index, 1);
		},
	};

	/** Everything that is planned is forgotten. */
	stop(): void {
		this.#events = [];
	}

	advance(milliseconds: number): void {
		const end = this.elapsed + milliseconds;
		while (this.#events.length > 0 && this.#events[0]!.at <= end) {
			const next = this.#events.shift()!;
			this.elapsed = next.at;
			next.callback();
		}
		this.elapsed = end;
	}
}

export interface Delivery {
	topic: string;
	payload: string;
	id: number;
	duplicate: boolean;
	/** Which of the connections it came on. */
	connection: number;
	retain: boolean;
}

const latency = 5;
const window = 700;

export class FakeBroker {
	readonly #time: VirtualTime;
	/** What happens to an attempt to connect. */
	network: "up" | "refusing" | "silent" = "up";
	/** CONNACK's code. */
	returnCode = 0;
	/** Called for each packet; true: the broker is done with it. */
	fault: ((packet: mqtt.Packet, link: Link) => boolean) | undefined;
	/** When there was an attempt to connect, in milliseconds since the start. */
	readonly attempts: number[] = [];
	/** CONNECT packets. */
	readonly connects: mqtt.IConnectPacket[] = [];
	readonly subscribes: mqtt.ISubscribePacket[] = [];
	readonly deliveries: Delivery[] = [];
	readonly retained = new Map<string, string>();
	readonly sessions = new Set<string>();
	/** What the client acknowledged. */
	readonly acknowledged: mqtt.Packet[] = [];
	link: Link | undefined;
	connections = 0;
	pings = 0;

	constructor(time: VirtualTime) {
		this.#time = time;
	}

	/** The class that a client opens its connections with. */
	get tcp(): new (
		options: SocketOptions,
	) => Socket {
		const broker = this;
		return class extends Link {
			constructor(options: SocketOptions) {
				super(options, broker, broker.#time);
			}
		};
	}

	/** Forgets sessions and retained messages and drops its connections. */
	restart(): void {
		this.sessions.clear();
		this.retained.clear();
		this.link?.drop();
	}

	/** The results that came, by their first arrival. */
	get firsts(): string[] {
		const ids = this.results.map((result) => result.id);
		return ids.filter((id, at) => ids.indexOf(id) === at);
	}

	get results(): { id: string }[] {
		return this.deliveries.filter(({ topic }) => topic.endsWith("/result")).map(({ payload }) => JSON.parse(payload));
	}

	receive(packet: mqtt.Packet, link: Link): void {
		if (this.fault?.(packet, link)) return;
		switch (packet.cmd) {
			case "connect": {
				this.connects.push(packet);
				const sessionPresent = 0 === this.returnCode && !packet.clean && this.sessions.has(packet.clientId);
				link.send({ cmd: "connack", returnCode: this.returnCode, sessionPresent });
				if (0 !== this.returnCode) {
					this.#time.timer.set(() => link.drop(), 2 * latency);
					break;
				}
				if (!packet.clean) this.sessions.add(packet.clientId);
				link.will = packet.will as mqtt.IConnectPacket["will"];
				break;
			}
			case "publish":
				this.deliver(packet, link);
				link.send({ cmd: "puback", messageId: packet.messageId! });
				break;
			case "subscribe":
				this.subscribes.push(packet);
				link.send({ cmd: "suback", messageId: packet.messageId!, granted: packet.subscriptions.map(({ qos }) => qos) });
				break;
			case "pingreq":
				this.pings++;
				link.send({ cmd: "pingresp" });
				break;
			default:
				this.acknowledged.push(packet);
		}
	}

	deliver(packet: mqtt.IPublishPacket, link: Link): void {
		const { topic, retain, dup: duplicate, messageId } = packet;
		const payload = packet.payload.toString();
		this.deliveries.push({ topic, payload, id: messageId!, duplicate, retain, connection: link.number });
		if (retain) this.retained.set(topic, payload);
	}
}

/** A client's connection to the broker, both ends of it. */
export class Link implements Socket {
	readonly #options: SocketOptions;
	readonly #broker: FakeBroker;
	readonly #time: VirtualTime;
	readonly #parser = mqtt.parser({ protocolVersion: 4 });
	#incoming: Buffer = Buffer.alloc(0);
	#writable = 0;
	#open = true;
	#closed = false;
	readonly number: number;
	will: mqtt.IConnectPacket["will"];

	constructor(options: SocketOptions, broker: FakeBroker, time: VirtualTime) {
		this.#options = options;
		this.#broker = broker;
		this.#time = time;
		this.number = ++broker.connections;
		broker.attempts.push(time.elapsed);
		this.#parser.on("packet", (packet) => {
			if (this.#open) broker.receive(packet, this);
		});
		this.#parser.on("error", (error) => {
			throw error;
		});
		if ("silent" === broker.network) return;
		if ("refusing" === broker.network) {
			this.#later(() => this.#options.onError());
			return;
		}
		broker.link = this;
		this.#later(() => {
			this.#writable = window;
			this.#options.onWritable(window);
		});
	}

	/** In order, a latency from now, unless the connection ends before. */
	#later(callback: () => void): void {
		this.#time.timer.set(() => {
			if (this.#open) callback();
		}, latency);
	}

	read(byteLength: number): ArrayBuffer {
		if (this.#closed) throw new Error("closed");
		if (byteLength > this.#incoming.length) throw new Error("beyond what is there");
		const bytes = Uint8Array.from(this.#incoming.subarray(0, byteLength));
		this.#incoming = this.#incoming.subarray(byteLength);
		return bytes.buffer;
	}

	write(bytes: Uint8Array): void {
		if (this.#closed) throw new Error("closed");
		if (!this.#open) return;
		if (bytes.length > this.#writable) throw new Error("would block");
		this.#writable -= bytes.length;
		const sent = Buffer.from(bytes);
		this.#later(() => {
			this.#parser.parse(sent);
			this.#later(() => {
				this.#writable += sent.length;
				this.#options.onWritable(this.#writable);
			});
		});
	}

	/** The client closes. */
	close(): void {
		this.#closed = true;
		this.#end();
	}

	/** The broker sends a packet, or bytes. */
	send(packet: mqtt.Packet | Uint8Array): void {
		const bytes = packet instanceof Uint8Array ? packet : mqtt.generate(packet);
		this.#later(() => {
			this.#incoming = Buffer.concat([this.#incoming, bytes]);
			this.#options.onReadable(this.#incoming.length);
		});
	}

	/** The connection ends, for whatever reason. What is on its way in both directions is lost. */
	drop(): void {
		if (!this.#open) return;
		this.#end();
		this.#time.timer.set(() => {
			if (!this.#closed) this.#options.onError();
		}, latency);
	}

	#end(): void {
		if (!this.#open) return;
		this.#open = false;
		if (this.#broker.link === this) this.#broker.link = undefined;
		if (this.will?.retain) this.#broker.retained.set(this.will.topic, this.will.payload.toString());
	}
}
