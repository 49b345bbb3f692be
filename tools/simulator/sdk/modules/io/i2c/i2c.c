#include "natives.h"

#define TRANSFER_LIMIT 65535

/* arguments: data, clock, address, count or buffer */
void xs_i2c_read(xsMachine *the) {
	SimMachine *machine = simMachine(the);
	int data = xsmcToInteger(xsArg(0)), clock = xsmcToInteger(xsArg(1)), address = xsmcToInteger(xsArg(2));
	xsUnsignedValue length;
	void *bytes;
	bool given = xsmcTypeOf(xsArg(3)) == xsReferenceType;
	if (given)
		xsmcGetBufferWritable(xsArg(3), &bytes, &length);
	else {
		xsIntegerValue count = xsmcToInteger(xsArg(3));
		if (count < 0 || count > TRANSFER_LIMIT)
			xsRangeError("count");
		length = (xsUnsignedValue)count;
		xsmcSetArrayBuffer(xsResult, NULL, count);
		bytes = xsmcToArrayBuffer(xsResult);
	}
	/* The supervisor's machine runs meanwhile and not this one, so its memory stays where it is. */
	if (!simI2CRead(machine, data, clock, address, bytes, length))
		xsUnknownError("not acknowledged: I2C address 0x%02x", address);
	if (given)
		xsmcSetInteger(xsResult, (xsIntegerValue)length);
}

void xs_i2c_write(xsMachine *the) {
	SimMachine *machine = simMachine(the);
	int data = xsmcToInteger(xsArg(0)), clock = xsmcToInteger(xsArg(1)), address = xsmcToInteger(xsArg(2));
	xsUnsignedValue length;
	void *bytes;
	xsmcGetBufferReadable(xsArg(3), &bytes, &length);
	if (!simI2CWrite(machine, data, clock, address, bytes, length))
		xsUnknownError("not acknowledged: I2C address 0x%02x", address);
}
