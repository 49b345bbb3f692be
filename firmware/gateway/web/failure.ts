/** Why bytes are not a request that this server reads. Codes are stable; `status` is what the client is told. */
export interface Failure {
	readonly code: number;
	readonly status: number;
	readonly detail: string;
}

const failure = (code: number, status: number, detail: string): Failure => Object.freeze({ code, status, detail });

export const Failures = Object.freeze({
	requestLine: failure(1, 400, "malformed request line"),
	requestLineTooLong: failure(2, 414, "the request line is longer than 256 bytes"),
	method: failure(3, 501, "unknown method"),
	version: failure(4, 505, "neither HTTP/1.1 nor HTTP/1.0"),
	target: failure(5, 400, "malformed request target"),
	lineEnd: failure(6, 400, "a line that does not end in CR LF, or a control character"),
	field: failure(7, 400, "malformed header field"),
	folded: failure(8, 400, "a header field that goes on in the next line"),
	repeated: failure(9, 400, "a header field that may stand once was repeated"),
	fieldTooLong: failure(10, 431, "a header line is longer than 512 bytes"),
	tooManyFields: failure(11, 431, "more than 32 header fields"),
	headTooLong: failure(12, 431, "the header block is longer than 2048 bytes"),
	host: failure(13, 400, "no Host header field"),
	contentLength: failure(14, 400, "malformed Content-Length"),
	ambiguousLength: failure(15, 400, "both Content-Length and Transfer-Encoding"),
	transferEncoding: failure(16, 501, "unknown transfer coding"),
	unframed: failure(17, 400, "Transfer-Encoding in HTTP/1.0"),
	expectation: failure(18, 417, "unknown expectation"),
	chunk: failure(19, 400, "malformed chunk"),
	chunkExtension: failure(20, 400, "chunk extensions of more than 256 bytes"),
	trailer: failure(21, 400, "trailers of more than 512 bytes, or malformed"),
	bodyTooLong: failure(22, 413, "the body is longer than this resource takes"),
	timeout: failure(23, 408, "the request came too slowly"),
} as const);
