import type { Storage } from "embedded:storage/key-value";
import type { Vitals } from "wearable/vitals";

/** On the simulator the scenario says what would be measured, in the store's keys `battery` and `signal`. */
export function measure(storage: Storage): Vitals {
	return { battery: readNumber(storage, "battery"), signal: readNumber(storage, "signal") };
}

function readNumber(storage: Storage, key: string): number | undefined {
	const value = storage.read(key);
	return undefined === value ? undefined : Number(value);
}
