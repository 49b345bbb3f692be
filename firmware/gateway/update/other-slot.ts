/** The slot that does not run, by the SDK's module for updates: thin. */
import FlashStorage from "embedded:storage/flash";
import Update from "embedded:update";
import type { Slot } from "gateway/update/installer";
import { SlotWriter } from "gateway/update/slot-writer";

/** What the SDK calls the partition that an update goes into. */
const path = "nextota";

/** Bytes; 0 without such a slot. */
export function otherSlotSize(): number {
	try {
		const flash = FlashStorage.open({ path });
		const { size } = flash.status();
		flash.close();
		return size;
	} catch {
		return 0;
	}
}

/** Erases its first block, and with it what was there. */
export function openOtherSlot(): Slot {
	const flash = FlashStorage.open({ path });
	const { blockLength } = flash.status();
	const update = Update.open({ partition: flash, mode: "w", byteLength: blockLength });
	return new SlotWriter({ flash, update, blockLength });
}
