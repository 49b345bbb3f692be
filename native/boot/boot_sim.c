/* `boot` on the simulator. */
#include "natives.h"

void xs_boot_reason(xsMachine *the) {
	xsmcSetString(xsResult, (char *)simResetReason(simMachine(the)));
}

void xs_boot_noted(xsMachine *the) {
	xsmcSetNumber(xsResult, (xsNumberValue)simNoted(simMachine(the)));
}

void xs_boot_note(xsMachine *the) {
	simNote(simMachine(the), (uint32_t)xsmcToNumber(xsArg(0)));
}

void xs_boot_slot(xsMachine *the) {
	xsmcSetString(xsResult, (char *)simSlot(simMachine(the)));
}

void xs_boot_pending(xsMachine *the) {
	xsmcSetBoolean(xsResult, simUpdate(simMachine(the), SIM_UPDATE_PENDING, 0, NULL, 0));
}

void xs_boot_confirm(xsMachine *the) {
	if (!simUpdate(simMachine(the), SIM_UPDATE_CONFIRM, 0, NULL, 0))
		xsUnknownError("not confirmed");
}

void xs_boot_rollback(xsMachine *the) {
	if (!simUpdate(simMachine(the), SIM_UPDATE_ROLL_BACK, 0, NULL, 0))
		xsUnknownError("no other firmware");
	simRestart(simMachine(the));
}

void xs_boot_restart(xsMachine *the) {
	simRestart(simMachine(the));
}

/* Shorter ones than a board's are for tests. */
void xs_boot_watch(xsMachine *the) {
	xsNumberValue milliseconds = xsmcToNumber(xsArg(0));
	if (!(milliseconds >= 1 && milliseconds <= 60000))
		xsRangeError("1 to 60000 milliseconds");
	simWatchdog(simMachine(the), (uint32_t)milliseconds);
}

void xs_boot_feed(xsMachine *the) {
	simWatchdogFeed(simMachine(the));
}
