import { Feed } from "gateway/web/feed";
import { Guard } from "gateway/web/guard";
import { HTTPError, type Request, type Route } from "gateway/web/route";
import { Server } from "gateway/web/server";
import { Tokens } from "gateway/web/tokens";
import { type Client, listenerClass, MemorySocket, Network, type Reply, toLatin1 } from "./network";

/** A domain of the key-value store. */
export class MemoryStorage {
	readonly entries = new Map<string, string>();
	read(key: string): string | undefined {
		return this.entries.get(key);
	}
	write(key: string, value: string): void {
		this.entries.set(key, value);
	}
	delete(key: string): void {
		this.entries.delete(key);
	}
	[Symbol.iterator](): Iterator<string> {
		return this.entries.keys();
	}
}

/** Not SHA-256, but as long, and it runs in XS as in Node: these tests are about what is done with a digest. */
function digest() {
	const state = new Uint32Array(8).fill(0x811c9dc5);
	return {
		write: (data: Uint8Array) => {
			for (const byte of data)
				for (let i = 0; i < 8; i++) state[i] = Math.imul(state[i]! ^ byte ^ (i << 8), 0x01000193) >>> 0;
		},
		close: () => state.buffer as ArrayBuffer,
	};
}

export interface Seen {
	method: string;
	path: string;
	query: string;
	parameters: readonly string[];
	headers: Record<string, string>;
	body: string;
}

/** A server over sockets in memory, with a few routes that keep what they were called with. */
export class Gateway {
	readonly network = new Network();
	readonly seen: Seen[] = [];
	readonly errors: unknown[] = [];
	readonly tokens: Tokens;
	readonly admin: string;
	readonly feed = new Feed({
		snapshot: () => ("string" === typeof this.snapshot ? this.snapshot : this.snapshot[Symbol.iterator]()),
	});
	readonly server: Server;
	readonly storage = new MemoryStorage();
	snapshot: string | Iterable<string> = '{"devices":[]}';
	/** Bytes that GET /large gives. */
	large = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 7) & 0xff);

	/** `home`: whether "/" is one of the few routes. */
	constructor(routes: readonly Route[] = [], home = true) {
		const { network } = this;
		let counter = 0;
		this.tokens = new Tokens({
			storage: this.storage,
			hash: digest,
			random: (bytes) => bytes.fill(++counter),
			now: () => network.now,
			gateway: { name: "gateway", version: "0.1.0" },
		});
		this.admin = this.tokens.add("admin", "admin");
		const keep = (request: Request, body: Uint8Array) => {
			this.seen.push({
				method: request.method,
				path: request.path,
				query: request.query,
				parameters: request.parameters,
				headers: Object.fromEntries(request.headers),
				body: toLatin1(body),
			});
			return { status: 200, body: '{"ok":true}' };
		};
		this.server = new Server({
			listener: listenerClass(network) as never,
			tcp: MemorySocket as never,
			timer: network.timer,
			port: 8080,
			now: () => network.now,
			guard: new Guard({ name: "gateway", addresses: () => ["10.0.0.1"], names: ["tml.lan"] }),
			tokens: this.tokens,
			onError: (_request, error) => this.errors.push(error),
			routes: [
				...(home ? [{ method: "GET", path: "/", handle: keep } as const] : []),
				{ method: "GET", path: "/health", handle: keep },
				{
					method: "POST",
					path: "/echo",
					maximumBody: 8192,
					accepts: ["application/json", "application/octet-stream"],
					handle: keep,
				},
				{
					method: "POST",
					path: "/v2/models/*/infer",
					maximumBody: 16_384,
					accepts: ["application/octet-stream"],
					handle: keep,
				},
				{ method: "GET", path: "/files/*/*", handle: keep },
				{ method: "DELETE", path: "/files/*/*", scope: "admin", handle: keep },
				{
					method: "GET",
					path: "/large",
					handle: () => ({ status: 200, headers: { "content-type": "application/octet-stream" }, body: this.large }),
				},
				{
					method: "GET",
					path: "/texts",
					handle: () => ({ status: 200, texts: ["[", "", '"ä 😀"', "]"].values() }),
				},
				{ method: "GET", path: "/text", handle: () => ({ status: 200, body: '{"name":"Gerät 😀"}' }) },
				{
					method: "GET",
					path: "/fails",
					handle: () => {
						throw new TypeError("a secret of the inside");
					},
				},
				{
					method: "GET",
					path: "/v2/refuses",
					handle: () => {
						throw new HTTPError(422, "not that", { reason: 7 }, { "retry-after": "3" });
					},
				},
				this.feed.route,
				...this.tokens.routes,
				...routes,
			],
		});
		this.server.listen();
	}

	/** A connection whose first callbacks have come. */
	async connect(address?: string): Promise<Client> {
		const client = this.network.connect(address);
		await Promise.resolve();
		return client;
	}

	/** Sends bytes on a new connection and gives the first response. */
	async ask(bytes: string | Uint8Array, address?: string): Promise<Reply> {
		const client = await this.connect(address);
		client.send(bytes);
		const method = "string" === typeof bytes ? bytes.slice(0, bytes.indexOf(" ")) : "GET";
		const reply = client.reply(method);
		if (undefined === reply) throw new Error(`no response to ${JSON.stringify(String(bytes).slice(0, 100))}`);
		client.end();
		return reply;
	}
}

/** A request as its text; a `Host` of the gateway's unless there is another. */
export function request(method: string, path: string, headers: Record<string, string> = {}, body = ""): string {
	const fields: Record<string, string> = { Host: "10.0.0.1:8080", ...headers };
	if (body && undefined === fields["Transfer-Encoding"] && undefined === fields["Content-Length"])
		fields["Content-Length"] = String(body.length);
	let text = `${method} ${path} HTTP/1.1\r\n`;
	for (const name in fields) text += `${name}: ${fields[name]}\r\n`;
	return `${text}\r\n${body}`;
}
