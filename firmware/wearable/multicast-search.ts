import type UDP from "embedded:io/socket/udp";
import { Finder, type Found } from "common/mdns/finder";
import { MulticastSocket } from "common/mdns/socket";
import type { Search } from "wearable/locator";

export interface MulticastSearchOptions {
	io: typeof UDP;
	/** The service's type, see `Finder`. */
	type: string;
	/** The id that is looked for above all. */
	wanted: string | undefined;
	now: () => number;
}

/** A search by multicast DNS in the network that is joined now. */
export class MulticastSearch implements Search {
	readonly #finder: Finder;
	readonly #socket: MulticastSocket;
	readonly #now: () => number;

	/** Throws when the network is away. */
	constructor({ io, type, wanted, now }: MulticastSearchOptions) {
		let finder: Finder | undefined;
		this.#socket = new MulticastSocket({
			io: io as never,
			now,
			open(send) {
				finder = new Finder({ type, wanted, random: Math.random, send }, now());
				return finder;
			},
		});
		this.#finder = finder!;
		this.#now = now;
	}

	find(fits: (gateway: Found) => boolean): Found | undefined {
		return this.#finder.find(fits, this.#now());
	}

	tick(): void {
		this.#socket.tick();
	}

	close(): void {
		this.#socket.close();
	}
}
