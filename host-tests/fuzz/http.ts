/**
 * Random requests, whole and damaged, against the server's connections: they must answer or close, say the same however
 * the bytes are split, keep to their limits and give their memory back; and where every request of a stream is accepted,
 * Node's parser must see the same requests in it, or two servers could be told two things by the same bytes.
 * Run by command for as long as is asked for, and by the unit tests for a fixed number of rounds.
 */

import { createServer } from "node:http";
import { Duplex } from "node:stream";
import { pathToFileURL } from "node:url";
import { Connection, type Handler, type IncomingRequest } from "gateway/web/connection";
import { problem } from "gateway/web/response";
import type { Response, Sink } from "gateway/web/route";
import type { Random } from "../../tools/training/random";
import { fuzzByCommand } from "./command";

const maximumBody = 5000;
const bodyMemory = 24_576;
/** Bytes of a body after which a sink refuses the rest. */
const sinkLimit = 2500;

export interface SeenRequest {
	method: string;
	path: string;
	query: string;
	body: string;
}

export interface Outcome {
	/** What reached the routes. */
	requests: SeenRequest[];
	/** Bodies for sinks that did not come to their end. */
	aborted: number;
	/** The bytes that came back. */
	output: string;
	/** Whether no request was refused, and the connection was kept to the end of the bytes. */
	accepted: boolean;
}

function latin1(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("latin1");
}

function pick<T>(random: Random, values: readonly T[]): T {
	return values[Math.floor(random() * values.length)]!;
}

function number(random: Random, below: number): number {
	return Math.floor(random() * below);
}

/** Marks a request; the handler keeps what comes. */
const sink: Sink = {
	write() {},
	close: () => ({ status: 200 }),
	abort() {},
};

class Routes implements Handler {
	readonly crowded = false;
	readonly outcome: Outcome = { requests: [], aborted: 0, output: "", accepted: false };
	reserved = 0;
	/** What has gone to the sink that is open. */
	#received: string | undefined;

	get receiving(): boolean {
		return undefined !== this.#received;
	}

	open(request: IncomingRequest): Response | undefined {
		if (!request.path.startsWith("/") && !request.asterisk) return problem(404, "nothing is here", request.path);
		if (request.length > maximumBody) return problem(413, "too long", request.path);
		request.maximumBody = maximumBody;
		if ("PUT" !== request.method || 0 === request.length) return;
		if (this.receiving) throw new Error("two bodies at once");
		this.#received = "";
		request.sink = sink;
	}

	write(request: IncomingRequest, bytes: Uint8Array): Response | undefined {
		if (undefined === this.#received || 0 === bytes.length || sink !== request.sink) throw new Error("no bytes for it");
		this.#received += latin1(bytes);
		if (this.#received.length > sinkLimit) return problem(422, "not that", request.path);
	}

	complete(request: IncomingRequest): Response {
		const body = Buffer.from(this.#received!, "latin1");
		this.#received = undefined;
		return this.handle(request, body);
	}

	abort(): void {
		if (!this.receiving) throw new Error("an end without a begin");
		this.#received = undefined;
		this.outcome.aborted++;
	}

	handle(request: IncomingRequest, body: Uint8Array): Response {
		if (body.length > maximumBody) throw new Error("a body beyond its limit");
		if (request.length >= 0 && request.length !== body.length) throw new Error("a body of another length");
		if (request.headers.size > 33) throw new Error("too many fields");
		const { method, path, query } = request;
		this.outcome.requests.push({ method, path, query, body: latin1(body) });
		return { status: 200, body: JSON.stringify({ length: body.length }) };
	}

	reserve(bytes: number): boolean {
		if (this.reserved + bytes > bodyMemory) return false;
		this.reserved += bytes;
		return true;
	}

	release(bytes: number): void {
		this.reserved -= bytes;
		if (this.reserved < 0) throw new Error("memory given back twice");
	}
}

/** What a connection makes of the bytes when they come in, and are taken, in parts of the given lengths. */
export function runInParts(bytes: Uint8Array, length: () => number): Outcome {
	const routes = new Routes();
	const connection = new Connection(routes);
	connection.open("10.0.0.2", 0);
	let at = 0;
	let idle = 0;
	while (!connection.closed && idle < 2) {
		idle++;
		while (connection.pending > 0) {
			routes.outcome.output += latin1(connection.take(Math.max(1, length()), 0));
			idle = 0;
		}
		if (connection.closed || at === bytes.length) continue;
		const room = connection.space(Math.min(Math.max(1, length()), bytes.length - at));
		if (0 === room.length) continue;
		room.set(bytes.subarray(at, at + room.length));
		at += room.length;
		connection.received(room.length, 0);
		idle = 0;
	}
	if (at < bytes.length && !connection.closed) throw new Error("the connection stopped reading");
	const kept = !connection.closed;
	if (kept) {
		// What was begun and not finished is given up in time.
		for (let now = 1000; now <= 60_000 && !connection.closed; now += 1000) {
			connection.check(now);
			while (connection.pending > 0) routes.outcome.output += latin1(connection.take(1000, now));
		}
		if (!connection.closed) throw new Error("the connection did not end");
	}
	if (routes.receiving) throw new Error("a sink was left open");
	if (0 !== routes.reserved) throw new Error(`${routes.reserved} bytes were not given back`);
	routes.outcome.accepted = kept && !/HTTP\/1\.1 [45]/.test(routes.outcome.output);
	checkResponses(routes.outcome.output);
	return routes.outcome;
}

/** Throws unless the text is responses one after the other, each as long as it says. */
function checkResponses(text: string): void {
	let rest = text;
	while (rest) {
		const end = rest.indexOf("\r\n\r\n");
		if (!/^HTTP\/1\.1 \d{3} /.test(rest) || end < 0) throw new Error(`not a response: ${JSON.stringify(rest)}`);
		const head = rest.slice(0, end + 4);
		if (head.startsWith("HTTP/1.1 100 ")) {
			rest = rest.slice(end + 4);
			continue;
		}
		const length = Number(/\r\ncontent-length: (\d+)\r\n/.exec(head)?.[1]);
		const body = rest.slice(end + 4, end + 4 + length);
		// The response to HEAD has a length and no body.
		if (/^(HTTP\/1\.1 |$)/.test(rest.slice(end + 4))) rest = rest.slice(end + 4);
		else if (body.length === length) rest = rest.slice(end + 4 + length);
		else throw new Error(`a response cut short: ${JSON.stringify(rest)}`);
	}
}

const targets = [
	"/",
	"/a",
	"/a/b?c=d",
	"/%41%20",
	"/x?%00",
	"*",
	"http://h/p",
	"//",
	"/../a",
	"/%2e%2e",
	`/${"p".repeat(300)}`,
];
const names = [
	"Host",
	"host",
	"Content-Length",
	"Transfer-Encoding",
	"Connection",
	"Expect",
	"X-Some",
	"Accept",
	"A_b",
	"Origin",
];
const values = [
	"",
	"h",
	"5",
	"close",
	"keep-alive",
	"chunked",
	"identity",
	"100-continue",
	"a, b",
	"\t x \t",
	"12",
	"2900",
	"007",
	"gzip, chunked",
];
const fragments = [
	"\r\n",
	"\n",
	"\r",
	"\0",
	" ",
	":",
	"\t",
	"0\r\n\r\n",
	"\r\n\r\n",
	";",
	"chunked",
	"Content-Length: 3\r\n",
	"\xff",
	"GET / HTTP/1.1\r\n",
];

/** A request as a careful client writes it. */
export function goodRequest(random: Random): string {
	const method = pick(random, ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);
	let text = `${method} ${pick(random, ["/", "/a", "/a/b?c=d", "/%41%20", "/x?%00"])} HTTP/1.1\r\nHost: h\r\n`;
	for (let i = number(random, 5); i > 0; i--) text += `X-${number(random, 9)}: ${"v".repeat(number(random, 60))}\r\n`;
	const most = random() < 0.2 ? ("PUT" === method ? sinkLimit : maximumBody) : 40;
	const body = Array.from({ length: number(random, most) }, () => String.fromCharCode(number(random, 256))).join("");
	const kind = random();
	if (kind < 0.4) return `${text}\r\n`;
	if (kind < 0.7) return `${text}Content-Length: ${body.length}\r\n\r\n${body}`;
	text += "Transfer-Encoding: chunked\r\n\r\n";
	for (let at = 0; at < body.length; ) {
		const size = 1 + number(random, body.length - at);
		text += `${size.toString(16)}${random() < 0.2 ? ";e=1" : ""}\r\n${body.slice(at, at + size)}\r\n`;
		at += size;
	}
	return `${text}0\r\n${random() < 0.2 ? "T: 1\r\n" : ""}\r\n`;
}

/** A request with anything anywhere. */
function wildRequest(random: Random): string {
	let text = `${pick(random, ["GET", "POST", "PUT", "BREW", "g@t", ""])} ${pick(random, targets)} ${pick(random, ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1"])}\r\n`;
	for (let i = number(random, 6); i > 0; i--)
		text += `${pick(random, names)}:${random() < 0.8 ? " " : ""}${pick(random, values)}\r\n`;
	return `${text}\r\n${random() < 0.5 ? "" : pick(random, ["hello", "5\r\nhello\r\n0\r\n\r\n", "x".repeat(3000)])}`;
}

/** Bytes for one connection. */
export function stream(random: Random): Uint8Array {
	let text = "";
	for (let i = 1 + number(random, 4); i > 0; i--) text += random() < 0.8 ? goodRequest(random) : wildRequest(random);
	const damage = random();
	if (damage < 0.5)
		for (let i = 1 + number(random, 3); i > 0; i--) {
			// Most of what matters is in the heads.
			const at = number(random, random() < 0.7 ? Math.min(text.length, 200) : text.length);
			const cut = random() < 0.5 ? 0 : number(random, 4);
			text =
				text.slice(0, at) +
				(random() < 0.7 ? pick(random, fragments) : String.fromCharCode(number(random, 256))) +
				text.slice(at + cut);
		}
	else if (damage < 0.6) text = text.slice(0, number(random, text.length));
	return Buffer.from(text, "latin1");
}

/** What Node's parser sees in the bytes up to its first error. */
export async function askOracle(bytes: Uint8Array): Promise<{ method: string; body: string }[]> {
	const requests: { method: string; body: string }[] = [];
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on("data", (part: Buffer) => parts.push(part));
		request.on("end", () => {
			requests.push({ method: request.method!, body: latin1(Buffer.concat(parts)) });
			response.end();
		});
		request.on("error", () => {});
	});
	const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
	const closed = new Promise<void>((resolve) => {
		// Requests ahead of the end are still on their way to their listeners.
		const later = () => setTimeout(resolve, 1);
		socket.on("close", later);
		server.on("clientError", later);
	});
	server.emit("connection", socket);
	socket.push(Buffer.from(bytes));
	socket.push(null);
	await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 50))]);
	socket.destroy();
	return requests;
}

/** Whether a client is asked for a body depends on whether that is there already (RFC 9110, 10.1.1). */
function comparable(outcome: Outcome): string {
	return JSON.stringify({ ...outcome, output: outcome.output.replaceAll("HTTP/1.1 100 Continue\r\n\r\n", "") });
}

/** One round; throws when the server misbehaves. Gives the bytes when every request in them was accepted. */
export function round(random: Random): Uint8Array | undefined {
	const bytes = stream(random);
	const once = runInParts(bytes, () => bytes.length);
	for (const most of [1, 3, 700]) {
		const split = runInParts(bytes, () => 1 + number(random, most));
		if (comparable(split) !== comparable(once))
			throw new Error(`depends on how it is split: ${JSON.stringify([latin1(bytes), once, split], undefined, 1)}`);
	}
	return once.accepted ? bytes : undefined;
}

/** Throws when Node's parser sees other requests in bytes that the server accepts to their end. */
export async function compareWithOracle(bytes: Uint8Array): Promise<void> {
	// Node refuses a tab there, which RFC 9110, 5.5 allows and this server reads over.
	if (/chunked *\t/i.test(latin1(bytes))) return;
	const { requests } = runInParts(bytes, () => bytes.length);
	const oracle = await askOracle(bytes);
	for (const [i, { method, body }] of requests.entries())
		if (method !== oracle[i]?.method || body !== oracle[i]?.body)
			throw new Error(`Node sees ${JSON.stringify(oracle[i])} as request ${i} of ${JSON.stringify(latin1(bytes))}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
	await fuzzByCommand("http", async (random) => {
		const accepted = round(random);
		// Node's parser takes far longer than a round.
		if (undefined !== accepted && random() < 0.25) await compareWithOracle(accepted);
	});
