import { DeviceId, Limits } from "common/protocol";

/** What the key-value store says of this device. */
export interface Settings {
	readonly id: string;
	/** What a person calls it. */
	readonly name: string;
	/** The gateway's IPv4 address and port. */
	readonly address: string;
	readonly port: number;
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

type Read = (key: string) => string | number | undefined;

/** Reads and checks all settings; those absent take their defaults. Throws `SettingsError`. */
export function readSettings(read: Read): Settings {
	const id = text(read, "id", DeviceId.maximumLength);
	if (!DeviceId.pattern.test(id)) throw new SettingsError("id has characters other than a-z, 0-9 and -");
	const gateway = text(read, "gateway", 21);
	const colon = gateway.indexOf(":");
	const port = Number(gateway.slice(colon + 1));
	if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535)
		throw new SettingsError("gateway is not an address and a port, as in 192.168.1.20:80");
	const window = integer(read, "window", 119, 16, 200);
	const threshold = integer(read, "threshold", 500, 50, 8000);
	return {
		id,
		name: text(read, "name", Limits.deviceName, id),
		address: gateway.slice(0, colon),
		port,
		window,
		rate: integer(read, "rate", 119, 10, 500),
		threshold,
		release: integer(read, "release", 200, 10, threshold),
		history: integer(read, "history", 8, 0, Math.min(64, window - 1)),
	};
}

function text(read: Read, key: string, maximum: number, otherwise?: string): string {
	const value = read(key) ?? otherwise;
	if (undefined === value) throw new SettingsError(`${key} is missing`);
	const characters = String(value);
	if (0 === characters.length || characters.length > maximum)
		throw new SettingsError(`${key} has 1 to ${maximum} characters`);
	return characters;
}

function integer(read: Read, key: string, otherwise: number, low: number, high: number): number {
	const value = Number(read(key) ?? otherwise);
	if (!Number.isInteger(value) || value < low || value > high)
		throw new SettingsError(`${key} is a whole number from ${low} to ${high}`);
	return value;
}
