/** The gateway's server alone, with a few routes: what its tests on XS talk to. */
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import { Digest } from "crypt";
import { Feed } from "gateway/web/feed";
import { Guard } from "gateway/web/guard";
import { Server } from "gateway/web/server";
import { Tokens } from "gateway/web/tokens";
import Time from "time";
import Timer from "timer";

const now = () => Time.ticks;
const large = new Uint8Array(12_000).fill(0x61);
const entries = new Map<string, string>();
const tokens = new Tokens({
	storage: {
		read: (key) => entries.get(key),
		write: (key, value) => entries.set(key, value),
		delete: (key) => entries.delete(key),
		[Symbol.iterator]: () => entries.keys(),
	},
	hash: () => new Digest("SHA256"),
	random: (bytes) => bytes.fill(7),
	now,
	gateway: { name: "web", version: "0.1.0" },
});
tokens.add("admin", "admin");
const feed = new Feed({ snapshot: () => '{"devices":[]}' });

new Server({
	listener: Listener as never,
	tcp: TCP as never,
	timer: Timer as never,
	port: 0,
	now,
	guard: new Guard({ name: "web", addresses: () => [] }),
	tokens,
	onError: (request, error) => trace(`${request?.path}: ${error}\n`),
	routes: [
		{ method: "GET", path: "/health", handle: () => ({ status: 200, body: '{"live":true}' }) },
		{
			method: "POST",
			path: "/v2/models/*/infer",
			accepts: ["application/octet-stream"],
			maximumBody: 16_384,
			handle: (request, body) => {
				const last = body[body.length - 1]!;
				feed.publish("result", `{"last":${last}}`);
				return { status: 200, body: JSON.stringify({ model: request.parameters[0], length: body.length, last }) };
			},
		},
		{ method: "GET", path: "/large", handle: () => ({ status: 200, body: large }) },
		{
			method: "GET",
			path: "/fails",
			handle: () => {
				throw new Error("of its own");
			},
		},
		feed.route,
		...tokens.routes,
	],
}).listen();
