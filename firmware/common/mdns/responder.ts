import {
	anyClass,
	Flag,
	internet,
	MessageError,
	MessageReader,
	MessageWriter,
	nameOf,
	Section,
	Type,
	topBit,
} from "common/mdns/message";

export const group = "224.0.0.251";
export const port = 5353;

/** A DNS-SD service (RFC 6763) of this host. */
export interface Service {
	/** As in `nameOf("_http", "_tcp", "local")`. */
	readonly type: string;
	port(): number;
	/** The TXT record's strings, ASCII `key=value`; asked for anew each time. */
	texts(): readonly string[];
}

export interface ResponderOptions {
	/** The host's label, and that of its services: 1 to 32 letters, digits and hyphens. */
	readonly name: string;
	readonly services: readonly Service[];
	/** Uniform in [0, 1). */
	readonly random: () => number;
	/** Sends a message, which is overwritten afterwards. */
	send(message: Uint8Array, address: string, port: number): void;
	/** The name in use: told when it has been found free, the wished one or one with a number. */
	onName?(name: string): void;
}

/** Seconds to live: of records with the host's name or address, and of others (RFC 6762, 10); to old resolvers (6.7). */
const hostLife = 120;
const otherLife = 4500;
const legacyLife = 10;

/** Milliseconds. */
const Wait = Object.freeze({
	/** Between probes, and before the first at most (8.1). */
	probe: 250,
	/** After losing to another's probe (8.2). */
	defer: 1000,
	/** Before each further try once there were too many conflicts (8.1). */
	crowded: 5000,
	/** Between announcements (8.3), and the least between two multicasts of a record (6). */
	announce: 1000,
	/** Before an answer that others may give as well: so much at least, and up to so much more (6). */
	shared: 20,
	sharedSpread: 100,
	/** For a querier whose known answers go on in another message (7.2). */
	truncated: 400,
} as const);
const probes = 3;
const announcements = 2;
const crowd = 15;
/** What is compared of another's record. */
const maximumData = 300;
const messageLength = 640;

/** Bits of records: the host's address, the host's only type; then for each service a group of four. */
const address = 1;
const onlyType = 2;
const pointer = 4;
const location = 8;
const text = 16;
const typeList = 32;
const groupShift = 4;
const groupOf = (service: number) => groupShift * service;

const typesName = nameOf("_services", "_dns-sd", "_udp", "local");

const Phase = Object.freeze({ idle: 0, probing: 1, announcing: 2, ready: 3 } as const);

/**
 * Says in a local network who this is (RFC 6762): finds a free name, announces itself, answers, takes its leave. It knows
 * no sockets and no timers: messages in and out, and time in milliseconds as an argument.
 */
export class Responder {
	readonly #options: ResponderOptions;
	readonly #writer = new MessageWriter(new Uint8Array(messageLength));
	readonly #own = new Uint8Array(4);
	/** When each record was multicast last. */
	readonly #sentAt: Float64Array;
	#phase: number = Phase.idle;
	/** Probes or announcements made. */
	#step = 0;
	/** When the next of them is due. */
	#stepDue = Number.POSITIVE_INFINITY;
	#name: string;
	#host = "";
	#number = 1;
	#conflicts = 0;
	/** Answers that wait to be multicast, until when, and for whose known answers. */
	#pending = 0;
	#pendingDue = Number.POSITIVE_INFINITY;
	#asker = "";

	constructor(options: ResponderOptions) {
		this.#options = options;
		this.#name = options.name;
		this.#host = nameOf(options.name, "local");
		this.#sentAt = new Float64Array(groupOf(options.services.length) + 2).fill(Number.NEGATIVE_INFINITY);
	}

	/** When `tick` is to be called; infinite for never. */
	get due(): number {
		return Math.min(this.#stepDue, this.#pendingDue);
	}

	/** The host has the IPv4 address `own`, four bytes, from now on: it is the first one or another. */
	start(own: Uint8Array, now: number): void {
		this.#own.set(own);
		this.#conflicts = 0;
		this.probe(now, Wait.probe * this.#options.random());
	}

	/** The texts of services are others now. */
	changed(now: number): void {
		if (this.#phase < Phase.announcing) return;
		this.#phase = Phase.announcing;
		this.#step = 0;
		this.#stepDue = now;
	}

	/** Takes leave: what others know of this host is no more true. Harmless when not started. */
	stop(): void {
		if (this.#phase >= Phase.announcing) this.multicast(this.all(), 0, 0);
		this.#phase = Phase.idle;
		this.#stepDue = Number.POSITIVE_INFINITY;
		this.#pending = 0;
		this.#pendingDue = Number.POSITIVE_INFINITY;
	}

	/** Does what is due. */
	tick(now: number): void {
		if (now >= this.#stepDue) {
			if (Phase.probing === this.#phase) this.probing(now);
			else this.announcing(now);
		}
		if (now >= this.#pendingDue) {
			this.#pendingDue = Number.POSITIVE_INFINITY;
			const pending = this.#pending & ~this.recent(now, Wait.announce);
			this.#pending = 0;
			if (pending) this.multicast(pending, this.additional(pending), undefined, now);
		}
	}

	/** A message came. What is not one, or comes from another network, is passed over. */
	receive(message: Uint8Array, from: string, fromPort: number, now: number): void {
		if (Phase.idle === this.#phase || !this.isNear(from)) return;
		try {
			const reader = new MessageReader(message);
			if (reader.isResponse) {
				if (port === fromPort) this.response(reader, now);
			} else this.query(reader, from, fromPort, now);
		} catch (error) {
			if (!(error instanceof MessageError)) throw error;
		}
	}

	private instance(service: number): string {
		return nameOf(this.#name) + this.#options.services[service]!.type;
	}

	private all(): number {
		return (1 << (groupOf(this.#options.services.length) + 2)) - 1;
	}

	/* Finding a name */

	private probe(now: number, wait: number): void {
		this.#phase = Phase.probing;
		this.#step = 0;
		this.#stepDue = now + wait;
		this.#pending = 0;
		this.#pendingDue = Number.POSITIVE_INFINITY;
		this.#sentAt.fill(Number.NEGATIVE_INFINITY);
	}

	private probing(now: number): void {
		if (this.#step === probes) {
			this.#phase = Phase.announcing;
			this.#step = 0;
			this.#options.onName?.(this.#name);
			this.announcing(now);
			return;
		}
		this.#step++;
		this.#stepDue = now + Wait.probe;
		const writer = this.#writer;
		const { services } = this.#options;
		writer.begin(0, 0);
		writer.question(this.#host, Type.any, internet | topBit);
		let records = address;
		for (let i = 0; i < services.length; i++) {
			writer.question(this.instance(i), Type.any, internet | topBit);
			records |= (location | text) << groupOf(i);
		}
		this.records(Section.authority, records, undefined, 0);
		this.send(group, port);
	}

	private announcing(now: number): void {
		this.multicast(this.all() & ~onlyType, onlyType, undefined, now);
		this.#step++;
		if (this.#step === announcements) {
			this.#phase = Phase.ready;
			this.#stepDue = Number.POSITIVE_INFINITY;
		} else this.#stepDue = now + Wait.announce;
	}

	/** Another host has the name. */
	private rename(now: number): void {
		this.#number++;
		this.#conflicts++;
		this.#name = `${this.#options.name}-${this.#number}`;
		this.#host = nameOf(this.#name, "local");
		this.probe(now, this.#conflicts >= crowd ? Wait.crowded : Wait.probe * this.#options.random());
	}

	/** Records of others under this host's names are a conflict, unless they are equal (9). */
	private response(reader: MessageReader, now: number): void {
		while (reader.next()) {
			if (Section.question === reader.section || internet !== (reader.class & ~topBit)) continue;
			const record = this.uniqueAt(reader);
			if (!record) continue;
			const own = this.ofType(record, reader.type);
			if (Phase.probing === this.#phase) {
				if (own && reader.dataLength <= maximumData && this.data(own) === readData(reader)) continue;
				// A goodbye leaves the name free.
				if (0 === reader.timeToLive) continue;
				this.rename(now);
				return;
			}
			// Texts change; who has the name has another address or place.
			if (!own || Type.txt === reader.type || 0 === reader.timeToLive) continue;
			if (reader.dataLength <= maximumData && this.data(own) === readData(reader)) continue;
			// The other may be about to give way, or gone already: whoever answers the probes has the name.
			this.probe(now, 0);
			return;
		}
	}

	/** Another host probes for a name that this one probes for: the later in order of bytes wins (8.2). */
	private tieBreak(reader: MessageReader, now: number): void {
		const { services } = this.#options;
		for (let i = -1; i < services.length; i++) {
			const mine = i < 0 ? [this.data(address)] : [this.data(text << groupOf(i)), this.data(location << groupOf(i))];
			const types = i < 0 ? [Type.a] : [Type.txt, Type.srv];
			const name = i < 0 ? this.#host : this.instance(i);
			const order = this.compare(reader, name, types, mine);
			if (order < 0) {
				this.probe(now, Wait.defer);
				return;
			}
		}
	}

	/**
	 * Negative when the other's records under `name` come later than these, of ascending types; as both are lists in order,
	 * the first difference decides.
	 */
	private compare(reader: MessageReader, name: string, types: readonly number[], mine: readonly string[]): number {
		for (let i = 0; i < types.length; i++) {
			// The other's record of this rank: as nobody has two of a type here, that of the least type beyond those before.
			let least = 0x10000;
			let data = "";
			reader.rewind();
			while (reader.next()) {
				if (Section.authority !== reader.section || internet !== (reader.class & ~topBit)) continue;
				if (reader.type >= least || (i > 0 && reader.type <= types[i - 1]!)) continue;
				if (reader.dataLength > maximumData || !reader.isName(reader.name, name)) continue;
				least = reader.type;
				data = readData(reader);
			}
			if (0x10000 === least) return 0 === i ? 0 : 1;
			if (least !== types[i]) return types[i]! - least;
			if (data !== mine[i]) return mine[i]! < data ? -1 : 1;
		}
		return 0;
	}

	/* Answering */

	private query(reader: MessageReader, from: string, fromPort: number, now: number): void {
		const legacy = port !== fromPort;
		let multicast = 0;
		let unicast = 0;
		let probed = false;
		let questions = 0;
		while (reader.next()) {
			if (Section.question === reader.section) {
				// An old resolver asks one thing, and has it repeated in the answer: more could be more than that holds.
				if (legacy && questions > 0) continue;
				questions++;
				const found = this.asked(reader);
				if (reader.class & topBit || legacy) unicast |= found;
				else multicast |= found;
			} else if (Section.answer === reader.section) {
				const known = this.known(reader);
				multicast &= ~known;
				if (!legacy) unicast &= ~known;
				// More known answers of one who could not say them all at once.
				if (0 === questions && from === this.#asker) this.#pending &= ~known;
			} else if (Section.authority === reader.section) probed = true;
		}
		if (Phase.probing === this.#phase) {
			if (probed) this.tieBreak(reader, now);
			return;
		}
		if (legacy) {
			if (unicast) this.answerLegacy(reader, unicast, from, fromPort);
			return;
		}
		// Caches that have not heard of a record for a quarter of its life shall hear it again (5.4).
		const stale = unicast & ~this.recent(now, undefined);
		multicast |= stale;
		unicast &= ~stale;
		if (unicast) {
			this.begin();
			this.records(Section.answer, unicast, undefined, topBit);
			this.records(Section.additional, this.additional(unicast), undefined, topBit);
			this.send(from, fromPort);
		}
		if (!multicast) return;
		// A name is defended at once; what only this host can answer needs no delay either.
		if (probed) this.multicast(multicast & ~this.recent(now, Wait.probe), 0, undefined, now);
		else {
			const shared = 0 !== (multicast & this.shared());
			const wait = reader.flags & Flag.truncated ? Wait.truncated : shared ? Wait.shared : 0;
			this.#pending |= multicast;
			this.#pendingDue = Math.min(
				this.#pendingDue,
				now + wait + (wait ? Wait.sharedSpread * this.#options.random() : 0),
			);
			this.#asker = from;
			if (0 === wait) this.tick(now);
		}
	}

	/** The records that the question asks for. */
	private asked(reader: MessageReader): number {
		const questionClass = reader.class & ~topBit;
		if (internet !== questionClass && anyClass !== questionClass) return 0;
		const { type } = reader;
		const any = Type.any === type;
		// Whoever asks this name for another type hears that there is only the one (6.1).
		if (reader.isName(reader.name, this.#host)) return any ? address | onlyType : Type.a === type ? address : onlyType;
		const { services } = this.#options;
		let records = 0;
		for (let i = 0; i < services.length; i++) {
			let found = 0;
			if (any || Type.ptr === type) {
				if (reader.isName(reader.name, services[i]!.type)) found |= pointer;
				else if (reader.isName(reader.name, typesName)) found |= typeList;
			}
			if ((any || Type.srv === type || Type.txt === type) && reader.isName(reader.name, this.instance(i)))
				found |= any ? location | text : Type.srv === type ? location : text;
			records |= found << groupOf(i);
		}
		return records;
	}

	/** The record that the asker knows already, for at least half of its life (7.1). */
	private known(reader: MessageReader): number {
		if (internet !== (reader.class & ~topBit) || reader.dataLength > maximumData) return 0;
		const { services } = this.#options;
		let record = this.ofType(this.uniqueAt(reader), reader.type);
		if (!record && Type.ptr === reader.type)
			for (let i = 0; i < services.length && !record; i++) {
				if (reader.isName(reader.name, services[i]!.type)) record = pointer << groupOf(i);
				else if (reader.isName(reader.name, typesName) && reader.isName(reader.data, services[i]!.type))
					record = typeList << groupOf(i);
			}
		if (!record || reader.timeToLive < lifeOf(record) / 2) return 0;
		return this.data(record) === readData(reader) ? record : 0;
	}

	private answerLegacy(reader: MessageReader, records: number, from: string, fromPort: number): void {
		const writer = this.#writer;
		writer.begin(reader.id, Flag.response | Flag.authoritative);
		reader.rewind();
		if (reader.next()) writer.question(reader.readName(reader.name), reader.type, reader.class & ~topBit);
		this.records(Section.answer, records, legacyLife, 0);
		this.send(from, fromPort);
	}

	/** What saves the asker its next question (RFC 6763, 12). */
	private additional(records: number): number {
		let more = 0;
		for (let i = 0; i < this.#options.services.length; i++) {
			const own = records >> groupOf(i);
			if (own & pointer) more |= (location | text) << groupOf(i);
			if (own & (pointer | location)) more |= address;
		}
		if ((records | more) & address) more |= onlyType;
		return more & ~records;
	}

	private multicast(records: number, additional: number, life: number | undefined, now?: number): void {
		if (0 === records) return;
		this.begin();
		this.records(Section.answer, records, life, topBit);
		this.records(Section.additional, additional, life, topBit);
		this.send(group, port);
		if (undefined !== now)
			for (let i = 0; i < this.#sentAt.length; i++) if ((records | additional) & (1 << i)) this.#sentAt[i] = now;
	}

	/** Records multicast within so many milliseconds; undefined: within a quarter of each one's life. */
	private recent(now: number, within: number | undefined): number {
		let records = 0;
		for (let i = 0; i < this.#sentAt.length; i++)
			if (now - this.#sentAt[i]! < (within ?? (lifeOf(1 << i) * 1000) / 4)) records |= 1 << i;
		return records;
	}

	/** Records that other hosts have, too, under the same name. */
	private shared(): number {
		let records = 0;
		for (let i = 0; i < this.#options.services.length; i++) records |= (pointer | typeList) << groupOf(i);
		return records;
	}

	private begin(): void {
		this.#writer.begin(0, Flag.response | Flag.authoritative);
	}

	private send(to: string, toPort: number): void {
		this.#options.send(this.#writer.bytes, to, toPort);
	}

	/** Writes records, with `life` in place of their own, and `flush` where nobody else has such a record. */
	private records(section: number, records: number, life: number | undefined, flush: number): void {
		const writer = this.#writer;
		const { services } = this.#options;
		for (let bit = 0; records >> bit; bit++) {
			const record = 1 << bit;
			if (!(records & record)) continue;
			const seconds = life === undefined ? lifeOf(record) : Math.min(life, lifeOf(record));
			if (record & (address | onlyType)) {
				const isAddress = address === record;
				writer.record(section, this.#host, isAddress ? Type.a : Type.nsec, internet | flush, seconds);
				if (isAddress) for (let i = 0; i < 4; i++) writer.byte(this.#own[i]!);
				else {
					// The next name is this one; window 0, one byte of bits, that of type 1 (RFC 4034, 4.1).
					writer.name(this.#host);
					writer.word(1);
					writer.byte(0x40);
				}
				writer.endRecord();
				continue;
			}
			const i = (bit - 2) >> 2;
			const { type } = services[i]!;
			switch (record >> groupOf(i)) {
				case pointer:
					writer.record(section, type, Type.ptr, internet, seconds);
					writer.name(this.instance(i));
					break;
				case location:
					writer.record(section, this.instance(i), Type.srv, internet | flush, seconds);
					writer.word(0);
					writer.word(0);
					writer.word(services[i]!.port());
					writer.name(this.#host);
					break;
				case text:
					writer.record(section, this.instance(i), Type.txt, internet | flush, seconds);
					for (const each of services[i]!.texts()) writer.text(each);
					break;
				default:
					writer.record(section, typesName, Type.ptr, internet, seconds);
					writer.name(type);
			}
			writer.endRecord();
		}
	}

	/** The records that only this host may have under the name of the reader's record. */
	private uniqueAt(reader: MessageReader): number {
		if (reader.isName(reader.name, this.#host)) return address;
		for (let i = 0; i < this.#options.services.length; i++)
			if (reader.isName(reader.name, this.instance(i))) return (location | text) << groupOf(i);
		return 0;
	}

	/** That of `records` which has the type. */
	private ofType(records: number, type: number): number {
		if (address === records) return Type.a === type ? address : 0;
		for (let i = 0; i < this.#options.services.length; i++) {
			if (Type.srv === type && (records >> groupOf(i)) & location) return location << groupOf(i);
			if (Type.txt === type && (records >> groupOf(i)) & text) return text << groupOf(i);
		}
		return 0;
	}

	/** The record's data, a character for a byte, names in full. */
	private data(record: number): string {
		if (address === record) return String.fromCharCode(...this.#own);
		const i = (31 - Math.clz32(record) - 2) >> 2;
		const service = this.#options.services[i]!;
		const port = service.port();
		switch (record >> groupOf(i)) {
			case pointer:
				return `${this.instance(i)}\0`;
			case location:
				return `\0\0\0\0${String.fromCharCode(port >> 8, port & 0xff)}${this.#host}\0`;
			case text: {
				let data = "";
				for (const each of service.texts()) data += String.fromCharCode(each.length) + each;
				return data;
			}
			default:
				return `${service.type}\0`;
		}
	}

	/**
	 * Whether the address is of this network, by the first two numbers, or that of this machine. Who is not must not be
	 * answered (11): an answer is longer than its question, and could be sent to anybody.
	 */
	private isNear(from: string): boolean {
		const own = this.#own;
		return from.startsWith(`${own[0]}.${own[1]}.`) || from.startsWith("169.254.") || from.startsWith("127.");
	}
}

/** The record's data, a character for a byte, names in full. */
function readData(reader: MessageReader): string {
	if (Type.ptr === reader.type) return `${reader.readName(reader.data)}\0`;
	let data = "";
	const raw = Type.srv === reader.type ? 6 : reader.dataLength;
	for (let i = 0; i < raw; i++) data += String.fromCharCode(reader.byte(i));
	return Type.srv === reader.type ? `${data}${reader.readName(reader.data + 6)}\0` : data;
}

function lifeOf(record: number): number {
	if (record & (address | onlyType)) return hostLife;
	const inGroup = (31 - Math.clz32(record) - 2) & 3;
	return location === 1 << (inGroup + 2) ? hostLife : otherLife;
}
