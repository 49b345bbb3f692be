import { isModelName } from "common/protocol";

/** One entry of the key-value store, format "string". A write is there as a whole or not at all. */
export interface RecordStorage {
	read(key: string): unknown;
	write(key: string, value: string): void;
}

/** What one name should serve, as it outlasts a restart. */
export interface ServingEntry {
	readonly name: string;
	/** Undefined: it was unloaded. */
	live: string | undefined;
	/** What serves again when the live one does not survive its trial. */
	former: string | undefined;
	/** Whether the live one has yet to show that the gateway survives it. */
	trial: boolean;
}

const key = "serving";
const none = "*";
const trialMark = "trial";
const settledMark = "settled";

/** Undefined for a line that is not one. */
function parseLine(line: string): ServingEntry | undefined {
	const [name, live, former, mark, rest] = line.split(" ");
	if (undefined === name || undefined === live || undefined === former || undefined !== rest) return undefined;
	if (trialMark !== mark && settledMark !== mark) return undefined;
	const version = (text: string) => (none === text ? undefined : text);
	for (const text of [name, version(live), version(former)])
		if (undefined !== text && !isModelName(text)) return undefined;
	return { name, live: version(live), former: version(former), trial: trialMark === mark };
}

/** What is served, in one entry of the store: it changes as a whole. A line that nobody could have written is left out. */
export function readServing(storage: RecordStorage): ServingEntry[] {
	const text = storage.read(key);
	if ("string" !== typeof text) return [];
	const entries: ServingEntry[] = [];
	for (const line of text.split("\n")) {
		const entry = parseLine(line);
		if (entry && !entries.some(({ name }) => name === entry.name)) entries.push(entry);
	}
	return entries;
}

export function writeServing(storage: RecordStorage, entries: Iterable<ServingEntry>): void {
	let text = "";
	for (const { name, live = none, former = none, trial } of entries)
		text += `${name} ${live} ${former} ${trial ? trialMark : settledMark}\n`;
	storage.write(key, text);
}
