import { encodeText } from "common/text";
import type { Repository } from "gateway/inference/repository";
import { repositoryRoutes } from "gateway/inference/repository-routes";
import { inferenceRoutes } from "gateway/inference/routes";
import { type Caller, Windows } from "gateway/inference/windows";
import type { Result } from "gateway/result";
import { HTTPError, type Request, type Response, type Route, type Scope } from "gateway/web/route";
import type { FunctionEngine } from "./models";
import { RepositoryBench } from "./repository-bench";

/** Finds the route as a server does, first match first, and calls it. */
export function call(
	routes: readonly Route[],
	method: string,
	path: string,
	options: { headers?: Record<string, string>; body?: Uint8Array | string; scope?: Scope } = {},
): Response {
	const segments = path.split("/");
	for (const route of routes) {
		const pattern = route.path.split("/");
		if (method !== route.method || pattern.length !== segments.length) continue;
		if (!pattern.every((part, i) => "*" === part || part === segments[i])) continue;
		if (route.scope && !options.scope) throw new HTTPError(401, "no token");
		const body = "string" === typeof options.body ? encodeText(options.body) : (options.body ?? new Uint8Array(0));
		if (body.length > (route.maximumBody ?? 0)) throw new HTTPError(413, "too large");
		const request: Request = {
			method,
			path,
			query: "",
			headers: new Map(Object.entries(options.headers ?? {})),
			remoteAddress: "127.0.0.1",
			parameters: segments.filter((_segment, i) => "*" === pattern[i]),
			scope: options.scope,
		};
		return route.handle(request, body);
	}
	throw new HTTPError(404, "no such path");
}

/** The error that a call ends with. */
export function refusal(action: () => unknown): HTTPError {
	try {
		action();
	} catch (error) {
		if (error instanceof HTTPError) return error;
		throw error;
	}
	throw new Error("was not refused");
}

export interface Answer {
	// biome-ignore lint/suspicious/noExplicitAny: tests look into it as it comes.
	readonly json: Record<string, any>;
	/** What follows the JSON. */
	readonly binary: Buffer;
	readonly headers: Readonly<Record<string, string>>;
}

export function read(response: Response): Answer {
	const content = response.texts ? [...(response.texts as IteratorObject<string>)].join("") : response.body;
	const body = "string" === typeof content ? Buffer.from(content) : Buffer.from(content as Uint8Array);
	const headers = response.headers ?? {};
	const length = Number(headers["inference-header-content-length"] ?? body.length);
	return { json: JSON.parse(body.subarray(0, length).toString()), binary: body.subarray(length), headers };
}

/** A device that is always believed. */
export class TrustedDevice implements Caller {
	readonly id = "w-1";
	window = 1;
	result: Result | undefined;

	get answered(): number | undefined {
		return this.result?.window;
	}

	accept(result: Result): void {
		this.result = result;
	}
}

/** The inference manager over one model, with a clock that goes on by 10 µs at each reading. */
export class Bench {
	readonly routes: Route[];
	readonly repository: Repository;
	readonly device = new TrustedDevice();
	readonly published: Result[] = [];
	readonly shown: { result: Result; window: Uint8Array }[] = [];
	outboxFull = false;
	#microseconds = 0;

	constructor(open: () => FunctionEngine) {
		this.repository = new RepositoryBench({ open }).repository;
		const clock = {
			now: () => 1_700_000_000_000,
			microseconds: () => (this.#microseconds += 10),
		};
		const windows = new Windows({
			authenticate: (request) => {
				if ("w-1" !== request.headers.get("tmlaas-device")) throw new HTTPError(401, "unknown device");
				return this.device;
			},
			publish: (result) => {
				if (this.outboxFull) return false;
				this.published.push(result);
				return true;
			},
			onResult: (result, window) => this.shown.push({ result, window: window.slice() }),
			clock,
		});
		this.routes = [
			...inferenceRoutes({
				server: { name: "bench", version: "1.2.3" },
				repository: this.repository,
				windows,
				clock,
			}),
			...repositoryRoutes(this.repository),
		];
	}

	get(path: string): Answer {
		return read(call(this.routes, "GET", path, { scope: "infer" }));
	}

	infer(model: string, request: object | string, tensors?: Uint8Array, headers: Record<string, string> = {}): Answer {
		const json = "string" === typeof request ? request : JSON.stringify(request);
		const body = Buffer.concat([Buffer.from(json), tensors ?? new Uint8Array(0)]);
		return read(
			call(this.routes, "POST", `/v2/models/${model}/infer`, {
				scope: "infer",
				body: new Uint8Array(body),
				headers: {
					...(tensors ? { "inference-header-content-length": String(Buffer.byteLength(json)) } : {}),
					...headers,
				},
			}),
		);
	}

	raw(body: Uint8Array, headers: Record<string, string> = {}): Answer {
		return read(
			call(this.routes, "POST", "/v2/models/gesture/infer", {
				scope: "infer",
				body,
				headers: { "inference-header-content-length": "0", ...headers },
			}),
		);
	}

	/** A window as a device sends it. */
	send(body: Uint8Array): Answer {
		return read(
			call(this.routes, "POST", "/v2/models/gesture/infer", {
				body,
				headers: { "inference-header-content-length": "0", "tmlaas-device": "w-1" },
			}),
		);
	}
}
