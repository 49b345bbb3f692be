/**
 * What a route is. Managers and the inference engine offer routes; the server carries them.
 * Neither side imports the other.
 */

/** Who may call. `device` is a signed request, judged by the route itself once the body is there. */
export type Scope = "infer" | "train" | "admin";

export interface Request {
	readonly method: string;
	/** Percent-decoded, without the query. */
	readonly path: string;
	/** Raw, without the `?`; empty when there is none. */
	readonly query: string;
	/** Lower-case names; only of the fields that the parser knows to be read. */
	readonly headers: ReadonlyMap<string, string>;
	readonly remoteAddress: string;
	/** What the `*` of the route's path stand for, in order. */
	readonly parameters: readonly string[];
	/** The bearer's scope; undefined for a request without a token. */
	readonly scope: Scope | undefined;
}

export interface Response {
	readonly status: number;
	/** Lower-case names; `content-length` is the server's. */
	readonly headers?: Readonly<Record<string, string>>;
	/** A string is sent as UTF-8. Bytes are not copied: they stay unchanged until sent. */
	readonly body?: string | ArrayBuffer | HostBuffer | Uint8Array;
	/**
	 * Texts that one after the other are the body, sent chunked: each is made when the client has taken the one before,
	 * so that what would be too much at once takes no more memory than its longest part.
	 */
	readonly texts?: Iterator<string>;
	/** Server-sent events in place of a body: called once, with the stream to write to. */
	readonly stream?: (events: EventStream) => void;
}

/** One viewer's connection. */
export interface EventStream {
	/**
	 * Queues one event; false when the viewer is too slow and the event was left out. `data`: JSON on one line, or the
	 * texts that one after the other are it, each made when the viewer has taken the one before.
	 */
	send(event: string, data: string | Iterator<string>): boolean;
	/** The same with an event's bytes as they are sent; many streams may share them. */
	write(bytes: Uint8Array): boolean;
	/** Whether the viewer is too slow for another event now. */
	readonly full: boolean;
	onClose: (() => void) | undefined;
	close(): void;
}

/** Takes a body part by part, so that it need not fit into memory. */
export interface Sink {
	/**
	 * The next bytes, valid only during the call. Other connections are served between two calls: a part takes no longer
	 * than they may wait. Throws `HTTPError` to refuse the rest.
	 */
	write(bytes: Uint8Array): void;
	/** The body is complete. */
	close(): Response;
	/** The rest does not come: the client is gone or too slow, or `write` has thrown. Never after `close`. */
	abort(): void;
}

export interface Route {
	readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** Segments; `*` stands for exactly one, each between slashes. */
	readonly path: string;
	/**
	 * The least scope that may call (admin ⊃ train ⊃ infer). Undefined: anyone; the route judges by itself.
	 */
	readonly scope?: Scope;
	/** Bytes of body at most, 0 by default. Beyond it the server answers 413 without reading on. */
	readonly maximumBody?: number;
	/** Bytes that a client without a token may send, where that is less: beyond it a device gets 413, others 401. */
	readonly maximumWithoutToken?: number;
	/** Media types that the body may have; others get 415. Default `application/json`. */
	readonly accepts?: readonly string[];
	/** Called when the body is complete; `body` is valid only during the call. */
	handle(request: Request, body: Uint8Array): Response;
	/**
	 * Where a body goes as it comes, instead of being held for `handle`, which then answers only requests without one.
	 * `length` is -1 when it is not told beforehand. Throws `HTTPError` to refuse the body before it is read, as a service
	 * does that cannot take another now: such a body may hold its connection while others wait for one.
	 */
	receive?(request: Request, length: number): Sink;
}

/** What `handle` of a definition is called on: a route of a service. */
export interface Bound<Service> {
	readonly service: Service;
}

/** What a route of a kind of service says before there is the service. Such are constants, and lie in flash. */
export type Definition<Service> = Omit<Route, "handle" | "receive"> & {
	handle(this: Bound<Service>, request: Request, body: Uint8Array): Response;
	receive?(this: Bound<Service>, request: Request, length: number): Sink;
};

export function define<Service>(definitions: readonly Definition<Service>[]): readonly Definition<Service>[] {
	for (const definition of definitions) Object.freeze(definition);
	return Object.freeze(definitions);
}

/**
 * The routes of a service. Each inherits from its definition and has only the service, and `own`, besides: an object
 * with a function of its own would take eight times the memory.
 */
export function serve<Service>(
	definitions: readonly Definition<Service>[],
	service: Service,
	own?: Pick<Route, "maximumBody" | "maximumWithoutToken">,
): Route[] {
	return definitions.map((definition) => Object.assign(Object.create(definition), own, { service }) as Route);
}

/** An error that is told to the client, as RFC 9457 problem details and, under /v2, with `error` besides. */
export class HTTPError extends Error {
	readonly status: number;
	readonly extra: Readonly<Record<string, unknown>> | undefined;
	readonly headers: Readonly<Record<string, string>> | undefined;

	constructor(
		status: number,
		detail: string,
		extra?: Readonly<Record<string, unknown>>,
		headers?: Readonly<Record<string, string>>,
	) {
		super(detail);
		this.status = status;
		this.extra = extra;
		this.headers = headers;
	}
}
