/**
 * What says which slot is started: the partition "otadata", with an entry of 32 bytes at the start of each of its two
 * sectors (`esp_ota_select_entry_t` of ESP-IDF: sequence number, 20 bytes of label, state, CRC of the sequence number).
 * The entry with the higher number names the slot: (number − 1) modulo the number of slots.
 */

export const entryLength = 32;
export const sectorLength = 4096;

/** States of an image with rollback (CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE). */
export const State = Object.freeze({
	/** Never started. */
	new: 0,
	/** Started once, and not confirmed. */
	pendingVerify: 1,
	valid: 2,
	/** Said by itself to be bad. */
	invalid: 3,
	/** Ended before it was confirmed. */
	aborted: 4,
	/** Nothing is known of it. */
	undefined: 0xffffffff,
} as const);

const erased = 0xffffffff;

export interface Entry {
	readonly sequence: number;
	readonly state: number;
	/** Whether its CRC fits its sequence number. */
	readonly isWhole: boolean;
}

/** `esp_rom_crc32_le(UINT32_MAX, sequence, 4)`: CRC-32 that starts from 0. */
export function sequenceCRC(sequence: number): number {
	let crc = sequence;
	for (let bit = 0; bit < 32; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	return ~crc >>> 0;
}

export function parseEntry(bytes: Uint8Array): Entry {
	const view = new DataView(bytes.buffer, bytes.byteOffset, entryLength);
	const sequence = view.getUint32(0, true);
	return {
		sequence,
		state: view.getUint32(24, true),
		isWhole: sequence !== erased && view.getUint32(28, true) === sequenceCRC(sequence),
	};
}

export function writeEntry(sequence: number, state: number): Uint8Array {
	const bytes = new Uint8Array(entryLength).fill(0xff);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, sequence, true);
	view.setUint32(24, state, true);
	view.setUint32(28, sequenceCRC(sequence), true);
	return bytes;
}

/** The entry in another state, and else as it was, a CRC that does not fit included. */
export function withState(entry: Uint8Array, state: number): Uint8Array {
	const bytes = entry.slice();
	new DataView(bytes.buffer).setUint32(24, state, true);
	return bytes;
}

/** Whether what it names may be started. */
export function isBootable({ state, isWhole }: Entry): boolean {
	return isWhole && state !== State.invalid && state !== State.aborted;
}

/** Whether ESP-IDF takes it for one that says nothing, without a look at its CRC. */
function saysNothing({ sequence, state }: Entry): boolean {
	return sequence === erased || state === State.invalid || state === State.aborted;
}

/** Whether both say nothing: nothing was ever chosen, or nothing of it is good. */
export function areBlank(entries: readonly [Entry, Entry]): boolean {
	return entries.every(saysNothing);
}

/** The entry that counts; undefined when none does. */
export function activeEntry([first, second]: readonly [Entry, Entry]): 0 | 1 | undefined {
	if (isBootable(first) && isBootable(second)) return first.sequence >= second.sequence ? 0 : 1;
	if (isBootable(first)) return 0;
	return isBootable(second) ? 1 : undefined;
}

/** Index of the slot that a sequence number names. */
export function slotOf(sequence: number, slots: number): number {
	return (sequence - 1) % slots;
}

/** The next sequence number that names the slot. */
export function nextSequence(current: number, slot: number, slots: number): number {
	const least = (slot + 1) % slots;
	return least + slots * Math.max(0, Math.ceil((current - least) / slots));
}
