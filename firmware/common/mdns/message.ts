/**
 * DNS messages (RFC 1035, 4) as multicast DNS uses them (RFC 6762, 18), read and written in place in bounded memory.
 *
 * A name is handled as a text of its bytes in wire format without the root label: `"\x07gateway\x05local"`, a length before
 * each label. So labels may hold any byte, and fixed names are constants in flash.
 */

/** What came is no DNS message. */
export class MessageError extends Error {}

/** Resource record types. `any` is for questions alone. */
export const Type = Object.freeze({ a: 1, ptr: 12, txt: 16, srv: 33, nsec: 47, any: 255 } as const);

/** The class "internet". */
export const internet = 1;
export const anyClass = 255;
/** Above the class: the answer may be unicast (questions, RFC 6762, 5.4), or the record replaces others (10.2). */
export const topBit = 0x8000;

/** Header flags. */
export const Flag = Object.freeze({ response: 0x8000, authoritative: 0x0400, truncated: 0x0200 } as const);
/** Operation and result, which are ignored together with the message unless they are zero (RFC 6762, 18.3 and 18.11). */
const operationAndResult = 0x780f;

export const Section = Object.freeze({ question: 0, answer: 1, authority: 2, additional: 3 } as const);

const headerLength = 12;
/** Octets of a label and of a whole name with its root (RFC 1035, 2.3.4). */
const maximumLabel = 63;
const maximumName = 255;

/** The name of these labels, each of 1 to 63 characters of ASCII. */
export function nameOf(...labels: string[]): string {
	let name = "";
	for (const label of labels) name += String.fromCharCode(label.length) + label;
	return name;
}

/** Whether two names are the same but for the case of ASCII letters (RFC 6762, 16). */
export function sameName(first: string, second: string): boolean {
	if (first.length !== second.length) return false;
	for (let i = 0; i < first.length; i++) if (fold(first.charCodeAt(i)) !== fold(second.charCodeAt(i))) return false;
	return true;
}

/** An ASCII capital as its small letter. Lengths of labels are below 64 and stay as they are. */
function fold(code: number): number {
	return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Goes through a message's entries, one after the other; the bytes must stay as they are meanwhile. */
export class MessageReader {
	readonly #bytes: Uint8Array;
	/** Entries of each section that are left. */
	readonly #left = new Uint16Array(4);
	#at = headerLength;
	/** The name that is being read: its next byte, its length so far, its latest label and that label's length. */
	#nameAt = 0;
	#nameLength = 0;
	#label = 0;
	#labelLength = 0;
	/**
	 * A pointer is to a prior occurrence (RFC 1035, 4.1.4): what each goes to must lie before all gone to so far, so no
	 * chain of them returns.
	 */
	#pointerLimit = 0;
	readonly id: number;
	readonly flags: number;
	/** Of the entry: its section, where its name begins, type, class with the top bit, seconds to live, data. */
	section: number = Section.question;
	name = 0;
	type = 0;
	class = 0;
	timeToLive = 0;
	data = 0;
	dataLength = 0;

	/** Throws `MessageError` for what is too short for a header or asks for another operation than a query. */
	constructor(bytes: Uint8Array) {
		if (bytes.length < headerLength) throw new MessageError("too short");
		this.#bytes = bytes;
		this.id = this.wordAt(0);
		this.flags = this.wordAt(2);
		if (0 !== (this.flags & operationAndResult)) throw new MessageError("not a query or its answer");
		this.rewind();
	}

	get isResponse(): boolean {
		return 0 !== (this.flags & Flag.response);
	}

	/** Back to before the first entry. */
	rewind(): void {
		this.#at = headerLength;
		this.section = Section.question;
		for (let i = 0; i < 4; i++) this.#left[i] = this.wordAt(4 + 2 * i);
	}

	/** Goes to the next entry; false after the last one. Throws `MessageError` when the message ends before it. */
	next(): boolean {
		while (0 === this.#left[this.section]) if (++this.section > Section.additional) return false;
		this.#left[this.section]!--;
		const bytes = this.#bytes;
		this.name = this.#at;
		const at = this.skipName(this.#at);
		const question = Section.question === this.section;
		this.data = at + (question ? 4 : 10);
		if (this.data > bytes.length) throw new MessageError("ends within an entry");
		this.type = this.wordAt(at);
		this.class = this.wordAt(at + 2);
		if (question) {
			this.timeToLive = 0;
			this.dataLength = 0;
		} else {
			this.timeToLive = this.wordAt(at + 4) * 0x10000 + this.wordAt(at + 6);
			this.dataLength = this.wordAt(at + 8);
		}
		this.#at = this.data + this.dataLength;
		if (this.#at > bytes.length) throw new MessageError("ends within a record's data");
		return true;
	}

	/** The 16 bits at `offset` of the record's data. Throws `MessageError` when the data has fewer. */
	word(offset: number): number {
		if (offset + 2 > this.dataLength) throw new MessageError("data too short");
		return this.wordAt(this.data + offset);
	}

	byte(offset: number): number {
		if (offset >= this.dataLength) throw new MessageError("data too short");
		return this.#bytes[this.data + offset]!;
	}

	/** Whether the name at byte `at` of the message (`name`, or `data` and an offset) is `name`. Throws `MessageError`. */
	isName(at: number, name: string): boolean {
		const bytes = this.#bytes;
		let same = true;
		let end = 0;
		this.beginName(at);
		while (this.nextLabel()) {
			const length = this.#labelLength;
			same = same && name.charCodeAt(end) === length;
			for (let i = 1; i <= length && same; i++) same = fold(name.charCodeAt(end + i)) === fold(bytes[this.#label + i]!);
			end += 1 + length;
		}
		return same && end === name.length;
	}

	/** The name at byte `at` of the message. Throws `MessageError`. */
	readName(at: number): string {
		let name = "";
		this.beginName(at);
		while (this.nextLabel())
			for (let i = 0; i <= this.#labelLength; i++) name += String.fromCharCode(this.#bytes[this.#label + i]!);
		return name;
	}

	/** The value of `key=…` among the strings of a TXT record, a character for a byte (RFC 6763, 6.4); undefined without. */
	text(key: string): string | undefined {
		for (let at = 0; at < this.dataLength; ) {
			const length = this.byte(at);
			const end = at + 1 + length;
			if (end > this.dataLength) throw new MessageError("a text beyond its record");
			let value = at + 1;
			while (value - at - 1 < key.length && value < end && fold(this.byte(value)) === key.charCodeAt(value - at - 1))
				value++;
			if (value - at - 1 === key.length && value < end && 0x3d === this.byte(value)) {
				let text = "";
				while (++value < end) text += String.fromCharCode(this.byte(value));
				return text;
			}
			at = end;
		}
	}

	private wordAt(at: number): number {
		return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
	}

	private beginName(at: number): void {
		this.#nameAt = at;
		this.#pointerLimit = at;
		this.#nameLength = 1;
	}

	/** Goes to the name's next label; false after the last one. */
	private nextLabel(): boolean {
		const bytes = this.#bytes;
		for (;;) {
			const at = this.#nameAt;
			const length = bytes[at];
			if (undefined === length) throw new MessageError("ends within a name");
			if (0 === length) return false;
			if (0xc0 === (length & 0xc0)) {
				const low = bytes[at + 1];
				if (undefined === low) throw new MessageError("ends within a name");
				const target = ((length & 0x3f) << 8) | low;
				if (target >= this.#pointerLimit || target < headerLength)
					throw new MessageError("a pointer that is not to a prior name");
				this.#nameAt = target;
				this.#pointerLimit = target;
				continue;
			}
			if (length > maximumLabel) throw new MessageError("not a label");
			this.#nameLength += 1 + length;
			if (this.#nameLength > maximumName) throw new MessageError("name too long");
			if (at + 1 + length > bytes.length) throw new MessageError("ends within a name");
			this.#label = at;
			this.#labelLength = length;
			this.#nameAt = at + 1 + length;
			return true;
		}
	}

	/** Where the name at `at` ends; what its pointer goes to is checked when it is read. */
	private skipName(start: number): number {
		const bytes = this.#bytes;
		for (let at = start; at - start < maximumName; ) {
			const length = bytes[at];
			if (undefined === length) break;
			if (0 === length) return at + 1;
			if (0xc0 === (length & 0xc0)) return at + 2;
			if (length > maximumLabel) throw new MessageError("not a label");
			at += 1 + length;
		}
		throw new MessageError("ends within a name");
	}
}

/** Places of labels that later names may point to. */
const maximumPlaces = 24;

/** Writes a message, section by section in their order, names compressed. */
export class MessageWriter {
	readonly #bytes: Uint8Array;
	readonly #places = new Uint16Array(maximumPlaces);
	#placed = 0;
	#length = headerLength;
	/** Where the record's data length goes. */
	#record = 0;

	/** The message is built in `bytes`, which must hold it. */
	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	begin(id: number, flags: number): void {
		this.#placed = 0;
		this.#length = headerLength;
		this.#bytes.fill(0, 0, headerLength);
		this.store(0, id);
		this.store(2, flags);
	}

	/** The message so far, not a copy. */
	get bytes(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}

	question(name: string, type: number, classAndBit: number): void {
		this.name(name);
		this.word(type);
		this.word(classAndBit);
		this.count(Section.question);
	}

	/** Begins a record; its data follows with `byte`, `word`, `text` and `name`, and `endRecord`. */
	record(section: number, name: string, type: number, classAndBit: number, timeToLive: number): void {
		this.name(name);
		this.word(type);
		this.word(classAndBit);
		this.word(timeToLive >>> 16);
		this.word(timeToLive & 0xffff);
		this.#record = this.#length;
		this.word(0);
		this.count(section);
	}

	endRecord(): void {
		this.store(this.#record, this.#length - this.#record - 2);
	}

	byte(value: number): void {
		if (this.#length >= this.#bytes.length) throw new RangeError("message too long");
		this.#bytes[this.#length++] = value;
	}

	word(value: number): void {
		this.byte(value >> 8);
		this.byte(value);
	}

	/** A length and the text's characters, each a byte. */
	text(text: string): void {
		this.byte(text.length);
		for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
	}

	/** As much of the name as no earlier name ends with, then a pointer to that. */
	name(name: string): void {
		// The name's own labels are no places yet: what follows them is still to be written.
		const known = this.#placed;
		for (let start = 0; start < name.length; start += 1 + name.charCodeAt(start)) {
			for (let i = 0; i < known; i++)
				if (this.isAt(this.#places[i]!, name, start)) {
					this.word(0xc000 | this.#places[i]!);
					return;
				}
			if (this.#placed < maximumPlaces) this.#places[this.#placed++] = this.#length;
			const end = start + 1 + name.charCodeAt(start);
			for (let i = start; i < end; i++) this.byte(name.charCodeAt(i));
		}
		this.byte(0);
	}

	/** Whether the labels of `name` from `start` on, and no more, are at `place`. Case counts, so that none is changed. */
	private isAt(place: number, name: string, start: number): boolean {
		let at = this.follow(place);
		for (let i = start; i < name.length; at = this.follow(at))
			for (const end = i + 1 + name.charCodeAt(i); i < end; i++)
				if (this.#bytes[at++] !== name.charCodeAt(i)) return false;
		return 0 === this.#bytes[at];
	}

	/** Where a pointer at `at` goes to, else `at`. */
	private follow(at: number): number {
		const bytes = this.#bytes;
		return 0xc0 === (bytes[at]! & 0xc0) ? ((bytes[at]! & 0x3f) << 8) | bytes[at + 1]! : at;
	}

	private count(section: number): void {
		const at = 4 + 2 * section;
		this.store(at, ((this.#bytes[at]! << 8) | this.#bytes[at + 1]!) + 1);
	}

	private store(at: number, value: number): void {
		this.#bytes[at] = value >> 8;
		this.#bytes[at + 1] = value;
	}
}
