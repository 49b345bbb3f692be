import {
	Flag,
	internet,
	MessageError,
	MessageReader,
	MessageWriter,
	Section,
	sameName,
	Type,
	topBit,
} from "common/mdns/message";
import { group, port } from "common/mdns/responder";

/** A gateway that has told of itself completely. */
export interface Found {
	/** Which one it is, whatever its name and address are. */
	readonly id: string;
	/** It lets devices ask to join. */
	readonly pairing: boolean;
	/** IPv4. */
	readonly address: string;
	readonly port: number;
}

export interface FinderOptions {
	/** The service's type, as in `nameOf("_tmlaas", "_tcp", "local")`. */
	type: string;
	/** The id that is looked for: its instance gives way to no other. */
	wanted?: string | undefined;
	/** Uniform in [0, 1). */
	random: () => number;
	/** Sends a message, which is overwritten afterwards. */
	send: (message: Uint8Array, address: string, port: number) => void;
}

/** Milliseconds: the first question waits up to `first` so that not all ask at once (RFC 6762, 5.2), then it is said again. */
const first = 120;
const again = 1000;
const longest = 64_000;
/** Instances that are remembered. */
const capacity = 4;
const messageLength = 384;
/** Bytes of a host's name; others are passed over. */
const maximumHost = 128;
/** A whole address of text `id=…` is no longer. */
const maximumId = 32;

interface Instance {
	name: string;
	host: string;
	port: number;
	address: string;
	id: string;
	pairing: boolean;
	/** When it is to be forgotten. */
	end: number;
}

/**
 * Looks for services of one type in a local network (RFC 6762 and 6763). It knows no sockets and no timers: messages in and
 * out, and time in milliseconds as an argument.
 */
export class Finder {
	readonly #options: FinderOptions;
	readonly #writer = new MessageWriter(new Uint8Array(messageLength));
	readonly #instances: Instance[] = [];
	#interval = again;
	#asked = Number.NEGATIVE_INFINITY;
	/** The next to give way, and the one asked about last. */
	#victim = 0;
	#turn = 0;
	/** When `tick` is to be called. */
	due: number;

	constructor(options: FinderOptions, now: number) {
		this.#options = options;
		this.due = now + first * options.random();
	}

	/** The first complete one that fits. */
	find(fits: (gateway: Found) => boolean, now: number): Found | undefined {
		for (const instance of this.#instances)
			if (isComplete(instance) && now < instance.end && fits(instance)) return instance;
	}

	/** Asks when it is due. */
	tick(now: number): void {
		if (now < this.due) return;
		const { type, send } = this.#options;
		const writer = this.#writer;
		writer.begin(0, 0);
		// The first question may be answered to this host alone (5.4).
		writer.question(type, Type.ptr, internet | (this.#asked < 0 ? topBit : 0));
		// What one of them has left out; the next message asks the next one.
		const instance = this.nextIncomplete();
		if (instance) {
			const { name, host, port, address } = instance;
			if (0 === port || "" === address) {
				const hasPlace = port > 0;
				writer.question(hasPlace ? host : name, hasPlace ? Type.a : Type.srv, internet);
			}
			if ("" === instance.id) writer.question(name, Type.txt, internet);
		}
		this.#asked = now;
		this.due = now + this.#interval;
		this.#interval = Math.min(longest, 2 * this.#interval);
		send(writer.bytes, group, port);
	}

	/** A message came; what is none, or no answer, is passed over. */
	receive(message: Uint8Array, _from: string, fromPort: number, now: number): void {
		if (port !== fromPort) return;
		try {
			const reader = new MessageReader(message);
			if (!(reader.flags & Flag.response)) return;
			// Records may stand in any order: who is there, then where, then under which address.
			while (reader.next()) if (isRecord(reader, Type.ptr)) this.pointer(reader, now);
			reader.rewind();
			while (reader.next()) this.details(reader, now);
			reader.rewind();
			while (reader.next()) if (isRecord(reader, Type.a)) this.learnAddress(reader);
		} catch (error) {
			if (!(error instanceof MessageError)) throw error;
		}
		// Who has been named and no more is asked soon.
		if (!this.#instances.every(isComplete)) this.due = Math.min(this.due, Math.max(now, this.#asked + again));
	}

	private nextIncomplete(): Instance | undefined {
		const { length } = this.#instances;
		for (let i = 0; i < length; i++) {
			this.#turn = (this.#turn + 1) % length;
			const instance = this.#instances[this.#turn]!;
			if (!isComplete(instance)) return instance;
		}
	}

	private pointer(reader: MessageReader, now: number): void {
		const { type } = this.#options;
		if (!reader.isName(reader.name, type)) return;
		const name = reader.readName(reader.data);
		// One label and the type.
		const suffix = name.slice(1 + name.charCodeAt(0));
		if (!sameName(suffix, type)) return;
		const instances = this.#instances;
		const index = instances.findIndex((instance) => sameName(instance.name, name));
		if (0 === reader.timeToLive) {
			if (index >= 0) instances.splice(index, 1);
			return;
		}
		if (index >= 0) return;
		const instance = { name, host: "", port: 0, address: "", id: "", pairing: false, end: now + life(reader) };
		if (instances.length < capacity) {
			instances.push(instance);
			return;
		}
		this.#victim = (this.#victim + 1) % capacity;
		if (undefined !== this.#options.wanted && instances[this.#victim]!.id === this.#options.wanted)
			this.#victim = (this.#victim + 1) % capacity;
		instances[this.#victim] = instance;
	}

	private details(reader: MessageReader, now: number): void {
		const isPlace = isRecord(reader, Type.srv);
		if (!isPlace && !isRecord(reader, Type.txt)) return;
		for (const instance of this.#instances) {
			if (!reader.isName(reader.name, instance.name)) continue;
			if (!isPlace) {
				instance.id = (reader.text("id") ?? "").slice(0, maximumId);
				instance.pairing = "1" === reader.text("pairing");
				return;
			}
			const host = reader.readName(reader.data + 6);
			if (host.length > maximumHost) return;
			if (!sameName(host, instance.host)) instance.address = "";
			instance.host = host;
			instance.port = 0 === reader.timeToLive ? 0 : reader.word(4);
			instance.end = now + life(reader);
			return;
		}
	}

	private learnAddress(reader: MessageReader): void {
		for (const instance of this.#instances)
			if ("" !== instance.host && reader.isName(reader.name, instance.host) && reader.timeToLive > 0)
				instance.address = `${reader.byte(0)}.${reader.byte(1)}.${reader.byte(2)}.${reader.byte(3)}`;
	}
}

function isRecord(reader: MessageReader, type: number): boolean {
	return type === reader.type && Section.question !== reader.section && internet === (reader.class & ~topBit);
}

function isComplete({ port, address, id }: Instance): boolean {
	return port > 0 && "" !== address && "" !== id;
}

/** Milliseconds. */
function life(reader: MessageReader): number {
	return reader.timeToLive * 1000;
}
