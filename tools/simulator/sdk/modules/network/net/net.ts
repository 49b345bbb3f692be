interface Net {
	/**
	 * `IP` and `MAC` are those of the interface "station" or "ap"; without one, of the only one that there is.
	 * Undefined for what there is not now.
	 */
	get(what: "IP" | "MAC", from?: "station" | "ap"): string | undefined;
	get(what: "SSID" | "BSSID"): string | undefined;
	get(what: "RSSI" | "CHANNEL"): number | undefined;
}

/** How the machine is connected (the SDK's documentation/network/network.md, "class Net"). */
const Net: Net = Object.freeze({
	get: (what: string, from?: string) => native("xs_net_get").call(undefined, what, from),
});

export default Net;
