import { decodeText, encodeText, TextError } from "common/text";
import { type NetworkStorage, Networks } from "common/wifi/networks";
import { type Failure, type Radio, Supervisor } from "common/wifi/supervisor";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";
import station from "station";
import Timer from "timer";
import WiFi, { type ScanRecord } from "wifi";

export interface LinkOptions {
	/** Domain "wifi". */
	readonly storage: NetworkStorage;
	/** Milliseconds that only grow. */
	readonly now: () => number;
	readonly random: () => number;
	readonly onChange: () => void;
}

/** What a scan finds of one network. */
export type Found = (ssid: string, strength: number, secure: boolean) => void;

/** Who may wait for one scan: a page and the serial line, and both once more. */
const maximumLookers = 4;

/** Milliseconds in which a scan is over, and between two looks at whether it is. */
const scanTime = 6000;
const scanCheck = 250;

/** By what `station.failure` gives; 3 is what this side did itself. */
const causes: readonly Exclude<Failure, "no-address">[] = Object.freeze(["lost", "wrong-password", "not-found"]);

/** The supervisor on the SDK's station: thin. */
export class Link implements Radio {
	readonly networks: Networks;
	readonly supervisor: Supervisor;
	readonly #options: LinkOptions;
	#timer: Timer | undefined;
	#scanning = false;
	/** When a scan that is not over never will be. */
	#scanEnd = 0;
	/** Those whom the scan that is under way is told. */
	#lookers: { found: Found; done: () => void }[] = [];

	constructor(options: LinkOptions) {
		this.#options = options;
		this.networks = new Networks(options.storage);
		this.supervisor = new Supervisor({ networks: this.networks, radio: this, random: options.random });
		station.failure();
		new WiFi(undefined, (event: string) => this.notify(event));
		// Before that there is no hardware address, and no noise for the chip's generator of random numbers.
		WiFi.mode = WiFi.Mode.station;
	}

	/** Begins with what is kept. */
	start(): void {
		this.supervisor.start(this.#options.now());
		this.arm();
	}

	/** Keeps a network and tries it; gives its slot. */
	attempt(ssid: string, password: string): number {
		const slot = this.networks.add(ssid, password);
		this.supervisor.attempt(slot, this.#options.now());
		this.arm();
		return slot;
	}

	/** Forgets a network and leaves it; false when it is not known. */
	forget(ssid: string): boolean {
		if (!this.networks.remove(ssid)) return false;
		this.supervisor.forgot(this.#options.now());
		this.arm();
		return true;
	}

	/** Calls `found` for each network in reach, then `done`; false when the radio is busy. */
	look(found: Found, done: () => void): boolean {
		if (maximumLookers === this.#lookers.length) return false;
		if (!this.#scanning && (!this.supervisor.scannable || !this.startScan())) return false;
		this.#lookers.push({ found, done });
		return true;
	}

	/** dBm; undefined without a link. */
	get strength(): number | undefined {
		return "connected" === this.supervisor.state ? Net.get("RSSI") : undefined;
	}

	address(): string | undefined {
		const address = Net.get("IP", "station");
		return "" === address || "0.0.0.0" === address ? undefined : address;
	}

	join(slot: number): void {
		const ssid = this.networks.ssid(slot)!;
		const password = this.networks.password(slot);
		try {
			WiFi.connect("" === password ? { ssid } : { ssid, password });
		} catch (error) {
			trace(`not joined: ${(error as Error).message}\n`);
			this.supervisor.failed(this.#options.now(), "lost");
		}
	}

	leave(): void {
		WiFi.connect();
	}

	scan(): void {
		if (!this.startScan()) this.supervisor.scanned(this.#options.now());
	}

	changed(): void {
		this.#options.onChange();
	}

	private startScan(): boolean {
		const now = this.#options.now();
		if (this.#scanning && now < this.#scanEnd) return true;
		try {
			WiFi.scan({}, (network) => this.scanned(network));
		} catch (error) {
			trace(`no scan: ${(error as Error).message}\n`);
			return false;
		}
		this.#scanning = true;
		this.#scanEnd = now + scanTime;
		return true;
	}

	private scanned(network: ScanRecord | null): void {
		if (network) {
			const ssid = readName(network.ssid);
			if (undefined === ssid) return;
			this.supervisor.found(ssid, network.rssi);
			for (const { found } of this.#lookers) found(ssid, network.rssi, "none" !== network.authentication);
			return;
		}
		this.#scanning = false;
		const lookers = this.#lookers;
		this.#lookers = [];
		this.supervisor.scanned(this.#options.now());
		this.arm();
		for (const { done } of lookers) done();
	}

	private notify(event: string): void {
		const now = this.#options.now();
		switch (event) {
			case WiFi.connected:
				this.supervisor.joined(now);
				break;
			case WiFi.gotIP:
				this.supervisor.addressed(now);
				break;
			case WiFi.lostIP:
				this.supervisor.unaddressed(now);
				break;
			case WiFi.disconnected: {
				const cause = causes[station.failure()];
				if (undefined !== cause) this.supervisor.failed(now, cause);
			}
		}
		this.arm();
	}

	/** Whether the radio looks around for somebody else, and can join nothing. */
	private occupied(now: number): boolean {
		return this.#scanning && now < this.#scanEnd && !this.supervisor.scanning;
	}

	private arm(): void {
		if (undefined !== this.#timer) Timer.clear(this.#timer);
		const { due } = this.supervisor;
		this.#timer =
			undefined === due
				? undefined
				: Timer.set(
						() => this.wake(),
						Math.max(this.occupied(this.#options.now()) ? scanCheck : 0, due - this.#options.now()),
					);
	}

	private wake(): void {
		this.#timer = undefined;
		const now = this.#options.now();
		if (!this.occupied(now)) this.supervisor.tick(now);
		this.arm();
	}
}

/** The SDK makes a text of an SSID's bytes as they are. Undefined for a hidden network, and for one without a text. */
function readName(ssid: string): string | undefined {
	try {
		return decodeText(encodeText(ssid)) || undefined;
	} catch (error) {
		if (!(error instanceof TextError)) throw error;
	}
}
