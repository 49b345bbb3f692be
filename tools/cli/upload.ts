import { createHash } from "node:crypto";
import type { ClientRequest } from "node:http";
import { type Gateway, type Reply, refusal, UnreachableError } from "./gateway";

export interface UploadOptions {
	readonly gateway: Gateway;
	readonly name: string;
	readonly version: string;
	readonly content: Uint8Array;
	/** Bytes that have been handed to the connection. */
	readonly onProgress: (sent: number) => void;
	/** Told before each wait, in milliseconds; `at`: the byte at which it went on last. */
	readonly onRetry: (reason: string, wait: number, at: number) => void;
	readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Bytes of one write: enough to keep a connection busy, few enough to show progress. */
const part = 8192;
/** Milliseconds to wait after each failure in a row; any progress begins anew. */
const waits = [500, 1000, 2000, 4000, 8000, 15_000];
/** Milliseconds that a gateway may ask to wait. */
const greatestWait = 60_000;
/** Answers after which the same may succeed later. */
const passing = new Set([408, 429, 502, 503, 504]);

/**
 * Uploads a model file, and goes on where it stopped when the connection is lost, also when the gateway has restarted
 * meanwhile (draft-ietf-httpbis-resumable-upload). Throws `RefusedError`, and `UnreachableError` when nothing has moved
 * through all retries.
 */
export async function uploadModel(options: UploadOptions): Promise<void> {
	const { gateway, name, version, content, onProgress, onRetry, sleep } = options;
	const path = `/v2/repository/models/${name}/versions/${version}/content`;
	const digest = createHash("sha256").update(content).digest("base64");

	const send = (offset: number) =>
		gateway.exchange({
			method: offset > 0 ? "PATCH" : "PUT",
			path,
			headers: {
				"content-length": content.length - offset,
				"repr-digest": `sha-256=:${digest}:`,
				"upload-complete": "?1",
				...(offset > 0
					? { "upload-offset": offset, "content-type": "application/partial-upload" }
					: { "content-type": "application/octet-stream" }),
			},
			send: (outgoing) => sendParts(outgoing, content, offset, onProgress),
		});

	/** Where the upload goes on; undefined when it is complete. */
	const ask = async (): Promise<number | undefined> => {
		const { status, headers } = await gateway.exchange({ method: "HEAD", path });
		if (404 === status || headers["repr-digest"] !== `sha-256=:${digest}:`) return 0;
		return "?1" === headers["upload-complete"]
			? undefined
			: (readOffset(headers["upload-offset"], content.length) ?? 0);
	};

	let offset = 0;
	/** As far as it has ever come: back and forth is no progress. */
	let furthest = 0;
	for (let failures = 0; ; failures++) {
		let reason: string;
		let least = 0;
		try {
			const from = failures > 0 ? await ask() : offset;
			// Only the answer got lost.
			if (undefined === from) return;
			offset = from;
			if (offset > furthest) {
				furthest = offset;
				failures = 0;
			}
			const reply = await send(offset);
			if (reply.status < 300) return;
			const expected = mismatch(reply);
			if (undefined === expected && !passing.has(reply.status) && !isBusy(reply)) throw refusal(reply);
			reason = undefined === expected ? refusal(reply).message : `the gateway has ${expected} bytes`;
			least = Math.min(greatestWait, 1000 * (Number(reply.headers["retry-after"]) || 0));
		} catch (error) {
			if (!(error instanceof UnreachableError)) throw error;
			reason = error.message;
		}
		let wait = waits[failures];
		if (undefined === wait) throw new UnreachableError(`given up after ${waits.length} attempts: ${reason}`);
		wait = Math.max(wait, least);
		onRetry(reason, wait, offset);
		await sleep(wait);
	}
}

/** Writes the content from the offset on, as fast as the connection takes it. */
export function sendParts(
	outgoing: ClientRequest,
	content: Uint8Array,
	offset: number,
	onProgress: (sent: number) => void,
): void {
	let at = offset;
	const write = () => {
		while (at < content.length) {
			const end = Math.min(at + part, content.length);
			const taken = outgoing.write(content.subarray(at, end));
			at = end;
			onProgress(at);
			if (!taken) {
				outgoing.once("drain", write);
				return;
			}
		}
		outgoing.end();
	};
	write();
}

/** The offset at which the gateway would go on, where it was not the one that was sent. */
function mismatch({ status, headers }: Reply): number | undefined {
	const offset = headers["upload-offset"];
	return 409 === status && "?0" === headers["upload-complete"] ? readOffset(offset) : undefined;
}

/** Undefined when it is no number of bytes, or more than there are. */
function readOffset(field: string | string[] | undefined, length = Number.MAX_SAFE_INTEGER): number | undefined {
	return "string" === typeof field && /^\d{1,15}$/.test(field) && Number(field) <= length ? Number(field) : undefined;
}

const isBusy = (reply: Reply) => 409 === reply.status && "busy" === refusal(reply).problem.code;
