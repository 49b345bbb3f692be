/**
 * Which slot a board starts, and what is written for that: ESP-IDF's second-stage bootloader with application rollback
 * ("Bootloader" and "Over The Air Updates" in its Programming Guide).
 */
import {
	activeEntry,
	areBlank,
	type Entry,
	entryLength,
	parseEntry,
	State,
	sectorLength,
	slotOf,
	withState,
	writeEntry,
} from "./otadata";

/** The flash of one board. What it throws at a power cut goes through everything here. */
export interface BoardFlash {
	/** Bytes of a partition; undefined when there is none of that name. */
	size(partition: string): number | undefined;
	read(partition: string, offset: number, length: number): Uint8Array;
	write(partition: string, offset: number, bytes: Uint8Array): void;
	erase(partition: string, block: number): void;
}

export interface Slots {
	/** ota_0, ota_1 …, in this order. */
	readonly labels: readonly string[];
	readonly hasFactory: boolean;
	/** Whether it holds an image that may be started. */
	isBootable(label: string): boolean;
}

const otadata = "otadata";
const factory = "factory";

export function readEntries(flash: BoardFlash): [Entry, Entry] {
	return [parseEntry(flash.read(otadata, 0, entryLength)), parseEntry(flash.read(otadata, sectorLength, entryLength))];
}

export function rewriteEntry(flash: BoardFlash, index: 0 | 1, sequence: number, state: number): void {
	flash.erase(otadata, index);
	flash.write(otadata, index * sectorLength, writeEntry(sequence, state));
}

/** The bootloader's own change of a state. */
function setState(flash: BoardFlash, index: 0 | 1, state: number): void {
	const entry = flash.read(otadata, index * sectorLength, entryLength);
	flash.erase(otadata, index);
	flash.write(otadata, index * sectorLength, withState(entry, state));
}

/** Label of the slot that is started; undefined when there is nothing to start. */
export function chooseSlot(flash: BoardFlash, slots: Slots): string | undefined {
	const { labels, hasFactory, isBootable } = slots;
	if (flash.size(otadata) === undefined || labels.length === 0) {
		const only = hasFactory ? factory : labels[0];
		return only !== undefined && isBootable(only) ? only : undefined;
	}
	// What was started and has not been confirmed had its chance.
	readEntries(flash).forEach(({ state }, index) => {
		if (state === State.pendingVerify) setState(flash, index as 0 | 1, State.aborted);
	});
	const entries = readEntries(flash);
	let first = -1;
	let isInitial = false;
	if (areBlank(entries)) {
		if (!hasFactory) {
			first = 0;
			isInitial = entries.every(({ isWhole }) => !isWhole);
		}
	} else {
		const active = activeEntry(entries);
		if (active !== undefined) {
			const { sequence, state } = entries[active];
			first = slotOf(sequence, labels.length);
			if (state === State.new) setState(flash, active, State.pendingVerify);
		}
	}
	// From there downwards to the factory's, then upwards.
	const order = [...labels.slice(0, first + 1).reverse(), ...(hasFactory ? [factory] : []), ...labels.slice(first + 1)];
	const chosen = order.find((label) => isBootable(label));
	if (isInitial && chosen !== undefined) rewriteEntry(flash, 0, labels.indexOf(chosen) + 1, State.valid);
	return chosen;
}
