/** The gateway's answer does not keep to HTTP/1.1 or to what the wearable has room for; the connection is of no more use. */
export class ResponseError extends Error {}

/** Bytes of a line, of all header lines, and of a body that is read over. */
const maximumLine = 256;
const maximumHeader = 2048;
const maximumBody = 8192;
/** Bytes of the body that are kept; those after them are read over. */
const keptBody = 512;

const State = Object.freeze({ status: 0, header: 1, body: 2, done: 3 } as const);

/**
 * Reads one HTTP/1.1 response (RFC 9112) piece by piece, in fixed memory. Only a body with Content-Length is taken: the
 * gateway sends no other to a wearable.
 */
export class ResponseParser {
	readonly #line = new Uint8Array(maximumLine);
	readonly #kept = new Uint8Array(keptBody);
	#state: number = State.status;
	/** Bytes of the line so far. */
	#length = 0;
	#header = 0;
	#received = 0;
	#expected = 0;
	#started = false;

	/** 200 to 599. */
	status = 0;
	/** Whether another request may follow on the connection. */
	keepAlive = true;
	/** Seconds, from Retry-After; undefined when absent or a date. */
	retryAfter: number | undefined;
	/** The field tmlaas-result: label, percent-encoded, and confidence. */
	result: string | undefined;

	/** Before each response. */
	reset(): void {
		this.#state = State.status;
		this.#started = false;
		this.#beginHead();
	}

	/** Whether a byte of the response has come. */
	get started(): boolean {
		return this.#started;
	}

	/** The body's first bytes; all of them if they are at most 512. */
	get body(): Uint8Array {
		return this.#kept.subarray(0, Math.min(this.#received, keptBody));
	}

	/** Takes what came; true when the response is complete. Throws `ResponseError`; bytes after the response are one. */
	push(bytes: Uint8Array): boolean {
		let at = 0;
		if (bytes.length > 0) this.#started = true;
		while (at < bytes.length) {
			if (State.done === this.#state) throw new ResponseError("bytes after the response");
			if (State.body === this.#state) {
				const end = Math.min(bytes.length, at + this.#expected - this.#received);
				for (; at < end; at++, this.#received++) if (this.#received < keptBody) this.#kept[this.#received] = bytes[at]!;
				if (this.#received === this.#expected) this.#state = State.done;
			} else this.#take(bytes[at++]!);
		}
		return State.done === this.#state;
	}

	#beginHead(): void {
		this.#length = 0;
		this.#header = 0;
		this.#received = 0;
		this.#expected = -1;
		this.status = 0;
		this.keepAlive = true;
		this.retryAfter = undefined;
		this.result = undefined;
	}

	/** A byte of the status line or of the header. */
	#take(byte: number): void {
		if (++this.#header > maximumHeader) throw new ResponseError("header too long");
		if (0x0a !== byte) {
			if (this.#length === maximumLine) throw new ResponseError("line too long");
			this.#line[this.#length++] = byte;
			return;
		}
		if (0 === this.#length || 0x0d !== this.#line[this.#length - 1]) throw new ResponseError("line without CR");
		let line = "";
		for (let i = 0; i < this.#length - 1; i++) line += String.fromCharCode(this.#line[i]!);
		this.#length = 0;
		if (State.status === this.#state) this.#statusLine(line);
		else if (line.length > 0) this.#field(line);
		else this.#endHead();
	}

	#statusLine(line: string): void {
		const status = decimal(line.slice(9, 12), 999);
		if (
			!line.startsWith("HTTP/1.1 ") ||
			!(status >= 100 && status < 600) ||
			(line.length > 12 && " " !== line.charAt(12))
		)
			throw new ResponseError("not a status line");
		this.status = status;
		this.#state = State.header;
	}

	#field(line: string): void {
		const colon = line.indexOf(":");
		if (colon < 1) throw new ResponseError("not a header field");
		const value = line.slice(colon + 1).trim();
		switch (line.slice(0, colon).toLowerCase()) {
			case "content-length": {
				const length = decimal(value, maximumBody);
				if (length < 0 || (this.#expected >= 0 && length !== this.#expected))
					throw new ResponseError("unusable Content-Length");
				this.#expected = length;
				break;
			}
			case "transfer-encoding":
				throw new ResponseError("a transfer coding");
			case "connection":
				if ("close" === value.toLowerCase()) this.keepAlive = false;
				break;
			case "retry-after": {
				const seconds = decimal(value, 86_400);
				if (seconds >= 0) this.retryAfter = seconds;
				break;
			}
			case "tmlaas-result":
				this.result = value;
				break;
		}
	}

	#endHead(): void {
		if (this.status < 200) {
			// An interim response; the real one follows.
			this.#beginHead();
			this.#state = State.status;
			return;
		}
		if (204 === this.status || 304 === this.status) this.#expected = 0;
		if (this.#expected < 0) throw new ResponseError("no Content-Length");
		this.#state = 0 === this.#expected ? State.done : State.body;
	}
}

/** The number that the digits give; -1 for anything but digits, none, or more than `maximum`. */
function decimal(text: string, maximum: number): number {
	if (0 === text.length) return -1;
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (!(digit >= 0 && digit <= 9)) return -1;
		value = 10 * value + digit;
		if (value > maximum) return -1;
	}
	return value;
}
