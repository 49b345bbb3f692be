import { decodeText, TextError } from "common/text";

/** Text that is not JSON (RFC 8259), or JSON that a bounded reader refuses. */
export class JSONError extends Error {
	/** Byte offset in the text. */
	readonly position: number;

	constructor(message: string, position: number) {
		super(`${message} at byte ${position}`);
		this.position = position;
	}
}

export type Kind = "object" | "array" | "string" | "number" | "boolean" | "null";

const maximumDepth = 16;
/** Members of one object; it bounds the search for duplicates. */
const maximumMembers = 32;
/** Names that are kept for that search, of all open objects, and bytes of a text that is passed over: each takes memory. */
const maximumNames = 64;
const maximumSkipped = 1024;
/** Characters of one number. */
const maximumNumber = 40;

const Character = Object.freeze({
	tab: 0x09,
	lineFeed: 0x0a,
	carriageReturn: 0x0d,
	space: 0x20,
	quote: 0x22,
	plus: 0x2b,
	comma: 0x2c,
	minus: 0x2d,
	dot: 0x2e,
	zero: 0x30,
	nine: 0x39,
	colon: 0x3a,
	E: 0x45,
	openBracket: 0x5b,
	backslash: 0x5c,
	closeBracket: 0x5d,
	e: 0x65,
	f: 0x66,
	n: 0x6e,
	t: 0x74,
	openBrace: 0x7b,
	closeBrace: 0x7d,
} as const);

const escapes = Object.freeze({
	'"': '"',
	"\\": "\\",
	"/": "/",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
} as const);

/**
 * Reads JSON where it lies, value by value, and builds no objects: on XS the name of a property is never freed, so no
 * sender may choose one. The caller asks for what it expects and skips the rest; wherever it goes, depth, members,
 * duplicate names, numbers and text are checked. Depth at most 16, at most 32 members an object and 64 in the objects
 * that are open, at most 1024 bytes in a text that nobody asked for.
 */
export class JSONReader {
	readonly #bytes: Uint8Array;
	#at: number;
	#depth = 0;
	/** Names met in the open objects, one after the other, and where those of each depth begin. */
	readonly #names: string[] = [];
	readonly #first = new Uint16Array(maximumDepth + 1);
	/** Whether a value was met in the container of each depth, so that a comma must come first. */
	readonly #begun = new Uint8Array(maximumDepth + 1);
	/** The character that closes the container of each depth. */
	readonly #closer = new Uint8Array(maximumDepth + 1);

	constructor(bytes: Uint8Array, position = 0) {
		this.#bytes = bytes;
		this.#at = position;
	}

	/** Where the next value begins; a second reader may start there. */
	get position(): number {
		this.space();
		return this.#at;
	}

	/** What the next value is by its first character, without reading it. */
	get kind(): Kind {
		this.space();
		switch (this.#bytes[this.#at]) {
			case Character.openBrace:
				return "object";
			case Character.openBracket:
				return "array";
			case Character.quote:
				return "string";
			case Character.t:
			case Character.f:
				return "boolean";
			case Character.n:
				return "null";
			default:
				return "number";
		}
	}

	/** Opens an object; `key` then gives its members' names. */
	object(): void {
		this.open(Character.openBrace, "an object");
	}

	/** The next member's name, its value comes next; undefined at the object's end. */
	key(): string | undefined {
		if (!this.next(Character.closeBrace)) {
			this.#names.length = this.#first[this.#depth + 1]!;
			return;
		}
		const position = this.position;
		const name = this.string();
		const first = this.#first[this.#depth]!;
		if (this.#names.length - first === maximumMembers || this.#names.length === maximumNames)
			throw new JSONError("too many members", position);
		for (let i = first; i < this.#names.length; i++)
			if (name === this.#names[i]) throw new JSONError("duplicate name", position);
		this.#names.push(name);
		this.expect(Character.colon, "a colon");
		return name;
	}

	/** Opens an array; `element` then tells whether another value comes. */
	array(): void {
		this.open(Character.openBracket, "an array");
	}

	element(): boolean {
		return this.next(Character.closeBracket);
	}

	/** A string of at most `maximum` bytes between its quotes. */
	string(maximum = 256): string {
		this.expect(Character.quote, "a string");
		const bytes = this.#bytes;
		const start = this.#at;
		let text = "";
		let from = start;
		for (;;) {
			const byte = bytes[this.#at];
			if (undefined === byte) throw this.error("the text ends within a string");
			if (byte < Character.space) throw this.error("a control character in a string");
			if (this.#at - start > maximum) throw this.error(`a string of more than ${maximum} bytes`);
			if (Character.quote !== byte && Character.backslash !== byte) {
				this.#at++;
				continue;
			}
			if (this.#at > from) text += this.decode(from, this.#at);
			this.#at++;
			if (Character.quote === byte) return text;
			text += this.escape();
			from = this.#at;
		}
	}

	boolean(): boolean {
		if ("boolean" !== this.kind) throw this.error("expected true or false");
		const value = Character.t === this.#bytes[this.#at];
		this.word(value ? "true" : "false");
		return value;
	}

	null(): void {
		if ("null" !== this.kind) throw this.error("expected null");
		this.word("null");
	}

	/** A number without fraction and exponent, within the bounds, exact. */
	integer(minimum: number, maximum: number): number {
		this.space();
		const start = this.#at;
		const bytes = this.#bytes;
		const negative = Character.minus === bytes[start];
		let at = negative ? start + 1 : start;
		const first = at;
		let value = 0;
		for (;;) {
			const digit = bytes[at]! - Character.zero;
			if (!(digit >= 0 && digit <= 9)) break;
			value = 10 * value + digit;
			if (value > Number.MAX_SAFE_INTEGER) throw new JSONError("an integer out of range", start);
			at++;
		}
		if (at === first) throw new JSONError("expected an integer", start);
		if (Character.zero === bytes[first] && at > first + 1) throw new JSONError("a number with a leading zero", start);
		const after = bytes[at];
		if (Character.dot === after || Character.e === after || Character.E === after)
			throw new JSONError("expected an integer", start);
		if (negative) value = -value;
		if (value < minimum || value > maximum) throw new JSONError("an integer out of range", start);
		this.#at = at;
		return value;
	}

	/** A finite number; `maximum`: its greatest magnitude. */
	number(maximum = Number.MAX_VALUE): number {
		this.space();
		const start = this.#at;
		this.scanNumber();
		return this.finite(start, maximum);
	}

	/** Passes over the next value, whatever it is, checking it as if it were read. */
	skip(): void {
		const floor = this.#depth;
		do {
			switch (this.kind) {
				case "object":
					this.object();
					break;
				case "array":
					this.array();
					break;
				case "string":
					this.string(maximumSkipped);
					break;
				case "boolean":
					this.boolean();
					break;
				case "null":
					this.null();
					break;
				default: {
					const start = this.#at;
					if (this.scanNumber()) this.finite(start, Number.MAX_VALUE);
				}
			}
			// Leave what ends here; stay where another value comes.
			while (
				this.#depth > floor &&
				!(Character.closeBrace === this.#closer[this.#depth] ? undefined !== this.key() : this.element())
			);
		} while (this.#depth > floor);
	}

	/** Nothing but white space may be left. */
	end(): void {
		this.space();
		if (this.#at < this.#bytes.length) throw this.error("more after the value");
	}

	private error(message: string): JSONError {
		return new JSONError(message, this.#at);
	}

	private space(): void {
		const bytes = this.#bytes;
		for (;;) {
			switch (bytes[this.#at]) {
				case Character.space:
				case Character.tab:
				case Character.lineFeed:
				case Character.carriageReturn:
					this.#at++;
					break;
				default:
					return;
			}
		}
	}

	private expect(character: number, what: string): void {
		this.space();
		if (character !== this.#bytes[this.#at]) throw this.error(`expected ${what}`);
		this.#at++;
	}

	private open(opener: number, what: string): void {
		this.expect(opener, what);
		if (maximumDepth === this.#depth) throw this.error("too deep");
		this.#depth++;
		this.#begun[this.#depth] = 0;
		// In ASCII both closers follow their openers by two.
		this.#closer[this.#depth] = opener + 2;
		this.#first[this.#depth] = this.#names.length;
	}

	/** Whether another value comes in the innermost container; false closes it. */
	private next(closer: number): boolean {
		this.space();
		const byte = this.#bytes[this.#at];
		if (closer === byte) {
			this.#at++;
			this.#depth--;
			return false;
		}
		if (!this.#begun[this.#depth]) this.#begun[this.#depth] = 1;
		else if (Character.comma === byte) this.#at++;
		else throw this.error("expected a comma");
		return true;
	}

	private word(word: string): void {
		for (let i = 0; i < word.length; i++)
			if (word.charCodeAt(i) !== this.#bytes[this.#at++]) throw this.error(`expected ${word}`);
	}

	private decode(start: number, end: number): string {
		try {
			return decodeText(this.#bytes.subarray(start, end));
		} catch (error) {
			if (error instanceof TextError) throw new JSONError(error.message, start);
			throw error;
		}
	}

	private escape(): string {
		const start = this.#at - 1;
		const byte = this.#bytes[this.#at++] ?? 0;
		if (0x75 !== byte) {
			const character = escapes[String.fromCharCode(byte) as keyof typeof escapes];
			if (undefined === character) throw new JSONError("an unknown escape", start);
			return character;
		}
		const unit = this.unit(start);
		if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
		if (unit < 0xdc00 && Character.backslash === this.#bytes[this.#at] && 0x75 === this.#bytes[this.#at + 1]) {
			this.#at += 2;
			const low = this.unit(start);
			if (low >= 0xdc00 && low <= 0xdfff)
				return String.fromCodePoint(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
		}
		throw new JSONError("a lone surrogate", start);
	}

	/** Four hexadecimal digits. */
	private unit(start: number): number {
		let unit = 0;
		for (let i = 0; i < 4; i++) {
			const byte = this.#bytes[this.#at++] ?? 0;
			const digit = byte <= Character.nine ? byte - Character.zero : (byte | 0x20) - 0x57;
			if (!(digit >= 0 && digit < 16) || (byte > Character.nine && digit < 10))
				throw new JSONError("an unknown escape", start);
			unit = 16 * unit + digit;
		}
		return unit;
	}

	private digits(): void {
		const start = this.#at;
		while (this.#bytes[this.#at]! >= Character.zero && this.#bytes[this.#at]! <= Character.nine) this.#at++;
		if (start === this.#at) throw this.error("expected a value");
	}

	/** Passes over a number by its grammar; true when it has an exponent, without which 40 characters are finite. */
	private scanNumber(): boolean {
		const bytes = this.#bytes;
		const start = this.#at;
		if (Character.minus === bytes[this.#at]) this.#at++;
		const first = this.#at;
		this.digits();
		if (Character.zero === bytes[first] && this.#at > first + 1)
			throw new JSONError("a number with a leading zero", start);
		if (Character.dot === bytes[this.#at]) {
			this.#at++;
			this.digits();
		}
		const exponent = Character.e === bytes[this.#at] || Character.E === bytes[this.#at];
		if (exponent) {
			this.#at++;
			if (Character.minus === bytes[this.#at] || Character.plus === bytes[this.#at]) this.#at++;
			this.digits();
		}
		if (this.#at - start > maximumNumber) throw new JSONError("a number too long", start);
		return exponent;
	}

	private finite(start: number, maximum: number): number {
		const characters = this.#bytes.subarray(start, this.#at) as unknown as number[];
		const value = Number(String.fromCharCode.apply(null, characters));
		if (!(value >= -maximum && value <= maximum)) throw new JSONError("a number out of range", start);
		return value;
	}
}
