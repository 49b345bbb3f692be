import { type ClientRequest, type IncomingHttpHeaders, request } from "node:http";
import type { ModelStatus, RepositoryUsage } from "../../firmware/gateway/inference/repository";
import { FailedError } from "./command-line";

/** What a gateway says about an error (RFC 9457); the other members depend on `code`. */
export interface Problem {
	readonly status: number;
	readonly detail: string;
	readonly code?: string;
	readonly [member: string]: unknown;
}

/** The gateway refused. */
export class RefusedError extends FailedError {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail);
		this.problem = problem;
	}
}

/** The gateway did not answer, or the connection broke. */
export class UnreachableError extends FailedError {}

export interface Reply {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
}

export interface RequestOptions {
	readonly method: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string | number>>;
	/** Writes the body, called when the gateway asks for it; without it there is none. */
	readonly send?: (request: ClientRequest) => void;
	/** Milliseconds in which nothing may move on the connection. */
	readonly timeout?: number;
}

/** What `GET /api/v1/models` gives. */
export interface Stock extends RepositoryUsage {
	readonly models: readonly ModelStatus[];
}

const silence = 15_000;
/** How often the time of silence an exchange may last once its body is sent, and milliseconds that all of it may last. */
const patience = 4;
const longest = 600_000;
/** Bytes of an answer: more than all windows that a gateway keeps. */
const greatestAnswer = 8 * 1024 * 1024;
/** Characters of what a gateway says. */
const greatestDetail = 1000;
/** Milliseconds after which a body is sent although nobody has asked for it (RFC 9110, 10.1.1). */
const unasked = 2000;

/** A gateway's API, as commands use it: each request on a connection of its own. */
export class Gateway {
	readonly address: URL;
	readonly #token: string;

	constructor(options: { address: URL; token: string }) {
		this.address = options.address;
		this.#token = options.token;
	}

	/** Throws `UnreachableError`; a refusal is a reply. */
	exchange({ method, path, headers, send, timeout = silence }: RequestOptions): Promise<Reply> {
		return new Promise((resolve, reject) => {
			const lost = (error: Error) => reject(new UnreachableError(`${this.address.origin}: ${error.message}`));
			const outgoing = request(new URL(path, this.address), {
				method,
				agent: false,
				timeout,
				headers: {
					authorization: `Bearer ${this.#token}`,
					connection: "close",
					...headers,
					...(send ? { expect: "100-continue" } : {}),
				},
			});
			// Whoever answers a byte now and then is not silent, and keeps the person waiting all the same.
			const overdue = () => outgoing.destroy(new Error("the answer takes too long"));
			let deadline = setTimeout(overdue, longest);
			outgoing.on("finish", () => {
				clearTimeout(deadline);
				deadline = setTimeout(overdue, patience * timeout);
			});
			const late = setTimeout(() => begin(), unasked);
			const begin = () => {
				clearTimeout(late);
				outgoing.off("continue", begin);
				if (!outgoing.destroyed) send?.(outgoing);
			};
			outgoing.on("timeout", () => outgoing.destroy(new Error(`silent for ${timeout / 1000} s`)));
			outgoing.on("error", lost);
			outgoing.on("close", () => {
				clearTimeout(late);
				clearTimeout(deadline);
				lost(new Error("the connection ended before the answer"));
			});
			outgoing.on("response", (incoming) => {
				clearTimeout(late);
				const parts: Buffer[] = [];
				let length = 0;
				incoming.on("data", (part: Buffer) => {
					length += part.length;
					if (length > greatestAnswer) outgoing.destroy(new Error("the answer has no end"));
					else parts.push(part);
				});
				incoming.on("error", lost);
				incoming.on("end", () => {
					resolve({ status: incoming.statusCode!, headers: incoming.headers, text: Buffer.concat(parts).toString() });
					outgoing.destroy();
				});
			});
			if (send) {
				outgoing.on("continue", begin);
				outgoing.flushHeaders();
			} else {
				clearTimeout(late);
				outgoing.end();
			}
		});
	}

	/** Sends JSON and gives what comes back. Throws `UnreachableError` and `RefusedError`. */
	async request(method: string, path: string, body?: unknown): Promise<unknown> {
		const text = undefined === body ? undefined : JSON.stringify(body);
		const reply = await this.exchange({
			method,
			path,
			...(undefined === text
				? {}
				: {
						headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
						send: (outgoing: ClientRequest) => outgoing.end(text),
						// A model's own test runs before the answer.
						timeout: 4 * silence,
					}),
		});
		if (reply.status >= 300) throw refusal(reply);
		if ("" === reply.text) return undefined;
		try {
			return parse(reply.text);
		} catch {
			throw this.stranger(reply.status);
		}
	}

	/** All versions of all models, and what room there is. Throws as `request` does. */
	async stock(): Promise<Stock> {
		const stock = await this.request("GET", "/api/v1/models");
		if (isStock(stock)) return stock;
		throw this.stranger(200);
	}

	/** For an answer that no gateway gives. */
	stranger(status: number): RefusedError {
		return new RefusedError({ status, detail: `what answers at ${this.address.origin} is no gateway` });
	}
}

const isObject = (value: unknown): value is Record<string, unknown> => "object" === typeof value && null !== value;

/** Whether commands find in it what they look at. */
function isStock(value: unknown): value is Stock {
	if (!isObject(value) || !Array.isArray(value.models)) return false;
	const { memory, flash } = value;
	for (const part of [memory, flash]) if (!isObject(part) || !Object.values(part).every(Number.isFinite)) return false;
	return value.models.every(
		(model) =>
			isObject(model) &&
			["name", "version", "state", "role", "reason", "sha256"].every((key) => "string" === typeof model[key]) &&
			["bytes", "offset", "arena", "memory"].every((key) => Number.isFinite(model[key])),
	);
}

/** What came over the network, for a terminal: it cannot move the cursor or colour what follows. */
export function printable(text: string): string {
	const short = text.length > greatestDetail ? `${text.slice(0, greatestDetail)} …` : text;
	return short.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, "?");
}

/** Throws a SyntaxError. */
const parse = (text: string): unknown =>
	JSON.parse(text, (_key, value: unknown) => ("string" === typeof value ? printable(value) : value));

export function refusal({ status, text }: Reply): RefusedError {
	try {
		const problem = parse(text);
		if (isObject(problem) && "string" === typeof problem.detail)
			return new RefusedError({ ...problem, status, detail: problem.detail });
	} catch {
		// Not a gateway, or something between: the status is all there is to tell.
	}
	return new RefusedError({ status, detail: `the answer was ${status}` });
}
