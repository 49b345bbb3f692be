import type { Found } from "common/mdns/finder";

/** A search that is under way in the network that is joined now. */
export interface Search {
	find(fits: (gateway: Found) => boolean): Found | undefined;
	tick(): void;
	close(): void;
}

export interface LocatorOptions {
	/** The id of the gateway that this device belongs to; undefined before it belongs to one. */
	kept: string | undefined;
	/** Whether the device has a key of a gateway whose id it does not know. */
	joined: boolean;
	/** Begins a search, above all for the gateway that is kept. Throws when the network is away already. */
	begin(kept: string | undefined): Search;
	/** Keeps the id of the gateway that has let this device in. */
	keep(id: string): void;
	/** The gateway is at this address from now on. */
	onFound(address: string, port: number): void;
	/** Told a line at a time what happens. */
	log(line: string): void;
}

/** Exchanges in vain after which the gateway is looked for again. */
const patience = 2;

/**
 * Finds the gateway that this device belongs to, wherever it is, and looks for it again when it does not answer there any
 * more. A device that belongs to none takes the first that lets devices in.
 */
export class Locator {
	readonly #options: LocatorOptions;
	#kept: string | undefined;
	#joined: boolean;
	#search: Search | undefined;
	/** The one that is used, though it may be kept no more. */
	#id = "";
	#address = "";
	#port = 0;
	#online = false;
	/** So many exchanges without an answer, and it is looked for again. */
	#limit = patience;

	constructor(options: LocatorOptions) {
		this.#options = options;
		this.#kept = options.kept;
		this.#joined = options.joined;
	}

	/** Whether it knows where to turn to. */
	get found(): boolean {
		return "" !== this.#address;
	}

	/** To be called often, with whether there is a network, and how many exchanges have had no answer since the last one. */
	tick(online: boolean, unanswered: number): void {
		if (online !== this.#online) {
			this.#online = online;
			this.#stop();
			// In another network, or later in the same, it may have another address.
			if (online) this.#start();
		}
		if (!online) return;
		if (0 === unanswered) this.#limit = patience;
		if (!this.#search && (!this.found || unanswered >= this.#limit)) {
			this.#limit = unanswered + patience;
			this.#start();
		}
		const search = this.#search;
		if (!search) return;
		search.tick();
		const gateway = search.find((found) => this.#fits(found));
		if (gateway) this.#take(gateway);
	}

	/** The gateway lets nobody in at present: another may. */
	closed(): void {
		if (undefined !== this.#kept || this.#joined) return;
		this.#address = "";
	}

	/** The gateway has let this device in: it is the one to keep. */
	joined(): void {
		this.#joined = true;
		if (this.#id === this.#kept || "" === this.#id) return;
		this.#kept = this.#id;
		this.#options.keep(this.#id);
	}

	#fits({ id, pairing }: Found): boolean {
		if (undefined !== this.#kept) return id === this.#kept;
		return this.#joined || pairing;
	}

	#take({ id, address, port }: Found): void {
		this.#stop();
		this.#id = id;
		if (address === this.#address && port === this.#port) return;
		this.#address = address;
		this.#port = port;
		this.#options.log(`gateway ${id} is at ${address}:${port}`);
		this.#options.onFound(address, port);
	}

	#start(): void {
		try {
			this.#search = this.#options.begin(this.#kept);
		} catch (error) {
			// The network has just gone.
			this.#options.log(`gateway: cannot be looked for: ${(error as Error).message}`);
			return;
		}
		if (!this.found)
			this.#options.log(
				undefined === this.#kept ? "looks for a gateway with pairing open" : `looks for gateway ${this.#kept}`,
			);
	}

	#stop(): void {
		this.#search?.close();
		this.#search = undefined;
	}
}
