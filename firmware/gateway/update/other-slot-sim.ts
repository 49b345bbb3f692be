import type { Slot } from "gateway/update/installer";

/** A simulated gateway has one slot. */
export const otherSlotSize = (): number => 0;

export function openOtherSlot(): Slot {
	throw new Error("there is no other slot");
}
