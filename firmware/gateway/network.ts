import type { WiFiStatus } from "gateway/boot/system";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK has a module of this name.
import Net from "net";

/** The address to listen on; undefined is all of the gateway's. */
export const listenAddress: string | undefined = undefined;

/** The addresses under which the gateway is reached now. */
export function ownAddresses(): string[] {
	const address = Net.get("IP");
	return address ? [address] : [];
}

export function wifiStatus(): WiFiStatus {
	const [address = ""] = ownAddresses();
	return {
		state: address ? "connected" : "connecting",
		ssid: "",
		rssi: address ? (Net.get("RSSI") ?? null) : null,
		address,
		failure: null,
	};
}
