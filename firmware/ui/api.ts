import type { FeedEvent, Session } from "./model";

/** The gateway refused; `status` is HTTP's, the message is the gateway's own sentence. */
export class APIError extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

/** What is said when no answer came at all. */
export const unreachable = "the gateway does not answer";

/** The operator's way to the gateway. The token goes into `Authorization` and nowhere else. */
export class API {
	readonly #token: string;

	constructor(options: { token: string }) {
		this.#token = options.token;
	}

	session(): Promise<Session> {
		return this.#json("GET", "/api/v1/session") as Promise<Session>;
	}

	async openPairing(open: boolean): Promise<void> {
		await this.#json("POST", "/api/v1/pairing", { open });
	}

	async answer(id: string, answer: "accept" | "refuse"): Promise<void> {
		await this.#json("POST", `/api/v1/pairing/${encodeURIComponent(id)}/${answer}`, {});
	}

	async rename(id: string, name: string): Promise<void> {
		await this.#json("PATCH", `/api/v1/devices/${encodeURIComponent(id)}`, { name });
	}

	async remove(id: string): Promise<void> {
		await this.#json("DELETE", `/api/v1/devices/${encodeURIComponent(id)}`);
	}

	/** Reads the live feed until it ends or `signal` aborts. */
	async feed(signal: AbortSignal, onEvent: (event: FeedEvent) => void): Promise<void> {
		const response = await this.#request("GET", "/api/v1/events", undefined, signal);
		const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
		let pending = "";
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return;
			pending += value;
			for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
				const event = parseEvent(pending.slice(0, end));
				pending = pending.slice(end + 2);
				if (event) onEvent(event);
			}
		}
	}

	async #json(method: string, path: string, body?: unknown): Promise<unknown> {
		const response = await this.#request(method, path, body);
		return 204 === response.status ? undefined : response.json();
	}

	async #request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
		const response = await fetch(path, {
			method,
			headers: {
				authorization: `Bearer ${this.#token}`,
				...(undefined === body ? {} : { "content-type": "application/json" }),
			},
			body: undefined === body ? null : JSON.stringify(body),
			signal: signal ?? AbortSignal.timeout(10_000),
			cache: "no-store",
		}).catch((error: unknown) => {
			throw signal?.aborted ? error : new Error(unreachable);
		});
		if (response.ok) return response;
		const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
		throw new APIError(response.status, problem.detail ?? problem.title ?? `the gateway answered ${response.status}`);
	}
}

/** One server-sent event; undefined for comments. */
function parseEvent(text: string): FeedEvent | undefined {
	let type = "";
	let data = "";
	for (const line of text.split("\n")) {
		if (line.startsWith("event:")) type = line.slice(6).trim();
		else if (line.startsWith("data:")) data += line.slice(5).trim();
	}
	return type && data ? ({ type, data: JSON.parse(data) } as FeedEvent) : undefined;
}
