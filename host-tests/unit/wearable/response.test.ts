import { expect, test } from "vitest";
import { ResponseError, ResponseParser } from "wearable/response";
import { createRandom } from "../../../tools/training/random";

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

function parse(text: string, parser = new ResponseParser()): ResponseParser {
	parser.reset();
	expect(parser.push(bytes(text))).toBe(true);
	return parser;
}

const full =
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRETRY-AFTER:  7 \r\n" +
	"connection: Close\r\nTMLaaS-Result: left%20turn;0.981\r\nContent-Length: 5\r\n\r\nhello";

test("Response: status, the fields that count, and body", () => {
	const parser = parse(full);
	expect(parser).toMatchObject({ status: 503, keepAlive: false, retryAfter: 7, result: "left%20turn;0.981" });
	expect(Buffer.from(parser.body).toString()).toBe("hello");
});

test("Response cut into pieces anywhere: the same, and complete only with the last byte", () => {
	const all = bytes(full);
	for (let cut = 0; cut < all.length; cut++) {
		const parser = new ResponseParser();
		parser.reset();
		expect(parser.push(all.subarray(0, cut))).toBe(false);
		expect(parser.started).toBe(cut > 0);
		expect(parser.push(all.subarray(cut))).toBe(true);
		expect(parser).toMatchObject({ status: 503, retryAfter: 7 });
	}
	const parser = new ResponseParser();
	parser.reset();
	for (let i = 0; i < all.length; i++) expect(parser.push(all.subarray(i, i + 1))).toBe(i === all.length - 1);
});

test("Response after another: nothing of the first remains", () => {
	const parser = parse(full);
	parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", parser);
	expect(parser).toMatchObject({ status: 200, keepAlive: true, retryAfter: undefined, result: undefined });
	expect(parser.body.length).toBe(0);
});

test("Response: interim ones are read over, an empty reason and 204 without a length are fine", () => {
	expect(parse("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 204 \r\n\r\n").status).toBe(204);
	expect(parse("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n").status).toBe(404);
});

test("Response with a body beyond 512 bytes: the first 512 are kept, the rest is read over", () => {
	const parser = parse(`HTTP/1.1 400 Bad\r\nContent-Length: 8192\r\n\r\n${"a".repeat(512)}${"b".repeat(7680)}`);
	expect(Buffer.from(parser.body).toString()).toBe("a".repeat(512));
});

test.each([
	["another version", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
	["no status", "HTTP/1.1 abc\r\n"],
	["a status out of range", "HTTP/1.1 999 Odd\r\n"],
	["a status run into its reason", "HTTP/1.1 2000\r\n"],
	["no length", "HTTP/1.1 200 OK\r\n\r\n"],
	["a length that is not one", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n"],
	["a length beyond the limit", "HTTP/1.1 200 OK\r\nContent-Length: 8193\r\n"],
	["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n"],
	["a transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"],
	["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
	["a field without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n"],
	["a line too long", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(300)}\r\n`],
	["a header too long", `HTTP/1.1 200 OK\r\n${`X: ${"x".repeat(90)}\r\n`.repeat(30)}`],
	["interim responses and then no length", `${"HTTP/1.1 100 Go\r\n\r\n".repeat(3)}HTTP/1.1 200 OK\r\n\r\n`],
	["more than the response", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP"],
])("Response with %s is refused", (_what, text) => {
	const parser = new ResponseParser();
	parser.reset();
	expect(() => parser.push(bytes(text))).toThrow(ResponseError);
});

test("Response made of noise or of a damaged one: refused or read, never anything else", () => {
	const random = createRandom(11);
	const parser = new ResponseParser();
	for (let run = 0; run < 5000; run++) {
		const damaged = bytes(full);
		for (let i = Math.floor(random() * 5); i >= 0; i--) damaged[Math.floor(random() * damaged.length)] = random() * 256;
		parser.reset();
		try {
			parser.push(run & 1 ? damaged : damaged.map(() => random() * 256));
			expect(parser.body.length).toBeLessThanOrEqual(512);
		} catch (error) {
			expect(error).toBeInstanceOf(ResponseError);
		}
	}
});
