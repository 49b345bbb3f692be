/** The gateway's HTTP server on XS, over real sockets and within the gateway's 96 KiB: the cases that depend on both. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compiles32Bit } from "../../tools/simulator/build";
import { Simulator } from "../../tools/simulator/simulator";
import { Closed, Connection } from "../bench/connection";

const directory = mkdtempSync(join(tmpdir(), "web-"));
const build = (await compiles32Bit()) ? "release32" : "release";
let simulator: Simulator;
let port: number;
const clients: Socket[] = [];

beforeAll(async () => {
	simulator = await Simulator.start({ build });
	const listening = new Promise<number>((resolve) => simulator.once("listening", ({ port }) => resolve(port)));
	const app = fileURLToPath(new URL("apps/web/manifest.json", import.meta.url));
	await simulator.add({ name: "web", app, directory, chips: [] });
	port = await listening;
});

afterAll(async () => {
	for (const client of clients) client.destroy();
	await simulator?.close();
	rmSync(directory, { recursive: true });
});

/** A socket, what came back over it, and a promise of its end. */
class Client {
	readonly socket: Socket;
	readonly ended: Promise<void>;
	text = "";

	constructor() {
		this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
		clients.push(this.socket);
		this.socket.setEncoding("latin1").on("data", (part: string) => {
			this.text += part;
		});
		this.socket.on("error", () => {});
		this.ended = new Promise((resolve) => {
			this.socket.on("end", () => {
				this.socket.end();
				resolve();
			});
			this.socket.on("close", () => resolve());
		});
	}

	send(text: string): this {
		this.socket.write(text, "latin1");
		return this;
	}

	async until(pattern: RegExp): Promise<string> {
		for (let i = 0; i < 1500; i++) {
			if (pattern.test(this.text)) return this.text;
			await wait(10);
		}
		throw new Error(`${pattern} did not come, but ${JSON.stringify(this.text)}`);
	}
}

const host = "Host: 127.0.0.1\r\n";
const ok = `GET /health HTTP/1.1\r\n${host}\r\n`;
const infer = (body: string, length = body.length) =>
	`POST /v2/models/gesture/infer HTTP/1.1\r\n${host}Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n${body}`;
const window = Array.from({ length: 1428 }, (_, i) => String.fromCharCode((i * 31) & 0xff)).join("");
const last = window.charCodeAt(window.length - 1);

test("requests of both versions, bodies behind their heads and beyond, a body larger than the socket takes", async () => {
	const client = new Client().send(ok + infer(window) + infer("x".repeat(12_000)) + ok);
	const text = await client.until(/(HTTP\/1\.1 200[\s\S]*){4}\}$/);
	expect(text).toContain(`{"model":"gesture","length":1428,"last":${last}}`);
	expect(text).toContain('"length":12000');
	client.send(`GET /large HTTP/1.0\r\n${host}\r\n`);
	await client.ended;
	expect(client.text.endsWith("a".repeat(12_000))).toBe(true);
});

test("a client that ends its side with its request is still answered", async () => {
	const client = new Client().send(ok);
	client.socket.end();
	await client.ended;
	expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("2, 3, 4 – lines and fields beyond the limits: 431, 431, 414", async () => {
	const clients = [
		new Client().send(`GET /health HTTP/1.1\r\n${host}X: ${"a".repeat(8192)}`),
		new Client().send(`GET /health HTTP/1.1\r\n${host}${"X: 1\r\n".repeat(10_000)}\r\n`),
		new Client().send(`GET /${"a".repeat(4096)} HTTP/1.1\r\n${host}\r\n`),
	];
	await Promise.all(clients.map(({ ended }) => ended));
	expect(clients.map(({ text }) => text.slice(0, 13))).toEqual(["HTTP/1.1 431 ", "HTTP/1.1 431 ", "HTTP/1.1 414 "]);
});

test("10 – paths that are none: 404", async () => {
	for (const path of [
		"/../../etc",
		"/%2e%2e%2f",
		"/%00",
		"//",
		"/\\",
		"/%c0%af",
		"/\xc0\xaf",
		"/\xc3\xa9",
		"/%ed%a0%80",
	]) {
		const client = new Client().send(`GET ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
		await client.ended;
		expect([path, client.text.slice(9, 12)]).toEqual([path, "404"]);
	}
});

test("11 – a body left unread: the client gets the answer, then the end, and no answer to what was in the body", async () => {
	const client = new Client().send(infer(ok.repeat(2000), 100_000));
	await client.ended;
	expect(client.text).toMatch(/^HTTP\/1\.1 413 /);
	expect(client.text.match(/HTTP\/1\.1/g)?.length).toBe(1);
});

test("12 – bodies that end early: the places are free again", async () => {
	for (let i = 0; i < 8; i++) {
		const client = new Client().send(infer("half", 5000));
		client.socket.end();
		await client.ended;
	}
	const next = new Client().send(ok);
	await next.until(/"live":true/);
});

test("a route that fails gives 500, is told of, and the server goes on", async () => {
	const client = new Client().send(`GET /fails HTTP/1.1\r\n${host}\r\n${ok}`);
	const text = await client.until(/"live":true/);
	expect(text).toMatch(/^HTTP\/1\.1 500 /);
	expect(text).not.toContain("of its own");
	expect(simulator.log("web").join("\n")).toContain("/fails: Error: of its own");
});

test("1 – one slow client more than there are connections: closed at the deadline, and a client behind them is served", async () => {
	const slow = Array.from({ length: 5 }, () => new Client().send("G"));
	const timer = setInterval(() => {
		for (const client of slow) if (client.socket.writable) client.send("G");
	}, 1000);
	await wait(100);
	const begin = performance.now();
	const next = new Client().send(ok);
	await next.until(/"live":true/);
	expect(performance.now() - begin).toBeLessThan(9000);
	await Promise.all(slow.slice(0, 4).map(({ ended }) => ended));
	clearInterval(timer);
	for (const client of slow.slice(0, 4)) expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
}, 30_000);

test("14 – 10 000 requests in sequence with a viewer, 8 clients in parallel: the heap stays flat", async () => {
	const viewer = new Client().send(
		`GET /api/v1/events HTTP/1.1\r\n${host}Authorization: Bearer ${"07".repeat(16)}\r\n\r\n`,
	);
	await viewer.until(/event: snapshot\ndata: \{"devices":\[\]\}\n\n/);
	const bytes = Buffer.from(infer(window), "latin1");
	const exchange = async (connection: Connection) => {
		for (;;) {
			try {
				return await connection.exchange(bytes);
			} catch (error) {
				if (!(error instanceof Closed)) throw error;
			}
		}
	};
	const connection = new Connection({ port });
	const run = async (count: number) => {
		const before = await simulator.report("web");
		const begin = performance.now();
		for (let i = 0; i < count; i++) expect(await exchange(connection)).toBe(200);
		const elapsed = performance.now() - begin;
		return { elapsed, before, after: await simulator.report("web") };
	};
	await run(1000);
	const { elapsed, before, after } = await run(9000);
	connection.close();
	await Promise.all(
		Array.from({ length: 8 }, async () => {
			const connection = new Connection({ port });
			for (let i = 0; i < 50; i++) expect(await exchange(connection)).toBe(200);
			connection.close();
		}),
	);
	const parallel = await simulator.report("web");
	console.log(
		`${build}: ${Math.round(9000 / (elapsed / 1000))} requests/s, ${Math.round((after.meter - before.meter) / 9000)} meter units each; ` +
			`slots ${parallel.slots.peak} B, chunks ${parallel.chunks.peak} B, stack ${parallel.stack.peak} B, ${after.collections - before.collections} collections`,
	);
	expect(viewer.text.match(/event: result/g)?.length).toBe(10_400);
	expect(after.slots.peak).toBe(before.slots.peak);
	expect(after.chunks.peak).toBeLessThanOrEqual(1.02 * before.chunks.peak);
	expect(after.native.current).toBeLessThanOrEqual(before.native.current);
}, 120_000);
