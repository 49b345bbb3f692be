/**
 * An MQTT 3.1.1 session that outlives its connections: it says when to connect, what to send and when to look again,
 * and is told what arrived and what time it is. It owns no socket and no timer.
 *
 *   off → connecting → connected
 *            ↑    ↓        ↓
 *            └── waiting ←─┘        (each failure closes, waits, and only then connects)
 *
 * Times are milliseconds of a monotonic clock that may wrap at 32 bits.
 */
import {
	type Connect,
	encodeConnect,
	encodePingreq,
	encodePuback,
	encodePubcomp,
	encodePublish,
	encodeSubscribe,
	type Packet,
	PacketError,
	PacketType,
	Parser,
} from "gateway/cloud/mqtt/codec";

export interface Message {
	topic: string;
	payload: Uint8Array;
	retain?: boolean;
}

/** The queue whose messages are sent in order at QoS 1. A token names a message for as long as it waits. */
export interface Source {
	/** The first message that waits, or the first after `token`. */
	next(token: number | undefined): number | undefined;
	/** What to publish, at most `maximumMessage` bytes; undefined when the message is lost and waits no longer. */
	message(token: number): Message | undefined;
	/** The broker has it [MQTT-4.3.2-1]. */
	acknowledge(token: number): void;
}

export type State = "off" | "connecting" | "connected" | "waiting";

/**
 * Why it waits. `lost`: the connection ended or never came. `silent`: no CONNACK, PINGRESP or PUBACK in time, or the
 * broker does not take what it is sent.
 * `unavailable`: the broker says so. `refused`: its settings do not admit this client (protocol, id, user or
 * password), so only a change of settings helps and it asks at the longest interval. `violation`: it broke the protocol.
 */
export type Reason = "lost" | "silent" | "unavailable" | "refused" | "violation";

export interface ClientOptions {
	/** CONNECT's fields; the keep-alive is in seconds and not 0. */
	connect: Connect;
	/** Published at QoS 1 on each connection, ahead of everything else. */
	birth: Message;
	source: Source;
	/** Filters to subscribe to at QoS 1. */
	subscriptions: readonly string[];
	/** A message of a subscription; the views are valid during the call. A message too long for the buffer is skipped. */
	onMessage(message: Message): void;
	/** 0 ≤ random() < 1. */
	random(): number;
}

/** Milliseconds. */
const Times = Object.freeze({
	/** For the TCP connection, and again for CONNACK. */
	connect: 10_000,
	/** For PINGRESP. */
	ping: 10_000,
	/** For a PUBACK while any is due. */
	acknowledgement: 20_000,
	minimumWait: 1_000,
	maximumWait: 60_000,
} as const);

/** Messages sent and not yet acknowledged, at most. */
const windowLength = 8;
const bufferLength = 1024;
/** Bytes that a message must leave free, for PUBACK and PINGREQ. */
const reserve = 32;
/** Bytes of a message's topic and payload, at most. */
export const maximumMessage = bufferLength - reserve - 9;
const birthId = 1;
const subscribeId = 2;
const lastFixedId = 2;

export class Client {
	readonly #connect: Connect;
	readonly #birth: Message;
	readonly #source: Source;
	readonly #subscriptions: readonly string[];
	readonly #onMessage: (message: Message) => void;
	readonly #random: () => number;
	readonly #parser: Parser;
	readonly #output = new Uint8Array(bufferLength);
	#outputLength = 0;
	#state: State = "off";
	#reason: Reason | undefined;
	/** CONNECT is sent and CONNACK has not come. */
	#greeting = false;
	/** When the present state, or the wait for CONNACK, began. */
	#since = 0;
	#wait = 0;
	#failures = 0;
	/** The time of the event that is being worked on. */
	#now = 0;
	/** When the last packet was put out. */
	#sent = 0;
	#pinging = false;
	#pinged = 0;
	/** When a message was last acknowledged, or the first of them sent. */
	#progress = 0;
	/** The messages in the window, oldest first. */
	readonly #ids = new Uint16Array(windowLength);
	readonly #tokens = new Float64Array(windowLength);
	#count = 0;
	/** How many of them this connection has put out. */
	#inFlight = 0;
	/** How many of them an earlier connection of this session has put out. */
	#duplicates = 0;
	#birthPending = false;
	#subscribed = false;
	#id = lastFixedId;

	/** Throws PacketError when the CONNECT, the subscriptions or the birth message do not fit or are not allowed. */
	constructor(options: ClientOptions) {
		this.#connect = options.connect;
		this.#birth = options.birth;
		this.#source = options.source;
		this.#subscriptions = options.subscriptions;
		this.#onMessage = options.onMessage;
		this.#random = options.random;
		this.#parser = new Parser({
			buffer: new Uint8Array(bufferLength),
			onPacket: (packet) => this.takePacket(packet),
		});
		encodeConnect(this.#output, 0, this.#connect);
		this.putGreetings();
		this.#outputLength = 0;
		this.#birthPending = false;
	}

	get state(): State {
		return this.#state;
	}

	/** Of the last failure, until a connection is up. */
	get reason(): Reason | undefined {
		return this.#reason;
	}

	/** Bytes to send, valid until the next call of any method. */
	get output(): Uint8Array {
		return this.#output.subarray(0, this.#outputLength);
	}

	/** The first `count` bytes of the output are sent. */
	consume(count: number, now: number): void {
		this.#output.copyWithin(0, count, this.#outputLength);
		this.#outputLength -= count;
		this.pump(now);
	}

	start(now: number): void {
		if ("off" === this.#state) this.enter("connecting", now);
	}

	/** Closes without DISCONNECT, so that the broker publishes the will [MQTT-3.1.2-8]. What is in the window stays. */
	stop(now: number): void {
		this.enter("off", now);
	}

	/** The connection is open. */
	opened(now: number): void {
		if ("connecting" !== this.#state || this.#greeting) return;
		this.#parser.reset();
		this.#greeting = true;
		this.#since = now;
		this.#sent = now;
		this.#outputLength = encodeConnect(this.#output, 0, this.#connect);
	}

	/** The connection ended or could not be made. */
	lost(now: number): void {
		if ("connecting" === this.#state || "connected" === this.#state) this.fail("lost", now);
	}

	/** Bytes from the broker. */
	receive(bytes: Uint8Array, now: number): void {
		if (!this.#greeting && "connected" !== this.#state) return;
		this.#now = now;
		try {
			this.#parser.parse(bytes);
		} catch (error) {
			if (!(error instanceof PacketError)) throw error;
			// [MQTT-4.8.0-1]
			this.fail("overflow" === error.code ? "silent" : "violation", now);
		}
		this.pump(now);
	}

	/** Looks at the time: to be called when `delay` has passed, and harmless at any other time. */
	tick(now: number): void {
		if ("waiting" === this.#state) {
			if (due(now, this.#since, this.#wait)) this.enter("connecting", now);
		} else if ("connecting" === this.#state) {
			if (due(now, this.#since, Times.connect)) this.fail("silent", now);
		} else if ("connected" === this.#state) {
			if (
				(this.#pinging && due(now, this.#pinged, Times.ping)) ||
				(this.#inFlight > 0 && due(now, this.#progress, Times.acknowledgement))
			)
				this.fail("silent", now);
			else this.pump(now);
		}
	}

	/** Milliseconds until `tick` is to be called; undefined: never. */
	delay(now: number): number | undefined {
		switch (this.#state) {
			case "off":
				return;
			case "waiting":
				return left(now, this.#since, this.#wait);
			case "connecting":
				return left(now, this.#since, Times.connect);
			case "connected": {
				const ping = this.#pinging ? left(now, this.#pinged, Times.ping) : left(now, this.#sent, this.pingInterval);
				return this.#inFlight > 0 ? Math.min(ping, left(now, this.#progress, Times.acknowledgement)) : ping;
			}
		}
	}

	/** Puts out what may be sent now; to be called when the source has something new. */
	pump(now: number): void {
		if ("connected" !== this.#state) return;
		// A message goes out only into an empty buffer, where `maximumMessage` bytes have room.
		while (0 === this.#outputLength && (this.#inFlight < this.#count || this.takeMessage())) this.putMessage(now);
		if (!this.#pinging && due(now, this.#sent, this.pingInterval)) {
			// [MQTT-3.1.2-23]. A buffer that has no room for it is as sure a sign as no answer.
			this.#pinging = true;
			this.#pinged = now;
			this.#sent = now;
			if (this.#outputLength + 2 <= bufferLength) this.#outputLength = encodePingreq(this.#output, this.#outputLength);
		}
	}

	/** A quarter of the keep-alive is left for the way to the broker. */
	private get pingInterval(): number {
		return this.#connect.keepAlive * 750;
	}

	/** Moves the source's next message into the window. */
	private takeMessage(): boolean {
		const count = this.#count;
		if (windowLength === count) return false;
		const token = this.#source.next(count > 0 ? this.#tokens[count - 1] : undefined);
		if (undefined === token) return false;
		this.#ids[count] = this.newId();
		this.#tokens[count] = token;
		this.#count++;
		return true;
	}

	/** Of the window, the first that this connection has not put out. */
	private putMessage(now: number): void {
		const at = this.#inFlight;
		const message = this.#source.message(this.#tokens[at]!);
		if (undefined === message) {
			this.remove(at);
			return;
		}
		this.putPublish(message, this.#ids[at]!, at < this.#duplicates);
		this.#sent = now;
		if (0 === at) this.#progress = now;
		this.#inFlight++;
	}

	private putPublish(message: Message, id: number, duplicate: boolean): void {
		const { topic, payload, retain = false } = message;
		this.#outputLength = encodePublish(
			this.#output,
			this.#outputLength,
			{ topic, payload, retain, QoS: 1 },
			id,
			duplicate,
		);
	}

	private remove(at: number): void {
		this.#ids.copyWithin(at, at + 1, this.#count);
		this.#tokens.copyWithin(at, at + 1, this.#count);
		this.#count--;
		if (at < this.#inFlight) this.#inFlight--;
		if (at < this.#duplicates) this.#duplicates--;
	}

	/** Not in use [MQTT-2.3.1-2]. */
	private newId(): number {
		do this.#id = 0xffff === this.#id ? lastFixedId + 1 : this.#id + 1;
		while (this.find(this.#id) >= 0);
		return this.#id;
	}

	private find(id: number): number {
		for (let i = 0; i < this.#count; i++) if (id === this.#ids[i]) return i;
		return -1;
	}

	private takePacket(packet: Packet): void {
		// What follows a failure in the same bytes belongs to a connection that is no more.
		if (!this.#greeting && "connected" !== this.#state) return;
		// [MQTT-3.2.0-1]: CONNACK is the first packet, and no other is one.
		if (this.#greeting !== (PacketType.connack === packet.type)) {
			this.fail("violation", this.#now);
			return;
		}
		switch (packet.type) {
			case PacketType.connack:
				this.receiveConnack(packet);
				break;
			case PacketType.publish:
				this.receivePublish(packet);
				break;
			case PacketType.puback:
				this.receivePuback(packet.id);
				break;
			case PacketType.pubrel:
				// [MQTT-4.3.3-2]: answered even when the message is unknown, or the broker asks for ever.
				this.#outputLength = encodePubcomp(this.#output, this.#outputLength, packet.id);
				break;
			case PacketType.suback:
				// [MQTT-3.8.4-5]
				if (packet.payload!.length !== this.#subscriptions.length) this.fail("violation", this.#now);
				else this.#subscribed = true;
				break;
			case PacketType.pingresp:
				this.#pinging = false;
				this.#failures = 0;
				break;
			// PUBREC, PUBCOMP and UNSUBACK answer nothing that this client sends, and ask for nothing.
		}
	}

	private receiveConnack(packet: Packet): void {
		if (0 !== packet.returnCode) {
			this.fail(3 === packet.returnCode ? "unavailable" : "refused", this.#now);
			return;
		}
		this.enter("connected", this.#now);
		this.#reason = undefined;
		if (packet.sessionPresent) {
			// [MQTT-4.4.0-1]: the same ids, in the same order.
			this.#duplicates = this.#count;
		} else {
			// The broker knows none of the ids, so the messages in the window are new to it.
			this.#subscribed = false;
			this.#birthPending = false;
			this.#duplicates = 0;
		}
		this.putGreetings();
		this.#sent = this.#now;
	}

	private putGreetings(): void {
		if (this.#subscriptions.length > 0 && !this.#subscribed)
			this.#outputLength = encodeSubscribe(this.#output, this.#outputLength, subscribeId, this.#subscriptions, 1);
		this.putPublish(this.#birth, birthId, this.#birthPending);
		this.#birthPending = true;
	}

	private receivePublish(packet: Packet): void {
		// [MQTT-3.8.4-6]: at most the QoS that was asked for.
		if (2 === packet.QoS) {
			this.fail("violation", this.#now);
			return;
		}
		if (undefined !== packet.payload) this.#onMessage({ topic: packet.topic, payload: packet.payload });
		if (1 === packet.QoS) this.#outputLength = encodePuback(this.#output, this.#outputLength, packet.id);
	}

	private receivePuback(id: number): void {
		if (birthId === id) {
			this.#birthPending = false;
			return;
		}
		const at = this.find(id);
		if (at < 0 || at >= this.#inFlight) return;
		const token = this.#tokens[at]!;
		this.remove(at);
		this.#progress = this.#now;
		this.#failures = 0;
		this.#source.acknowledge(token);
	}

	/** The next attempt is jittered over its whole interval, which doubles: many gateways must not come back at once. */
	private fail(reason: Reason, now: number): void {
		this.enter("waiting", now);
		this.#reason = reason;
		this.#failures++;
		const { minimumWait, maximumWait } = Times;
		const refused = "refused" === reason;
		const shortest = refused ? maximumWait / 2 : minimumWait;
		const longest = refused ? maximumWait : Math.min(maximumWait, minimumWait * 2 ** Math.min(this.#failures, 16));
		this.#wait = shortest + this.#random() * (longest - shortest);
	}

	private enter(state: State, now: number): void {
		this.#state = state;
		this.#since = now;
		this.#greeting = false;
		this.#pinging = false;
		this.#inFlight = 0;
		this.#outputLength = 0;
	}
}

/** Also when the clock stepped back, which a monotonic one does only by wrapping. */
function due(now: number, since: number, span: number): boolean {
	const elapsed = (now - since) | 0;
	return elapsed < 0 || elapsed >= span;
}

function left(now: number, since: number, span: number): number {
	return due(now, since, span) ? 0 : Math.ceil(span - ((now - since) | 0));
}
