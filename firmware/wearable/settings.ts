import { isDeviceId, isModelName, Limits } from "common/protocol";

/** What the key-value store says of this device. */
export interface Settings {
	readonly id: string;
	/** What a person calls it. */
	readonly name: string;
	/** The gateway's IPv4 address and port; undefined: it is to be looked for. */
	readonly gateway: { readonly address: string; readonly port: number } | undefined;
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

/** The store gives texts and numbers apart; undefined is absent. */
export interface Store {
	text(key: string): string | undefined;
	number(key: string): number | undefined;
}

export interface SettingsOptions {
	store: Store;
	/** The id of a device that has been given none. */
	id: string;
	/** Told what is wrong with a setting; the device goes on without it. */
	complain: (line: string) => void;
}

/** Reads and checks all settings; those absent or wrong take their defaults. */
export function readSettings({ store, id: otherwise, complain }: SettingsOptions): Settings {
	function text(key: string, maximum: number, fallback: string, isSound: (value: string) => boolean): string {
		const value = store.text(key);
		if (undefined === value) return fallback;
		if (value.length > 0 && value.length <= maximum && isSound(value)) return value;
		complain(`setting ${key} is no use: ${fallback || "none"} instead`);
		return fallback;
	}
	function integer(key: string, fallback: number, low: number, high: number): number {
		const value = store.number(key);
		if (undefined === value) return fallback;
		if (Number.isInteger(value) && value >= low && value <= high) return value;
		complain(`setting ${key} is no whole number from ${low} to ${high}: ${fallback} instead`);
		return fallback;
	}
	const id = text("id", 15, otherwise, isDeviceId);
	const gateway = text("gateway", 21, "", (value) => undefined !== parseEndpoint(value));
	const window = integer("window", 119, 16, 200);
	const threshold = integer("threshold", 500, 50, 8000);
	return {
		id,
		name: text("name", Limits.deviceName, id, () => true),
		gateway: parseEndpoint(gateway),
		model: text("model", 32, "gesture", isModelName),
		window,
		rate: integer("rate", 119, 10, 500),
		threshold,
		release: integer("release", Math.min(200, threshold), 10, threshold),
		history: integer("history", 8, 0, Math.min(64, window - 1)),
	};
}

/** An id made of the chip's address, `aa:bb:cc:dd:ee:ff`: `wearable-ddeeff`. */
export function defaultId(address: string): string {
	return `wearable-${address.slice(9).split(":").join("").toLowerCase()}`;
}

/** `192.168.1.20:80`; undefined for anything else. */
function parseEndpoint(text: string): Settings["gateway"] {
	const colon = text.indexOf(":");
	const address = text.slice(0, colon);
	const port = decimal(text.slice(colon + 1), 65535);
	const parts = address.split(".");
	if (colon < 0 || port < 1 || 4 !== parts.length || parts.some((part) => decimal(part, 255) < 0)) return;
	return { address, port };
}

/** The number that the text gives in at most five digits; -1 for anything else, and above `maximum`. */
function decimal(text: string, maximum: number): number {
	if (text.length < 1 || text.length > 5) return -1;
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (digit < 0 || digit > 9) return -1;
		value = 10 * value + digit;
	}
	return value > maximum ? -1 : value;
}
