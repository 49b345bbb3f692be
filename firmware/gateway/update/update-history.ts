/** What became of the last update, as it outlasts restarts: one entry of the key-value store, which changes as a whole. */
import { isName } from "gateway/update/trailer";

/** Why a chip started, as the module `boot` tells. */
export type StartReason = "power" | "button" | "restart" | "panic" | "watchdog" | "brownout" | "other";

/** What a new firmware lacked when its time for confirmation was over. */
export type Lack = "no-network" | "not-listening" | "no-model" | "stalled" | "exception";

export interface RecordStorage {
	read(key: string): unknown;
	write(key: string, value: string): void;
	delete(key: string): void;
}

/** What runs. */
export interface Running {
	/** Label of its partition. */
	readonly slot: string;
	/** Whether the bootloader goes back unless it is confirmed. */
	readonly pending: boolean;
	/** Why the chip started. */
	readonly reason: StartReason;
}

export interface LastUpdate {
	/** Empty when that never was known. */
	readonly version: string;
	readonly outcome: "installed" | "refused" | "rolled-back";
	/** A code: why not; empty for what is installed. */
	readonly reason: string;
	readonly detail: string;
}

const key = "update";
const none = "-";

/** In the order of an update's life; the last three are its ends. */
type State = "switching" | "trial" | "failing" | "installed" | "interrupted" | "rolled-back";

interface Entry {
	readonly state: State;
	readonly version: string;
	/** The slot that ran when it came. */
	readonly from: string;
	readonly reason: string;
}

const details: Readonly<Record<string, string>> = Object.freeze({
	power: "the power was cut before it was confirmed",
	button: "it was reset before it was confirmed",
	restart: "it did not start, or restarted before it was confirmed",
	panic: "it crashed",
	watchdog: "it stood still until the watchdog ended it",
	brownout: "the supply voltage fell too low before it was confirmed",
	other: "it restarted before it was confirmed",
	"no-network": "it was not on the network for a minute within its time",
	"not-listening": "its server did not listen for a minute within its time",
	"no-model": "no model served for a minute within its time",
	stalled: "its main loop did not turn for a minute within its time",
	exception: "its parts could not be put together",
	interrupted: "the power was cut before the change of slots",
});

export class UpdateHistory {
	/** Undefined: there was none, or it is on trial now. */
	last: LastUpdate | undefined;
	readonly #storage: RecordStorage;
	readonly #slot: string;

	/** Finds out what has become of what was under way when the chip restarted, and writes it down. */
	constructor({ storage, running }: { storage: RecordStorage; running: Running }) {
		this.#storage = storage;
		this.#slot = running.slot;
		const entry = readEntry(storage);
		if (undefined === entry) return;
		const settled = settle(entry, running);
		this.last = tell(settled);
		if (settled !== entry) this.note(settled);
	}

	/** To be called before the slots are changed: should the power fail then, the next start knows of what. Throws what the store does. */
	switching(version: string): void {
		this.write({ state: "switching", version, from: this.#slot, reason: none });
	}

	/** The slots are changed. */
	switched(version: string): void {
		this.note({ state: "trial", version, from: this.#slot, reason: none });
		this.last = undefined;
	}

	/** The slots could not be changed. */
	kept(): void {
		this.#storage.delete(key);
	}

	/** What runs will be given up, because of this. */
	failing(reason: Lack): void {
		const entry = readEntry(this.#storage);
		if (undefined !== entry) this.note({ ...entry, state: "failing", reason });
	}

	/** What runs has proved itself. */
	confirmed(): void {
		const entry = readEntry(this.#storage);
		if (undefined === entry || entry.from === this.#slot) return;
		const next: Entry = { ...entry, state: "installed", reason: none };
		this.note(next);
		this.last = tell(next);
	}

	/** Nothing has changed; who asks is told, until the next restart. */
	refused({ version, code, message }: { version: string; code: string; message: string }): void {
		this.last = { version, outcome: "refused", reason: code, detail: message };
	}

	/** The slots say what runs; a store that takes nothing more costs no more than the reason. */
	private note(entry: Entry): void {
		try {
			this.write(entry);
		} catch {
			// The next start finds it out again.
		}
	}

	private write({ state, version, from, reason }: Entry): void {
		this.#storage.write(key, `${state} ${version} ${from} ${reason}`);
	}
}

/**
 * Whether the start before this one, of the firmware in `slot`, was of another on trial, which the bootloader has taken
 * back. To be asked before the history finds it out.
 */
export function endedOnTrial(storage: RecordStorage, slot: string): boolean {
	const entry = readEntry(storage);
	return entry?.from === slot && ("trial" === entry.state || "failing" === entry.state);
}

/** What an entry has come to, now that this runs. */
function settle(entry: Entry, { slot, pending, reason }: Running): Entry {
	const { state, from } = entry;
	if ("installed" === state || "interrupted" === state || "rolled-back" === state) return entry;
	if (slot !== from) {
		if (!pending) return { ...entry, state: "installed", reason: none };
		// The slots were changed, and the power was cut before that was written down.
		return "switching" === state ? { ...entry, state: "trial" } : entry;
	}
	if ("switching" === state) return { ...entry, state: "interrupted", reason: "interrupted" };
	return { ...entry, state: "rolled-back", reason: "failing" === state ? entry.reason : reason };
}

function tell({ state, version, reason }: Entry): LastUpdate | undefined {
	if ("installed" === state) return { version, outcome: "installed", reason: "", detail: "" };
	const detail = details[reason] ?? "";
	if ("interrupted" === state) return { version, outcome: "refused", reason, detail };
	if ("rolled-back" === state) return { version, outcome: "rolled-back", reason, detail };
	return undefined;
}

/** Undefined for what nobody could have written. */
function readEntry(storage: RecordStorage): Entry | undefined {
	const text = storage.read(key);
	if ("string" !== typeof text) return;
	const [state, version = "", from = "", reason = "", rest] = text.split(" ");
	if (undefined !== rest || !isState(state)) return;
	for (const name of [version, from, reason]) if (!isName(name)) return;
	return { state, version, from, reason };
}

function isState(text: string | undefined): text is State {
	switch (text) {
		case "switching":
		case "trial":
		case "failing":
		case "installed":
		case "interrupted":
		case "rolled-back":
			return true;
	}
	return false;
}
