import { Header } from "common/protocol";
import { Connection, type Handler, type IncomingRequest } from "gateway/web/connection";
import type { Guard } from "gateway/web/guard";
import type { Machine } from "gateway/web/machine";
import { errorResponse, problem } from "gateway/web/response";
import { HTTPError, type Response, type Route } from "gateway/web/route";
import { checkBody, Router } from "gateway/web/router";
import { includesScope, type Tokens, unauthorized } from "gateway/web/tokens";
import type { Viewer } from "gateway/web/viewer";

/** What the server needs of `embedded:io/socket/tcp`. */
export interface Socket {
	target?: unknown;
	readonly remoteAddress: string | undefined;
	/** Fills the buffer and gives the number of bytes; undefined when there are none. */
	read(buffer: Uint8Array): number | undefined;
	write(buffer: Uint8Array): unknown;
	close(): void;
}

export interface SocketOptions {
	from: Socket;
	nodelay: boolean;
	format: "buffer";
	target: unknown;
	onReadable(this: Socket, bytes: number): void;
	onWritable(this: Socket, bytes: number): void;
	onError(this: Socket): void;
}

/** What the server needs of `embedded:io/socket/listener`. */
export interface SocketListener {
	readonly port: number;
	read(): Socket | undefined;
	close?(): void;
}

export interface ServerOptions {
	/** `embedded:io/socket/listener`. */
	readonly listener: new (options: {
		port: number;
		address?: string;
		onReadable(this: SocketListener, requests: number): void;
	}) => SocketListener;
	/** `embedded:io/socket/tcp`. */
	readonly tcp: new (
		options: SocketOptions,
	) => Socket;
	/** `timer`. */
	readonly timer: {
		set(callback: () => void, delay: number): object;
		repeat(callback: () => void, interval: number): object;
		clear(timer: object): void;
	};
	/** 0 takes a free one. */
	readonly port: number;
	/** The address to listen on; all of them by default. */
	readonly address?: string;
	/** Milliseconds that only grow. */
	readonly now: () => number;
	readonly routes: Iterable<Route>;
	readonly guard: Pick<Guard, "check">;
	readonly tokens: Tokens;
	/** Told of an error in a route, which the client is not; without the request when its answer was under way. */
	readonly onError: (request: IncomingRequest | undefined, error: unknown) => void;
}

/** Connections with requests at once. Viewers' connections come besides; who offers streams bounds them. */
const maximumConnections = 4;
/**
 * Bytes of bodies at once that do not fit behind their heads: one of the largest. A wearable's window is not among them.
 * More would leave too little of the heap for what an answer takes.
 */
const bodyMemory = 12_288;
/**
 * Milliseconds without a request after which a kept connection may be closed for a newcomer. One that has just answered
 * is likely to be asked again, and a close would cross the request; it is told to go with its next answer.
 */
const minimumIdle = 500;
/** Milliseconds between two looks at what is too slow. */
const tick = 250;

/** The gateway's HTTP/1.1 server: sockets around connections, and what stands between a request and its route. */
export class Server implements Handler {
	readonly #options: ServerOptions;
	readonly #router: Router;
	#listener: SocketListener | undefined;
	/** Connections without a socket, kept for the next. */
	readonly #spare: Connection[] = [];
	readonly #links = new Set<Link>();
	/** Links that carry requests; the others carry viewers. */
	#requesting = 0;
	/** Newcomers that the listener holds back. */
	#waiting = 0;
	#bodies = 0;
	#timer: object | undefined;

	constructor(options: ServerOptions) {
		this.#options = options;
		this.#router = new Router(options.routes);
	}

	/** Listens, unless it does already. Throws what the listener throws, as a board's does before it has a network. */
	listen(): void {
		if (undefined !== this.#listener) return;
		const { listener: Listener, port, address } = this.#options;
		const server = this;
		this.#listener = new Listener({
			port,
			...(undefined === address ? {} : { address }),
			onReadable(requests) {
				server.#waiting += requests;
				server.accept();
			},
		});
	}

	/** 0 before it listens. */
	get port(): number {
		return this.#listener?.port ?? 0;
	}

	/** Connections now, viewers included. */
	get connections(): number {
		return this.#links.size;
	}

	close(): void {
		this.#waiting = 0;
		this.#listener?.close?.();
		for (const link of this.#links) link.close();
	}

	get crowded(): boolean {
		return this.#waiting > 0;
	}

	/** Takes in newcomers while there is room; the others stay with the listener. */
	private accept(): void {
		while (this.#waiting > 0) {
			if (this.#requesting === maximumConnections) {
				// The connection that is closed lets in the newcomer by itself.
				if (this.closeIdle()) continue;
				return;
			}
			const from = this.#listener?.read();
			if (undefined === from) {
				this.#waiting = 0;
				return;
			}
			this.#waiting--;
			const connection = this.#spare.pop() ?? new Connection(this);
			this.#requesting++;
			this.#links.add(new Link(this, this.#options, from, connection));
			this.#timer ??= this.#options.timer.repeat(() => this.checkAll(), tick);
		}
	}

	/** Ends the connection that has waited longest without a request. */
	private closeIdle(): boolean {
		let oldest: Link | undefined;
		let before = this.#options.now() - minimumIdle;
		for (const link of this.#links) {
			const since = link.connection?.idleSince;
			if (undefined === since || (undefined === oldest ? since > before : since >= before)) continue;
			oldest = link;
			before = since;
		}
		oldest?.close();
		return undefined !== oldest;
	}

	private checkAll(): void {
		for (const link of this.#links) link.check();
		this.accept();
	}

	/** A link's connection is done with requests: it has ended, or a viewer goes on with its socket. */
	released(connection: Connection): void {
		this.#requesting--;
		this.#spare.push(connection);
		this.accept();
	}

	/** A link has no socket any more. */
	removed(link: Link): void {
		this.#links.delete(link);
		if (this.#links.size > 0 || undefined === this.#timer) return;
		this.#options.timer.clear(this.#timer);
		this.#timer = undefined;
	}

	open(request: IncomingRequest): Response | undefined {
		const { guard, tokens } = this.#options;
		try {
			const refusal = guard.check(request) ?? tokens.authorize(request) ?? this.#router.find(request);
			if (undefined !== refusal) return refusal;
			const route = request.route!;
			if (undefined !== route.scope && !includesScope(request.scope, route.scope)) {
				if (undefined === request.scope) return unauthorized(request, "a token is needed");
				return problem(403, `a token with the scope ${route.scope} is needed`, request.path);
			}
			const { maximumBody = 0, maximumWithoutToken = maximumBody } = route;
			// The memory for bodies is not for strangers, and who names a device is one until its signature is read.
			const maximum = undefined === request.scope ? maximumWithoutToken : maximumBody;
			request.maximumBody = undefined === route.receive ? Math.min(maximum, bodyMemory) : maximum;
			if (request.length > maximum && request.length <= maximumBody && !request.headers.has(Header.device))
				return unauthorized(request, "a token is needed");
			const unfit = checkBody(request, route);
			if (undefined !== unfit || undefined === route.receive || 0 === request.length) return unfit;
			request.sink = route.receive(request, request.length);
		} catch (error) {
			return this.explain(request, error);
		}
	}

	handle(request: IncomingRequest, body: Uint8Array): Response {
		try {
			return request.route!.handle(request, body);
		} catch (error) {
			return this.explain(request, error);
		}
	}

	write(request: IncomingRequest, bytes: Uint8Array): Response | undefined {
		try {
			request.sink!.write(bytes);
		} catch (error) {
			return this.explain(request, error);
		}
	}

	complete(request: IncomingRequest): Response {
		try {
			return request.sink!.close();
		} catch (error) {
			return this.explain(request, error);
		}
	}

	abort(request: IncomingRequest): void {
		try {
			request.sink!.abort();
		} catch (error) {
			this.#options.onError(request, error);
		}
	}

	private explain(request: IncomingRequest, error: unknown): Response {
		if (error instanceof HTTPError) return errorResponse(error, request.path);
		this.#options.onError(request, error);
		return problem(500, "the gateway made a mistake", request.path);
	}

	reserve(bytes: number): boolean {
		if (this.#bodies + bytes > bodyMemory) return false;
		this.#bodies += bytes;
		return true;
	}

	release(bytes: number): void {
		this.#bodies -= bytes;
	}
}

// The callbacks of all sockets: a function of its own for each would be a part of every connection's memory.

function onReadable(this: Socket, bytes: number): void {
	(this.target as Link).readable(bytes);
}

function onWritable(this: Socket, bytes: number): void {
	(this.target as Link).writable(bytes);
}

function onError(this: Socket): void {
	(this.target as Link).close();
}

/** A socket and the machine behind it. Its methods are not `#private`: on XS each instance would carry each of them. */
class Link {
	connection: Connection | undefined;
	readonly #server: Server;
	readonly #options: ServerOptions;
	#machine: Machine;
	#socket: Socket | undefined;
	/** Bytes that the socket has and takes. */
	#readable = 0;
	#writable = 0;
	#pumping = false;
	/** Goes on reading when others have had their turn. */
	#turn: object | undefined;

	constructor(server: Server, options: ServerOptions, from: Socket, connection: Connection) {
		this.#server = server;
		this.#options = options;
		this.connection = connection;
		this.#machine = connection;
		const socket = new options.tcp({
			from,
			nodelay: true,
			format: "buffer",
			target: this,
			onReadable,
			onWritable,
			onError,
		});
		this.#socket = socket;
		connection.open(socket.remoteAddress ?? "", options.now());
	}

	readable(bytes: number): void {
		this.#readable = bytes;
		this.pump();
	}

	writable(bytes: number): void {
		this.#writable = bytes;
		if (this.#machine.pending > 0) this.pump();
	}

	check(): void {
		this.#machine.check(this.#options.now());
		this.pump();
	}

	close(): void {
		const socket = this.#socket;
		if (undefined === socket) return;
		this.#socket = undefined;
		if (undefined !== this.#turn) this.#options.timer.clear(this.#turn);
		this.#turn = undefined;
		this.#server.removed(this);
		socket.close();
		this.#machine.close();
		const { connection } = this;
		if (undefined !== connection) {
			this.connection = undefined;
			this.#server.released(connection);
		}
	}

	/** Moves bytes both ways until one side has none or takes none. */
	pump(): void {
		// An event that a route publishes may come back to the link that is being served.
		if (this.#pumping) return;
		this.#pumping = true;
		while (this.write() && this.read());
		// What the head of a streamed body asked for: it is not waited with until the next part.
		if (true === this.connection?.streaming) this.write();
		this.#pumping = false;
		if (this.#machine.closed) this.close();
	}

	/** Gives the socket what it takes; false when the connection is at its end. */
	private write(): boolean {
		for (;;) {
			const viewer = this.connection?.viewer;
			if (undefined !== viewer) this.become(viewer);
			const machine = this.#machine;
			if (0 === this.#writable || 0 === machine.pending) return undefined !== this.#socket && !machine.closed;
			let bytes: Uint8Array;
			try {
				bytes = machine.take(this.#writable, this.#options.now());
			} catch (error) {
				// The rest of an answer cannot be made; that it is missing shows by its end (RFC 9112, 8).
				this.#options.onError(undefined, error);
				this.close();
				return false;
			}
			this.#writable -= bytes.length;
			try {
				this.#socket?.write(bytes);
			} catch {
				// The other side has gone, and onError has not said so yet.
				this.close();
				return false;
			}
		}
	}

	/** Takes what the socket has and the machine wants; false when there is no such. */
	private read(): boolean {
		if (0 === this.#readable) return false;
		const room = this.#machine.space(this.#readable);
		if (0 === room.length) return false;
		const count = this.#socket!.read(room);
		if ("number" !== typeof count) {
			this.#readable = 0;
			return false;
		}
		this.#readable -= count;
		this.#machine.received(count, this.#options.now());
		if (!this.connection?.streaming) return true;
		if (this.#readable > 0)
			this.#turn ??= this.#options.timer.set(() => {
				this.#turn = undefined;
				this.pump();
			}, 0);
		return false;
	}

	/** The connection's response was a stream of events: a viewer goes on with the socket. */
	private become(viewer: Viewer): void {
		const connection = this.connection!;
		this.connection = undefined;
		this.#machine = viewer;
		viewer.onChange = () => this.pump();
		connection.viewer = undefined;
		this.#server.released(connection);
	}
}
