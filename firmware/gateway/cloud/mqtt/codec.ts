/**
 * MQTT 3.1.1 packets (OASIS standard, 29 October 2014) as a client writes and reads them, in buffers that the caller
 * gives. Sans-IO: no socket, no timer. Clause ids such as [MQTT-2.2.2-2] stand beside what they are checked by.
 */
import { decodeText, encodeText, TextError } from "common/text";

/** Control packet types, section 2.2.1. */
export const PacketType = Object.freeze({
	connect: 1,
	connack: 2,
	publish: 3,
	puback: 4,
	pubrec: 5,
	pubrel: 6,
	pubcomp: 7,
	subscribe: 8,
	suback: 9,
	unsubscribe: 10,
	unsuback: 11,
	pingreq: 12,
	pingresp: 13,
	disconnect: 14,
} as const);

export type PacketErrorCode =
	/** A type that a server must not send, or that does not exist. */
	| "type"
	/** Reserved header flags that are not as section 2.2.2 has them. */
	| "flags"
	| "qos"
	/** A remaining length of five bytes, or one that its packet type cannot have. */
	| "length"
	/** A PUBLISH that is too long even to be skipped. */
	| "too-large"
	| "text"
	| "topic"
	| "packet-id"
	/** A return code that section 3.2.2.3 or 3.9.3 reserves. */
	| "return-code"
	/** The output does not fit its buffer; nothing was written. */
	| "overflow"
	/** A field that section 3.1 forbids beside another. */
	| "field";

export class PacketError extends Error {
	readonly code: PacketErrorCode;

	constructor(code: PacketErrorCode) {
		super(`MQTT packet: ${code}`);
		this.code = code;
	}
}

export interface Publication {
	topic: string;
	payload: Uint8Array;
	QoS: 0 | 1;
	retain?: boolean;
}

export interface Connect {
	id: string;
	/** Section 3.1.2.4. */
	clean: boolean;
	/** Seconds, 0…65535. */
	keepAlive: number;
	user?: string;
	password?: string;
	will?: Publication;
}

const maximumField = 0xffff;
const maximumRemaining = 0xfffffff;
/** Bytes of one PUBLISH that are read over; a longer one ends the connection. */
const maximumSkipped = 0x100000;

/** Bytes of the fixed header and what follows it; throws before anything is written. */
function begin(target: Uint8Array, at: number, header: number, remaining: number): number {
	if (remaining > maximumRemaining) throw new PacketError("length");
	const lengthBytes = remaining < 0x80 ? 1 : remaining < 0x4000 ? 2 : remaining < 0x200000 ? 3 : 4;
	if (at + 1 + lengthBytes + remaining > target.length) throw new PacketError("overflow");
	target[at++] = header;
	let rest = remaining;
	do {
		const digit = rest & 0x7f;
		rest >>= 7;
		target[at++] = rest > 0 ? digit | 0x80 : digit;
	} while (rest > 0);
	return at;
}

function putNumber(target: Uint8Array, at: number, value: number): number {
	target[at] = value >> 8;
	target[at + 1] = value & 0xff;
	return at + 2;
}

function putField(target: Uint8Array, at: number, field: Uint8Array): number {
	target.set(field, putNumber(target, at, field.length));
	return at + 2 + field.length;
}

/** UTF-8 of at most 65535 bytes (section 1.5.3) without U+0000 [MQTT-1.5.3-2]. */
function text(value: string): Uint8Array {
	if (value.length > maximumField) throw new PacketError("length");
	// Looked for in the text: XS encodes it as C0 80.
	if (value.includes("\u0000")) throw new PacketError("text");
	const bytes = encodeText(value);
	if (bytes.length > maximumField) throw new PacketError("length");
	return bytes;
}

/** A topic name has a character [MQTT-4.7.3-1] and no wildcard [MQTT-3.3.2-2]. */
function topicName(topic: string): Uint8Array {
	if ("" === topic || topic.includes("#") || topic.includes("+")) throw new PacketError("topic");
	return text(topic);
}

/** Wildcards stand alone in their level [MQTT-4.7.1-2] [MQTT-4.7.1-3], `#` in the last. */
function topicFilter(filter: string): Uint8Array {
	if ("" === filter) throw new PacketError("topic");
	const levels = filter.split("/");
	for (let i = 0; i < levels.length; i++) {
		const level = levels[i]!;
		if (level.includes("#") && ("#" !== level || i + 1 < levels.length)) throw new PacketError("topic");
		if (level.includes("+") && "+" !== level) throw new PacketError("topic");
	}
	return text(filter);
}

/** [MQTT-2.3.1-1] */
function checkPacketId(id: number): void {
	if (id < 1 || id > 0xffff) throw new PacketError("packet-id");
}

// Each encoder writes its packet into `target` from `at` on and returns where it ends. It throws PacketError before it
// has written a byte.

export function encodeConnect(target: Uint8Array, at: number, options: Connect): number {
	const { will } = options;
	const { user, password } = options;
	// [MQTT-3.1.3-7]: no id, no session that could be kept. [MQTT-3.1.2-22]: no password without a user name.
	if ("" === options.id && !options.clean) throw new PacketError("field");
	if (undefined !== password && undefined === user) throw new PacketError("field");
	if (options.keepAlive < 0 || options.keepAlive > 0xffff) throw new PacketError("field");
	const fields = [text(options.id)];
	let flags = options.clean ? 0b0000_0010 : 0;
	if (undefined !== will) {
		flags |= 0b0000_0100 | (will.QoS << 3);
		if (will.retain) flags |= 0b0010_0000;
		if (will.payload.length > maximumField) throw new PacketError("length");
		fields.push(topicName(will.topic), will.payload);
	}
	if (undefined !== user) {
		flags |= 0b1000_0000;
		fields.push(text(user));
	}
	if (undefined !== password) {
		flags |= 0b0100_0000;
		const bytes = encodeText(password);
		if (bytes.length > maximumField) throw new PacketError("length");
		fields.push(bytes);
	}
	let remaining = 10;
	for (const field of fields) remaining += 2 + field.length;
	at = begin(target, at, PacketType.connect << 4, remaining);
	at = putField(target, at, encodeText("MQTT"));
	target[at++] = 4;
	target[at++] = flags;
	at = putNumber(target, at, options.keepAlive);
	for (const field of fields) at = putField(target, at, field);
	return at;
}

/** `id` is left out at QoS 0. `duplicate`: sent before, in a session that goes on [MQTT-3.3.1-1]. */
export function encodePublish(
	target: Uint8Array,
	at: number,
	publication: Publication,
	id: number,
	duplicate: boolean,
): number {
	const { payload, QoS } = publication;
	// [MQTT-3.3.1-2]
	if (duplicate && 0 === QoS) throw new PacketError("flags");
	if (QoS > 0) checkPacketId(id);
	const topic = topicName(publication.topic);
	const header = (PacketType.publish << 4) | (duplicate ? 0b1000 : 0) | (QoS << 1) | (publication.retain ? 0b0001 : 0);
	at = begin(target, at, header, 2 + topic.length + (QoS > 0 ? 2 : 0) + payload.length);
	at = putField(target, at, topic);
	if (QoS > 0) at = putNumber(target, at, id);
	target.set(payload, at);
	return at + payload.length;
}

function encodeAcknowledgement(target: Uint8Array, at: number, type: number, id: number): number {
	checkPacketId(id);
	return putNumber(target, begin(target, at, type << 4, 2), id);
}

export function encodePuback(target: Uint8Array, at: number, id: number): number {
	return encodeAcknowledgement(target, at, PacketType.puback, id);
}

export function encodePubcomp(target: Uint8Array, at: number, id: number): number {
	return encodeAcknowledgement(target, at, PacketType.pubcomp, id);
}

/** Asks for every filter at the same `QoS`. At least one filter [MQTT-3.8.3-3]. */
export function encodeSubscribe(
	target: Uint8Array,
	at: number,
	id: number,
	filters: readonly string[],
	QoS: 0 | 1,
): number {
	checkPacketId(id);
	if (0 === filters.length) throw new PacketError("field");
	const fields = filters.map(topicFilter);
	let remaining = 2;
	for (const field of fields) remaining += 3 + field.length;
	// [MQTT-3.8.1-1]: the reserved flags are 0010.
	at = putNumber(target, begin(target, at, (PacketType.subscribe << 4) | 0b0010, remaining), id);
	for (const field of fields) {
		at = putField(target, at, field);
		target[at++] = QoS;
	}
	return at;
}

/** At least one filter [MQTT-3.10.3-2]. */
export function encodeUnsubscribe(target: Uint8Array, at: number, id: number, filters: readonly string[]): number {
	checkPacketId(id);
	if (0 === filters.length) throw new PacketError("field");
	const fields = filters.map(topicFilter);
	let remaining = 2;
	for (const field of fields) remaining += 2 + field.length;
	// [MQTT-3.10.1-1]: the reserved flags are 0010.
	at = putNumber(target, begin(target, at, (PacketType.unsubscribe << 4) | 0b0010, remaining), id);
	for (const field of fields) at = putField(target, at, field);
	return at;
}

export function encodePingreq(target: Uint8Array, at: number): number {
	return begin(target, at, PacketType.pingreq << 4, 0);
}

export function encodeDisconnect(target: Uint8Array, at: number): number {
	return begin(target, at, PacketType.disconnect << 4, 0);
}

/** What a server sends. The views and the object are valid only during the callback. */
export interface Packet {
	/** One of `PacketType`. */
	readonly type: number;
	/** Of CONNACK: 0…5, section 3.2.2.3. */
	readonly returnCode: number;
	/** Of CONNACK. */
	readonly sessionPresent: boolean;
	/** Of every packet that has one, else 0. */
	readonly id: number;
	/** Of PUBLISH. */
	readonly QoS: number;
	readonly retain: boolean;
	readonly duplicate: boolean;
	/** Of PUBLISH; empty when it did not fit the buffer either. */
	readonly topic: string;
	/** Of PUBLISH: its payload, undefined when the packet did not fit the buffer and was skipped. Of SUBACK: its codes. */
	readonly payload: Uint8Array | undefined;
}

export interface ParserOptions {
	/** Holds one packet's variable header and payload; what is longer is skipped. At least 8 bytes. */
	buffer: Uint8Array;
	onPacket(packet: Packet): void;
}

/** Where the parser stands within a packet. */
const State = Object.freeze({ header: 0, length: 1, body: 2, failed: 3 } as const);

/** Reads a server's bytes in parts of any size. After an error the connection is to be closed [MQTT-4.8.0-1]. */
export class Parser implements Packet {
	readonly #buffer: Uint8Array;
	readonly #onPacket: (packet: Packet) => void;
	#state: 0 | 1 | 2 | 3 = State.header;
	#remaining = 0;
	#shift = 0;
	/** Bytes of the body that have passed. */
	#at = 0;
	type = 0;
	returnCode = 0;
	sessionPresent = false;
	id = 0;
	QoS = 0;
	retain = false;
	duplicate = false;
	topic = "";
	payload: Uint8Array | undefined;
	/** PUBLISH packets that were too long for the buffer. */
	skipped = 0;

	constructor(options: ParserOptions) {
		this.#buffer = options.buffer;
		this.#onPacket = options.onPacket;
	}

	/** For a new connection. */
	reset(): void {
		this.#state = State.header;
	}

	/** Throws PacketError at the first byte that shows a violation; bytes after an error are not looked at. */
	parse(bytes: Uint8Array): void {
		let at = 0;
		try {
			while (at < bytes.length) {
				if (State.body === this.#state) at += this.parseBody(bytes, at);
				else if (State.header === this.#state) this.parseHeader(bytes[at++]!);
				else if (State.length === this.#state) this.parseLength(bytes[at++]!);
				else return;
			}
		} catch (error) {
			this.#state = State.failed;
			throw error;
		}
	}

	private parseHeader(header: number): void {
		const type = header >> 4;
		const flags = header & 15;
		this.type = type;
		this.id = 0;
		this.QoS = 0;
		this.retain = false;
		this.duplicate = false;
		this.topic = "";
		this.payload = undefined;
		switch (type) {
			case PacketType.publish:
				this.QoS = (flags >> 1) & 3;
				this.retain = 0 !== (flags & 1);
				this.duplicate = 0 !== (flags & 8);
				// [MQTT-3.3.1-4], [MQTT-3.3.1-2]
				if (3 === this.QoS) throw new PacketError("qos");
				if (this.duplicate && 0 === this.QoS) throw new PacketError("flags");
				break;
			case PacketType.pubrel:
				// [MQTT-3.6.1-1]
				if (0b0010 !== flags) throw new PacketError("flags");
				break;
			case PacketType.connack:
			case PacketType.puback:
			case PacketType.pubrec:
			case PacketType.pubcomp:
			case PacketType.suback:
			case PacketType.unsuback:
			case PacketType.pingresp:
				// [MQTT-2.2.2-2]
				if (0 !== flags) throw new PacketError("flags");
				break;
			default:
				throw new PacketError("type");
		}
		this.#remaining = 0;
		this.#shift = 0;
		this.#state = State.length;
	}

	/** Section 2.2.3: seven bits a byte, least significant first, four bytes at most. */
	private parseLength(digit: number): void {
		this.#remaining |= (digit & 0x7f) << this.#shift;
		this.#shift += 7;
		if (digit & 0x80) {
			if (28 === this.#shift) throw new PacketError("length");
			return;
		}
		const remaining = this.#remaining;
		switch (this.type) {
			case PacketType.publish:
				// A topic's length, a character of it, and a packet id where there is one.
				if (remaining < (this.QoS > 0 ? 5 : 3)) throw new PacketError("length");
				if (remaining > maximumSkipped) throw new PacketError("too-large");
				break;
			case PacketType.suback:
				if (remaining < 3 || remaining > this.#buffer.length) throw new PacketError("length");
				break;
			case PacketType.pingresp:
				if (0 !== remaining) throw new PacketError("length");
				break;
			default:
				if (2 !== remaining) throw new PacketError("length");
		}
		this.#at = 0;
		this.#state = State.body;
		if (0 === remaining) this.end();
	}

	/** Takes what there is of the body; returns the number of bytes. */
	private parseBody(bytes: Uint8Array, from: number): number {
		const count = Math.min(bytes.length - from, this.#remaining - this.#at);
		const start = this.#at;
		const room = this.#buffer.length - start;
		if (room > 0) this.#buffer.set(bytes.subarray(from, from + Math.min(count, room)), start);
		this.#at += count;
		if (PacketType.publish === this.type && this.#at >= 2) {
			const topicEnd = 2 + this.number(0);
			if (start < 2) {
				// [MQTT-4.7.3-1], and the fields fit their packet.
				if (2 === topicEnd) throw new PacketError("topic");
				if (topicEnd + (this.QoS > 0 ? 2 : 0) > this.#remaining) throw new PacketError("length");
			}
			// The packet id may lie beyond the buffer, and a PUBLISH that is skipped is still acknowledged.
			if (this.QoS > 0) {
				for (let i = Math.max(start, topicEnd); i < this.#at && i < topicEnd + 2; i++)
					this.id = ((this.id << 8) | bytes[from + i - start]!) & 0xffff;
			}
		}
		if (this.#at === this.#remaining) this.end();
		return count;
	}

	private end(): void {
		const buffer = this.#buffer;
		const remaining = this.#remaining;
		this.#state = State.header;
		switch (this.type) {
			case PacketType.publish:
				this.endPublish();
				break;
			case PacketType.connack:
				// Section 3.2.2.1: bits 7-1 are reserved; [MQTT-3.2.2-4]: no session goes with a refusal.
				if (buffer[0]! > 1) throw new PacketError("flags");
				if (buffer[1]! > 5) throw new PacketError("return-code");
				if (0 !== buffer[0] && 0 !== buffer[1]) throw new PacketError("flags");
				this.sessionPresent = 1 === buffer[0];
				this.returnCode = buffer[1]!;
				break;
			case PacketType.pingresp:
				break;
			default:
				this.id = this.number(0);
				// [MQTT-3.9.3-2]
				for (let i = 2; i < remaining; i++)
					if (buffer[i]! > 2 && 0x80 !== buffer[i]) throw new PacketError("return-code");
				if (PacketType.suback === this.type) this.payload = buffer.subarray(2, remaining);
				this.checkId();
		}
		this.#onPacket(this);
	}

	private endPublish(): void {
		const buffer = this.#buffer;
		const topicEnd = 2 + this.number(0);
		if (this.QoS > 0) this.checkId();
		if (topicEnd <= buffer.length) {
			this.topic = this.text(buffer.subarray(2, topicEnd));
			// [MQTT-3.3.2-2]
			if (this.topic.includes("#") || this.topic.includes("+")) throw new PacketError("topic");
		}
		if (this.#remaining > buffer.length) this.skipped++;
		else this.payload = buffer.subarray(topicEnd + (this.QoS > 0 ? 2 : 0), this.#remaining);
	}

	/** [MQTT-1.5.3-1], [MQTT-1.5.3-2] */
	private text(bytes: Uint8Array): string {
		if (bytes.includes(0)) throw new PacketError("text");
		try {
			return decodeText(bytes);
		} catch (error) {
			throw error instanceof TextError ? new PacketError("text") : error;
		}
	}

	/** [MQTT-2.3.1-1] */
	private checkId(): void {
		if (0 === this.id) throw new PacketError("packet-id");
	}

	private number(at: number): number {
		return (this.#buffer[at]! << 8) | this.#buffer[at + 1]!;
	}
}
