// The SDK's modules of a WiFi station and access point, as documented in documentation/network/network.md.

declare module "wifi" {
	export interface Credentials {
		ssid: string;
		/** None for an open network. */
		password?: string;
	}

	export interface ScanRecord {
		ssid: string;
		/** dBm. */
		rssi: number;
		channel: number;
		hidden: boolean;
		authentication?: "none" | "wep" | "wpa_psk" | "wpa2_psk" | "wpa_wpa2_psk";
	}

	export default class WiFi {
		static readonly Mode: { readonly none: 0; readonly station: 1; readonly accessPoint: 2 };
		static readonly gotIP: "gotIP";
		static readonly lostIP: "lostIP";
		static readonly connected: "connect";
		static readonly disconnected: "disconnect";

		/** `Mode.station | Mode.accessPoint` is both; negative before anything was set. */
		static mode: number;
		/** Leaves what it is in, and joins; without credentials it only leaves. */
		static connect(credentials?: Credentials): void;
		/** Calls back for each network, and then with null. Throws while a scan or a join is under way. */
		static scan(options: { hidden?: boolean; channel?: number }, callback: (record: ScanRecord | null) => void): void;
		static accessPoint(options: {
			ssid: string;
			password?: string;
			channel?: number;
			max?: number;
			station?: boolean;
		}): void;

		constructor(credentials: Credentials | undefined, onNotify: (event: string, reason?: number) => void);
		close(): void;
	}
}

declare module "net" {
	const Net: {
		/** "IP": dotted decimal, undefined without one. "MAC": hexadecimal digits with colons. */
		get(property: "IP" | "MAC", networkInterface?: "station" | "ap"): string | undefined;
		/** dBm of the station's link. */
		get(property: "RSSI"): number | undefined;
	};
	export default Net;
}
