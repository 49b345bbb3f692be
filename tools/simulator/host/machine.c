/* One simulated device: its life from creation to its exit event. */
#include "host.h"

#define LINE_LIMIT 65536

SimMachine *simCurrent;
SimMachine *simMachines;
uint64_t simSeed;

static SimMachine *dirtyFirst;
static int depth;
static int machineCount;

SimMachine *simMachine(xsMachine *the) {
	return the->machine;
}

void simMachineInitialize(SimMachine *machine, SimApp *app, const char *name, const char *directory, int id) {
	machine->app = app;
	machine->name = strdup(name);
	machine->directory = strdup(directory);
	machine->id = id;
	machine->status = SIM_ALIVE;
	/* A device's randomness depends on the seed and its own name, not on who else is there. */
	machine->random = simSeed;
	for (const char *p = name; *p; p++)
		machine->random = (machine->random ^ (unsigned char)*p) * 0x100000001B3u;
	for (int i = 0; i < SIM_PIN_COUNT; i++)
		machine->pins[i] = (SimPin){.level = -1, .pull = -1, .output = -1};
}

SimMachine *simMachineFind(const char *name) {
	SimMachine *machine = simMachines;
	while (machine && strcmp(machine->name, name))
		machine = machine->next;
	return machine;
}

/* The caller starts it; one that could not be created ends at once. */
SimMachine *simMachineCreate(SimApp *app, SimBoard *board, SimReset reset, const char *slot) {
	SimMachine *machine = calloc(1, sizeof(*machine));
	if (!machine)
		abort();
	simMachineInitialize(machine, app, simBoardName(board), simBoardDirectory(board), ++machineCount);
	machine->board = board;
	machine->reset = reset;
	uint32_t *note = simBoardNote(board);
	machine->noted = reset == SIM_RESET_POWER ? 0 : *note;
	*note = 0;
	machine->slot = strdup(slot);
	SimMachine **address = &simMachines;
	while (*address)
		address = &(*address)->next;
	*address = machine;
	simTouch(machine);
	if (app->root.status != SIM_ALIVE) {
		simFail(machine, app->root.status, app->root.message, app->root.stack);
		return machine;
	}
	txCreation creation = app->creation;
	if (sizeof(txSlot) > 16) {
		/* A slot and a chunk's header take twice as much here: the same budget holds twice the bytes. */
		creation.staticSize *= 2;
		creation.initialChunkSize *= 2;
		creation.incrementalChunkSize *= 2;
	}
	if (creation.staticSize) {
		machine->block = aligned_alloc(16, ((size_t)creation.staticSize + 15) & ~(size_t)15);
		if (!machine->block)
			abort();
		machine->lower = machine->block;
		machine->upper = machine->block + (creation.staticSize & ~15);
	}
	SimMachine *previous = simCurrent;
	simCurrent = machine;
	if (!fxCloneMachine(&creation, app->root.the, machine->name, machine))
		machine->the = NULL;
	simCurrent = previous;
	if (!machine->the && machine->status == SIM_ALIVE)
		simFail(machine, XS_NOT_ENOUGH_MEMORY_EXIT, simCause(XS_NOT_ENOUGH_MEMORY_EXIT), "");
	return machine;
}

static void imported(txMachine *the) {
	the->machine->importing = false;
}

static void importFailed(txMachine *the) {
	SimMachine *machine = the->machine;
	machine->importing = false;
	mxException = *mxArgv(0);
	if (machine->status == SIM_ALIVE)
		simDescribeException(the, machine, XS_UNHANDLED_EXCEPTION_EXIT);
}

static void importMain(xsMachine *the, void *data) {
	txSlot *realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
	mxPushStringC(the->machine->app->main);
	fxRunImport(the, realm, XS_NO_ID);
	mxDub();
	fxGetID(the, mxID(_then));
	mxCall();
	fxNewHostFunction(the, imported, 1, XS_NO_ID, XS_NO_ID);
	fxNewHostFunction(the, importFailed, 1, XS_NO_ID, XS_NO_ID);
	mxRunCount(2);
	mxPop();
}

void simMachineStart(SimMachine *machine) {
	if (machine->status != SIM_ALIVE)
		return;
	machine->importing = true;
	simTouch(machine);
	simEnter(machine, importMain, NULL);
}

void simMachineEnd(SimMachine *machine, int status) {
	simFail(machine, status, simCause(status), "");
}

const char *simResetReason(const SimMachine *machine) {
	return simResetName(machine->reset);
}

uint32_t simNoted(const SimMachine *machine) {
	return machine->noted;
}

void simNote(SimMachine *machine, uint32_t value) {
	*simBoardNote(machine->board) = value;
}

const char *simSlot(const SimMachine *machine) {
	return machine->slot;
}

void simRestart(SimMachine *machine) {
	simMachineEnd(machine, SIM_RESTART);
	fxExitToHost(machine->the);
}

/* The first reason is the one that counts. */
void simFail(SimMachine *machine, int status, const char *message, const char *stack) {
	if (machine->status != SIM_ALIVE)
		return;
	machine->status = status;
	machine->message = strdup(message ? message : "");
	machine->stack = strdup(stack ? stack : "");
	simTouch(machine);
}

/*
 * Ends the machine for what mxException holds. The frame may still be that of the code that threw:
 * what runs here gets a host's frame of its own, or it would go on in that code.
 */
void simDescribeException(txMachine *the, SimMachine *machine, int status) {
	txSlot *stack = the->stack;
	txSlot *scope = the->scope;
	txSlot *frame = the->frame;
	txByte *code = the->code;
	char *volatile message = NULL;
	char *volatile trace = NULL;
	machine->status = status; /* an abort below is not another reason */
	simTouch(machine);
	fxBeginHost(the);
	mxTry(the) {
		mxPush(mxException);
		mxException = mxUndefined;
		txSlot *exception = the->stack;
		if (exception->kind == XS_REFERENCE_KIND) {
			mxPushSlot(exception);
			mxGetID(mxID(_stack));
			if (the->stack->kind == XS_STRING_KIND || the->stack->kind == XS_STRING_X_KIND)
				trace = strdup(the->stack->value.string);
			mxPop();
		}
		mxPushSlot(exception);
		message = strdup(fxToString(the, the->stack));
	}
	mxCatch(the) {
	}
	the->stack = stack;
	the->scope = scope;
	the->frame = frame;
	the->code = code;
	machine->message = message ? message : strdup(simCause(status));
	machine->stack = trace ? trace : strdup("");
}

/* Has it looked after when the current call is done. */
void simTouch(SimMachine *machine) {
	if (machine->dirty)
		return;
	machine->dirty = true;
	SimMachine **address = &dirtyFirst;
	while (*address)
		address = &(*address)->nextDirty;
	machine->nextDirty = NULL;
	*address = machine;
}

void simAccount(SimMachine *machine) {
	txMachine *the = machine->the;
	machine->meter += (txU4)(the->meterIndex - machine->meterIndex);
	machine->meterIndex = the->meterIndex;
	machine->collections += (txU2)(the->garbageCollectionCount - machine->collectionCount);
	machine->collectionCount = the->garbageCollectionCount;
}

static void enter(SimMachine *machine, SimBody body, void *data) {
	SimMachine *previous = simCurrent;
	simCurrent = machine;
	simWatchdogFeed(machine);
	xsBeginHost(machine->the);
	{ body(the, data); }
	xsEndHost(machine->the);
	simAccount(machine);
	simCurrent = previous;
}

void simEnter(SimMachine *machine, SimBody body, void *data) {
	if (machine->status != SIM_ALIVE || !machine->the)
		return;
	depth++;
	enter(machine, body, data);
	depth--;
	simSettle();
}

static void runPromiseJobs(xsMachine *the, void *data) {
	SimMachine *machine = the->machine;
	while (machine->promiseJobs && machine->status == SIM_ALIVE) {
		machine->promiseJobs = false;
		fxRunPromiseJobs(the);
	}
	if (machine->status == SIM_ALIVE)
		fxCheckUnhandledRejections(the, 1);
}

static void printLine(SimMachine *machine) {
	simOutput("{\"event\":\"log\",\"machine\":");
	simOutputString(machine->name);
	simOutput(",\"text\":");
	simOutputString(machine->line);
	simOutput("}\n");
	machine->lineLength = 0;
}

/* A log event for every line, whole. */
void simTrace(SimMachine *machine, const char *text) {
	if (!machine->line) {
		machine->line = malloc(LINE_LIMIT + 1);
		if (!machine->line)
			abort();
	}
	for (; *text; text++) {
		if (*text == '\n' || machine->lineLength == LINE_LIMIT) {
			machine->line[machine->lineLength] = 0;
			printLine(machine);
			if (*text == '\n')
				continue;
		}
		machine->line[machine->lineLength++] = *text;
	}
}

static void outputField(const char *name, uint64_t value) {
	char text[64];
	snprintf(text, sizeof(text), "\"%s\":%llu", name, (unsigned long long)value);
	simOutput(text);
}

void simWriteReport(SimMachine *machine) {
	txMachine *the = machine->the;
	if (!the) {
		simOutput("null");
		return;
	}
	simAccount(machine);
	simOutput("{\"slots\":{");
	outputField("current", (uint64_t)the->currentHeapCount * sizeof(txSlot));
	simOutput(",");
	outputField("peak", (uint64_t)the->peakHeapCount * sizeof(txSlot));
	simOutput(",");
	outputField("size", sizeof(txSlot));
	simOutput("},\"chunks\":{");
	outputField("current", (uint64_t)the->currentChunksSize);
	simOutput(",");
	outputField("peak", (uint64_t)the->peakChunksSize);
	simOutput("},\"stack\":{");
	outputField("peak", simStackPeak(the));
	simOutput("},\"native\":{");
	outputField("current", machine->nativeCurrent);
	simOutput(",");
	outputField("peak", machine->nativePeak);
	simOutput("},");
	outputField("keys", (uint64_t)(the->keyIndex - the->keyOffset));
	simOutput(",");
	outputField("meter", machine->meter);
	simOutput(",");
	outputField("collections", machine->collections);
	simOutput("}");
}

void simMachineDelete(SimMachine *machine) {
	SimMachine *previous = simCurrent;
	simCurrent = machine;
	if (machine->the)
		fxDeleteMachine(machine->the);
	machine->the = NULL;
	simCurrent = previous;
	simStoreClose(machine);
	simRadioClose(machine);
	simPollForget(&machine->starter);
	SimMachine **address = &simMachines;
	while (*address != machine)
		address = &(*address)->next;
	*address = machine->next;
	for (address = &dirtyFirst; *address; address = &(*address)->nextDirty) {
		if (*address == machine) {
			*address = machine->nextDirty;
			break;
		}
	}
	free(machine->block);
	free(machine->line);
	free(machine->name);
	free(machine->directory);
	free(machine->slot);
	free(machine->message);
	free(machine->stack);
	free(machine);
}

static void finish(SimMachine *machine) {
	if (machine == simSupervisor || (machine->app && machine == &machine->app->root))
		return; /* who entered it looks at its status */
	if (machine->lineLength) {
		machine->line[machine->lineLength] = 0;
		printLine(machine);
	}
	depth++;
	simSupervisorEnded(machine);
	depth--;
	if (machine->status == SIM_STOPPED) {
		simMachineDelete(machine);
		return;
	}
	simOutput("{\"event\":\"exit\",\"machine\":");
	simOutputString(machine->name);
	simOutput(",\"cause\":");
	simOutputString(simCause(machine->status));
	simOutput(",\"message\":");
	simOutputString(machine->message);
	simOutput(",\"stack\":");
	simOutputString(machine->stack);
	simOutput(",\"reason\":");
	simOutputString(simResetName(simResetOf(machine->status)));
	simOutput(",\"report\":");
	simWriteReport(machine);
	simOutput("}\n");
	simMachineDelete(machine);
}

static bool hasUnhandledRejections(txMachine *the) {
	return mxUnhandledPromises.kind == XS_REFERENCE_KIND && mxUnhandledPromises.value.reference->next;
}

/* After each call from the outside: promise jobs, then machines that are over. */
void simSettle(void) {
	if (depth)
		return;
	while (dirtyFirst) {
		SimMachine *machine = dirtyFirst;
		dirtyFirst = machine->nextDirty;
		machine->dirty = false;
		if (machine->status == SIM_ALIVE && machine->the) {
			depth++;
			if (machine->promiseJobs || hasUnhandledRejections(machine->the))
				enter(machine, runPromiseJobs, NULL);
			depth--;
			if (machine->status == SIM_ALIVE && machine->importing && !machine->sources && !machine->promiseJobs)
				simFail(machine, SIM_UNSETTLED, "main awaits what nothing can settle", "");
		}
		if (machine->status != SIM_ALIVE)
			finish(machine);
	}
}

/* What natives allocate, counted for the machine that runs. */

typedef struct {
	SimMachine *owner;
	size_t size;
} Block;
#define HEADER 16

static void count(SimMachine *machine, size_t size) {
	machine->nativeCurrent += size;
	if (machine->nativePeak < machine->nativeCurrent)
		machine->nativePeak = machine->nativeCurrent;
}

void *simMalloc(size_t size) {
	Block *block = size < SIZE_MAX - HEADER ? malloc(size + HEADER) : NULL;
	if (!block)
		return NULL;
	block->owner = simCurrent;
	block->size = size;
	count(simCurrent, size);
	return (char *)block + HEADER;
}

void *simCalloc(size_t number, size_t size) {
	size_t total;
	if (__builtin_mul_overflow(number, size, &total))
		return NULL;
	void *data = simMalloc(total);
	if (data)
		memset(data, 0, total);
	return data;
}

void simFree(void *data) {
	if (!data)
		return;
	Block *block = (Block *)((char *)data - HEADER);
	block->owner->nativeCurrent -= block->size;
	free(block);
}

void *simRealloc(void *data, size_t size) {
	void *result = simMalloc(size);
	if (result && data) {
		Block *block = (Block *)((char *)data - HEADER);
		memcpy(result, data, block->size < size ? block->size : size);
		simFree(data);
	}
	return result;
}
