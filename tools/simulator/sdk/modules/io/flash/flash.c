#include "flash.h"

#include <errno.h>

void xs_flash_destructor(void *data) {
	free(data);
}

Flash *flashOf(xsMachine *the, xsSlot *object) {
	Flash *flash = xsmcGetHostDataValidate(*object, xs_flash_destructor);
	if (!flash)
		xsUnknownError("closed");
	return flash;
}

static SimFlash *toFlash(xsMachine *the) {
	return flashOf(the, &xsThis)->partition;
}

static SimFlash *toWritable(xsMachine *the) {
	Flash *flash = flashOf(the, &xsThis);
	if (!flash->writable)
		xsUnknownError("read-only");
	return flash->partition;
}

/* arguments: name, whether it is opened for writing */
void xs_flash(xsMachine *the) {
	const char *name = xsmcToString(xsArg(0));
	SimFlash *partition = simFlashOpen(simMachine(the), name);
	if (!partition)
		xsUnknownError("no partition \"%s\"", name);
	Flash *flash = malloc(sizeof(*flash));
	if (!flash)
		xsUnknownError("no memory");
	flash->partition = partition;
	flash->writable = xsmcToBoolean(xsArg(1));
	xsmcSetHostData(xsThis, flash);
}

void xs_flash_close(xsMachine *the) {
	Flash *flash = xsmcGetHostDataValidate(xsThis, xs_flash_destructor);
	xsmcSetHostData(xsThis, NULL);
	xs_flash_destructor(flash);
}

void xs_flash_size(xsMachine *the) {
	xsmcSetInteger(xsResult, (xsIntegerValue)simFlashSize(toFlash(the)));
}

void xs_flash_partition(xsMachine *the) {
	const char *name = simFlashName(simMachine(the), (size_t)xsmcToInteger(xsArg(0)));
	if (name)
		xsmcSetString(xsResult, (char *)name);
}

static size_t toOffset(xsMachine *the, xsSlot *slot, SimFlash *flash, size_t length) {
	double offset = fxToNumber(the, slot);
	size_t size = simFlashSize(flash);
	if (!(offset >= 0 && offset <= (double)size) || length > size - (size_t)offset)
		xsRangeError("beyond the partition");
	return (size_t)offset;
}

void xs_flash_erase(xsMachine *the) {
	SimFlash *flash = toWritable(the);
	double start = xsmcToNumber(xsArg(0)), end = xsmcToNumber(xsArg(1));
	if (!(start >= 0 && end >= start && end * SIM_FLASH_BLOCK <= (double)simFlashSize(flash)))
		xsRangeError("beyond the partition");
	for (size_t block = (size_t)start; block < (size_t)end; block++) {
		if (!simFlashErase(flash, block))
			xsUnknownError("erase: %s", strerror(errno));
	}
}

void xs_flash_read(xsMachine *the) {
	SimFlash *flash = toFlash(the);
	void *bytes;
	xsUnsignedValue length;
	size_t offset;
	if (xsmcTypeOf(xsArg(0)) == xsReferenceType) {
		xsmcGetBufferWritable(xsArg(0), &bytes, &length);
		offset = toOffset(the, &xsArg(1), flash, length);
		xsmcSetInteger(xsResult, (xsIntegerValue)length);
	}
	else {
		double wanted = xsmcToNumber(xsArg(0));
		if (!(wanted >= 0 && wanted <= (double)simFlashSize(flash)))
			xsRangeError("length");
		length = (xsUnsignedValue)wanted;
		offset = toOffset(the, &xsArg(1), flash, length);
		xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
		bytes = xsmcToArrayBuffer(xsResult);
	}
	if (!simFlashRead(flash, offset, bytes, length))
		xsUnknownError("read: %s", strerror(errno));
}

void xs_flash_write(xsMachine *the) {
	SimFlash *flash = toWritable(the);
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	size_t offset = toOffset(the, &xsArg(1), flash, length);
	if (!simFlashWrite(flash, offset, bytes, length))
		xsUnknownError("write: %s", strerror(errno));
}
