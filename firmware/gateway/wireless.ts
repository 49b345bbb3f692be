/** The gateway's link to its network on the board's own modules: thin. */

import { Link, type LinkOptions } from "common/wifi/link";
import { type NetworkStorage, Networks } from "common/wifi/networks";
import { openDomain } from "gateway/stored-settings";
import { WiFiManager } from "gateway/wifi-routes";

export interface WirelessOptions {
	/** Milliseconds that only grow. */
	readonly now: () => number;
	/** State, network or failure have changed. */
	onChange(): void;
	/** There is a network: called each time that there is one again. */
	onOnline(): void;
}

/** Key of the domain "wifi": the next start takes new networks, and forgets that it was told so. */
const provisionKey = "provision";

export class Wireless implements LinkOptions {
	readonly #options: WirelessOptions;
	readonly link: Link;
	readonly manager: WiFiManager;
	#shown = "";

	constructor(options: WirelessOptions) {
		this.#options = options;
		this.link = new Link(this);
		this.manager = new WiFiManager({ link: this.link, now: options.now });
	}

	get storage(): NetworkStorage {
		return openDomain("wifi", "buffer") as unknown as NetworkStorage;
	}

	get now(): () => number {
		return this.#options.now;
	}

	get random(): () => number {
		return Math.random;
	}

	onChange(): void {
		const { state, slot, failure } = this.link.supervisor;
		const shown = `${state} ${slot} ${failure}`;
		if (shown === this.#shown) return;
		this.#shown = shown;
		if ("connected" === state) this.#options.onOnline();
		this.#options.onChange();
	}

	/** The addresses under which the gateway is reached now. */
	addresses(): string[] {
		const address = this.link.address();
		return undefined === address ? [] : [address];
	}
}

/** Lets the next start take new networks. */
export function requestProvisioning(): void {
	const storage = openDomain("wifi", "buffer");
	storage.write(provisionKey, Uint8Array.of(1));
	storage.close();
}

/** Whether this start is to take new networks: none was ever on line, or somebody has asked for it. Asked once. */
export function needsProvisioning(): boolean {
	const storage = openDomain("wifi", "buffer");
	const requested = undefined !== storage.read(provisionKey);
	if (requested) storage.delete(provisionKey);
	const needed = requested || undefined === new Networks(storage as unknown as NetworkStorage).last;
	storage.close();
	return needed;
}
