import { describe, expect, test } from "vitest";
import { Gateway, request } from "./gateway";

const json = { "Content-Type": "application/json" };
const ok = request("GET", "/health");

describe("HTTP parser", () => {
	test("1 – a byte a second on one connection more than there are: closed at the deadline, the next is served", async () => {
		const gateway = new Gateway();
		const slow = [];
		for (let i = 0; i < 5; i++) slow.push(await gateway.connect(`10.0.1.${i}`));
		expect(slow.map((client) => client.isAccepted)).toEqual([true, true, true, true, false]);
		const patient = await gateway.connect();
		patient.send(ok);
		for (let second = 0; second < 12; second++) {
			for (const client of slow) client.send(ok.charAt(second));
			gateway.network.advance(1000);
			await Promise.resolve();
		}
		for (const client of slow) {
			expect(client.reply()?.status).toBe(408);
			expect(client.closed).toBe(true);
		}
		expect(patient.reply()?.status).toBe(200);
		expect(gateway.seen.length).toBe(1);
	});

	test("1 – steady but slow bodies and readers on all connections: who waits behind them is served after 10 s", async () => {
		for (const slowly of ["sends", "reads"]) {
			const gateway = new Gateway();
			const { window } = gateway.network;
			if ("reads" === slowly) gateway.network.window = 100;
			const slow = [];
			for (let i = 0; i < 4; i++) {
				const client = await gateway.connect(`10.0.1.${i}`);
				client.reading = "sends" === slowly;
				if ("reads" === slowly) client.send(request("GET", "/large"));
				else client.send(request("POST", "/echo", { ...json, "Content-Length": "3000" }, ""));
				slow.push(client);
			}
			gateway.network.window = window;
			const patient = await gateway.connect();
			patient.send(ok);
			for (let second = 0; second < 11; second++) {
				for (const client of slow) {
					if ("reads" === slowly) client.read(200);
					else client.send("x".repeat(200));
				}
				gateway.network.advance(1000);
				await Promise.resolve();
			}
			expect(patient.reply()?.status, slowly).toBe(200);
		}
	});

	test("2 – a header line of 8 KB gives 431 and its bytes are never kept", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(`GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nX: ${"a".repeat(8192)}`);
		expect(client.reply()?.status).toBe(431);
		gateway.network.advance(2000);
		expect(client.closed).toBe(true);
	});

	test("3 – 10 000 headers give 431", async () => {
		const fields = Array.from({ length: 10_000 }, (_, i) => `H${i}: 1\r\n`).join("");
		const reply = await new Gateway().ask(`GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n${fields}\r\n`);
		expect(reply.status).toBe(431);
	});

	test("3 – fields that nobody reads are checked and not kept", async () => {
		const gateway = new Gateway();
		await gateway.ask(request("POST", "/echo", { ...json, "X-Unread": "1", Cookie: "a", Connection: "close" }, "{}"));
		expect(Object.keys(gateway.seen[0]!.headers).sort()).toEqual([
			"connection",
			"content-length",
			"content-type",
			"host",
		]);
		expect((await gateway.ask(request("GET", "/health", { "X-Unread": "\u0001" }))).status).toBe(400);
		expect((await gateway.ask(request("GET", "/health", { "X Unread": "1" }))).status).toBe(400);
	});

	test("3 – 32 headers pass, 33 give 431", async () => {
		const fields = (count: number) => Array.from({ length: count }, (_, i) => `H${i}: 1\r\n`).join("");
		const gateway = new Gateway();
		const head = "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n";
		expect((await gateway.ask(`${head}${fields(31)}\r\n`)).status).toBe(200);
		expect((await gateway.ask(`${head}${fields(32)}\r\n`)).status).toBe(431);
	});

	test("4 – a request line of 4 KB gives 414, one of 256 bytes is read, one of 257 is not", async () => {
		const gateway = new Gateway();
		const line = (length: number) => `GET /health?${"a".repeat(length - 21)} HTTP/1.1`;
		expect(line(256).length).toBe(256);
		expect((await gateway.ask(`${line(256)}\r\nHost: 10.0.0.1\r\n\r\n`)).status).toBe(200);
		expect((await gateway.ask(`${line(257)}\r\nHost: 10.0.0.1\r\n\r\n`)).status).toBe(414);
		expect((await gateway.ask(`${line(4096)}\r\nHost: 10.0.0.1\r\n\r\n`)).status).toBe(414);
	});

	test("a header line of 512 bytes is read, one of 513 gives 431; a block of 2048 is read, one of 2049 gives 431", async () => {
		const gateway = new Gateway();
		const field = (name: string, length: number) => `${name}: ${"a".repeat(length - name.length - 2)}\r\n`;
		const head = "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n";
		expect((await gateway.ask(`${head}${field("X", 512)}\r\n`)).status).toBe(200);
		expect((await gateway.ask(`${head}${field("X", 513)}\r\n`)).status).toBe(431);
		const most = head + field("A", 500) + field("B", 500) + field("C", 500);
		const block = (length: number) => `${most}${field("D", length - most.length - 4)}\r\n`;
		expect(block(2048).length).toBe(2048);
		expect((await gateway.ask(block(2048))).status).toBe(200);
		expect((await gateway.ask(block(2049))).status).toBe(431);
	});

	test.each(["5", "6"])("5 – a second Content-Length gives 400, equal or different: %s", async (second) => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(request("POST", "/echo", { ...json, "Content-Length": "5", "content-length": second }, "12345"));
		expect(client.reply()?.status).toBe(400);
		expect(gateway.seen).toEqual([]);
		gateway.network.advance(2000);
		expect(client.closed).toBe(true);
	});

	test("6 – Content-Length with Transfer-Encoding gives 400 and closes", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(
			request("POST", "/echo", { ...json, "Content-Length": "5", "Transfer-Encoding": "chunked" }, "0\r\n\r\n") + ok,
		);
		expect(client.reply()?.status).toBe(400);
		gateway.network.advance(2000);
		expect(client.closed).toBe(true);
		expect(client.reply()).toBeUndefined();
		expect(gateway.seen).toEqual([]);
	});

	test.each(["-5", "+5", "5abc", "0x5", "9007199254740992", "18446744073709551621", "", "5,5", "5 5", "٥"])(
		"7 – Content-Length: %s gives 400",
		async (length) => {
			const gateway = new Gateway();
			expect((await gateway.ask(request("POST", "/echo", { ...json, "Content-Length": length }, "12345"))).status).toBe(
				400,
			);
			expect(gateway.seen).toEqual([]);
		},
	);

	test.each([
		["a negative size", "-5\r\nhello\r\n0\r\n\r\n"],
		["a size of more digits than any", "ffffffffff\r\nhello\r\n0\r\n\r\n"],
		["no size", "\r\nhello\r\n0\r\n\r\n"],
		["0x", "0x5\r\nhello\r\n0\r\n\r\n"],
		["an extension of 8 KB", `5;${"e".repeat(8192)}\r\nhello\r\n0\r\n\r\n`],
		["many short extensions", `${"1;ee\r\na\r\n".repeat(200)}0\r\n\r\n`],
		["an extension without a name", "5;\r\nhello\r\n0\r\n\r\n"],
		["an extension without a value", "5;a=\r\nhello\r\n0\r\n\r\n"],
		["an extension whose quotes are open", '5;a="\r\nhello\r\n0\r\n\r\n'],
		["an extension with more behind its quotes", '5;a="b"c\r\nhello\r\n0\r\n\r\n'],
		["no CR LF behind the data", "5\r\nhello0\r\n\r\n"],
		["a bare LF behind the size", "5\nhello\r\n0\r\n\r\n"],
		["a bare LF behind the data", "5\r\nhello\n0\r\n\r\n"],
		["a flood of trailers", `5\r\nhello\r\n0\r\n${"T: 1\r\n".repeat(200)}\r\n`],
		["a trailer without a colon", "0\r\nT\r\n\r\n"],
		["a folded trailer", "0\r\nT: 1\r\n 2\r\n\r\n"],
		["NUL in a trailer", "0\r\nT: \0\r\n\r\n"],
	])("8 – chunks with %s give 400", async (_, body) => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(request("POST", "/echo", { ...json, "Transfer-Encoding": "chunked" }, body) + ok);
		expect(client.reply()?.status).toBe(400);
		gateway.network.advance(2000);
		expect(client.closed).toBe(true);
		expect(client.reply()).toBeUndefined();
		expect(gateway.seen).toEqual([]);
	});

	test("8 – good chunks with extensions and trailers are one body, and the next request follows", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		const body = "5;name=value\r\nhello\r\n6 \r\n";
		client.send(
			request(
				"POST",
				"/echo",
				{ ...json, "Transfer-Encoding": "Chunked" },
				'5;a=b;c;d=";\\"\\r";e\r\nhello\r\n00A\r\n, world 10\r\n0;x\r\nT: 1\r\n\r\n',
			),
		);
		client.send(ok);
		expect(client.reply()?.status).toBe(200);
		expect(client.reply()?.status).toBe(200);
		expect(gateway.seen.map(({ body }) => body)).toEqual(["hello, world 10", ""]);
		expect(
			(await gateway.ask(request("POST", "/echo", { ...json, "Transfer-Encoding": "chunked" }, body))).status,
		).toBe(400);
	});

	test("8 – chunks beyond what the resource takes give 413", async () => {
		const reply = await new Gateway().ask(
			request("POST", "/echo", { ...json, "Transfer-Encoding": "chunked" }, "2001\r\n"),
		);
		expect(reply.status).toBe(413);
	});

	test.each([
		["a bare LF in the head", "GET /health HTTP/1.1\nHost: 10.0.0.1\n\n"],
		["a bare LF in the fields", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\nA: b\r\n\r\n"],
		["a bare CR in a field", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\rA: b\r\n\r\n"],
		["a folded field", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: b\r\n c\r\n\r\n"],
		["a field folded with a tab", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: b\r\n\tc\r\n\r\n"],
		["a field that begins with a space", "GET /health HTTP/1.1\r\n Host: 10.0.0.1\r\n\r\n"],
		["NUL in a value", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: b\0c\r\n\r\n"],
		["NUL in a name", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA\0: b\r\n\r\n"],
		["a control character in a value", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: b\x01c\r\n\r\n"],
		["DEL in a value", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: b\x7fc\r\n\r\n"],
		["a space before the colon", "GET /health HTTP/1.1\r\nHost : 10.0.0.1\r\n\r\n"],
		["no colon", "GET /health HTTP/1.1\r\nHost\r\n\r\n"],
		["no name", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n: b\r\n\r\n"],
		["a byte beyond ASCII", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nA: \xe9\r\n\r\n"],
		["no Host", "GET /health HTTP/1.1\r\n\r\n"],
		["two Hosts", "GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\nhost: 10.0.0.1\r\n\r\n"],
		["two spaces in the request line", "GET  /health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a space before the request line", " GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a space behind the request line", "GET /health HTTP/1.1 \r\nHost: 10.0.0.1\r\n\r\n"],
		["a tab in the request line", "GET\t/health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a tab in the query", "GET /health?a\tb HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a space in the target", "GET /hea lth HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["no version", "GET /health\r\nHost: 10.0.0.1\r\n\r\n"],
		["a version in small letters", "GET /health http/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a target that is no path", "GET health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["a fragment", "GET /health#top HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["three empty lines first", "\r\n\r\n\r\nGET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"],
		["Transfer-Encoding in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
	])("9 – %s gives 400", async (_, bytes) => {
		const gateway = new Gateway();
		expect((await gateway.ask(bytes)).status).toBe(400);
		expect(gateway.seen).toEqual([]);
	});

	test.each([
		"/../../etc",
		"/%2e%2e%2f",
		"/%2e%2e/etc",
		"/./health",
		"/health/.",
		"/health/..",
		"/%00",
		"/health%00",
		"/health%0a",
		"//",
		"//health",
		"/health/",
		"/health//",
		"/\\health",
		"/%5chealth",
		"/files/a%2fb/c",
		"/%c0%ae%c0%ae/etc",
		"/\xc0\xaf",
		"/%ff",
		"/%ed%a0%80",
		"/%f4%90%80%80",
		"/%",
		"/%4",
		"/%zz",
		"/health%",
		"/HEALTH",
	])("10 – %s gives 404 and reaches no route", async (path) => {
		const gateway = new Gateway();
		expect((await gateway.ask(request("GET", path))).status).toBe(404);
		expect(gateway.seen).toEqual([]);
	});

	test("10 – a path is decoded once, and its parameters are whole segments", async () => {
		const gateway = new Gateway();
		await gateway.ask(request("GET", "/files/%41%20b/%C3%A9%25?q=%41"));
		await gateway.ask("GET http://10.0.0.1/files/a/b HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
		expect(gateway.seen.map(({ path, query, parameters }) => ({ path, query, parameters }))).toEqual([
			{ path: "/files/A b/é%", query: "q=%41", parameters: ["A b", "é%"] },
			{ path: "/files/a/b", query: "", parameters: ["a", "b"] },
		]);
	});

	test("11 – pipelined requests are answered in their order", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(ok + request("POST", "/echo", json, "[1]") + request("GET", "/nothing") + ok);
		expect([1, 2, 3, 4].map(() => client.reply()?.status)).toEqual([200, 200, 404, 200]);
		expect(client.closed).toBe(false);
	});

	test("11 – pipelined requests wait while a response is not taken", async () => {
		const gateway = new Gateway();
		gateway.network.window = 1000;
		const client = await gateway.connect();
		client.reading = false;
		client.send(request("GET", "/large") + ok);
		expect(gateway.seen.length).toBe(0);
		expect(client.incoming.length).toBe(1000);
		for (let i = 0; i < 70; i++) client.read(1000);
		const large = client.reply();
		expect(large?.body).toEqual(gateway.large);
		expect(client.reply()?.status).toBe(200);
		expect(gateway.seen.length).toBe(1);
	});

	test.each([
		["413", request("POST", "/echo", { ...json, "Content-Length": "9000" })],
		["415", request("POST", "/echo", { "Content-Type": "text/html" }, ok)],
		["404", request("POST", "/nothing", json, ok)],
		["405", request("POST", "/health", json, ok)],
		["401", request("POST", "/api/v1/tokens", json, ok)],
		["403", request("POST", "/echo", { ...json, Host: "evil.example" }, ok)],
	])("11 – a body left unread with %s closes the connection, and its bytes are no request", async (status, bytes) => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(bytes);
		const reply = client.reply();
		expect(reply?.status).toBe(Number(status));
		expect(reply?.headers.get("connection")).toBe("close");
		client.send(ok.repeat(3));
		gateway.network.advance(1250);
		expect(client.closed).toBe(true);
		expect(client.reply()).toBeUndefined();
		expect(gateway.seen).toEqual([]);
	});

	test("12 – a body shorter than its length and then the end: the place is free, and no route was called", async () => {
		const gateway = new Gateway();
		for (let i = 0; i < 8; i++) {
			const client = await gateway.connect();
			client.send(request("POST", "/echo", { ...json, "Content-Length": "5000" }, "half"));
			client.end();
			expect(client.closed).toBe(true);
		}
		expect(gateway.server.connections).toBe(0);
		expect((await gateway.ask(ok)).status).toBe(200);
		expect(gateway.seen.length).toBe(1);
	});

	test("12 – a body that stops, or comes at less than 100 bytes a second, gives 408", async () => {
		for (const rate of [0, 90]) {
			const gateway = new Gateway();
			const client = await gateway.connect();
			client.send(request("POST", "/echo", { ...json, "Content-Length": "8000" }, ""));
			for (let second = 0; second < 11; second++) {
				if (rate > 0) client.send("x".repeat(rate));
				gateway.network.advance(1000);
			}
			expect(client.reply()?.status).toBe(408);
			gateway.network.advance(1000);
			expect(gateway.server.connections).toBe(0);
		}
	});

	test("12 – a body at 200 bytes a second is read to its end", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send(request("POST", "/echo", { ...json, "Content-Length": "8000" }, ""));
		for (let second = 0; second < 40; second++) {
			client.send("x".repeat(200));
			gateway.network.advance(1000);
		}
		expect(client.reply()?.status).toBe(200);
		expect(gateway.seen[0]?.body.length).toBe(8000);
	});

	test("13 – methods: HEAD, OPTIONS, TRACE, CONNECT, an unknown one, and one that the resource lacks", async () => {
		const gateway = new Gateway();
		const get = await gateway.ask(request("GET", "/large"));
		const head = await gateway.ask(request("HEAD", "/large"));
		expect([head.status, head.body.length]).toEqual([200, 0]);
		expect(head.headers).toEqual(get.headers);
		const options = await gateway.ask(request("OPTIONS", "/files/a/b"));
		expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, DELETE, HEAD, OPTIONS"]);
		expect((await gateway.ask(request("OPTIONS", "*"))).status).toBe(204);
		expect((await gateway.ask(request("OPTIONS", "/nothing"))).status).toBe(404);
		expect((await gateway.ask(request("TRACE", "/health"))).status).toBe(501);
		expect((await gateway.ask(request("CONNECT", "10.0.0.1:80"))).status).toBe(501);
		expect((await gateway.ask(request("BREW", "/health"))).status).toBe(501);
		expect((await gateway.ask(request("G@T", "/health"))).status).toBe(400);
		const patch = await gateway.ask(request("PATCH", "/health"));
		expect([patch.status, patch.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
		expect((await gateway.ask(request("HEAD", "/echo"))).status).toBe(405);
		expect((await gateway.ask("GET /health HTTP/2.0\r\nHost: 10.0.0.1\r\n\r\n")).status).toBe(505);
		expect((await gateway.ask("GET /health HTTP/1.2\r\nHost: 10.0.0.1\r\n\r\n")).status).toBe(505);
	});

	test("13 – a health probe in HTTP/1.0 is answered, and then the connection ends", async () => {
		const gateway = new Gateway();
		const client = await gateway.connect();
		client.send("GET /health HTTP/1.0\r\n\r\n");
		expect(client.reply()?.status).toBe(200);
		expect(client.closed).toBe(true);
		const kept = await gateway.connect();
		kept.send("GET /health HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
		expect(kept.reply()?.headers.get("connection")).toBe("keep-alive");
		expect(kept.closed).toBe(false);
	});

	test("14 – 10 000 requests in sequence, 8 clients at a time: each is answered and nothing is left", async () => {
		const gateway = new Gateway();
		let answered = 0;
		const clients = await Promise.all(Array.from({ length: 8 }, () => gateway.connect()));
		while (answered < 10_000) {
			for (const client of clients) client.send(ok);
			await Promise.resolve();
			for (const [i, client] of clients.entries()) {
				const reply = client.reply();
				if (undefined !== reply) {
					expect(reply.status).toBe(200);
					answered++;
				}
				if (client.closed) clients[i] = await gateway.connect();
			}
			gateway.network.advance(1);
		}
		expect(gateway.errors).toEqual([]);
		expect(gateway.seen.length).toBeGreaterThanOrEqual(10_000);
		for (const client of clients) client.end();
		for (let i = 0; i < 4; i++) await Promise.resolve();
		expect(gateway.server.connections).toBe(0);
		expect(gateway.network.timers).toBe(0);
	});
});

describe("browsers and the local network", () => {
	test("15 – a POST of text/plain from a page of another origin gives 403", async () => {
		const gateway = new Gateway();
		for (const Origin of ["http://evil.example", "http://10.0.0.1:9999", "http://10.0.0.1", "null"]) {
			const reply = await gateway.ask(request("POST", "/echo", { Origin, "Content-Type": "text/plain" }, "{}"));
			expect(reply.status).toBe(403);
			expect([...reply.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
		}
		const own = { Origin: "http://10.0.0.1:8080" };
		expect((await gateway.ask(request("POST", "/echo", { ...own, "Content-Type": "text/plain" }, "{}"))).status).toBe(
			415,
		);
		expect((await gateway.ask(request("POST", "/echo", { ...own, ...json }, "{}"))).status).toBe(200);
		expect(gateway.seen.length).toBe(1);
	});

	test("15 – a preflight is refused, and no response lets another origin read it", async () => {
		const gateway = new Gateway();
		const preflight = await gateway.ask(
			request("OPTIONS", "/echo", { Origin: "http://evil.example", "Access-Control-Request-Method": "POST" }),
		);
		expect(preflight.status).toBe(403);
		const get = await gateway.ask(request("GET", "/health", { Origin: "http://evil.example" }));
		for (const reply of [preflight, get])
			expect([...reply.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
	});

	test("16 – a rebound name gives 403, whatever its Origin; the gateway's own names are known", async () => {
		const gateway = new Gateway();
		for (const Host of [
			"evil.example",
			"evil.example:8080",
			"10.0.0.1.evil.example",
			"gateway.local.evil",
			"",
			"10.0.0.1:80x",
		]) {
			const headers = { Host, Origin: `http://${Host}`, ...json };
			expect((await gateway.ask(request("POST", "/echo", headers, "{}"))).status).toBe(403);
			expect((await gateway.ask(request("GET", "/health", { Host }))).status).toBe(403);
		}
		expect((await gateway.ask("GET http://evil.example/health HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n")).status).toBe(403);
		expect(gateway.seen).toEqual([]);
		for (const Host of [
			"10.0.0.1",
			"10.0.0.1:8080",
			"localhost:1",
			"127.0.0.1",
			"[::1]:80",
			"Gateway.local",
			"TML.lan",
		])
			expect((await gateway.ask(request("GET", "/health", { Host }))).status).toBe(200);
	});

	test("17 – 20 wrong tokens give 429, the right one too from there, and not from another address", async () => {
		const gateway = new Gateway();
		const session = (token: string) => request("GET", "/api/v1/session", { Authorization: `Bearer ${token}` });
		for (let i = 0; i < 20; i++) expect((await gateway.ask(session(`wrong${i}`), "10.0.0.66")).status).toBe(401);
		const refused = await gateway.ask(session("wrong"), "10.0.0.66");
		expect(refused.status).toBe(429);
		expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
		expect((await gateway.ask(session(gateway.admin), "10.0.0.66")).status).toBe(429);
		expect((await gateway.ask(session(gateway.admin), "10.0.0.7")).status).toBe(200);
		gateway.network.advance(Number(refused.headers.get("retry-after")) * 1000);
		expect((await gateway.ask(session(gateway.admin), "10.0.0.66")).status).toBe(200);
	});

	test("17 – many addresses that are wrong together are throttled together; one that never was is not", async () => {
		const gateway = new Gateway();
		const session = (token: string) => request("GET", "/api/v1/session", { Authorization: `Bearer ${token}` });
		for (let i = 0; i < 200; i++) await gateway.ask(session("wrong"), `10.0.1.${i % 14}`);
		expect((await gateway.ask(session("wrong"), "10.0.1.3")).status).toBe(429);
		expect((await gateway.ask(session(gateway.admin), "10.0.0.7")).status).toBe(200);
	});

	test("18 – names that carry markup stay JSON text, and no response may be guessed to be a page", async () => {
		const name = '<img src=x onerror=alert(1)>"\\\u2028';
		const gateway = new Gateway([
			{ method: "GET", path: "/name", handle: () => ({ status: 200, body: JSON.stringify({ name }) }) },
		]);
		const reply = await gateway.ask(request("GET", "/name"));
		expect(JSON.parse(reply.text)).toEqual({ name });
		expect(reply.headers.get("content-type")).toBe("application/json");
		expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
		expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
		const missing = await gateway.ask(request("GET", "/%3Cimg%20src=x%20onerror=alert(1)%3E"));
		expect(missing.status).toBe(404);
		expect(missing.headers.get("content-type")).toBe("application/problem+json");
		expect(missing.text).not.toContain("<img");
	});
});
