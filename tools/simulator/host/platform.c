/* XS's platform: memory, clock, randomness, aborts. */
#include "host.h"

#define STACK_PAINT 0xA5

void fxCreateMachinePlatform(txMachine *the) {
	the->machine = the->context;
	the->connection = mxNoSocket;
	the->machine->the = the;
}

void fxDeleteMachinePlatform(txMachine *the) {
}

void *fxAllocateChunks(txMachine *the, txSize size) {
	SimMachine *machine = the->machine;
	if (!machine->block)
		return malloc((size_t)size);
	if (machine->upper - machine->lower < size)
		return NULL;
	txByte *result = machine->lower;
	machine->lower += size;
	return result;
}

void fxFreeChunks(txMachine *the, void *chunks) {
	if (!the->machine->block)
		free(chunks);
}

/* Slots have run short in the fixed block: what the chunks do not use is given to them. */
static bool makeRoom(txMachine *the, ptrdiff_t bytes) {
	SimMachine *machine = the->machine;
	txBlock *block = the->firstBlock;
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
	if (!block || block->limit != machine->lower)
		return false;
	ptrdiff_t missing = bytes - (machine->upper - machine->lower);
	ptrdiff_t unused = (block->limit - block->current) & ~(ptrdiff_t)15;
	if (missing > unused)
		return false;
	missing = (missing + 15) & ~(ptrdiff_t)15;
	if (missing > unused)
		missing = unused;
	block->limit -= missing;
	machine->lower -= missing;
	the->maximumChunksSize -= (txSize)missing;
	return true;
}

txSlot *fxAllocateSlots(txMachine *the, txSize count) {
	SimMachine *machine = the->machine;
	ptrdiff_t bytes = (ptrdiff_t)((size_t)count * sizeof(txSlot));
	txSlot *result;
	if (!machine->block)
		result = malloc((size_t)bytes);
	else if (machine->upper - machine->lower >= bytes || (the->firstHeap && makeRoom(the, bytes))) {
		machine->upper -= bytes;
		result = (txSlot *)machine->upper;
	}
	else if (the->firstHeap && the->freeHeap)
		result = (txSlot *)(intptr_t)-1; /* XS: the collection has freed some */
	else
		result = NULL;
	if (!the->stackBottom) {
		/* The stack comes first; XS does not look at what it gets. */
		if (!result)
			fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
		memset(result, STACK_PAINT, (size_t)bytes);
	}
	return result;
}

/*
 * Bytes of the stack that were ever used: XS's own figure is taken only where functions return.
 * Looked for from the top, since XS takes the unused end for scratch memory.
 */
size_t simStackPeak(txMachine *the) {
	uint8_t paint[sizeof(txSlot)];
	memset(paint, STACK_PAINT, sizeof(paint));
	txSlot *slot = the->stackTop;
	while (slot > the->stackBottom && memcmp(slot - 1, paint, sizeof(paint)))
		slot--;
	return (size_t)((char *)the->stackTop - (char *)slot);
}

void fxFreeSlots(txMachine *the, void *slots) {
	if (!the->machine->block)
		free(slots);
}

void fxQueuePromiseJobs(txMachine *the) {
	the->machine->promiseJobs = true;
	simTouch(the->machine);
}

int simTimeOfDay(struct timeval *time, void *zone) {
	uint64_t now = simNow();
	time->tv_sec = (time_t)(now / 1000000);
	time->tv_usec = (suseconds_t)(now % 1000000);
	return 0;
}

/* SplitMix64 (Steele, Lea, Flood 2014), one state a machine. */
uint32_t simRandom(void) {
	uint64_t z = simCurrent->random += 0x9E3779B97F4A7C15u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

const char *simCause(int status) {
	switch (status) {
		case XS_DEBUGGER_EXIT: return "debugger";
		case XS_NOT_ENOUGH_MEMORY_EXIT: return "memory full";
		case XS_STACK_OVERFLOW_EXIT: return "stack overflow";
		case XS_FATAL_CHECK_EXIT: return "fatal check";
		case XS_DEAD_STRIP_EXIT: return "dead strip";
		case XS_UNHANDLED_EXCEPTION_EXIT: return "unhandled exception";
		case XS_NO_MORE_KEYS_EXIT: return "not enough keys";
		case XS_TOO_MUCH_COMPUTATION_EXIT: return "too much computation";
		case XS_UNHANDLED_REJECTION_EXIT: return "unhandled rejection";
		case SIM_STOPPED: return "stopped";
		case SIM_UNSETTLED: return "unsettled top-level await";
		case SIM_POWER: return "power cut";
		case SIM_BUTTON: return "reset button";
		case SIM_BROWNOUT: return "brownout";
		case SIM_RESTART: return "restart";
		case SIM_WATCHDOG: return "watchdog";
		default: return "unknown";
	}
}

/* What a board says of it when it starts again. */
SimReset simResetOf(int status) {
	switch (status) {
		case SIM_POWER: return SIM_RESET_POWER;
		case SIM_BUTTON: return SIM_RESET_BUTTON;
		case SIM_BROWNOUT: return SIM_RESET_BROWNOUT;
		case SIM_RESTART: return SIM_RESET_RESTART;
		case SIM_WATCHDOG: return SIM_RESET_WATCHDOG;
		case SIM_UNSETTLED: return SIM_RESET_OTHER;
		default: return SIM_RESET_PANIC;
	}
}

const char *simResetName(SimReset reset) {
	static const char *const names[] = {
	    [SIM_RESET_POWER] = "power",
	    [SIM_RESET_BUTTON] = "button",
	    [SIM_RESET_RESTART] = "restart",
	    [SIM_RESET_PANIC] = "panic",
	    [SIM_RESET_WATCHDOG] = "watchdog",
	    [SIM_RESET_BROWNOUT] = "brownout",
	    [SIM_RESET_OTHER] = "other",
	};
	return names[reset];
}

/* The JavaScript stack as text, without allocating anything in the machine. */
void simDescribeFrames(txMachine *the, char *buffer, size_t size) {
	size_t used = 0;
	int depth = 0;
	buffer[0] = 0;
	for (txSlot *frame = the->frame; frame && frame->next && depth < 24; frame = frame->next, depth++) {
		char name[128] = "";
		txSlot *environment = mxFrameToEnvironment(frame);
		fxBufferFrameName(the, name, sizeof(name), frame, "");
		const char *file = NULL;
		if (environment->ID != XS_NO_ID && environment->value.environment.line > 0)
			file = fxGetKeyName(the, environment->ID);
		int length;
		if (file)
			length = snprintf(buffer + used, size - used, "%s at %s (%s:%d)", used ? "\n" : "", name, file,
			    (int)environment->value.environment.line);
		else
			length = snprintf(buffer + used, size - used, "%s at %s ()", used ? "\n" : "", name);
		if (length < 0 || used + (size_t)length >= size)
			break;
		used += (size_t)length;
	}
}

/*
 * The engine is at its end. What JavaScript cannot catch jumps to the outermost xsBeginHost, whose
 * xsEndHost comes here again with XS_UNHANDLED_EXCEPTION_EXIT and goes on when this returns.
 */
void fxAbort(txMachine *the, int status) {
	SimMachine *machine = the->machine;
	if (machine->status == SIM_ALIVE) {
		if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT)
			simDescribeException(the, machine, status);
		else {
			char frames[4096];
			simDescribeFrames(the, frames, sizeof(frames));
			simFail(machine, status, simCause(status), frames);
#ifdef mxDebug
			if (fxIsConnected(the))
				fxDebugger(the, (char *)__FILE__, __LINE__);
#endif
		}
	}
	if (status != XS_UNHANDLED_EXCEPTION_EXIT && status != XS_UNHANDLED_REJECTION_EXIT)
		fxExitToHost(the);
}
