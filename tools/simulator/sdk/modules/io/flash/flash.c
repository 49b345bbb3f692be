#include "natives.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096

typedef struct {
	int fd;
	size_t size;
} Flash;

void xs_flash_destructor(void *data) {
	Flash *flash = data;
	if (flash) {
		close(flash->fd);
		free(flash);
	}
}

static Flash *toFlash(xsMachine *the) {
	Flash *flash = xsmcGetHostDataValidate(xsThis, xs_flash_destructor);
	if (!flash)
		xsUnknownError("closed");
	return flash;
}

static bool erase(int fd, size_t start, size_t end) {
	static uint8_t ones[BLOCK];
	memset(ones, 0xFF, sizeof(ones));
	for (; start < end; start += BLOCK) {
		if (pwrite(fd, ones, BLOCK, (off_t)start) != BLOCK)
			return false;
	}
	return true;
}

/* A chip from the factory is erased; so is what a file lacks of its partition. */
void xs_flash(xsMachine *the) {
	char path[PATH_MAX];
	struct stat status;
	SimMachine *machine = simMachine(the);
	const char *name = xsmcToString(xsArg(0));
	size_t size = simPartitionSize(machine, name);
	if (!size || strchr(name, '/'))
		xsUnknownError("no partition \"%s\"", name);
	if (size % BLOCK)
		xsRangeError("partition \"%s\" is not whole blocks", name);
	snprintf(path, sizeof(path), "%s/%s.bin", simMachineDirectory(machine), name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		xsUnknownError("%s: %s", path, strerror(errno));
	if (fstat(fd, &status) ||
	    ((size_t)status.st_size < size && !erase(fd, (size_t)status.st_size & ~(size_t)(BLOCK - 1), size))) {
		close(fd);
		xsUnknownError("%s: %s", path, strerror(errno));
	}
	Flash *flash = malloc(sizeof(*flash));
	if (!flash) {
		close(fd);
		xsUnknownError("no memory");
	}
	flash->fd = fd;
	flash->size = size;
	xsmcSetHostData(xsThis, flash);
}

void xs_flash_close(xsMachine *the) {
	Flash *flash = xsmcGetHostDataValidate(xsThis, xs_flash_destructor);
	xsmcSetHostData(xsThis, NULL);
	xs_flash_destructor(flash);
}

void xs_flash_size(xsMachine *the) {
	xsmcSetInteger(xsResult, (xsIntegerValue)toFlash(the)->size);
}

void xs_flash_partition(xsMachine *the) {
	const char *name = simPartitionName(simMachine(the), (size_t)xsmcToInteger(xsArg(0)));
	if (name)
		xsmcSetString(xsResult, (char *)name);
}

static size_t toOffset(xsMachine *the, xsSlot *slot, Flash *flash, size_t length) {
	double offset = fxToNumber(the, slot);
	if (!(offset >= 0 && offset <= (double)flash->size) || length > flash->size - (size_t)offset)
		xsRangeError("beyond the partition");
	return (size_t)offset;
}

void xs_flash_erase(xsMachine *the) {
	Flash *flash = toFlash(the);
	double start = xsmcToNumber(xsArg(0)), end = xsmcToNumber(xsArg(1));
	if (!(start >= 0 && end >= start && end * BLOCK <= (double)flash->size))
		xsRangeError("beyond the partition");
	if (!erase(flash->fd, (size_t)start * BLOCK, (size_t)end * BLOCK))
		xsUnknownError("erase: %s", strerror(errno));
}

void xs_flash_read(xsMachine *the) {
	Flash *flash = toFlash(the);
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
		if (!(wanted >= 0 && wanted <= (double)flash->size))
			xsRangeError("length");
		length = (xsUnsignedValue)wanted;
		offset = toOffset(the, &xsArg(1), flash, length);
		xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
		bytes = xsmcToArrayBuffer(xsResult);
	}
	if (pread(flash->fd, bytes, length, (off_t)offset) != (ssize_t)length)
		xsUnknownError("read: %s", strerror(errno));
}

/* Goes to the file at once, piece by piece: what a killed process had written is there. */
void xs_flash_write(xsMachine *the) {
	Flash *flash = toFlash(the);
	const uint8_t *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &length);
	size_t offset = toOffset(the, &xsArg(1), flash, length);
	uint8_t piece[256];
	while (length) {
		size_t count = length < sizeof(piece) ? length : sizeof(piece);
		bool done = pread(flash->fd, piece, count, (off_t)offset) == (ssize_t)count;
		for (size_t i = 0; i < count; i++)
			piece[i] &= bytes[i];
		if (!done || pwrite(flash->fd, piece, count, (off_t)offset) != (ssize_t)count)
			xsUnknownError("write: %s", strerror(errno));
		bytes += count;
		offset += count;
		length -= (xsUnsignedValue)count;
	}
}
