/**
 * What is in the air around one simulated machine, and the machine's radio in it: the station that joins networks and
 * the access point that it may be itself. Behaves as the SDK's `wifi` does over ESP-IDF (modules/network/wifi/esp32,
 * ESP-IDF Programming Guide, "Wi-Fi Driver"), with no attempts but those that the app asks for. Knows of no XS: time
 * and what is to be told go through its context.
 */

/** A network, as a machine finds it. */
export interface Network {
	/** A text, or bytes when it is none; up to 32 bytes. */
	readonly ssid: string | readonly number[];
	/** 8 to 64 bytes; without one the network is open. */
	readonly password?: string;
	/** It does not tell its SSID to those that look around. */
	readonly hidden?: boolean;
	/** dBm; of two with one SSID the stronger is joined. */
	readonly strength?: number;
	readonly channel?: number;
	/** Milliseconds until the station is joined. */
	readonly association?: number;
	/** Milliseconds until it has an address after that; false: never. */
	readonly dhcp?: number | false;
}

export interface Air {
	readonly networks: readonly Network[];
	/** How it is later: the weather. Milliseconds after it became what it is above, in rising order. */
	readonly later?: readonly { readonly at: number; readonly networks: readonly Network[] }[];
}

/** A machine's air is described in a way that makes no sense. */
export class AirError extends Error {}

/** Why a station is without its network (`native/station`). */
export const Failure = Object.freeze({ lost: 0, password: 1, absent: 2, left: 3 } as const);
type Failure = (typeof Failure)[keyof typeof Failure];

/** How a radio is. */
export interface RadioState {
	/** 1: station, 2: access point. */
	readonly mode: number;
	/** What the station is joined with. */
	readonly network: Station | undefined;
	readonly addressed: boolean;
	readonly failure: Failure;
	readonly accessPoint: AccessPoint | undefined;
}

/** A network that a station is joined with. */
export interface Station {
	readonly ssid: Uint8Array;
	readonly bssid: Uint8Array;
	readonly strength: number;
	readonly channel: number;
}

export interface AccessPoint {
	/** The machine's own in the access point's network: a text. */
	readonly address: string;
	readonly ssid: Uint8Array;
	readonly password: Uint8Array | undefined;
	readonly channel: number;
	readonly hidden: boolean;
}

/** What sockets see: whether bytes come and go, whether there is a way to others, whether there are addresses. */
export interface Link {
	readonly carries: boolean;
	readonly routes: boolean;
	readonly hasInterface: boolean;
}

export interface Found extends Station {
	readonly hidden: boolean;
	readonly authentication: "none" | "wpa2_psk";
}

/** What surrounds a radio. */
export interface RadioContext {
	/** Calls back after so many milliseconds; gives what ends it. */
	after(milliseconds: number, callback: () => void): () => void;
	/** A message for the app. */
	notify(message: string, reason: number): void;
	/** One result of the app's scan; undefined: that was all. */
	found(network: Found | undefined): void;
	changed(state: RadioState, link: Link): void;
}

/** Milliseconds. */
const Time = Object.freeze({
	/** All channels. */
	scan: 2000,
	/** A station that is told nothing by its access point gives it up (ESP-IDF: `esp_wifi_set_inactive_time`). */
	silence: 6000,
	/** The handshake with a wrong password is given up. */
	handshake: 3000,
	/** An interface without its network loses its address (ESP-IDF: `CONFIG_ESP_NETIF_IP_LOST_TIMER_INTERVAL`). */
	addressLost: 120_000,
} as const);

/** An access point's own, until it is given another (lwIP's DHCP server on both chips). */
const usualAddress = "192.168.4.1";

const Mode = Object.freeze({ station: 1, accessPoint: 2 } as const);

/** A network with its bytes, checked. */
export interface Present extends Station {
	readonly hidden: boolean;
	readonly password: Uint8Array | undefined;
	readonly association: number;
	readonly dhcp: number | false;
}

export class Radio {
	readonly #context: RadioContext;
	#networks: readonly Present[];
	#started = false;
	#mode = 0;
	#accessPoint: AccessPoint | undefined;
	/** What it is joined with, or what it hears nothing of any more and has not given up. */
	#network: Present | undefined;
	#silent = false;
	#addressed = false;
	/** It had an address until lately. */
	#keepsAddress = false;
	#failure: Failure = Failure.lost;
	#joining = false;
	#scanning = false;
	/** What is under way: the joining, or the wait for an address. */
	#cancelStep: (() => void) | undefined;
	#cancelSilence: (() => void) | undefined;
	#cancelAddress: (() => void) | undefined;

	constructor(networks: readonly Present[], context: RadioContext) {
		this.#networks = networks;
		this.#context = context;
	}

	/** Something else is in the air from now on. */
	set networks(networks: readonly Present[]) {
		this.#networks = networks;
		const before = this.#network;
		if (before === undefined) return;
		const now = networks.find((it) => isEqual(it.bssid, before.bssid));
		if (now === undefined) this.#hearNothing();
		else this.#hear(now, before);
	}

	/** The app's request; gives why it is refused. */
	request(
		name: string,
		a: number,
		b: number,
		ssid: Uint8Array | undefined,
		password: Uint8Array | undefined,
	): string | undefined {
		switch (name) {
			case "mode":
				if (a < 0 || a > 3) return "invalid mode";
				this.#setMode(a);
				return undefined;
			case "connect":
				return this.#connect(ssid, password);
			case "scan":
				return this.#scan(a !== 0, b);
			case "accessPoint":
				this.#start(Mode.accessPoint);
				// As the SDK does on an ESP32: one that is an access point already stays what it is.
				if ((this.#mode & Mode.accessPoint) === 0)
					this.#mode = (b & 2) !== 0 ? Mode.station | Mode.accessPoint : Mode.accessPoint;
				if ((this.#mode & Mode.station) === 0) this.#leave();
				this.#accessPoint = { address: usualAddress, ssid: ssid!, password, channel: a, hidden: (b & 1) !== 0 };
				this.#changed();
				return undefined;
			case "address":
				if (this.#accessPoint === undefined) return "no access point, or no address";
				this.#accessPoint = { ...this.#accessPoint, address: String.fromCharCode(...ssid!) };
				this.#changed();
				return undefined;
			default:
				return "unknown request";
		}
	}

	/** The first use sets the mode, as the SDK's does. */
	#start(mode: number): void {
		if (this.#started) return;
		this.#started = true;
		this.#mode = mode;
	}

	#setMode(mode: number): void {
		this.#start(mode);
		this.#mode = mode;
		if ((mode & Mode.station) === 0) this.#leave();
		if ((mode & Mode.accessPoint) === 0) this.#accessPoint = undefined;
		this.#changed();
	}

	#connect(ssid: Uint8Array | undefined, password: Uint8Array | undefined): string | undefined {
		this.#start(Mode.station);
		this.#leave();
		if (ssid === undefined) return undefined;
		if ((this.#mode & Mode.station) === 0) return "esp_wifi_connect failed";
		this.#joining = true;
		const find = () => strongest(this.#networks.filter((it) => isEqual(it.ssid, ssid)));
		const seen = find();
		this.#step(seen?.association ?? Time.scan, () => {
			const network = seen && find();
			if (network === undefined) this.#fail(Failure.absent, 0);
			// With a password it joins no open network, without one none that asks for it.
			else if ((password === undefined) !== (network.password === undefined)) this.#fail(Failure.password, 0);
			else if (password && network.password && !isEqual(password, network.password))
				this.#step(Time.handshake, () => this.#fail(Failure.password, -1));
			else this.#join(network);
		});
		return undefined;
	}

	#join(network: Present): void {
		this.#joining = false;
		this.#network = network;
		this.#changed();
		this.#context.notify("connect", 0);
		this.#askForAddress();
	}

	#askForAddress(): void {
		const { dhcp } = this.#network!;
		if (dhcp === false) return;
		this.#step(dhcp, () => {
			this.#addressed = true;
			this.#keepsAddress = false;
			this.#cancelAddress?.();
			this.#cancelAddress = undefined;
			this.#changed();
			this.#context.notify("gotIP", 0);
		});
	}

	/** Takes the place of what was under way. */
	#step(milliseconds: number, next: () => void): void {
		this.#cancelStep?.();
		this.#cancelStep = this.#context.after(milliseconds, () => {
			this.#cancelStep = undefined;
			next();
		});
	}

	/** The app leaves its network, or gives up joining one. */
	#leave(): void {
		if (this.#network !== undefined || this.#joining) this.#fail(Failure.left, 0);
	}

	#fail(failure: Failure, reason: number): void {
		this.#cancelStep?.();
		this.#cancelStep = undefined;
		this.#cancelSilence?.();
		this.#cancelSilence = undefined;
		this.#joining = false;
		this.#silent = false;
		this.#network = undefined;
		this.#failure = failure;
		if (this.#addressed) {
			this.#addressed = false;
			this.#keepsAddress = true;
			this.#cancelAddress = this.#context.after(Time.addressLost, () => {
				this.#keepsAddress = false;
				this.#changed();
			});
		}
		this.#changed();
		this.#context.notify("disconnect", reason);
	}

	#hearNothing(): void {
		if (this.#silent) return;
		this.#silent = true;
		this.#cancelSilence = this.#context.after(Time.silence, () => this.#fail(Failure.lost, 0));
		this.#changed();
	}

	/** The network that it is joined with is there, as it is now. */
	#hear(now: Present, before: Present): void {
		this.#silent = false;
		this.#cancelSilence?.();
		this.#cancelSilence = undefined;
		this.#network = now;
		// An access point whose password has changed has started anew, and knows its stations no more.
		if (!isEqual(now.password ?? nothing, before.password ?? nothing)) {
			this.#fail(Failure.lost, 0);
			return;
		}
		if (!this.#addressed && now.dhcp !== before.dhcp) {
			this.#cancelStep?.();
			this.#cancelStep = undefined;
			this.#askForAddress();
		}
		this.#changed();
	}

	#scan(hidden: boolean, channel: number): string | undefined {
		this.#start(Mode.station);
		if ((this.#mode & Mode.station) === 0 || this.#joining) return "scan request failed";
		if (this.#scanning) return "already scanning";
		this.#scanning = true;
		this.#context.after(channel ? Time.scan / 13 : Time.scan, () => {
			this.#scanning = false;
			const networks = (this.#mode & Mode.station) === 0 ? [] : this.#networks;
			for (const it of [...networks].sort((one, other) => other.strength - one.strength)) {
				if ((it.hidden && !hidden) || (channel !== 0 && it.channel !== channel)) continue;
				const authentication = it.password === undefined ? "none" : "wpa2_psk";
				this.#context.found({ ...it, ssid: it.hidden ? nothing : it.ssid, authentication });
			}
			this.#context.found(undefined);
		});
		return undefined;
	}

	#changed(): void {
		const up = this.#addressed && !this.#silent;
		const open = this.#accessPoint !== undefined;
		this.#context.changed(
			{
				mode: this.#mode,
				network: this.#network,
				addressed: this.#addressed,
				failure: this.#failure,
				accessPoint: this.#accessPoint,
			},
			{ carries: up || open, routes: up, hasInterface: this.#addressed || this.#keepsAddress || open },
		);
	}
}

const nothing = new Uint8Array(0);

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
	return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function strongest(networks: readonly Present[]): Present | undefined {
	return networks.reduce<Present | undefined>(
		(best, it) => (best === undefined || it.strength > best.strength ? it : best),
		undefined,
	);
}

function bytesOf(text: string): Uint8Array {
	const parts = encodeURIComponent(text).match(/%..|./g) ?? [];
	return Uint8Array.from(parts, (it) => (it.length === 3 ? Number.parseInt(it.slice(1), 16) : it.charCodeAt(0)));
}

/** An address that two networks share only if they share SSID and channel. */
function addressOf(ssid: Uint8Array, channel: number): Uint8Array {
	let hash = 0x811c9dc5; // FNV-1a
	for (const byte of [...ssid, channel]) hash = Math.imul(hash ^ byte, 0x01000193);
	return Uint8Array.of(0x02, channel, hash >>> 24, hash >>> 16, hash >>> 8, hash);
}

/** Checks what is in the air at one time. Throws `AirError`. */
export function present(networks: readonly Network[]): Present[] {
	const checked = networks.map(check);
	checked.forEach((it, index) => {
		if (checked.findIndex((other) => isEqual(it.bssid, other.bssid)) !== index)
			throw new AirError("two networks with one SSID need a channel for each");
	});
	return checked;
}

const options = ["ssid", "password", "hidden", "strength", "channel", "association", "dhcp"];

function check(network: Network): Present {
	for (const name of Object.keys(network))
		if (!options.includes(name)) throw new AirError(`a network has no ${name}; there is ${options.join(", ")}`);
	const { strength = -55, channel = 6, hidden = false, association = 300, dhcp = 200 } = network;
	const ssid = typeof network.ssid === "string" ? bytesOf(network.ssid) : Uint8Array.from(network.ssid);
	if (ssid.length < 1 || ssid.length > 32) throw new AirError("an SSID has 1 to 32 bytes");
	const password = network.password === undefined ? undefined : bytesOf(network.password);
	if (password && (password.length < 8 || password.length > 64)) throw new AirError("a password has 8 to 64 bytes");
	if (!(strength >= -127 && strength <= 0)) throw new AirError("a strength is −127 to 0 dBm");
	if (!(channel >= 1 && channel <= 13)) throw new AirError("a channel is 1 to 13");
	if (!(association >= 0) || !(dhcp === false || dhcp >= 0)) throw new AirError("a time is milliseconds");
	return { ssid, bssid: addressOf(ssid, channel), strength, channel, hidden, password, association, dhcp };
}
