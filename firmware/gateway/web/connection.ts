import { encodeText } from "common/text";
import { ChunkedDecoder } from "gateway/web/chunked";
import { type Failure, Failures } from "gateway/web/failure";
import { type Machine, noBytes } from "gateway/web/machine";
import { headLimit, Parser } from "gateway/web/parser";
import { problem, serialize } from "gateway/web/response";
import type { Request, Response, Route, Scope, Sink } from "gateway/web/route";
import { Viewer } from "gateway/web/viewer";

/** Milliseconds for a head to come in whole. */
const headDeadline = 5000;
/** Milliseconds for which a kept connection may be silent, and a body or a response may not move. */
const idleLimit = 10_000;
/** Bytes a second below which a body or a response is given up, after a first while. */
const minimumRate = 100;
const rateGrace = 5000;
/** Milliseconds that a body or a response may take while others wait for a connection, however steadily it moves. */
const crowdedLimit = 10_000;
/** A body for a sink may take longer, since there are few of them, but not below this many bytes a second. */
const crowdedRate = 1024;
const requestLimit = 100;
/**
 * Milliseconds and bytes for which unread input is read over after a last response: a socket that is closed with unread
 * input resets the connection, and the client might lose the response (RFC 9112, 9.6).
 */
const lingerTime = 1000;
const lingerBytes = 65_536;

const continueLine = "HTTP/1.1 100 Continue\r\n\r\n";

const Phase = Object.freeze({
	/** Between requests. */
	idle: 0,
	head: 1,
	body: 2,
	response: 3,
	/** The last response is sent; what still comes is read over. */
	linger: 4,
	/** The connection has become a viewer's. */
	stream: 5,
	closed: 6,
} as const);

export const noParameters: readonly string[] = Object.freeze([]);

export class IncomingRequest implements Request {
	readonly method: string;
	readonly path: string;
	readonly query: string;
	readonly headers: ReadonlyMap<string, string>;
	readonly remoteAddress: string;
	parameters: readonly string[] = noParameters;
	scope: Scope | undefined;
	/** What answers it, once that is known. */
	route: Route | undefined;
	/** Bytes of body that are read at most. */
	maximumBody = 0;
	/** Where the body goes; undefined while none is received, and for one that is held. */
	sink: Sink | undefined;
	/** OPTIONS * asks about the server as a whole; its path is empty, as is one that can name nothing. */
	readonly asterisk: boolean;
	/** Bytes of body; -1 when the length is not told beforehand. */
	readonly length: number;

	constructor(parser: Parser, remoteAddress: string) {
		this.method = parser.method;
		this.path = parser.path ?? "";
		this.query = parser.query;
		this.headers = parser.headers;
		this.remoteAddress = remoteAddress;
		this.asterisk = parser.asterisk;
		this.length = parser.chunked ? -1 : parser.contentLength;
	}
}

/** What stands behind the connections. It throws nothing. */
export interface Handler {
	/** Judges a request by its head: a response refuses it, and its body stays unread. */
	open(request: IncomingRequest): Response | undefined;
	/** Answers a request that `open` let pass. */
	handle(request: IncomingRequest, body: Uint8Array): Response;
	/** The next bytes of a body for which `open` has set a sink; a response refuses the rest. */
	write(request: IncomingRequest, bytes: Uint8Array): Response | undefined;
	/** Answers a request whose body has gone to its sink. */
	complete(request: IncomingRequest): Response;
	/** The rest of such a body does not come. */
	abort(request: IncomingRequest): void;
	/** Takes `bytes` of the memory for bodies; false when too little is left. */
	reserve(bytes: number): boolean;
	release(bytes: number): void;
	/** Others wait for a connection: none is kept that has nothing to do. */
	readonly crowded: boolean;
}

/**
 * A server's end of one HTTP/1.1 connection after the other: pure, and reused so that nothing is left to collect.
 * Its methods are not `#private`: on XS each instance would carry each of them.
 */
export class Connection implements Machine {
	/** What the connection has become when a response was a stream of events; the shell goes on with it. */
	viewer: Viewer | undefined;
	readonly #handler: Handler;
	readonly #parser = new Parser();
	#remoteAddress = "";
	#phase: number = Phase.closed;
	#request: IncomingRequest | undefined;
	#requests = 0;
	/** Memory of a body that does not fit behind its head. */
	#body: Uint8Array | undefined;
	/** Bytes of body that are there, or have gone to the request's sink. */
	#filled = 0;
	#decoder: ChunkedDecoder | undefined;
	/** What a sink refused the rest with. */
	#refusal: Response | undefined;
	#output: Uint8Array[] = [];
	/** Bytes of the first output that are sent. */
	#offset = 0;
	#pending = 0;
	/** What follows the output, and whether each part is a chunk (RFC 9112, 7.1). */
	#texts: Iterator<string> | undefined;
	#chunked = false;
	/** The connection ends after the response. */
	#last = false;
	/** Input is left that belongs to no request. */
	#unread = false;
	/** When the phase began, when last a byte moved in it, and how many have. */
	#since = 0;
	#moved = 0;
	#bytes = 0;

	constructor(handler: Handler) {
		this.#handler = handler;
	}

	/** Begins a connection. */
	open(remoteAddress: string, now: number): void {
		this.#parser.reset();
		this.viewer = undefined;
		this.#remoteAddress = remoteAddress;
		this.#requests = 0;
		this.#last = false;
		this.#unread = false;
		this.enter(Phase.idle, now);
	}

	get closed(): boolean {
		return Phase.closed === this.#phase;
	}

	get pending(): number {
		return this.#pending;
	}

	/** Since when it waits without a request; undefined while it has one. It may be closed for the sake of another. */
	get idleSince(): number | undefined {
		return Phase.idle === this.#phase || Phase.linger === this.#phase ? this.#since : undefined;
	}

	/** Each part of the body costs time that others might need: the shell serves them in between. */
	get streaming(): boolean {
		return Phase.body === this.#phase && undefined !== this.#request?.sink;
	}

	space(available: number): Uint8Array {
		const parser = this.#parser;
		switch (this.#phase) {
			case Phase.idle:
			case Phase.head:
				break;
			case Phase.body:
				if (undefined !== this.#body && undefined === this.#decoder)
					return this.#body.subarray(this.#filled, this.#filled + available);
				break;
			case Phase.linger:
				parser.start = 0;
				parser.end = 0;
				break;
			default:
				return noBytes;
		}
		parser.compact();
		return parser.bytes.subarray(parser.end, Math.min(parser.end + available, headLimit));
	}

	received(count: number, now: number): void {
		this.#moved = now;
		this.#bytes += count;
		if (Phase.linger === this.#phase) {
			if (this.#bytes >= lingerBytes) this.close();
			return;
		}
		if (Phase.body === this.#phase && undefined !== this.#body && undefined === this.#decoder) this.#filled += count;
		else this.#parser.end += count;
		if (Phase.idle === this.#phase) this.enter(Phase.head, now);
		this.advance(now);
	}

	take(limit: number, now: number): Uint8Array {
		const first = this.#output[0];
		if (undefined === first) return noBytes;
		const count = Math.min(limit, first.length - this.#offset);
		const bytes = count === first.length ? first : first.subarray(this.#offset, this.#offset + count);
		this.#offset += count;
		this.#pending -= count;
		this.#moved = now;
		if (Phase.response === this.#phase) this.#bytes += count;
		if (this.#offset === first.length) {
			this.#output.shift();
			this.#offset = 0;
			if (0 === this.#pending && undefined !== this.#texts) this.pushText(this.#texts);
			if (0 === this.#pending && Phase.response === this.#phase) this.sent(now);
		}
		return bytes;
	}

	check(now: number): void {
		const elapsed = now - this.#since;
		switch (this.#phase) {
			case Phase.idle:
				if (elapsed >= (this.#requests > 0 ? idleLimit : headDeadline)) this.close();
				break;
			case Phase.head:
				if (elapsed >= headDeadline) this.fail(Failures.timeout, now);
				break;
			case Phase.body:
				if (this.stalled(now)) this.fail(Failures.timeout, now);
				break;
			case Phase.response:
				if (this.stalled(now)) this.close();
				break;
			case Phase.linger:
				if (elapsed >= lingerTime) this.close();
		}
	}

	close(): void {
		this.freeBody();
		this.#output.length = 0;
		this.#offset = 0;
		this.#pending = 0;
		this.#texts = undefined;
		this.#request = undefined;
		this.#phase = Phase.closed;
	}

	private enter(phase: number, now: number): void {
		this.#phase = phase;
		this.#since = now;
		this.#moved = now;
		this.#bytes = 0;
	}

	private stalled(now: number): boolean {
		const elapsed = now - this.#since;
		if (now - this.#moved >= idleLimit) return true;
		let rate = minimumRate;
		if (this.#handler.crowded) {
			if (this.streaming) rate = crowdedRate;
			else if (elapsed >= crowdedLimit) return true;
		}
		return elapsed >= rateGrace && this.#bytes * 1000 < elapsed * rate;
	}

	/** Goes on as far as the bytes at hand allow. */
	private advance(now: number): void {
		const parser = this.#parser;
		if (Phase.head === this.#phase) {
			if (!parser.parse()) {
				if (undefined !== parser.failure) this.fail(parser.failure, now);
				return;
			}
			this.begin(now);
		}
		if (Phase.body === this.#phase) this.readBody(now);
	}

	/** The head is complete. */
	private begin(now: number): void {
		const parser = this.#parser;
		const request = new IncomingRequest(parser, this.#remoteAddress);
		this.#request = request;
		this.#requests++;
		this.#last = !parser.persistent || this.#requests >= requestLimit;
		const refusal = this.#handler.open(request);
		const { length } = request;
		if (undefined !== refusal) {
			if (0 !== length) this.abandon();
			this.respond(refusal, now);
			return;
		}
		if (undefined !== request.sink) {
			if (length < 0)
				this.#decoder = new ChunkedDecoder({
					length: request.maximumBody,
					set: (bytes) => this.deliver(bytes),
				});
		} else if (length < 0 || length > headLimit) {
			const bytes = length < 0 ? request.maximumBody : length;
			if (!this.#handler.reserve(bytes)) {
				this.abandon();
				this.respond(problem(503, "no memory for the body now", request.path, undefined, { "retry-after": "1" }), now);
				return;
			}
			this.#body = new Uint8Array(bytes);
			if (length < 0) this.#decoder = new ChunkedDecoder(this.#body);
			else {
				this.#filled = parser.end - parser.start;
				this.#body.set(parser.bytes.subarray(parser.start, parser.end));
				parser.start = parser.end;
			}
		}
		this.enter(Phase.body, now);
		if (parser.expects && 0 !== length && parser.start === parser.end && 0 === this.#filled)
			this.push(encodeText(continueLine));
	}

	private readBody(now: number): void {
		const parser = this.#parser;
		const request = this.#request!;
		const { length } = request;
		if (undefined !== request.sink) this.stream(request, now);
		else if (undefined !== this.#decoder) {
			const decoder = this.#decoder;
			parser.start = decoder.decode(parser.bytes, parser.start, parser.end);
			if (undefined !== decoder.failure) this.fail(decoder.failure, now);
			else if (decoder.done) this.answer(this.#body!.subarray(0, decoder.length), now);
		} else if (undefined !== this.#body) {
			if (this.#filled === length) this.answer(this.#body, now);
		} else if (parser.end - parser.start >= length) {
			const { start } = parser;
			parser.start += length;
			this.answer(0 === length ? noBytes : parser.bytes.subarray(start, start + length), now);
		}
	}

	/** Passes on what has come of a body that is not held. */
	private stream(request: IncomingRequest, now: number): void {
		const parser = this.#parser;
		const decoder = this.#decoder;
		const { start, end } = parser;
		if (undefined !== decoder) parser.start = decoder.decode(parser.bytes, start, end);
		else {
			const count = Math.min(request.length - this.#filled, end - start);
			parser.start += count;
			if (count > 0) this.deliver(parser.bytes.subarray(start, start + count));
		}
		if (undefined !== this.#refusal) {
			const refusal = this.#refusal;
			this.freeBody();
			this.abandon();
			this.respond(refusal, now);
		} else if (undefined !== decoder?.failure) this.fail(decoder.failure, now);
		else if (undefined === decoder ? this.#filled === request.length : decoder.done) {
			const response = this.#handler.complete(request);
			request.sink = undefined;
			this.freeBody();
			this.respond(response, now);
		}
	}

	private deliver(bytes: Uint8Array): void {
		if (undefined !== this.#refusal) return;
		this.#filled += bytes.length;
		this.#refusal = this.#handler.write(this.#request!, bytes);
	}

	private answer(body: Uint8Array, now: number): void {
		const response = this.#handler.handle(this.#request!, body);
		this.freeBody();
		this.respond(response, now);
	}

	private respond(response: Response, now: number): void {
		const unframed = undefined !== response.texts && 0 === this.#parser.minor;
		if (undefined !== response.stream || unframed || this.#handler.crowded) this.#last = true;
		const framing = {
			head: "HEAD" === this.#parser.method,
			close: this.#last,
			minor: this.#parser.minor,
		};
		const parts = serialize(response, framing);
		if (undefined !== response.stream && !framing.head) {
			this.#request = undefined;
			this.viewer = new Viewer([...this.#output, ...parts], this.#remoteAddress, now);
			this.close();
			this.#phase = Phase.stream;
			response.stream(this.viewer);
			return;
		}
		for (const part of parts) this.push(part);
		if (!framing.head) this.#texts = response.texts;
		this.#chunked = framing.minor > 0;
		this.#request = undefined;
		this.enter(Phase.response, now);
	}

	/** Makes the next part of a body; the connection's end is the body's where there are no chunks. */
	private pushText(texts: Iterator<string>): void {
		let { done, value } = texts.next();
		// An empty chunk would be the last.
		while (!done && "" === value) ({ done, value } = texts.next());
		if (done) this.#texts = undefined;
		if (!this.#chunked) {
			if (!done) this.push(encodeText(value));
		} else if (done) this.push(encodeText("0\r\n\r\n"));
		else {
			const bytes = encodeText(`${value}\r\n`);
			this.push(encodeText(`${(bytes.length - 2).toString(16)}\r\n`));
			this.push(bytes);
		}
	}

	private push(bytes: Uint8Array): void {
		this.#output.push(bytes);
		this.#pending += bytes.length;
	}

	/** A request that cannot be read on: the bytes that follow mean nothing any more. */
	private fail(failure: Failure, now: number): void {
		this.freeBody();
		this.abandon();
		this.respond(problem(failure.status, failure.detail, this.#parser.path), now);
	}

	private abandon(): void {
		this.#last = true;
		this.#unread = true;
	}

	private freeBody(): void {
		const request = this.#request;
		if (undefined !== request?.sink) {
			this.#handler.abort(request);
			request.sink = undefined;
		}
		this.#refusal = undefined;
		if (undefined !== this.#body) this.#handler.release(this.#body.length);
		this.#body = undefined;
		this.#decoder = undefined;
		this.#filled = 0;
	}

	/** The response is out. */
	private sent(now: number): void {
		const parser = this.#parser;
		if (this.#last) {
			if (this.#unread) this.enter(Phase.linger, now);
			else this.close();
			return;
		}
		parser.next();
		if (parser.start === parser.end) this.enter(Phase.idle, now);
		else {
			this.enter(Phase.head, now);
			this.advance(now);
		}
	}
}
