import { decodeLine, decodeToken, findControl } from "common/ascii";
import { Header } from "common/protocol";
import { type Failure, Failures } from "gateway/web/failure";
import { decodePath } from "gateway/web/target";
import { isTokenByte } from "gateway/web/token-byte";

/** Bytes of a head, its last empty line included; also what a connection holds of its input. */
export const headLimit = 2048;
const requestLineLimit = 256;
const fieldLineLimit = 512;
const fieldLimit = 32;

const methods: ReadonlySet<string> = Object.freeze(
	new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
);

/** Fields whose repetition would mean two things at once. */
const singular = Object.freeze([
	"authorization",
	"content-encoding",
	"content-length",
	"content-type",
	"expect",
	"host",
	"origin",
	"transfer-encoding",
	Header.device,
	Header.counter,
	Header.signature,
	Header.status,
	Header.inferenceLength,
	"upload-complete",
	"upload-length",
	"upload-offset",
]);
/** Fields that are lists. */
const lists = Object.freeze([
	"accept-encoding",
	"access-control-request-method",
	"connection",
	"if-none-match",
	"repr-digest",
]);
/** The fields that anyone here reads, and whether each may be repeated. Others are checked and cost no memory. */
const known: ReadonlyMap<string, boolean> = Object.freeze(
	new Map<string, boolean>([
		...singular.map((name) => [name, false] as const),
		...lists.map((name) => [name, true] as const),
	]),
);

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const colon = 0x3a;

function isToken(text: string): boolean {
	for (let i = 0; i < text.length; i++) if (!isTokenByte(text.charCodeAt(i))) return false;
	return text.length > 0;
}

/** Whether a comma-separated list has the lower-case token. */
function listed(list: string, token: string): boolean {
	for (const item of list.split(",")) if (token === item.trim().toLowerCase()) return true;
	return false;
}

/**
 * The head of an HTTP/1.1 or 1.0 request (RFC 9112), read where its bytes lie, in parts of any size. Stricter than the
 * RFC asks for: lines end in CR LF, no folding, no control characters, ASCII only.
 *
 * The owner puts bytes at `bytes[end]`, moves `end`, and calls `parse`. Once that is true, the fields below describe
 * the request and its body begins at `bytes[start]`. A `failure` is final. Nothing is `#private`: on XS each instance
 * would carry each method, and looks for each field longer.
 */
export class Parser {
	/** Longer than a head, for a mark behind the last byte. */
	readonly bytes = new Uint8Array(headLimit + 4);
	/** What has come and is not yet taken lies in bytes[start, end). */
	start = 0;
	end = 0;

	failure: Failure | undefined;
	method = "";
	/** Percent-decoded; undefined for one that can name nothing, and for the `*` of OPTIONS. */
	path: string | undefined;
	/** OPTIONS * asks about the server as a whole. */
	asterisk = false;
	query = "";
	/** HTTP/1.x. */
	minor = 1;
	headers = new Map<string, string>();
	/** Bytes of body; 0 when there is none, and when it is chunked. */
	contentLength = 0;
	chunked = false;
	/** Whether the client keeps the connection. */
	persistent = true;
	/** Whether the client waits for 100 before it sends the body. */
	expects = false;

	private line = 0;
	private scan = 0;
	private fields = 0;
	private authority: string | undefined;
	/** 0: before the request line; 1: after an empty line there; 2: in the fields. */
	private stage = 0;
	/** The last request line in origin form and what it said: most clients repeat it. */
	private knownLine = "";
	private knownMethod = "";
	private knownPath: string | undefined;
	private knownQuery = "";

	/** Forgets everything, the bytes too. */
	reset(): void {
		this.start = 0;
		this.end = 0;
		this.next();
	}

	/** Forgets the request; what came behind it is the next. */
	next(): void {
		this.failure = undefined;
		this.method = "";
		this.path = undefined;
		this.asterisk = false;
		this.query = "";
		this.minor = 1;
		this.headers = new Map();
		this.contentLength = 0;
		this.chunked = false;
		this.persistent = true;
		this.expects = false;
		this.line = this.start;
		this.scan = this.start;
		this.fields = 0;
		this.authority = undefined;
		this.stage = 0;
	}

	/** Moves what is not yet taken to the front, so that `headLimit - end` bytes have room. */
	compact(): void {
		const { start, end } = this;
		if (0 === start) return;
		if (start < end) this.bytes.copyWithin(0, start, end);
		this.line -= start;
		this.scan -= start;
		this.start = 0;
		this.end = end - start;
	}

	/** True when the head is complete; false when more is needed or `failure` is set. */
	parse(): boolean {
		const { bytes, end } = this;
		let { line: first, stage } = this;
		let at = this.scan;
		// A control character behind the last byte ends the search without a test for the end.
		bytes[end] = 0;
		for (;;) {
			const stop = findControl(bytes, at);
			if (stop - first > (2 === stage ? fieldLineLimit : requestLineLimit))
				return this.fail(2 === stage ? Failures.fieldTooLong : Failures.requestLineTooLong);
			at = stop + 1;
			if (stop === end) break;
			const byte = bytes[stop];
			if (tab === byte) continue;
			if (carriageReturn !== byte) return this.fail(Failures.lineEnd);
			if (at === end) break;
			if (lineFeed !== bytes[at]) return this.fail(Failures.lineEnd);
			at++;
			if (first < stop) {
				if (2 === stage) this.field(first, stop);
				else this.requestLine(first, stop);
				if (undefined !== this.failure) return false;
				stage = 2;
			} else if (2 === stage) {
				this.start = at;
				this.finish();
				return undefined === this.failure;
			} else if (0 === stage) {
				// Some clients end a body with an empty line that is not part of it (RFC 9112, 2.2).
				this.start = at;
				stage = 1;
			} else return this.fail(Failures.requestLine);
			first = at;
		}
		this.line = first;
		this.stage = stage;
		// The last byte may be a CR whose LF is still to come.
		this.scan = at > end ? end : at - 1;
		if (end - this.start >= headLimit) return this.fail(Failures.headTooLong);
		return false;
	}

	private fail(failure: Failure): false {
		this.failure = failure;
		return false;
	}

	/** RFC 9112, 3. */
	private requestLine(first: number, last: number): void {
		const { bytes } = this;
		const ascii = decodeLine(bytes, first, last);
		// It is decoded without white space around it, which belongs to a field's value and not here.
		if (undefined !== ascii && ascii.length !== last - first) {
			this.failure = Failures.requestLine;
			return;
		}
		if (undefined !== ascii && ascii === this.knownLine) {
			this.method = this.knownMethod;
			this.path = this.knownPath;
			this.query = this.knownQuery;
			return;
		}
		const line = ascii ?? decodeLatin1(bytes, first, last);
		const method = line.indexOf(" ");
		const target = line.indexOf(" ", method + 1);
		if (method < 1 || target < 0) {
			this.failure = Failures.requestLine;
			return;
		}
		this.method = line.slice(0, method);
		const version = line.slice(target + 1);
		if ("HTTP/1.1" !== version) {
			if ("HTTP/1.0" === version) this.minor = 0;
			else {
				const numbered =
					8 === version.length &&
					version.startsWith("HTTP/") &&
					"." === version.charAt(6) &&
					version.charAt(5) >= "0" &&
					version.charAt(5) <= "9" &&
					version.charAt(7) >= "0" &&
					version.charAt(7) <= "9";
				this.failure = numbered ? Failures.version : Failures.requestLine;
				return;
			}
		}
		if (methods.has(this.method)) this.target(line.slice(method + 1, target), undefined !== ascii);
		else this.failure = isToken(this.method) ? Failures.method : Failures.requestLine;
		if (undefined !== this.failure || undefined !== this.authority || this.asterisk || 0 === this.minor) return;
		this.knownLine = line;
		this.knownMethod = this.method;
		this.knownPath = this.path;
		this.knownQuery = this.query;
	}

	/** RFC 9112, 3.2: origin form, absolute form, and the asterisk of OPTIONS. */
	private target(text: string, ascii: boolean): void {
		let target = text;
		if (target.includes("#") || target.includes("\t") || target.includes("\x7f")) {
			this.failure = Failures.target;
			return;
		}
		if (!target.startsWith("/")) {
			if ("*" === target && "OPTIONS" === this.method) {
				this.asterisk = true;
				return;
			}
			if ("http://" !== target.slice(0, 7).toLowerCase()) {
				this.failure = Failures.target;
				return;
			}
			const slash = target.indexOf("/", 7);
			this.authority = slash < 0 ? target.slice(7) : target.slice(7, slash);
			target = slash < 0 ? "/" : target.slice(slash);
		}
		const mark = target.indexOf("?");
		if (mark >= 0) {
			this.query = target.slice(mark + 1);
			target = target.slice(0, mark);
		}
		if (ascii) this.path = decodePath(target);
	}

	/** RFC 9112, 5. */
	private field(first: number, last: number): void {
		if (fieldLimit === this.fields++) {
			this.failure = Failures.tooManyFields;
			return;
		}
		const { bytes, headers } = this;
		const name = decodeToken(bytes, first);
		const mark = first + name.length;
		const value = colon === bytes[mark] ? decodeLine(bytes, mark + 1, last) : undefined;
		if (undefined === value || mark === first) {
			this.failure = bytes[first]! <= space ? Failures.folded : Failures.field;
			return;
		}
		const repeatable = known.get(name);
		if (undefined === repeatable) return;
		const earlier = headers.get(name);
		if (undefined === earlier) headers.set(name, value);
		else if (repeatable) headers.set(name, `${earlier}, ${value}`);
		else this.failure = Failures.repeated;
	}

	/** What the fields together say about the body and the connection (RFC 9112, 3.2, 6, 9.3; RFC 9110, 10.1.1). */
	private finish(): void {
		const { headers } = this;
		if (this.minor > 0 && !headers.has("host")) {
			this.failure = Failures.host;
			return;
		}
		if (undefined !== this.authority) headers.set("host", this.authority);
		const length = headers.get("content-length");
		const coding = headers.get("transfer-encoding");
		if (undefined !== coding) {
			if (undefined !== length) this.failure = Failures.ambiguousLength;
			else if (0 === this.minor) this.failure = Failures.unframed;
			else if ("chunked" !== coding.toLowerCase()) this.failure = Failures.transferEncoding;
			else this.chunked = true;
		} else if (undefined !== length) {
			this.contentLength = decimal(length);
			if (this.contentLength < 0) this.failure = Failures.contentLength;
		}
		const connection = headers.get("connection");
		if (undefined === connection) this.persistent = this.minor > 0;
		else this.persistent = !listed(connection, "close") && (this.minor > 0 || listed(connection, "keep-alive"));
		const expect = headers.get("expect");
		if (undefined !== expect && this.minor > 0) {
			if ("100-continue" === expect.toLowerCase()) this.expects = true;
			else this.failure ??= Failures.expectation;
		}
	}
}

/** One character for each byte. */
function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
	return text;
}

/** 1*DIGIT, exact in a double; -1 for anything else. */
function decimal(text: string): number {
	const { length } = text;
	if (0 === length || length > 16) return -1;
	let value = 0;
	for (let i = 0; i < length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (digit < 0 || digit > 9) return -1;
		value = 10 * value + digit;
	}
	return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}
