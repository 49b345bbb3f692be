#include "natives.h"

/* arguments: select pin or -1, buffer, whether what comes in is put into it */
void xs_spi_transfer(xsMachine *the) {
	xsUnsignedValue length;
	void *bytes;
	bool reads = xsmcToBoolean(xsArg(2));
	int select = xsmcToInteger(xsArg(0));
	if (reads)
		xsmcGetBufferWritable(xsArg(1), &bytes, &length);
	else
		xsmcGetBufferReadable(xsArg(1), &bytes, &length);
	if (length && !simSPITransfer(simMachine(the), select, bytes, reads ? bytes : NULL, length))
		xsUnknownError("no SPI device is selected");
}
