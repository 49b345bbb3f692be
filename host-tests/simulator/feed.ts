/** Reads the gateway's live feed as the page does, for tests. */
export interface FeedEvent {
	readonly type: string;
	// biome-ignore lint/suspicious/noExplicitAny: each test knows what its events hold.
	readonly data: any;
	/** Milliseconds of this process, when the event was read. */
	readonly arrived: number;
}

export class Feed {
	readonly events: FeedEvent[] = [];
	/** Resolves when the feed is over: the gateway lets a viewer go that is too slow. */
	readonly ended: Promise<void>;
	readonly #abort: AbortController;
	readonly #listeners = new Set<() => void>();

	static async open(address: string, token: string): Promise<Feed> {
		const abort = new AbortController();
		const response = await fetch(`${address}/api/v1/events`, {
			headers: { authorization: `Bearer ${token}` },
			signal: abort.signal,
		});
		if (!response.ok) throw new Error(`feed: ${response.status} ${await response.text()}`);
		const feed = new Feed(response, abort);
		await feed.until(() => feed.events.some((event) => "snapshot" === event.type), 10_000);
		return feed;
	}

	private constructor(response: Response, abort: AbortController) {
		this.#abort = abort;
		this.ended = this.#read(response).catch(() => {});
	}

	of(type: string): FeedEvent[] {
		return this.events.filter((event) => type === event.type);
	}

	/** Waits until the condition holds; looked at again after every event. */
	until(condition: () => boolean, milliseconds: number): Promise<void> {
		return new Promise((resolve, reject) => {
			if (condition()) return resolve();
			const check = () => {
				if (!condition()) return;
				clearTimeout(timer);
				this.#listeners.delete(check);
				resolve();
			};
			const timer = setTimeout(() => {
				this.#listeners.delete(check);
				reject(
					new Error(`the feed did not bring it within ${milliseconds} ms; it brought ${this.events.length} events`),
				);
			}, milliseconds);
			this.#listeners.add(check);
		});
	}

	close(): void {
		this.#abort.abort();
	}

	async #read(response: Response): Promise<void> {
		let pending = "";
		const decoder = new TextDecoder();
		for await (const part of response.body!) {
			pending += decoder.decode(part, { stream: true });
			for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
				const lines = pending.slice(0, end).split("\n");
				pending = pending.slice(end + 2);
				const field = (name: string) =>
					lines
						.filter((line) => line.startsWith(`${name}:`))
						.map((line) => line.slice(name.length + 1).trim())
						.join("");
				if (field("event"))
					this.events.push({ type: field("event"), data: JSON.parse(field("data")), arrived: performance.now() });
			}
			for (const listener of [...this.#listeners]) listener();
		}
	}
}
