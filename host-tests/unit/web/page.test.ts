import { encodeText } from "common/text";
import { pageRoutes } from "gateway/web/page";
import { expect, test } from "vitest";
import { Gateway, request } from "./gateway";

const html = Uint8Array.from({ length: 9000 }, (_, i) => (i * 11) & 0xff);
const resources: Record<string, ArrayBuffer> = {
	"page.json": encodeText(
		JSON.stringify({
			"/": { file: "index.html.gz", type: "text/html; charset=utf-8", etag: "abc" },
			"/app.js": { file: "app.js.gz", type: "text/javascript; charset=utf-8", etag: "def" },
		}),
	).buffer as ArrayBuffer,
	"index.html.gz": html.buffer,
	"app.js.gz": new ArrayBuffer(10),
};

function create(): Gateway {
	const routes = pageRoutes((name) => {
		const resource = resources[name];
		if (undefined === resource) throw new Error(`no resource ${name}`);
		return resource;
	});
	return new Gateway(routes, false);
}

test("a file comes compressed from where it lies, with what keeps the page to its own files", async () => {
	const reply = await create().ask(request("GET", "/", { "Accept-Encoding": "deflate, gzip;q=0.5" }));
	expect(reply.status).toBe(200);
	expect(reply.body).toEqual(html);
	expect(Object.fromEntries(reply.headers)).toMatchObject({
		"content-type": "text/html; charset=utf-8",
		"content-encoding": "gzip",
		etag: '"abc"',
		vary: "accept-encoding",
		"cache-control": "no-cache",
		"x-content-type-options": "nosniff",
		"referrer-policy": "no-referrer",
		"content-security-policy": expect.stringMatching(/default-src 'self'.*frame-ancestors 'none'/),
	});
});

test.each(['"abc"', 'W/"abc"', '"x", "abc"', "*"])("If-None-Match: %s gives 304 without a body", async (tag) => {
	const reply = await create().ask(request("GET", "/", { "If-None-Match": tag }));
	expect([reply.status, reply.headers.get("etag"), reply.body.length]).toEqual([304, '"abc"', 0]);
});

test("another tag gives the file", async () => {
	expect((await create().ask(request("GET", "/", { "If-None-Match": '"def"' }))).status).toBe(200);
});

test.each([
	[200, undefined],
	[200, "gzip"],
	[200, "GZIP"],
	[200, "*"],
	[200, "identity;q=0, *"],
	[406, ""],
	[406, "identity"],
	[406, "br, deflate"],
	[406, "gzip;q=0"],
	[406, "gzip; q=0.0, *"],
	[406, "*;q=0"],
])("%i for Accept-Encoding: %s", async (status, accepted) => {
	const headers: Record<string, string> = undefined === accepted ? {} : { "Accept-Encoding": accepted };
	expect((await create().ask(request("GET", "/app.js", headers))).status).toBe(status);
});
