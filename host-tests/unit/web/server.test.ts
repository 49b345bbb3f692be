import type { Route } from "gateway/web/route";
import { describe, expect, test } from "vitest";
import { Gateway, request } from "./gateway";

const json = { "Content-Type": "application/json" };
const ok = request("GET", "/health");

describe("connections", () => {
	test("the 100th request on a connection is its last", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		for (let i = 1; i <= 100; i++) {
			client.send(ok);
			expect(client.reply()?.headers.get("connection")).toBe(100 === i ? "close" : undefined);
			expect(client.closed).toBe(100 === i);
		}
	});

	test("a kept connection is closed after 10 s without a request, one that never sent anything after 5 s", async () => {
		const gateway = new Gateway();
		const kept = await gateway.connect();
		kept.send(ok);
		kept.reply();
		const silent = await gateway.connect();
		gateway.network.advance(4750);
		expect([kept.closed, silent.closed]).toEqual([false, false]);
		gateway.network.advance(500);
		expect([kept.closed, silent.closed, silent.incoming.length]).toEqual([false, true, 0]);
		gateway.network.advance(4250);
		expect(kept.closed).toBe(false);
		gateway.network.advance(750);
		expect(kept.closed).toBe(true);
		expect(gateway.network.timers).toBe(0);
	});

	test("when all are taken, the connection that has waited longest makes room; with none the newcomer waits", async () => {
		const gateway = new Gateway();
		const clients = [];
		for (let i = 0; i < 4; i++) clients.push(await gateway.connect());
		for (const client of [clients[2]!, clients[0]!, clients[1]!, clients[3]!]) {
			client.send(ok);
			client.reply();
			gateway.network.advance(250);
		}
		const newcomer = await gateway.connect();
		expect(clients.map(({ closed }) => closed)).toEqual([false, false, true, false]);
		newcomer.send(ok);
		expect(newcomer.reply()?.status).toBe(200);

		for (const client of [clients[0]!, clients[1]!, clients[3]!, newcomer]) client.send("GET ");
		const waiting = await gateway.connect();
		waiting.send(ok);
		expect(waiting.isAccepted).toBe(false);
		clients[1]!.send("/health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
		expect(clients[1]!.reply()?.headers.get("connection")).toBe("close");
		await Promise.resolve();
		expect(waiting.reply()?.status).toBe(200);
	});

	test("a connection that has answered within the last half second is not closed for a newcomer", async () => {
		const gateway = new Gateway();
		const clients = [];
		for (let i = 0; i < 4; i++) clients.push(await gateway.connect());
		for (const client of clients) client.send(ok);
		const newcomer = await gateway.connect();
		gateway.network.advance(250);
		expect([newcomer.isAccepted, ...clients.map(({ closed }) => closed)]).toEqual([false, false, false, false, false]);
		gateway.network.advance(250);
		expect(newcomer.isAccepted).toBe(true);
	});

	test("a connection that never sent anything makes room too, as those that browsers open ahead of need", async () => {
		const gateway = new Gateway();
		const silent = [];
		for (let i = 0; i < 4; i++) silent.push(await gateway.connect());
		gateway.network.advance(500);
		const newcomer = await gateway.connect();
		newcomer.send(ok);
		expect(newcomer.reply()?.status).toBe(200);
		expect(silent.map(({ closed }) => closed)).toEqual([true, false, false, false]);
	});

	test("however many come while all wait without a request, no more than four are taken in", async () => {
		const gateway = new Gateway();
		const clients = [];
		for (let i = 0; i < 40; i++) {
			const client = await gateway.connect();
			clients.push(client);
			client.send(ok);
			gateway.network.advance(250);
			await Promise.resolve();
			expect(gateway.server.connections).toBeLessThanOrEqual(4);
		}
		for (let i = 0; i < 40; i++) {
			gateway.network.advance(250);
			await Promise.resolve();
		}
		expect(clients.every((client) => 200 === client.reply()?.status)).toBe(true);
	});

	test("a client that takes nothing of a response for 10 s, or less than 100 B/s, is closed", async () => {
		for (const rate of [0, 80]) {
			const gateway = new Gateway();
			gateway.network.window = 100;
			const client = await gateway.connect();
			client.reading = false;
			client.send(request("GET", "/large"));
			for (let second = 0; second < 10; second++) {
				if (rate > 0) client.read(rate);
				gateway.network.advance(1000);
			}
			expect(client.closed).toBe(true);
		}
	});

	test("a large body goes out as the socket takes it, without a copy", async () => {
		const gateway = new Gateway();
		gateway.network.window = 700;
		const client = await gateway.connect();
		client.reading = false;
		const parts: ArrayBufferLike[] = [];
		const take = client.take.bind(client);
		client.take = (bytes) => {
			parts.push(bytes.buffer);
			take(bytes);
		};
		client.send(request("GET", "/large"));
		while (!client.reply()) client.read(700);
		expect(parts.filter((buffer) => buffer === gateway.large.buffer).length).toBeGreaterThan(80);
		expect(client.closed).toBe(false);
	});

	test("Expect: 100-continue is answered before the body, and not for a request that is refused", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		const expecting = { ...json, Expect: "100-continue", "Content-Length": "5" };
		client.send(request("POST", "/echo", expecting));
		expect(client.reply()?.status).toBe(100);
		client.send("[1,2]");
		expect(client.reply()?.status).toBe(200);
		expect(gateway.seen[0]?.body).toBe("[1,2]");
		client.send(request("POST", "/echo", { ...expecting, "Content-Length": "9000" }));
		expect(client.reply()?.status).toBe(413);
		expect((await gateway.ask(request("POST", "/echo", { ...expecting, Expect: "tea" }))).status).toBe(417);
	});

	test("a client without a token takes none of the memory for bodies where it may send less", async () => {
		const handle = () => ({ status: 204 });
		const gateway = new Gateway([
			{ method: "POST", path: "/window", maximumBody: 10_000, maximumWithoutToken: 1428, handle },
		]);
		const post = (length: number, headers: Record<string, string> = {}) =>
			`POST /window HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Type: application/json\r\n${Object.entries(headers)
				.map(([name, value]) => `${name}: ${value}\r\n`)
				.join("")}Content-Length: ${length}\r\n\r\n`;
		const status = async (head: string, body = "") => (await gateway.ask(head + body)).status;
		// Before the body, which never comes.
		expect(await status(post(1429))).toBe(401);
		expect(await status(post(10_000))).toBe(401);
		expect(await status(post(10_001))).toBe(413);
		// A device that got 401 would ask to join.
		expect(await status(post(1429, { "TMLaaS-Device": "w-1" }))).toBe(413);
		expect(await status(post(1428), "x".repeat(1428))).toBe(204);
		expect(await status(post(10_000, { Authorization: `Bearer ${gateway.admin}` }), "x".repeat(10_000))).toBe(204);
		const chunked =
			"POST /window HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
		expect(await status(chunked, "595\r\n")).toBe(413);
		expect(await status(chunked, `594\r\n${"x".repeat(1428)}\r\n0\r\n\r\n`)).toBe(204);
	});

	test("bodies of more than 12 KB in all are refused with 503 and Retry-After; the memory comes back", async () => {
		const gateway = new Gateway();
		const infer = { "Content-Type": "application/octet-stream", "Content-Length": "9600" };
		const first = await gateway.connect();
		first.send(request("POST", "/v2/models/gesture/infer", infer));
		const second = await gateway.connect();
		second.send(request("POST", "/v2/models/gesture/infer", infer));
		const refused = second.reply();
		expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([503, "1"]);
		expect(JSON.parse(refused!.text)).toMatchObject({ status: 503, error: expect.any(String) });
		// What fits behind its head needs no memory of its own.
		expect((await gateway.ask(request("POST", "/echo", json, " ".repeat(1500)))).status).toBe(200);
		first.send("x".repeat(9600));
		expect(first.reply()?.status).toBe(200);
		expect(gateway.seen.map(({ body }) => body.length)).toEqual([1500, 9600]);
		expect((await gateway.ask(request("POST", "/v2/models/gesture/infer", infer, "y".repeat(9600)))).status).toBe(200);
	});

	test("a body beyond what there is memory for at all is refused with 413, whatever its route takes", async () => {
		const gateway = new Gateway();
		const infer = { "Content-Type": "application/octet-stream", "Content-Length": "13000" };
		expect((await gateway.ask(request("POST", "/v2/models/gesture/infer", infer))).status).toBe(413);
	});

	test("a client that is gone before its response costs only its own connection", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.broken = true;
		client.send(ok);
		expect(client.closed).toBe(true);
		expect(gateway.server.connections).toBe(0);
		expect((await gateway.ask(ok)).status).toBe(200);
	});

	test("closing the server closes its connections", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		gateway.server.close();
		expect(client.closed).toBe(true);
		expect([gateway.server.connections, gateway.network.timers]).toEqual([0, 0]);
	});
});

describe("responses", () => {
	test("a route that fails gives 500 without its reason, the error is reported, and the server goes on", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(request("GET", "/fails"));
		const reply = client.reply();
		expect(reply?.status).toBe(500);
		expect(reply?.text).not.toContain("secret");
		expect(gateway.errors).toEqual([expect.any(TypeError)]);
		client.send(ok);
		expect(client.reply()?.status).toBe(200);
	});

	test("errors are problem details, under /v2 with error besides, with what the route adds", async () => {
		const gateway = new Gateway();
		const refused = await gateway.ask(request("GET", "/v2/refuses"));
		expect(refused.headers.get("content-type")).toBe("application/problem+json");
		expect(refused.headers.get("retry-after")).toBe("3");
		expect(JSON.parse(refused.text)).toEqual({
			type: "about:blank",
			title: "Unprocessable Content",
			status: 422,
			detail: "not that",
			error: "not that",
			reason: 7,
		});
		expect(JSON.parse((await gateway.ask(request("GET", "/nothing"))).text)).not.toHaveProperty("error");
		expect(JSON.parse((await gateway.ask(request("GET", "/v2/nothing"))).text)).toHaveProperty("error");
	});

	test("text beyond ASCII has the length of its bytes", async () => {
		expect((await new Gateway().ask(request("GET", "/text"))).text).toBe('{"name":"Gerät 😀"}');
	});

	test("bodies: none where none is taken, only the media types of the route, and no content codings", async () => {
		const gateway = new Gateway();
		const post = (headers: Record<string, string>, body: string) =>
			gateway.ask(request("POST", "/echo", headers, body)).then(({ status }) => status);
		expect(await post({ "Content-Type": "Application/JSON; charset=utf-8" }, "{}")).toBe(200);
		expect(await post({ "Content-Type": "application/octet-stream" }, "{}")).toBe(200);
		expect(await post({ "Content-Type": "application/jsonp" }, "{}")).toBe(415);
		expect(await post({}, "{}")).toBe(415);
		expect(await post({ ...json, "Content-Encoding": "gzip" }, "{}")).toBe(415);
		expect(await post({}, "")).toBe(200);
		expect((await gateway.ask(request("GET", "/health", json, "{}"))).status).toBe(413);
	});
});

describe("live feed", () => {
	const events = (token: string) => request("GET", "/api/v1/events", { Authorization: `Bearer ${token}` });

	test("a viewer gets the snapshot, then each event; three viewers leave room for requests; the fourth gets 503", async () => {
		const gateway = new Gateway();
		const viewers = [];
		for (let i = 0; i < 3; i++) {
			const viewer = await gateway.connect();
			viewer.send(events(gateway.admin));
			viewers.push(viewer);
		}
		gateway.feed.publish("result", '{"label":"left"}');
		for (const viewer of viewers) {
			expect(viewer.text).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*content-type: text\/event-stream\r\n(.+\r\n)*\r\n/);
			expect(viewer.text).toMatch(
				/\r\n\r\nevent: snapshot\ndata: \{"devices":\[\]\}\n\nevent: result\ndata: \{"label":"left"\}\n\n$/,
			);
		}
		const fourth = await gateway.ask(events(gateway.admin));
		expect([fourth.status, fourth.headers.get("retry-after")]).toEqual([503, "10"]);
		const others = [];
		for (let i = 0; i < 4; i++) others.push(await gateway.connect());
		for (const other of others) {
			other.send(ok);
			expect(other.reply()?.status).toBe(200);
		}
		viewers[0]!.end();
		expect(gateway.feed.viewers).toBe(2);
		gateway.network.advance(500);
		const next = await gateway.connect();
		next.send(events(gateway.admin));
		expect(next.text).toContain("event: snapshot");
	});

	test("it needs a token", async () => {
		const gateway = new Gateway();
		const reply = await gateway.ask(request("GET", "/api/v1/events"));
		expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="TMLaaS"']);
		expect(gateway.feed.viewers).toBe(0);
	});

	test("a comment comes after each 15 s without an event", async () => {
		const gateway = new Gateway();
		const viewer = await gateway.connect();
		viewer.send(events(gateway.admin));
		viewer.incoming = new Uint8Array(0);
		gateway.network.advance(14_500);
		expect(viewer.text).toBe("");
		gateway.network.advance(750);
		expect(viewer.text).toBe(":\n\n");
		gateway.network.advance(15_500);
		expect(viewer.text).toBe(":\n\n:\n\n");
	});

	test("a viewer that is too slow is let go, and the others see every event", async () => {
		const gateway = new Gateway();
		const slow = await gateway.connect();
		slow.reading = false;
		slow.room = 600;
		slow.send(events(gateway.admin));
		const quick = await gateway.connect();
		quick.send(events(gateway.admin));
		const data = JSON.stringify({ window: "A".repeat(1900) });
		for (let i = 0; i < 10; i++) gateway.feed.publish("result", data);
		expect(slow.closed).toBe(true);
		expect(slow.incoming.length).toBeLessThanOrEqual(600);
		expect(quick.text.split("event: result").length).toBe(11);
		expect(gateway.feed.viewers).toBe(1);
	});

	test("a viewer that takes nothing for 10 s is closed, one that talks too", async () => {
		const gateway = new Gateway();
		const stalled = await gateway.connect();
		stalled.reading = false;
		stalled.room = 10;
		stalled.send(events(gateway.admin));
		const talking = await gateway.connect();
		talking.send(events(gateway.admin));
		for (let i = 0; i < 20; i++) talking.send("x".repeat(100));
		expect([talking.closed, stalled.closed]).toEqual([true, false]);
		gateway.network.advance(10_500);
		expect(stalled.closed).toBe(true);
		expect([gateway.feed.viewers, gateway.server.connections]).toEqual([0, 0]);
	});

	test("a snapshot longer than what may wait is still sent whole", async () => {
		const gateway = new Gateway();
		gateway.snapshot = JSON.stringify({ devices: "x".repeat(20_000) });
		const viewer = await gateway.connect();
		viewer.reading = false;
		viewer.room = 5000;
		viewer.send(events(gateway.admin));
		gateway.feed.publish("device", "{}");
		expect(gateway.feed.viewers).toBe(0);
		const patient = await gateway.connect();
		patient.send(events(gateway.admin));
		expect(patient.text.endsWith(`event: snapshot\ndata: ${gateway.snapshot}\n\n`)).toBe(true);
	});

	test("a snapshot of texts is made as the viewer takes it, and events wait behind it", async () => {
		const gateway = new Gateway();
		const parts = Array.from({ length: 40 }, (_, index) => `"${String(index).repeat(200)}",`);
		let made = 0;
		gateway.snapshot = {
			*[Symbol.iterator]() {
				for (const part of parts) {
					made++;
					yield part;
				}
			},
		};
		const viewer = await gateway.connect();
		viewer.reading = false;
		viewer.room = 1000;
		viewer.send(events(gateway.admin));
		expect(made).toBeLessThan(parts.length / 2);
		gateway.feed.publish("device", "{}");
		expect(viewer.closed).toBe(false);
		while (viewer.room < 20_000) viewer.read(500);
		expect(made).toBe(40);
		expect(viewer.text.endsWith(`event: snapshot\ndata: ${parts.join("")}\n\nevent: device\ndata: {}\n\n`)).toBe(true);
	});
});

describe("a body of texts", () => {
	test("comes in chunks, one for each text", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(request("GET", "/texts") + ok);
		const [head, ...rest] = client.text.split("\r\n\r\n");
		expect(head).toContain("\r\ntransfer-encoding: chunked");
		expect(head).not.toContain("content-length");
		expect(rest.join("\r\n\r\n")).toMatch(
			/^1\r\n\[\r\n9\r\n"\xc3\xa4 \xf0\x9f\x98\x80"\r\n1\r\n\]\r\n0\r\n\r\nHTTP\/1\.1 200 OK/,
		);
	});

	test("that cannot be gone on with ends the connection, and no other one", async () => {
		const failing: Route = {
			method: "GET",
			path: "/failing",
			handle: () => ({
				status: 200,
				texts: (function* () {
					yield "[1,";
					throw new RangeError("lost");
				})(),
			}),
		};
		const gateway = new Gateway([failing]);
		const other = await gateway.connect();
		const client = await gateway.connect();
		client.send(request("GET", "/failing"));
		expect([client.text.includes("\r\n0\r\n"), client.closed]).toEqual([false, true]);
		expect(gateway.errors).toEqual([new RangeError("lost")]);
		other.send(ok);
		expect(other.text).toContain("200 OK");
	});

	test("ends with the connection for HTTP/1.0, and is not there for HEAD", async () => {
		const gateway = new Gateway();
		const old = await gateway.connect();
		old.send("GET /texts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
		expect(old.text).toMatch(/\r\nconnection: close\r\n(.+\r\n)*\r\n\["\xc3\xa4 \xf0\x9f\x98\x80"\]$/);
		expect([old.text.includes("transfer-encoding"), old.closed]).toEqual([false, true]);
		const client = await gateway.connect();
		client.send(request("HEAD", "/texts") + ok);
		expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*\r\nHTTP\/1\.1 200 OK/);
	});
});
