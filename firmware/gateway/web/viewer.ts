import { encodeText } from "common/text";
import { type Machine, noBytes } from "gateway/web/machine";
import type { EventStream } from "gateway/web/route";

/** With more bytes than this waiting, a viewer gets no further event. One alone, as a snapshot, may be longer. */
const queueLimit = 4096;
/** Milliseconds after which a comment shows both ends that the other is there. */
const heartbeatInterval = 15_000;
/** Milliseconds for which a viewer may take nothing of what waits. */
const stallLimit = 10_000;
/** Bytes that a viewer may still send; they are read over. */
const inputLimit = 1024;

const comment = ":\n\n";

/** One server-sent event; each line of the data is a field of its own. */
export function formatEvent(event: string, data: string): Uint8Array {
	const lines = data.includes("\n") ? data.split("\n").join("\ndata: ") : data;
	return encodeText(`event: ${event}\ndata: ${lines}\n\n`);
}

/** The same of one line that is made here, so that it is there no longer than it takes; a template would make it twice. */
export function makeEvent(event: string, make: () => string): Uint8Array {
	return encodeText("event: ".concat(event, "\ndata: ", make(), "\n\n"));
}

/** The far side of a stream of server-sent events: bytes wait here until the socket takes them. Pure. */
export class Viewer implements Machine, EventStream {
	readonly remoteAddress: string;
	onClose: (() => void) | undefined;
	/** Called when bytes come to wait, and when it has closed. */
	onChange: (() => void) | undefined;
	/** What waits; texts make room for others as they are made. */
	readonly #queue: (Uint8Array | Iterator<string>)[];
	/** Bytes of the first in the queue that are sent. */
	#offset = 0;
	#waiting = 0;
	#closed = false;
	/** When the last byte was taken, or the queue was last empty. */
	#moved: number;
	#sent: number;
	#input: Uint8Array | undefined;
	#ignored = 0;

	/** `head`: the response's head, sent ahead of the events. */
	constructor(head: Uint8Array[], remoteAddress: string, now: number) {
		this.remoteAddress = remoteAddress;
		this.#queue = head;
		for (const bytes of head) this.#waiting += bytes.length;
		this.#moved = now;
		this.#sent = now;
	}

	get closed(): boolean {
		return this.#closed;
	}

	get pending(): number {
		return this.#closed || 0 === this.#queue.length ? 0 : Math.max(1, this.#waiting);
	}

	get full(): boolean {
		return this.#waiting > queueLimit;
	}

	send(event: string, data: string | Iterator<string>): boolean {
		if ("string" === typeof data) return this.write(formatEvent(event, data));
		if (!this.write(encodeText(`event: ${event}\ndata: `))) return false;
		this.#queue.push(data);
		return this.write(encodeText("\n\n"));
	}

	write(bytes: Uint8Array): boolean {
		if (this.#closed || this.full) return false;
		this.#queue.push(bytes);
		this.#waiting += bytes.length;
		this.onChange?.();
		return true;
	}

	space(available: number): Uint8Array {
		this.#input ??= new Uint8Array(64);
		return this.#input.subarray(0, Math.min(available, this.#input.length));
	}

	received(count: number): void {
		this.#ignored += count;
		if (this.#ignored > inputLimit) this.close();
	}

	take(limit: number, now: number): Uint8Array {
		const first = this.first();
		if (undefined === first) return noBytes;
		const count = Math.min(limit, first.length - this.#offset);
		const bytes = count === first.length ? first : first.subarray(this.#offset, this.#offset + count);
		this.#offset += count;
		this.#waiting -= count;
		if (this.#offset === first.length) {
			this.#queue.shift();
			this.#offset = 0;
		}
		this.#moved = now;
		this.#sent = now;
		return bytes;
	}

	/** The bytes at the head of the queue, made of the next text when it is texts that are there. */
	private first(): Uint8Array | undefined {
		for (;;) {
			const first = this.#queue[0];
			if (undefined === first || first instanceof Uint8Array) return first;
			const { done, value } = first.next();
			if (done) this.#queue.shift();
			else {
				const bytes = encodeText(value);
				this.#queue.unshift(bytes);
				this.#waiting += bytes.length;
				return bytes;
			}
		}
	}

	check(now: number): void {
		if (this.pending > 0) {
			if (now - this.#moved >= stallLimit) this.close();
			return;
		}
		this.#moved = now;
		if (now - this.#sent >= heartbeatInterval) this.write(encodeText(comment));
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#queue.length = 0;
		this.onClose?.();
		this.onChange?.();
	}
}
