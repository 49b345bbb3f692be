#include "natives.h"

void xs_resource_destructor(void *data) {
	/* The bytes belong to the app. */
}

void xs_resource(xsMachine *the) {
	size_t length;
	const void *bytes = simResource(simMachine(the), xsmcToString(xsArg(0)), &length);
	if (!bytes)
		xsUnknownError("Resource not found: %s", xsmcToString(xsArg(0)));
	xsmcSetHostBuffer(xsThis, (void *)bytes, (xsIntegerValue)length);
	xsmcPetrifyHostBuffer(xsThis);
}

void xs_resource_exists(xsMachine *the) {
	size_t length;
	xsmcSetBoolean(xsResult, simResource(simMachine(the), xsmcToString(xsArg(0)), &length) != NULL);
}

void xs_resource_length(xsMachine *the) {
	xsmcSetInteger(xsResult, xsmcGetHostBufferLength(xsThis));
}

static xsIntegerValue clamp(xsMachine *the, xsSlot *slot, xsIntegerValue absent, xsIntegerValue length) {
	if (fxTypeOf(the, slot) == xsUndefinedType)
		return absent;
	xsIntegerValue value = fxToInteger(the, slot);
	if (value < 0)
		value += length;
	return value < 0 ? 0 : value > length ? length : value;
}

void xs_resource_slice(xsMachine *the) {
	uint8_t *bytes;
	xsUnsignedValue size;
	xsmcGetBufferReadable(xsThis, (void **)&bytes, &size);
	xsIntegerValue length = (xsIntegerValue)size;
	xsIntegerValue begin = clamp(the, &xsArg(0), 0, length);
	xsIntegerValue end = clamp(the, &xsArg(1), length, length);
	if (end < begin)
		end = begin;
	if (xsmcToBoolean(xsArg(2)))
		xsmcSetArrayBuffer(xsResult, bytes + begin, end - begin);
	else {
		xsResult = xsNewHostObject(NULL);
		xsmcSetHostBuffer(xsResult, bytes + begin, end - begin);
		xsmcPetrifyHostBuffer(xsResult);
		xsmcVars(1);
		xsmcSetInteger(xsVar(0), end - begin);
		xsmcDefine(xsResult, xsID("byteLength"), xsVar(0), xsDefault);
	}
}
