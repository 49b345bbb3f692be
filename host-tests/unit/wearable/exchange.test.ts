import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { Allocator } from "wearable/allocator";
import { Exchange, type Outgoing } from "wearable/exchange";
import { ResponseParser } from "wearable/response";
import { Ring } from "wearable/ring";
import { createRandom } from "../../../tools/training/random";

const key = "0123456789abcdef".repeat(4);

function sha256() {
	const hash = createHash("sha256");
	return {
		write(bytes: Uint8Array) {
			hash.update(bytes);
		},
		close() {
			return new Uint8Array(hash.digest()).buffer;
		},
	};
}

function wear(options: { key?: string; token?: Uint8Array } = { key }) {
	const ring = new Ring({ capacity: 4, byteLength: 12 });
	const stored: { counters: [string?, string?]; key?: Uint8Array; token?: Uint8Array | undefined } = { counters: [] };
	let tokens = 0;
	const allocator = new Allocator({
		read: (place) => stored.counters[place],
		write: (place, value) => {
			stored.counters[place] = value;
		},
	});
	const lines: string[] = [];
	const closed: number[] = [];
	const exchange = new Exchange({
		id: "wearable-1",
		name: 'A "B"',
		firmware: "0.1.0",
		model: "strokes-2",
		key: options.key ? new Uint8Array(Buffer.from(options.key, "hex")) : undefined,
		ring,
		allocator,
		createHash: sha256,
		random: createRandom(3),
		vitals: () => ";battery=87;signal=-61",
		token: options.token,
		fillRandom: (bytes) => bytes.fill(++tokens),
		saveToken(value) {
			stored.token = value;
		},
		onClosed: () => closed.push(0),
		saveKey: (value) => {
			stored.key = value;
		},
		log: (line) => lines.push(line),
	});
	exchange.moved("10.0.0.1:80");
	return {
		exchange,
		ring,
		allocator,
		stored,
		lines,
		closed,
		window(number = allocator.next()): number {
			ring.filling.fill(number);
			ring.commit(number);
			return number;
		},
	};
}

function respond(status: number, body = "", fields = ""): ResponseParser {
	const parser = new ResponseParser();
	parser.reset();
	parser.push(
		new Uint8Array(
			Buffer.from(`HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`, "latin1"),
		),
	);
	return parser;
}

/** Start line and header fields of a request, names in lower case. */
function read(outgoing: Outgoing): { line: string; fields: Record<string, string>; body: Buffer } {
	const [line, ...rest] = Buffer.from(outgoing.head).toString().split("\r\n");
	expect(rest.splice(-2)).toEqual(["", ""]);
	const fields = Object.fromEntries(
		rest.map((field) => [field.split(": ")[0]!.toLowerCase(), field.slice(field.indexOf(": ") + 2)]),
	);
	expect(Number(fields["content-length"])).toBe(outgoing.body.length);
	expect(fields.host).toBe("10.0.0.1:80");
	return { line: line!, fields, body: Buffer.from(outgoing.body) };
}

test("Exchange with nothing to say: is silent", () => {
	expect(wear().exchange.next(0)).toBeUndefined();
});

test("Exchange with a window: one signed raw tensor with its status", () => {
	const { exchange, window } = wear();
	const number = window();
	expect(exchange.next(0)).toBe("window");
	const { line, fields, body } = read(exchange.request("window"));
	expect(line).toBe("POST /v2/models/strokes-2/infer HTTP/1.1");
	const status = `window=${number};battery=87;signal=-61;firmware=0.1.0`;
	const signature = createHmac("sha256", Buffer.from(key, "hex"))
		.update(`POST\n/v2/models/strokes-2/infer\nwearable-1\n2\n${status}\n`)
		.update(body)
		.digest("hex");
	expect(fields).toMatchObject({
		"content-type": "application/octet-stream",
		"inference-header-content-length": "0",
		"tmlaas-device": "wearable-1",
		"tmlaas-counter": "2",
		"tmlaas-status": status,
		"tmlaas-signature": signature,
	});
	expect(body).toEqual(Buffer.alloc(12, number));
});

test("Exchange answered: the window goes, its result is told, the next one follows", () => {
	const { exchange, ring, lines, window } = wear();
	const first = window();
	window();
	exchange.request("window");
	exchange.answered("window", respond(200, "{}", "TMLaaS-Result: left%20turn;0.981\r\n"), 0, 12.4);
	expect(lines).toEqual([`window ${first}: left turn 0.98 (12 ms)`]);
	expect(ring.count).toBe(1);
	expect(exchange.next(0)).toBe("window");
	exchange.answered("window", respond(200, "", "TMLaaS-Result: %zz;1\r\n"), 0, 1);
	expect(lines[1]).toMatch(/taken/);
	expect(exchange.next(0)).toBeUndefined();
});

test("Exchange repeats a window: its number stays, the counter is new, the bytes are the same", () => {
	const { exchange, window } = wear();
	window();
	const first = read(exchange.request("window"));
	exchange.failed("cannot be reached", 0);
	window();
	const second = read(exchange.request("window"));
	expect(second.fields["tmlaas-status"]).toBe(first.fields["tmlaas-status"]);
	expect(Number(second.fields["tmlaas-counter"])).toBeGreaterThan(Number(first.fields["tmlaas-counter"]));
	expect(second.body).toEqual(first.body);
});

test("Exchange without a gateway: waits longer and longer up to 30 s, speaks of it once, and keeps the newest windows", () => {
	const { exchange, ring, lines, window } = wear();
	let now = 0;
	let longest = 0;
	for (let attempt = 0; attempt < 40; attempt++) {
		window();
		expect(exchange.next(now)).toBe("window");
		exchange.request("window");
		exchange.failed("cannot be reached", now);
		let wait = 0;
		while (exchange.next(now + wait) === undefined) wait += 10;
		expect(wait).toBeGreaterThanOrEqual(Math.min(250 * 2 ** attempt, 15_000) - 10);
		expect(wait).toBeLessThanOrEqual(30_000);
		longest = Math.max(longest, wait);
		now += wait;
	}
	expect(longest).toBeGreaterThan(20_000);
	expect(lines).toEqual(["gateway: cannot be reached; 1 window waiting"]);
	expect(ring.count).toBe(4);
	expect(ring.dropped).toBe(36);
	for (let i = 0; i < 2; i++) {
		exchange.request("window");
		exchange.answered("window", respond(200), now, 1);
	}
	expect(lines.filter((line) => line.includes("dropped"))).toEqual(["36 windows dropped for want of room"]);
});

test("Exchange told to come later: not before that, nor much later, and the window stays however often", () => {
	const { exchange, ring, window } = wear();
	window();
	let now = 0;
	for (let i = 0; i < 20; i++) {
		exchange.request("window");
		exchange.answered("window", respond(503, "", "Retry-After: 40\r\n"), now, 1);
		expect(exchange.next(now + 39_999)).toBeUndefined();
		expect(exchange.next(now + 50_001)).toBe("window");
		now += 50_001;
	}
	expect(ring.count).toBe(1);
	exchange.answered("window", respond(503, "", "Retry-After: 86400\r\n"), now, 1);
	expect(exchange.next(now + 150_001)).toBe("window");
});

test("Exchange whose window the gateway cannot take: 400 gives it up at once, 500 after eight times", () => {
	const { exchange, ring, lines, window } = wear();
	window();
	window();
	exchange.request("window");
	exchange.answered("window", respond(400), 0, 1);
	expect(ring.count).toBe(1);
	expect(exchange.next(0)).toBe("window");
	let now = 0;
	for (let i = 0; i < 8; i++) {
		expect(ring.count).toBe(1);
		exchange.request("window");
		exchange.answered("window", respond(500), now, 1);
		now += 100_000;
	}
	expect(ring.count).toBe(0);
	expect(lines.filter((line) => line.includes("given up")).length).toBe(2);
});

test("Exchange with a stale counter: goes on above the gateway's minimum at once, in the store as well", () => {
	const { exchange, stored, window } = wear();
	const number = window();
	exchange.request("window");
	exchange.answered("window", respond(401, '{"type":"about:blank","minimum":70000,"other":{"x":1}}'), 0, 1);
	expect(exchange.next(0)).toBe("window");
	const { fields } = read(exchange.request("window"));
	expect(Number(fields["tmlaas-counter"])).toBe(70_000);
	expect(fields["tmlaas-status"]).toContain(`window=${number};`);
	expect(Math.max(...stored.counters.map(Number))).toBeGreaterThan(70_000);
});

test("Exchange whose counters stay stale, or are to jump too far: waits, but recovers when it can", () => {
	const { exchange, ring, window } = wear();
	window();
	let now = 0;
	for (let i = 0; i < 2; i++) {
		exchange.request("window");
		exchange.answered("window", respond(401, `{"minimum":${1000 * (i + 1)}}`), now, 1);
		expect(exchange.next(now)).toBe("window");
	}
	exchange.request("window");
	exchange.answered("window", respond(401, '{"minimum":9000}'), now, 1);
	expect(exchange.next(now)).toBeUndefined();
	now += 60_000;
	exchange.request("window");
	exchange.answered("window", respond(401, '{"minimum":9e15}'), now, 1);
	expect(exchange.next(now)).toBeUndefined();
	now += 60_000;
	exchange.request("window");
	exchange.answered("window", respond(401, '{"minimum":9000}'), now, 1);
	expect(read(exchange.request("window")).fields["tmlaas-counter"]).toBe("9000");
	exchange.answered("window", respond(200), now, 1);
	expect(ring.count).toBe(0);
});

/** Joins as far as the gateway's promise to ask the operator; gives the token. */
function ask(wearing: ReturnType<typeof wear>, now: number): string {
	expect(wearing.exchange.next(now)).toBe("join");
	const { line, body } = read(wearing.exchange.request("join"));
	expect(line).toBe("POST /api/v1/join HTTP/1.1");
	const { token, ...rest } = JSON.parse(body.toString());
	expect(rest).toEqual({ id: "wearable-1", name: 'A "B"', firmware: "0.1.0" });
	expect(token).toMatch(/^[0-9a-f]{32}$/);
	wearing.exchange.answered("join", respond(202, '{"code":"0000"}'), now, 1);
	return token;
}

test("Exchange without a key: asks to join, shows its own code, looks again, takes the key and sends", () => {
	const wearing = wear({});
	const { exchange, lines, stored, window } = wearing;
	window();
	const token = ask(wearing, 0);
	const digits = createHash("sha256").update(token).digest("hex").slice(0, 8);
	expect(lines).toEqual([`asks to join, code ${String(Number.parseInt(digits, 16) % 10_000).padStart(4, "0")}`]);
	expect(exchange.next(1000)).toBeUndefined();
	expect(exchange.next(1500)).toBe("poll");
	const poll = read(exchange.request("poll"));
	expect(poll.line).toBe("POST /api/v1/join/wearable-1 HTTP/1.1");
	expect(JSON.parse(poll.body.toString())).toEqual({ token });
	exchange.answered("poll", respond(202), 1500, 1);
	expect(exchange.next(3000)).toBe("poll");
	exchange.answered("poll", respond(200, JSON.stringify({ key })), 3000, 1);
	expect(Buffer.from(stored.key!).toString("hex")).toBe(key);
	expect(exchange.next(3000)).toBe("window");
	expect(lines.at(-1)).toBe("joined");
});

test("Exchange refused or unknown while joining: asks anew, with another token", () => {
	for (const status of [403, 404, 401]) {
		const wearing = wear({});
		const first = ask(wearing, 0);
		wearing.exchange.answered("poll", respond(status), 1500, 1);
		expect(wearing.exchange.next(1500)).toBeUndefined();
		expect(ask(wearing, 20_000)).not.toBe(first);
	}
});

test("Exchange handed a key that is not one: does not take it", () => {
	for (const body of ['{"key":"12"}', '{"key":5}', "[]", "null", "{", '{"key":"\\ud800"}', '"\xff"']) {
		const wearing = wear({});
		ask(wearing, 0);
		wearing.exchange.answered("poll", respond(200, body), 1500, 1);
		expect(wearing.stored.key).toBeUndefined();
		expect(wearing.exchange.next(60_000)).toBe("join");
	}
});

test("Exchange while pairing is closed: asks every few seconds, and says so once", () => {
	const { exchange, lines } = wear({});
	let now = 0;
	for (let i = 0; i < 20; i++) {
		expect(exchange.next(now)).toBe("join");
		exchange.request("join");
		exchange.answered("join", respond(403), now, 1);
		expect(exchange.next(now + 400)).toBeUndefined();
		now += 8000;
	}
	expect(lines).toEqual(["gateway: pairing is closed; waiting"]);
});

test("Exchange of a removed device: asks to join, ever more seldom, tries its key in between, and keeps its windows", () => {
	const wearing = wear();
	const { exchange, ring, lines, window } = wearing;
	window();
	let now = 0;
	for (let i = 0; i < 5; i++) {
		expect(exchange.next(now)).toBe("window");
		exchange.request("window");
		exchange.answered("window", respond(401, '{"type":"about:blank"}'), now, 1);
		expect(exchange.next(now)).toBe("join");
		exchange.request("join");
		exchange.answered("join", respond(403), now, 1);
		expect(exchange.next(now + 7000)).toBeUndefined();
		now += 60_000;
	}
	expect(ring.count).toBe(1);
	expect(lines.filter((line) => line.includes("does not know this device")).length).toBe(1);
	// The operator lets it in again.
	exchange.request("window");
	exchange.answered("window", respond(401), now, 1);
	ask(wearing, now);
	exchange.answered("poll", respond(200, JSON.stringify({ key: "ab".repeat(32) })), now + 1500, 1);
	expect(exchange.next(now + 1500)).toBe("window");
	exchange.request("window");
	exchange.answered("window", respond(200), now + 1500, 1);
	expect(ring.count).toBe(0);
});

test("Exchange of a removed device without a window: goes on asking", () => {
	const { exchange, ring, window } = wear();
	window();
	exchange.request("window");
	exchange.answered("window", respond(401), 0, 1);
	exchange.request("join");
	exchange.answered("join", respond(403), 0, 1);
	ring.remove();
	expect(exchange.next(60_000)).toBe("join");
});

const tokenOf = (outgoing: Outgoing) => JSON.parse(Buffer.from(outgoing.body).toString()).token as string;

test("Exchange whose wish to join has no answer: repeats it with the same token, also after a restart", () => {
	const { exchange, stored } = wear({});
	const token = tokenOf(exchange.request("join"));
	expect(token).toBe("01".repeat(16));
	exchange.failed("does not answer", 0);
	expect(tokenOf(exchange.request("join"))).toBe(token);
	expect(stored.token).toEqual(new Uint8Array(16).fill(1));

	const again = wear({ token: stored.token! });
	expect(tokenOf(again.exchange.request("join"))).toBe(token);
	again.exchange.answered("join", respond(202, "{}"), 0, 1);
	expect(again.exchange.waiting).toBe(true);
	expect(tokenOf(again.exchange.request("poll"))).toBe(token);
});

test("Exchange whose wish to join is granted or refused: forgets the token", () => {
	for (const [status, body] of [
		[200, JSON.stringify({ key })],
		[403, "{}"],
	] as const) {
		const { exchange, stored } = wear({});
		exchange.request("join");
		exchange.answered("join", respond(202, "{}"), 0, 1);
		expect(stored.token).toBeDefined();
		exchange.request("poll");
		exchange.answered("poll", respond(status, body), 2000, 1);
		expect(stored.token).toBeUndefined();
		expect(tokenOf(exchange.request("join"))).toBe("02".repeat(16));
	}
});

test("Exchange at a gateway with pairing closed: says so", () => {
	const { exchange, closed } = wear({});
	exchange.request("join");
	exchange.answered("join", respond(403, "{}"), 0, 1);
	expect(closed.length).toBe(1);
});

test("Exchange whose network or gateway is back: waits no longer, unless the gateway itself put it off", () => {
	const { exchange, window } = wear();
	window();
	for (let i = 0; i < 8; i++) exchange.failed("cannot be reached", 0);
	expect(exchange.unanswered).toBe(8);
	expect(exchange.next(500)).toBeUndefined();
	exchange.resume();
	expect(exchange.next(500)).toBe("window");
	exchange.request("window");
	exchange.answered("window", respond(503, "{}", "Retry-After: 60\r\n"), 500, 1);
	expect(exchange.unanswered).toBe(0);
	exchange.resume();
	expect(exchange.next(1000)).toBeUndefined();
	exchange.moved("10.0.0.2:80");
	expect(exchange.next(1000)).toBe("window");
	expect(Buffer.from(exchange.request("window").head).toString()).toContain("\r\nHost: 10.0.0.2:80\r\n");
});
