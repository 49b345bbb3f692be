/** The gateway's own server with one route that says hello: what HTTP alone costs. */
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import KeyValueStorage from "embedded:storage/key-value";
import { Digest } from "crypt";
import { Guard } from "gateway/web/guard";
import { Server } from "gateway/web/server";
import { Tokens } from "gateway/web/tokens";
import Time from "time";
import Timer from "timer";

const store = KeyValueStorage.open({ path: "hello-server", format: "string" });
const now = () => Time.ticks;

new Server({
	listener: Listener as never,
	tcp: TCP as never,
	timer: Timer as never,
	port: Number(store.read("port")),
	now,
	guard: new Guard({ name: "hello", addresses: () => [] }),
	tokens: new Tokens({
		storage: KeyValueStorage.open({ path: "tokens", format: "string" }) as ConstructorParameters<
			typeof Tokens
		>[0]["storage"],
		hash: () => new Digest("SHA256"),
		random: (bytes) => bytes.fill(0),
		now,
		gateway: { name: "hello", version: "0.1.0" },
	}),
	onError: (request, error) => trace(`${request?.path}: ${error}\n`),
	routes: [
		{
			method: "GET",
			path: "/",
			handle: () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "hello" }),
		},
	],
}).listen();
