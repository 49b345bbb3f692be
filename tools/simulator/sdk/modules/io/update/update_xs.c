#include "flash.h"

/* arguments: partition, bytes to erase at once (-1: as they are reached) */
void xs_update_begin(xsMachine *the) {
	Flash *flash = flashOf(the, &xsArg(0));
	if (!flash->writable)
		xsUnknownError("read-only partition");
	const char *label = simFlashLabel(flash->partition);
	if (!simUpdate(simMachine(the), SIM_UPDATE_BEGIN, xsmcToInteger(xsArg(1)), label, strlen(label)))
		xsUnknownError("begin failed");
}

/* arguments: bytes, offset (-1: after what was written) */
void xs_update_write(xsMachine *the) {
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (!simUpdate(simMachine(the), SIM_UPDATE_WRITE, xsmcToInteger(xsArg(1)), bytes, length))
		xsUnknownError("write failed");
}

void xs_update_complete(xsMachine *the) {
	if (!simUpdate(simMachine(the), SIM_UPDATE_COMPLETE, 0, NULL, 0))
		xsUnknownError("end failed");
}

void xs_update_abort(xsMachine *the) {
	simUpdate(simMachine(the), SIM_UPDATE_ABORT, 0, NULL, 0);
}
