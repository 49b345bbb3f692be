import { isDeviceId, isModelName, Limits } from "common/protocol";

/** What the key-value store says of this device. */
export interface Settings {
	readonly id: string;
	/** What a person calls it. */
	readonly name: string;
	/** The gateway's IPv4 address and port. */
	readonly address: string;
	readonly port: number;
	/** The model that takes the windows. */
	readonly model: string;
	/** Samples in a window. */
	readonly window: number;
	/** Samples a second that are asked of the sensor. */
	readonly rate: number;
	/** mg, see `TriggerOptions`. */
	readonly threshold: number;
	readonly release: number;
	/** Samples of a window from before its trigger. */
	readonly history: number;
}

/** A setting is missing or makes no sense; the message names it. */
export class SettingsError extends Error {}

/** The store gives texts and numbers apart; undefined is absent. */
export interface Store {
	text(key: string): string | undefined;
	number(key: string): number | undefined;
}

/** Reads and checks all settings; those absent take their defaults. Throws `SettingsError`. */
export function readSettings(store: Store): Settings {
	const id = text(store, "id", 15);
	if (!isDeviceId(id)) throw new SettingsError("id has characters other than a-z, 0-9 and -");
	const gateway = text(store, "gateway", 21);
	const colon = gateway.indexOf(":");
	const port = Number(gateway.slice(colon + 1));
	if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535)
		throw new SettingsError("gateway is not an address and a port, as in 192.168.1.20:80");
	const model = text(store, "model", 32, "gesture");
	if (!isModelName(model))
		throw new SettingsError("model has characters other than letters, digits and ._-");
	const window = integer(store, "window", 119, 16, 200);
	const threshold = integer(store, "threshold", 500, 50, 8000);
	return {
		id,
		name: text(store, "name", Limits.deviceName, id),
		address: gateway.slice(0, colon),
		port,
		model,
		window,
		rate: integer(store, "rate", 119, 10, 500),
		threshold,
		release: integer(store, "release", 200, 10, threshold),
		history: integer(store, "history", 8, 0, Math.min(64, window - 1)),
	};
}

function text(store: Store, key: string, maximum: number, otherwise?: string): string {
	const value = store.text(key) ?? otherwise;
	if (undefined === value) throw new SettingsError(`${key} is missing`);
	if (0 === value.length || value.length > maximum) throw new SettingsError(`${key} has 1 to ${maximum} characters`);
	return value;
}

function integer(store: Store, key: string, otherwise: number, low: number, high: number): number {
	const value = store.number(key) ?? otherwise;
	if (!Number.isInteger(value) || value < low || value > high)
		throw new SettingsError(`${key} is a whole number from ${low} to ${high}`);
	return value;
}
