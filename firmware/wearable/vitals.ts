import Analog from "embedded:io/analog";
import type { Storage } from "embedded:storage/key-value";
import config from "mc/config";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's module of that name.
import Net from "net";

/** What a wearable tells of itself beside its windows; a part that it cannot measure is absent. */
export interface Vitals {
	/** Percent of the battery's charge. */
	readonly battery: number | undefined;
	/** dBm of the WiFi signal. */
	readonly signal: number | undefined;
}

/** Volts of a lithium cell that is empty, and full. */
const empty = 3.3;
const full = 4.2;

/**
 * Measures on the ESP8266. The battery is at A0 behind a divider; `wearable.batteryRange` in the manifest's config is the battery's
 * voltage at which A0 reads its maximum, and 0 where A0 is not wired.
 */
export function measure(_storage: Storage): Vitals {
	const range: number = config.wearable.batteryRange;
	return { battery: range ? charge(range) : undefined, signal: Net.get("RSSI") };
}

function charge(range: number): number {
	const input = new Analog({ pin: 0 });
	const volts = (range * input.read()) / ((1 << input.resolution) - 1);
	input.close();
	return Math.round(100 * Math.min(1, Math.max(0, (volts - empty) / (full - empty))));
}
