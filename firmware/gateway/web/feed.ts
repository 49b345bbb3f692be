import { define, type EventStream, HTTPError, type Response, type Route, serve } from "gateway/web/route";
import { formatEvent, makeEvent } from "gateway/web/viewer";

export interface FeedOptions {
	/** JSON of all that a new viewer has to know, or the texts that it is made of; it is the first event it gets. */
	snapshot(): string | Iterator<string>;
	/** Viewers at once, 3 by default. */
	readonly maximumViewers?: number;
}

/** The live feed: each event goes to all viewers, from the same bytes. */
export class Feed {
	readonly route: Route;
	readonly #options: FeedOptions;
	readonly #viewers = new Set<EventStream>();

	constructor(options: FeedOptions) {
		this.#options = options;
		this.route = serve(definitions, this)[0]!;
	}

	get viewers(): number {
		return this.#viewers.size;
	}

	/**
	 * `data`: JSON, or what makes it, on one line, when somebody is there to take it. A viewer that is too slow for it is
	 * let go, before memory is taken: when it comes back, the snapshot makes up for all.
	 */
	publish(event: string, data: string | (() => string)): void {
		for (const viewer of this.#viewers) if (viewer.full) viewer.close();
		if (0 === this.#viewers.size) return;
		const bytes = "string" === typeof data ? formatEvent(event, data) : makeEvent(event, data);
		for (const viewer of this.#viewers) if (!viewer.write(bytes)) viewer.close();
	}

	/** Answers with a stream that lasts. Throws `HTTPError` 503 when there are as many as there may be. */
	connect(): Response {
		if (this.#viewers.size >= (this.#options.maximumViewers ?? 3))
			throw new HTTPError(503, "all viewers' places are taken", undefined, { "retry-after": "10" });
		return {
			status: 200,
			stream: (events) => {
				this.#viewers.add(events);
				events.onClose = () => this.#viewers.delete(events);
				if (!events.send("snapshot", this.#options.snapshot())) events.close();
			},
		};
	}
}

const definitions = define<Feed>([
	{
		method: "GET",
		path: "/api/v1/events",
		scope: "infer",
		handle() {
			return this.service.connect();
		},
	},
]);
