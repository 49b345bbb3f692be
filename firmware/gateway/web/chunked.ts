import { type Failure, Failures } from "gateway/web/failure";
import { isTokenByte } from "gateway/web/token-byte";

/** Digits of a chunk's size: more than any body here needs, and exact. */
const sizeDigits = 8;
/** Bytes of chunk extensions in one body; they are read over. */
const extensionLimit = 256;
/** Bytes of trailers in one body; they are read over. */
const trailerLimit = 512;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;
const colon = 0x3a;
const semicolon = 0x3b;
const equals = 0x3d;
const backslash = 0x5c;

const State = Object.freeze({
	size: 0,
	sizeEnd: 1,
	data: 2,
	dataReturn: 3,
	dataEnd: 4,
	trailerStart: 5,
	trailerName: 6,
	trailer: 7,
	trailerEnd: 8,
	end: 9,
	done: 10,
	// Within an extension.
	nameStart: 11,
	name: 12,
	valueStart: 13,
	value: 14,
	quoted: 15,
	escaped: 16,
	quotedEnd: 17,
} as const);

/** Where the decoded bytes go: memory as long as the body may become, or what takes them on from there. */
export interface ChunkTarget {
	readonly length: number;
	/** `bytes` are valid only during the call. */
	set(bytes: Uint8Array, offset: number): void;
}

/** The chunked transfer coding (RFC 9112, 7.1), decoded into a body of bounded length. */
export class ChunkedDecoder {
	/** Bytes of the body so far. */
	length = 0;
	failure: Failure | undefined;
	readonly #body: ChunkTarget;
	#state: number = State.size;
	#digits = 0;
	/** Bytes left of the chunk. */
	#left = 0;
	#extension = 0;
	#trailer = 0;

	constructor(body: ChunkTarget) {
		this.#body = body;
	}

	get done(): boolean {
		return State.done === this.#state;
	}

	/** Takes from bytes[start, end) and gives the index of the first byte not taken: `end` unless it is done or failed. */
	decode(bytes: Uint8Array, start: number, end: number): number {
		let at = start;
		while (at < end && undefined === this.failure && State.done !== this.#state) {
			if (State.data === this.#state) {
				const count = Math.min(this.#left, end - at);
				this.#body.set(bytes.subarray(at, at + count), this.length);
				this.length += count;
				this.#left -= count;
				at += count;
				if (0 === this.#left) this.#state = State.dataReturn;
			} else this.frame(bytes[at++]!);
		}
		return at;
	}

	private frame(byte: number): void {
		if (this.#state >= State.nameStart) {
			this.extend(byte);
			return;
		}
		switch (this.#state) {
			case State.size:
				this.sizeDigit(byte);
				break;
			case State.sizeEnd:
				if (lineFeed !== byte) this.failure = Failures.chunk;
				else if (this.#left > this.#body.length - this.length) this.failure = Failures.bodyTooLong;
				else this.#state = this.#left > 0 ? State.data : State.trailerStart;
				this.#digits = 0;
				break;
			case State.dataReturn:
				if (carriageReturn !== byte) this.failure = Failures.chunk;
				this.#state = State.dataEnd;
				break;
			case State.dataEnd:
				if (lineFeed !== byte) this.failure = Failures.chunk;
				this.#state = State.size;
				break;
			case State.trailerStart:
				if (carriageReturn === byte) {
					this.#state = State.end;
					break;
				}
				this.#state = State.trailerName;
				this.trailerByte(isTokenByte(byte));
				break;
			case State.trailerName:
				if (colon === byte) this.#state = State.trailer;
				else this.trailerByte(isTokenByte(byte));
				break;
			case State.trailer:
				if (carriageReturn === byte) this.#state = State.trailerEnd;
				else this.trailerByte((byte >= 0x20 && 0x7f !== byte) || tab === byte);
				break;
			case State.trailerEnd:
				if (lineFeed !== byte) this.failure = Failures.trailer;
				this.#state = State.trailerStart;
				break;
			default:
				if (lineFeed !== byte) this.failure = Failures.trailer;
				this.#state = State.done;
		}
	}

	private sizeDigit(byte: number): void {
		const letter = byte | 0x20;
		const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
		if (digit >= 0) {
			if (sizeDigits === this.#digits++) this.failure = Failures.chunk;
			else this.#left = 16 * this.#left + digit;
		} else if (0 === this.#digits) this.failure = Failures.chunk;
		else if (carriageReturn === byte) this.#state = State.sizeEnd;
		else if (semicolon === byte) this.#state = State.nameStart;
		else this.failure = Failures.chunk;
	}

	/** *( ";" name [ "=" ( token / quoted-string ) ] ), RFC 9112, 7.1.1. */
	private extend(byte: number): void {
		if (++this.#extension > extensionLimit) {
			this.failure = Failures.chunkExtension;
			return;
		}
		const state = this.#state;
		if (State.quoted === state || State.escaped === state) {
			if (byte < 0x20 && tab !== byte) this.failure = Failures.chunk;
			else if (State.escaped === state) this.#state = State.quoted;
			else if (quote === byte) this.#state = State.quotedEnd;
			else if (backslash === byte) this.#state = State.escaped;
		} else if (State.quotedEnd !== state && isTokenByte(byte)) {
			if (State.nameStart === state) this.#state = State.name;
			else if (State.valueStart === state) this.#state = State.value;
		} else if (State.valueStart === state && quote === byte) this.#state = State.quoted;
		else if (State.name === state && equals === byte) this.#state = State.valueStart;
		else if (State.nameStart === state || State.valueStart === state) this.failure = Failures.chunk;
		else if (semicolon === byte) this.#state = State.nameStart;
		else if (carriageReturn === byte) this.#state = State.sizeEnd;
		else this.failure = Failures.chunk;
	}

	private trailerByte(good: boolean): void {
		if (!good || ++this.#trailer > trailerLimit) this.failure = Failures.trailer;
	}
}
