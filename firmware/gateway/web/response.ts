import { joinBytes } from "common/bytes";
import { encodeText } from "common/text";
import type { HTTPError, Response } from "gateway/web/route";

const reasons: Readonly<Record<number, string>> = Object.freeze({
	200: "OK",
	201: "Created",
	202: "Accepted",
	204: "No Content",
	302: "Found",
	303: "See Other",
	304: "Not Modified",
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	406: "Not Acceptable",
	408: "Request Timeout",
	409: "Conflict",
	411: "Length Required",
	413: "Content Too Large",
	414: "URI Too Long",
	415: "Unsupported Media Type",
	417: "Expectation Failed",
	422: "Unprocessable Content",
	429: "Too Many Requests",
	431: "Request Header Fields Too Large",
	500: "Internal Server Error",
	501: "Not Implemented",
	503: "Service Unavailable",
	505: "HTTP Version Not Supported",
	507: "Insufficient Storage",
});

/** Bytes of head and body that are worth one write rather than two. */
const joined = 4096;

/** What each response says where its route says nothing else: it is not to be stored, guessed at, framed or run. */
const defaults: Readonly<Record<string, string>> = Object.freeze({
	"cache-control": "no-store",
	"content-security-policy": "default-src 'none'; frame-ancestors 'none'",
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
});
/** The end of a head that changes none of them. */
const defaultEnd = `${Object.keys(defaults)
	.map((name) => `${name}: ${defaults[name]}\r\n`)
	.join("")}\r\n`;

/** How a response is sent: what the request and the connection ask of it. */
export interface Framing {
	/** The response to HEAD, which has the length of a body and no body. */
	readonly head: boolean;
	/** The connection ends after it. */
	readonly close: boolean;
	/** HTTP/1.x of the request. */
	readonly minor: number;
}

/** The parts of a response in the order in which they are sent; bytes of the body are not copied. */
export function serialize(response: Response, framing: Framing): Uint8Array[] {
	const { status, body } = response;
	if (undefined !== response.texts)
		return [encodeText(head(response, `${jsonType(response)}${framing.minor > 0 ? chunkedField : ""}`, framing))];
	if (undefined !== response.stream)
		return [encodeText(head(response, "content-type: text/event-stream\r\n", framing))];
	if ("string" === typeof body) {
		const type = jsonType(response);
		// A text is as long as its bytes when it is ASCII; the encoded whole shows whether it was.
		const { length } = body;
		if (!framing.head && length <= joined) {
			const whole = head(response, `${type}content-length: ${length}\r\n`, framing) + body;
			const bytes = encodeText(whole);
			if (bytes.length === whole.length) return [bytes];
		}
		const bytes = encodeText(body);
		const lines = encodeText(head(response, `${type}content-length: ${bytes.length}\r\n`, framing));
		return framing.head ? [lines] : join(lines, bytes);
	}
	const bodiless = 204 === status || 304 === status;
	const length = undefined === body ? 0 : body.byteLength;
	const lines = encodeText(head(response, bodiless ? "" : `content-length: ${length}\r\n`, framing));
	if (undefined === body || framing.head || bodiless || 0 === length) return [lines];
	return join(lines, body instanceof Uint8Array ? body : new Uint8Array(body as ArrayBuffer));
}

const chunkedField = "transfer-encoding: chunked\r\n";

/** A text is JSON where its route says nothing else. */
function jsonType(response: Response): string {
	return undefined === response.headers?.["content-type"] ? "content-type: application/json\r\n" : "";
}

/** What is long and the same for all comes last, because each addition to a text copies it. */
function head(response: Response, fields: string, framing: Framing): string {
	const { headers, status } = response;
	let text = `HTTP/1.1 ${status} ${reasons[status] ?? "Status"}\r\n${fields}`;
	if (framing.close) text += "connection: close\r\n";
	else if (0 === framing.minor) text += "connection: keep-alive\r\n";
	if (undefined === headers) return text + defaultEnd;
	let changed = false;
	for (const name in headers) {
		text += `${name}: ${headers[name]}\r\n`;
		if (undefined !== defaults[name]) changed = true;
	}
	if (!changed) return text + defaultEnd;
	for (const name in defaults) if (undefined === headers[name]) text += `${name}: ${defaults[name]}\r\n`;
	return `${text}\r\n`;
}

function join(head: Uint8Array, body: Uint8Array): Uint8Array[] {
	return head.length + body.length > joined ? [head, body] : [joinBytes(head, body)];
}

/** Problem details (RFC 9457); under /v2 the Open Inference Protocol's `error` stands in the same object. */
export function problem(
	status: number,
	detail: string,
	path: string | undefined,
	extra?: Readonly<Record<string, unknown>>,
	headers?: Readonly<Record<string, string>>,
): Response {
	const details: Record<string, unknown> = { type: "about:blank", title: reasons[status] ?? "Error", status, detail };
	if (undefined !== path && ("/v2" === path || path.startsWith("/v2/"))) details.error = detail;
	return {
		status,
		headers: { "content-type": "application/problem+json", ...headers },
		body: JSON.stringify({ ...details, ...extra }),
	};
}

export function errorResponse(error: HTTPError, path: string | undefined): Response {
	return problem(error.status, error.message, path, error.extra, error.headers);
}
