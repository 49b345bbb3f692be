import type { WiFiStatus } from "gateway/boot/system";

/** The simulated gateway is reached from its own machine alone. */
export const listenAddress = "127.0.0.1";

export function ownAddresses(): string[] {
	return [];
}

/** It is always on line. */
export function wifiStatus(): WiFiStatus {
	return { state: "connected", ssid: "", rssi: null, address: listenAddress, failure: null };
}
