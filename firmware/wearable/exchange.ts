import { backoff } from "common/backoff";
import { fromHex, toHex } from "common/hex";
import { type Hash, hmac } from "common/hmac";
import { keyLength, signedText } from "common/protocol";
import { decodeText, encodeText, TextError } from "common/text";
import type { Allocator } from "wearable/allocator";
import type { ResponseParser } from "wearable/response";
import type { Ring } from "wearable/ring";

/** What a request is for. */
export type Purpose = "join" | "poll" | "window";

export interface ExchangeOptions {
	id: string;
	name: string;
	firmware: string;
	/** The model that takes the windows. */
	model: string;
	/** Absent before the gateway has let this device in. */
	key: Uint8Array | undefined;
	ring: Ring;
	allocator: Allocator;
	/** A new SHA-256. */
	createHash(): Hash;
	/** Uniform in [0, 1). */
	random: () => number;
	/** More parts of the status field, each begun by a semicolon. */
	vitals(): string;
	/** Of a wish to join that was not settled before the device was switched off: 16 bytes. */
	token: Uint8Array | undefined;
	/** Fills with numbers that nobody can predict. */
	fillRandom: (bytes: Uint8Array) => void;
	/** Keeps a new key; the token is not needed any more. */
	saveKey(key: Uint8Array): void;
	/** Keeps the token of a wish to join until it is settled; undefined forgets it. */
	saveToken(token: Uint8Array | undefined): void;
	/** The gateway lets nobody in at present. */
	onClosed(): void;
	/** Told a line at a time what happens. */
	log(line: string): void;
}

/** The bytes of a request; `body` is not copied. */
export interface Outgoing {
	readonly head: Uint8Array;
	readonly body: Uint8Array;
}

const joinPath = "/api/v1/join";
const tokenLength = 16;

/** Milliseconds. */
const Wait = Object.freeze({
	/** After a failure: first and longest. */
	retry: 500,
	longest: 30_000,
	/** Between two looks whether the operator has decided. */
	poll: 1_500,
	/** While pairing is closed: a new device, which an operator is waiting for, asks often; a removed one does not. */
	join: 1_000,
	joinLongest: 8_000,
	removed: 15_000,
	removedLongest: 60_000,
} as const);

/** A window that the gateway fails on is given up after so many answers, so that it does not block those after it. */
const maximumFailures = 8;
/** Counters may be found stale so often in a row before that counts as a failure. */
const maximumStale = 2;
/** The longest that the gateway can send the device away for, in seconds. */
const longestRetryAfter = 120;

/**
 * Decides what the wearable says to the gateway and what follows from each answer: joining, windows oldest first,
 * repeats. Knows no sockets and no clock: bytes out, parsed responses in, time as an argument.
 */
export class Exchange {
	readonly #options: ExchangeOptions;
	readonly #inferPath: string;
	#key: Uint8Array | undefined;
	/**
	 * Identifies this device's wish to join: 32 hexadecimal digits of its own choice. It stays the same until the wish is
	 * granted or refused: the gateway takes another token under this id for another device.
	 */
	#token: string;
	#host = "";
	/** The wish is with the gateway and the operator has not decided. */
	#asked = false;
	/** The gateway does not take the key; the next thing is to ask to join, or to try a window once more. */
	#refused = false;
	#trying = false;
	/** Failures in a row. */
	#attempt = 0;
	/** Answers in a row that refuse to let the device join. */
	#joinAttempt = 0;
	#unanswered = 0;
	#failures = 0;
	/** Windows dropped by the ring that have been told of. */
	#dropped = 0;
	#stale = 0;
	#notBefore = 0;

	constructor(options: ExchangeOptions) {
		this.#options = options;
		this.#inferPath = `/v2/models/${options.model}/infer`;
		this.#key = options.key;
		this.#token = tokenLength === options.token?.length ? toHex(options.token) : "";
	}

	/** Whether the operator is asked. */
	get waiting(): boolean {
		return this.#asked;
	}

	/** Attempts in a row that the gateway has not answered. */
	get unanswered(): number {
		return this.#unanswered;
	}

	/** The gateway is at this address now, named as the Host field has it: no reason to wait any longer. */
	moved(host: string): void {
		this.#host = host;
		this.#attempt = 0;
		this.#joinAttempt = 0;
		this.#notBefore = 0;
	}

	/** There is a network again: no reason to wait longer for a gateway that could not be reached. */
	resume(): void {
		if (0 === this.#unanswered) return;
		this.#attempt = 0;
		this.#notBefore = 0;
	}

	/** What to ask the gateway at `now` milliseconds; undefined when there is nothing, or not yet. */
	next(now: number): Purpose | undefined {
		if (now < this.#notBefore) return;
		const waiting = this.#options.ring.count > 0;
		if (this.#asked) return "poll";
		if (!this.#key || (this.#refused && !(this.#trying && waiting))) return "join";
		return waiting ? "window" : undefined;
	}

	/** The bytes to send. A window stays as it is in the ring until `answered` or `failed`. */
	request(purpose: Purpose): Outgoing {
		if ("window" === purpose) return this.#window();
		const { id, name, firmware } = this.#options;
		if ("join" === purpose) {
			if ("" === this.#token) this.#token = this.#createToken();
			return this.#json(joinPath, { id, name, firmware, token: this.#token });
		}
		return this.#json(`${joinPath}/${id}`, { token: this.#token });
	}

	/** The gateway answered, `duration` milliseconds after the request. */
	answered(purpose: Purpose, response: ResponseParser, now: number, duration: number): void {
		this.#unanswered = 0;
		if ("window" === purpose) this.#answeredWindow(response, now, duration);
		else if ("join" === purpose) this.#answeredJoin(response, now);
		else this.#answeredPoll(response, now);
		this.#options.ring.hold(false);
	}

	/** There was no answer, or none that could be read. */
	failed(reason: string, now: number): void {
		const { ring } = this.#options;
		ring.hold(false);
		this.#unanswered++;
		if (0 === this.#attempt) this.#options.log(`gateway: ${reason}; ${plural(ring.count)} waiting`);
		this.#retry(now);
	}

	#window(): Outgoing {
		const { ring, allocator, id, firmware } = this.#options;
		ring.hold(true);
		const body = ring.oldest;
		const counter = String(allocator.next());
		const status = `window=${ring.number}${this.#options.vitals()};firmware=${firmware}`;
		const signature = hmac(
			() => this.#options.createHash(),
			this.#key!,
			signedText("POST", this.#inferPath, id, counter, status),
			body,
		);
		return {
			head: this.#head(
				this.#inferPath,
				"application/octet-stream",
				body.length,
				`Inference-Header-Content-Length: 0\r\nTMLaaS-Device: ${id}\r\nTMLaaS-Counter: ${counter}\r\n` +
					`TMLaaS-Status: ${status}\r\nTMLaaS-Signature: ${toHex(signature)}\r\n`,
			),
			body,
		};
	}

	#json(path: string, value: Readonly<Record<string, string>>): Outgoing {
		const body = encodeText(JSON.stringify(value));
		return { head: this.#head(path, "application/json", body.length, ""), body };
	}

	#head(path: string, type: string, length: number, fields: string): Uint8Array {
		return encodeText(
			`POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n${fields}\r\n`,
		);
	}

	#createToken(): string {
		const bytes = new Uint8Array(tokenLength);
		this.#options.fillRandom(bytes);
		this.#options.saveToken(bytes);
		return toHex(bytes);
	}

	#settle(): void {
		this.#token = "";
		this.#options.saveToken(undefined);
	}

	#answeredWindow(response: ResponseParser, now: number, duration: number): void {
		const { ring, allocator } = this.#options;
		const { status } = response;
		const number = ring.number;
		if (200 === status) {
			ring.remove();
			this.#succeeded();
			this.#refused = false;
			this.#options.log(`window ${number}: ${describe(response.result)} (${Math.round(duration)} ms)`);
			if (ring.dropped > this.#dropped) {
				this.#options.log(`${plural(ring.dropped - this.#dropped)} dropped for want of room`);
				this.#dropped = ring.dropped;
			}
			return;
		}
		if (401 === status) {
			const { minimum } = parse(response.body, ["minimum"]);
			if (undefined === minimum) {
				if (!this.#refused) this.#options.log("gateway: does not know this device; asking to join");
				this.#refused = true;
				this.#trying = false;
				return;
			}
			if (this.#stale++ < maximumStale && allocator.advance(minimum)) return;
			this.#stale = 0;
			this.failed("finds every counter stale", now);
			return;
		}
		// What a later request cannot make good: the gateway will never take this window.
		const hopeless = status >= 400 && status < 500 && 404 !== status && 408 !== status && 429 !== status;
		const busy = undefined !== response.retryAfter;
		if (hopeless || (!busy && ++this.#failures >= maximumFailures)) {
			ring.remove();
			this.#succeeded();
			this.#options.log(`window ${number}: given up after status ${status}`);
			return;
		}
		if (0 === this.#attempt) this.#options.log(`gateway: status ${status}; ${plural(ring.count)} waiting`);
		this.#retry(now, response.retryAfter);
	}

	#answeredJoin(response: ResponseParser, now: number): void {
		if (202 === response.status) {
			this.#attempt = 0;
			this.#joinAttempt = 0;
			this.#asked = true;
			this.#notBefore = now + Wait.poll;
			this.#options.log(`asks to join, code ${this.#code()}`);
			return;
		}
		if (403 === response.status) {
			if (0 === this.#joinAttempt) this.#options.log("gateway: pairing is closed; waiting");
			this.#options.onClosed();
		} else if (0 === this.#joinAttempt)
			this.#options.log(`gateway: status ${response.status} to the wish to join; waiting`);
		this.#retryJoin(now, response.retryAfter);
	}

	#answeredPoll(response: ResponseParser, now: number): void {
		const { status } = response;
		if (202 === status) {
			this.#attempt = 0;
			this.#notBefore = now + Wait.poll;
			return;
		}
		if (200 === status) {
			const { key } = parse(response.body, ["key"]);
			const bytes = typeof key === "string" ? fromHex(key) : undefined;
			if (bytes?.length === keyLength) {
				this.#options.saveKey(bytes);
				this.#settle();
				this.#key = bytes;
				this.#asked = false;
				this.#refused = false;
				this.#joinAttempt = 0;
				this.#succeeded();
				this.#options.log("joined");
				return;
			}
		}
		if (status >= 500 || 429 === status) {
			this.#retry(now, response.retryAfter);
			return;
		}
		if (403 === status) this.#options.log("gateway: the operator refused");
		// Refused, or the gateway does not know of the wish any more.
		this.#settle();
		this.#asked = false;
		this.#retryJoin(now, response.retryAfter);
	}

	#succeeded(): void {
		this.#attempt = 0;
		this.#failures = 0;
		this.#stale = 0;
		this.#notBefore = 0;
	}

	#retry(now: number, retryAfter?: number): void {
		const { random } = this.#options;
		const wait = backoff(this.#attempt++, Wait.retry, Wait.longest, random);
		this.#notBefore = now + later(wait, retryAfter, random);
	}

	/** A device that was removed stays away longer, and tries its old key again in between. */
	#retryJoin(now: number, retryAfter?: number): void {
		const { random } = this.#options;
		const wait = this.#key
			? backoff(this.#joinAttempt++, Wait.removed, Wait.removedLongest, random)
			: backoff(this.#joinAttempt++, Wait.join, Wait.joinLongest, random);
		this.#trying = true;
		this.#notBefore = now + later(wait, retryAfter, random);
	}

	/** Four digits of the token's SHA-256 that the operator compares with what the gateway shows. */
	#code(): string {
		const hash = this.#options.createHash();
		hash.write(encodeText(this.#token));
		const [a, b, c, d] = new Uint8Array(hash.close());
		const number = a! * 0x1000000 + ((b! << 16) | (c! << 8) | d!);
		return String(number % 10_000).padStart(4, "0");
	}
}

/** What the gateway asks for counts, and up to a quarter more, so that the devices it sent away come back one by one. */
function later(wait: number, retryAfter: number | undefined, random: () => number): number {
	if (undefined === retryAfter) return wait;
	return Math.max(wait, Math.min(retryAfter, longestRetryAfter) * 1000 * (1 + random() / 4));
}

function plural(count: number): string {
	return 1 === count ? "1 window" : `${count} windows`;
}

/** `left;0.98` as `left 0.98`. */
function describe(result: string | undefined): string {
	if (undefined === result) return "taken";
	const semicolon = result.indexOf(";");
	const confidence = Number(result.slice(semicolon + 1));
	try {
		return `${decodeURIComponent(result.slice(0, semicolon))} ${confidence.toFixed(2)}`;
	} catch (error) {
		if (error instanceof URIError) return "taken";
		throw error;
	}
}

/** The members of a JSON object that are asked for. XS makes no others: a name from outside would stay in memory for good. */
function parse(bytes: Uint8Array, members: string[]): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(decodeText(bytes), members);
		return null !== value && typeof value === "object" ? (value as Record<string, unknown>) : {};
	} catch (error) {
		if (error instanceof SyntaxError || error instanceof TextError) return {};
		throw error;
	}
}
