#ifndef SIM_SDK_FLASH_H
#define SIM_SDK_FLASH_H

#include "natives.h"

/* What an object of `embedded:storage/flash` stands for; throws when it is none, or closed. */
typedef struct {
	SimFlash *partition;
	bool writable;
} Flash;
Flash *flashOf(xsMachine *the, xsSlot *object);

#endif
