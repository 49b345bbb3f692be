/**
 * The SDK's class for a chip's WiFi, with what it has in common for the ESP32 and the ESP8266
 * (documentation/network/network.md, "class WiFi"). What is in the air is the simulated machine's `air`.
 */

interface Network {
	/** Up to 32 bytes. */
	ssid: string;
	/** 8 to 64 bytes; none for an open network. */
	password?: string;
}

interface AccessPoint extends Network {
	channel?: number;
	hidden?: boolean;
	/** How many clients it takes. */
	max?: number;
	/** Milliseconds between its beacons. */
	interval?: number;
	/** Keeps the station. */
	station?: boolean;
}

interface Found {
	ssid: string;
	/** dBm */
	rssi: number;
	channel: number;
	hidden: boolean;
	bssid: ArrayBuffer;
	authentication: "none" | "wep" | "wpa_psk" | "wpa2_psk" | "wpa_wpa2_psk";
}

type Notified = (this: WiFi, message: string, reason?: number) => void;

export default class WiFi extends Native("xs_wifi_destructor") {
	/** Connects when there is a network, and is told what becomes of it. */
	constructor(network?: Network, onNotify?: Notified) {
		super();
		if (network) WiFi.connect(network);
		if (onNotify) this.onNotify = onNotify;
	}
	/** Ends the messages, not the connection. */
	close(): void {
		native("xs_wifi_close").call(this);
	}
	set onNotify(value: Notified | undefined) {
		native("xs_wifi_onNotify").call(this, value);
	}

	static get mode(): number {
		return native("xs_wifi_mode").call(WiFi);
	}
	static set mode(value: number) {
		native("xs_wifi_setMode").call(WiFi, value);
	}
	/** Gives each network that it finds, then null. */
	static scan(options: { hidden?: boolean; channel?: number }, found: (network: Found | null) => void): void {
		native("xs_wifi_scan").call(WiFi, options, found);
	}
	/** Leaves the network that there is; then joins another when there is one given. */
	static connect(network?: Network): void {
		native("xs_wifi_connect").call(WiFi, network);
	}
	static disconnect(): void {
		WiFi.connect();
	}
	static accessPoint(options: AccessPoint): void {
		native("xs_wifi_accessPoint").call(WiFi, options);
	}

	static readonly Mode = Object.freeze({ none: 0, station: 1, accessPoint: 2 } as const);

	static readonly gotIP = "gotIP";
	static readonly lostIP = "lostIP";
	static readonly connected = "connect";
	/** With −1 when the password was refused. */
	static readonly disconnected = "disconnect";
}
