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
				lost(new Error("the connection ended before the answer"));
			});
			outgoing.on("response", (incoming) => {
				clearTimeout(late);
				const parts: Buffer[] = [];
				incoming.on("data", (part: Buffer) => parts.push(part));
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
			return JSON.parse(reply.text);
		} catch {
			throw new RefusedError({ status: reply.status, detail: `what answers at ${this.address.origin} is no gateway` });
		}
	}

	/** All versions of all models, and what room there is. */
	async stock(): Promise<Stock> {
		return (await this.request("GET", "/api/v1/models")) as Stock;
	}
}

export function refusal({ status, text }: Reply): RefusedError {
	try {
		const problem: unknown = JSON.parse(text);
		if ("object" === typeof problem && null !== problem && "detail" in problem)
			return new RefusedError({ ...problem, status, detail: String(problem.detail) });
	} catch {
		// Not a gateway, or something between: the status is all there is to tell.
	}
	return new RefusedError({ status, detail: `the answer was ${status}` });
}
