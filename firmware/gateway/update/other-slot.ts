/** The slot that does not run, by the SDK's module for updates: thin. */
import FlashStorage from "embedded:storage/flash";
import Update from "embedded:update";
import type { Slot } from "gateway/update/installer";

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

/** Erases each block when what is appended reaches it: all at once would take seconds. */
export function openOtherSlot(): Slot {
	return Update.open({ partition: FlashStorage.open({ path }), mode: "a" });
}
