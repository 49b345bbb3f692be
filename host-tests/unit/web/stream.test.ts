import { HTTPError, type Request, type Response, type Route } from "gateway/web/route";
import { describe, expect, test } from "vitest";
import { Gateway, request } from "./gateway";

const octets = { "Content-Type": "application/octet-stream" };
const ok = request("GET", "/health");
const maximumBody = 100_000;

/** A service that takes one body at a time, and says what it has seen of it. */
class Store {
	parts: Uint8Array[] = [];
	readonly events: string[] = [];
	/** Thrown at the byte of this number. */
	refuse: { at: number; error: Error } | undefined;
	#open = false;

	readonly route: Route = {
		method: "PUT",
		path: "/store/*",
		scope: "train",
		maximumBody,
		accepts: ["application/octet-stream"],
		handle: () => {
			throw new HTTPError(411, "a body is needed");
		},
		receive: (request, length) => this.receive(request, length),
	};

	get bytes(): Uint8Array {
		return Buffer.concat(this.parts);
	}

	private receive(request: Request, length: number) {
		if ("taken" === request.parameters[0]) throw new HTTPError(409, "is there already");
		if (length > 50_000) throw new HTTPError(507, "no room", { store: { needed: length, available: 50_000 } });
		if (this.#open) throw new HTTPError(409, "another comes in", undefined, { "retry-after": "1" });
		this.#open = true;
		this.parts = [];
		this.events.push(`begin ${length}`);
		let count = 0;
		return {
			write: (bytes: Uint8Array) => {
				count += bytes.length;
				if (this.refuse && count >= this.refuse.at) throw this.refuse.error;
				this.parts.push(bytes.slice());
			},
			close: (): Response => {
				this.#open = false;
				this.events.push(`close ${count}`);
				return { status: 201, body: JSON.stringify({ length: count }) };
			},
			abort: () => {
				this.#open = false;
				this.events.push(`abort ${count}`);
			},
		};
	}
}

function setup() {
	const store = new Store();
	const gateway = new Gateway([store.route]);
	const authorized = { ...octets, Authorization: `Bearer ${gateway.admin}` };
	const put = (length: number, headers: Record<string, string> = {}, name = "a") =>
		request("PUT", `/store/${name}`, { ...authorized, "Content-Length": String(length), ...headers });
	const chunked = request("PUT", "/store/a", { ...authorized, "Transfer-Encoding": "chunked" });
	return { store, gateway, put, chunked };
}

const content = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

function chunks(bytes: Uint8Array, size: number): Buffer {
	const parts: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += size) {
		const part = bytes.subarray(at, at + size);
		parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), Buffer.from(part), Buffer.from("\r\n"));
	}
	return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

describe("a body for a sink", () => {
	test("comes whole, in parts of no more than a connection holds, with others served between two parts", async () => {
		const { store, gateway, put } = setup();
		const bytes = content(40_000);
		const client = await gateway.connect();
		client.send(put(bytes.length));
		client.send(bytes);
		let served = 0;
		for (let turn = 0; undefined === client.reply(); turn++) {
			expect(turn).toBeLessThan(100);
			const before = store.parts.length;
			served += 200 === (await gateway.ask(ok)).status ? 1 : 0;
			// One timer's turn takes one part.
			gateway.network.advance(1);
			expect(store.parts.length - before).toBeLessThanOrEqual(1);
		}
		expect(served).toBeGreaterThan(15);
		expect(Math.max(...store.parts.map(({ length }) => length))).toBeLessThanOrEqual(2048);
		expect(Buffer.compare(store.bytes, bytes)).toBe(0);
		expect(store.events).toEqual(["begin 40000", "close 40000"]);
	});

	test.each([1, 7, 1000, 5000])("comes whole in chunks of %i bytes", async (size) => {
		const { store, gateway, chunked } = setup();
		const bytes = content(6000);
		const client = await gateway.connect();
		client.send(chunked);
		client.send(chunks(bytes, size));
		gateway.network.advance(100);
		expect(client.reply()?.status).toBe(201);
		expect(Buffer.compare(store.bytes, bytes)).toBe(0);
		expect(store.events).toEqual(["begin -1", "close 6000"]);
	});

	test("small ones behind their heads, pipelined, each with its answer", async () => {
		const { store, gateway, put, chunked } = setup();
		const client = await gateway.connect();
		client.send(`${put(3)}abc${ok}${chunked}3\r\ndef\r\n0\r\n\r\n${put(0)}${put(1)}g`);
		gateway.network.advance(10);
		expect([1, 2, 3, 4, 5].map(() => client.reply()?.status)).toEqual([201, 200, 201, 411, 201]);
		expect(store.events).toEqual(["begin 3", "close 3", "begin -1", "close 3", "begin 1", "close 1"]);
		expect(client.closed).toBe(false);
	});

	test("Expect: 100-continue is answered when the sink is there, and not for what is refused", async () => {
		const { gateway, put } = setup();
		const client = await gateway.connect();
		client.send(put(5, { Expect: "100-continue" }));
		expect(client.reply()?.status).toBe(100);
		client.send("12345");
		expect(client.reply()?.status).toBe(201);
		client.send(put(5, { Expect: "100-continue" }, "taken"));
		expect(client.reply()?.status).toBe(409);
	});

	test("refused by its head: 401, 403, 409, 413, 415, 507, each before a byte is read, and the connection ends", async () => {
		const { store, gateway, put } = setup();
		const infer = gateway.tokens.add("reader", "infer");
		const cases: [number, string][] = [
			[401, put(5).replace(/Authorization.*\r\n/, "")],
			[403, put(5, { Authorization: `Bearer ${infer}` })],
			[409, put(5, {}, "taken")],
			[413, put(maximumBody + 1)],
			[415, put(5, { "Content-Type": "application/json" })],
			[507, put(60_000)],
		];
		for (const [status, head] of cases) {
			const client = await gateway.connect();
			client.send(head);
			const reply = client.reply();
			expect(reply?.status).toBe(status);
			expect(reply?.headers.get("connection"), String(status)).toBe("close");
			// What was meant as a body is no request.
			client.send(ok);
			gateway.network.advance(1250);
			expect([client.closed, client.reply()]).toEqual([true, undefined]);
		}
		expect(store.events).toEqual([]);
	});

	test("a second one is refused while one comes in, and let in when its client is gone", async () => {
		const { store, gateway, put } = setup();
		const first = await gateway.connect();
		first.send(`${put(100)}half`);
		const second = await gateway.ask(put(5));
		expect([second.status, second.headers.get("retry-after")]).toEqual([409, "1"]);
		first.end();
		expect(store.events).toEqual(["begin 100", "abort 4"]);
		expect((await gateway.ask(`${put(5)}12345`)).status).toBe(201);
	});

	test("a sink that refuses the rest: the answer, then the end; nothing of the rest is taken for a request", async () => {
		for (const error of [new HTTPError(422, "no model"), new TypeError("a secret")]) {
			const { store, gateway, put, chunked } = setup();
			store.refuse = { at: 3000, error };
			for (const head of [put(9000), chunked]) {
				const client = await gateway.connect();
				client.send(head);
				client.send(head === chunked ? chunks(content(9000), 500) : content(9000));
				gateway.network.advance(50);
				client.send(ok);
				const reply = client.reply();
				expect(reply?.status).toBe(error instanceof HTTPError ? 422 : 500);
				expect(reply?.text).not.toContain("secret");
				gateway.network.advance(1250);
				expect([client.closed, client.reply()]).toEqual([true, undefined]);
				expect(store.events.at(-1)).toMatch(/^abort/);
			}
		}
	});

	test("chunks beyond the route's limit: 413; malformed chunks: 400; both abort", async () => {
		const { store, gateway, chunked } = setup();
		expect((await gateway.ask(`${chunked}${(maximumBody + 1).toString(16)}\r\n`)).status).toBe(413);
		expect((await gateway.ask(`${chunked}3\r\nabcd\r\n`)).status).toBe(400);
		expect(store.events).toEqual(["begin -1", "abort 0", "begin -1", "abort 3"]);
	});

	test("one that is silent for 10 s, or slower than 100 B/s, is given up with 408", async () => {
		for (const rate of [0, 80]) {
			const { store, gateway, put } = setup();
			const client = await gateway.connect();
			client.send(put(5000));
			for (let second = 0; second < 11; second++) {
				if (rate) client.send("x".repeat(rate));
				gateway.network.advance(1000);
			}
			expect(client.reply()?.status).toBe(408);
			expect(store.events.at(-1)).toMatch(/^abort/);
		}
	});

	test("while others wait for a connection, a steady one goes on for longer than 10 s, and a slow one does not", async () => {
		for (const [rate, status] of [
			[1500, 201],
			[900, 408],
		] as const) {
			const { gateway, put } = setup();
			const client = await gateway.connect();
			client.send(put(20 * rate));
			for (let second = 0; second < 20; second++) {
				// Three hold the other connections, and one waits, anew all the time.
				for (let i = 0; i < 4; i++) (await gateway.connect()).send("GET ");
				client.send("x".repeat(rate));
				gateway.network.advance(1000);
				await Promise.resolve();
			}
			expect(client.reply()?.status, String(rate)).toBe(status);
		}
	});

	test("no timer is left when the client goes in the middle", async () => {
		const { store, gateway, put } = setup();
		const client = await gateway.connect();
		client.send(put(50_000));
		client.send(content(20_000));
		client.broken = true;
		gateway.server.close();
		expect(gateway.network.timers).toBe(0);
		expect(store.events.at(-1)).toMatch(/^abort/);
	});
});
