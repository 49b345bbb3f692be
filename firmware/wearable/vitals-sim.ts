import type { Storage } from "embedded:storage/key-value";
import type { Vitals } from "wearable/vitals";

/** On the simulator the scenario says what would be measured, in the store's numbers `battery` and `signal`. */
export function measure(storage: Storage): Vitals {
	return {
		battery: storage.read("battery") as number | undefined,
		signal: storage.read("signal") as number | undefined,
	};
}
