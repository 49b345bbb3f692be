#include "natives.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
	void *bytes;
	size_t size;
} MappedFlash;

void xs_mapped_flash_destructor(void *data) {
	MappedFlash *flash = data;
	if (flash) {
		munmap(flash->bytes, flash->size);
		free(flash);
	}
}

static MappedFlash *toFlash(xsMachine *the) {
	MappedFlash *flash = xsmcGetHostDataValidate(xsThis, xs_mapped_flash_destructor);
	if (!flash)
		xsUnknownError("closed");
	return flash;
}

/* (partition) */
void xs_mapped_flash(xsMachine *the) {
	char path[PATH_MAX];
	SimMachine *machine = simMachine(the);
	const char *name = xsmcToString(xsArg(0));
	SimFlash *partition = simFlashOpen(machine, name);
	if (!partition)
		xsUnknownError("no partition \"%s\"", name);
	size_t size = simFlashSize(partition);
	int fd = simFlashPath(partition, path, sizeof(path)) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		xsUnknownError("%s: %s", path, strerror(errno));
	void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	int error = errno;
	close(fd);
	if (bytes == MAP_FAILED)
		xsUnknownError("%s: %s", path, strerror(error));
	MappedFlash *flash = malloc(sizeof(*flash));
	if (!flash) {
		munmap(bytes, size);
		xsUnknownError("no memory");
	}
	flash->bytes = bytes;
	flash->size = size;
	xsmcSetHostData(xsThis, flash);
}

/* The buffer keeps the object, and with it the mapping. */
void xs_mapped_flash_map(xsMachine *the) {
	MappedFlash *flash = toFlash(the);
	xsmcVars(1);
	xsResult = xsNewHostObject(NULL);
	xsmcSetHostBuffer(xsResult, flash->bytes, (xsIntegerValue)flash->size);
	xsmcPetrifyHostBuffer(xsResult);
	xsmcSetInteger(xsVar(0), (xsIntegerValue)flash->size);
	xsmcDefine(xsResult, xsID("byteLength"), xsVar(0), xsDefault);
	xsmcDefine(xsResult, xsID("flash"), xsThis, xsDefault);
}

void xs_mapped_flash_length(xsMachine *the) {
	xsmcSetInteger(xsResult, (xsIntegerValue)toFlash(the)->size);
}
