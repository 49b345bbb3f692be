/** The gateway's link to its network on the board's own modules: thin. */

import { Link } from "common/wifi/link";
import { type NetworkStorage, Networks } from "common/wifi/networks";
import { openDomain } from "gateway/stored-settings";
import { WiFiManager } from "gateway/wifi-routes";

export interface WirelessOptions {
	/** Milliseconds that only grow. */
	readonly now: () => number;
	/** State, network or failure have changed. */
	readonly onChange: () => void;
	/** There is a network: called each time that there is one again. */
	readonly onOnline: () => void;
}

/** Key of the domain "wifi": the next start takes new networks, and forgets that it was told so. */
const provisionKey = "provision";

export class Wireless {
	readonly link: Link;
	readonly manager: WiFiManager;
	#shown = "";

	constructor(options: WirelessOptions) {
		this.link = new Link({
			storage: openDomain("wifi", "buffer") as unknown as NetworkStorage,
			now: options.now,
			random: Math.random,
			onChange: () => {
				const { state, slot, failure } = this.link.supervisor;
				const shown = `${state} ${slot} ${failure}`;
				if (shown === this.#shown) return;
				this.#shown = shown;
				if ("connected" === state) options.onOnline();
				options.onChange();
			},
		});
		this.manager = new WiFiManager({ link: this.link, now: options.now });
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
