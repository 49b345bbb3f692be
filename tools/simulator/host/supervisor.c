/* The supervisor's machine: what its JavaScript may call, and how the host calls it. */
#include "host.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#define INPUT_LIMIT (16 * 1024 * 1024)

SimMachine *simSupervisor;

static SimApp *apps;
static char *scenarioText;
static xsSlot handlers;
static bool handling;

void simListening(SimMachine *machine, const char *protocol, int port) {
	simOutput("{\"event\":\"listening\",\"machine\":");
	simOutputString(machine->name);
	simOutput(",\"protocol\":");
	simOutputString(protocol);
	simOutput(",\"port\":");
	simOutputNumber(port);
	simOutput("}\n");
}

static void outputHex(const void *bytes, size_t length) {
	char text[3];
	simOutput("\"");
	for (size_t i = 0; i < length; i++) {
		snprintf(text, sizeof(text), "%02x", ((const uint8_t *)bytes)[i]);
		simOutput(text);
	}
	simOutput("\"");
}

void simDatagramSent(SimMachine *machine, int port, const char *address, int to, const void *bytes, size_t length) {
	simOutput("{\"event\":\"datagram\",\"machine\":");
	simOutputString(machine->name);
	simOutput(",\"port\":");
	simOutputNumber(port);
	simOutput(",\"address\":");
	simOutputString(address);
	simOutput(",\"to\":");
	simOutputNumber(to);
	simOutput(",\"hex\":");
	outputHex(bytes, length);
	simOutput("}\n");
}

void simSerialSent(SimSerial *serial, const void *bytes, size_t length) {
	simOutput("{\"event\":\"serial\",\"machine\":");
	simOutputString(serial->machine->name);
	simOutput(",\"port\":");
	simOutputNumber(serial->port);
	simOutput(",\"hex\":");
	outputHex(bytes, length);
	simOutput("}\n");
}

/* scenario(): the scenario's text */
static void sim_scenario(xsMachine *the) {
	fxString(the, mxResult, scenarioText);
}

/* handle({ command, i2c, spi, pin, ended }): what the host calls */
static void sim_handle(xsMachine *the) {
	handlers = *mxArgv(0);
	if (!handling)
		fxRemember(the, &handlers);
	handling = true;
}

/* read(path): a text file */
static void sim_read(xsMachine *the) {
	void *bytes;
	size_t length;
	const char *path = fxToString(the, mxArgv(0));
	if (!simReadFile(path, &bytes, &length))
		mxUnknownError("cannot read %s", path);
	fxString(the, mxResult, bytes);
	free(bytes);
}

/* stamp(path): names the file's present content */
static void sim_stamp(xsMachine *the) {
	struct stat status;
	char text[C_PATH_MAX + 64];
	const char *path = fxToString(the, mxArgv(0));
	if (stat(path, &status))
		mxUnknownError("cannot read %s", path);
	snprintf(text, sizeof(text), "%s@%lld.%09ld", path, (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	fxString(the, mxResult, text);
}

static SimApp *findApp(const char *key) {
	SimApp *app = apps;
	while (app && strcmp(app->key, key))
		app = app->next;
	return app;
}

/* known(stamp): whether an app of that stamp has been described */
static void sim_known(xsMachine *the) {
	fxBoolean(the, mxResult, findApp(fxToString(the, mxArgv(0))) != NULL);
}

/* app(stamp, description) */
static void sim_app(xsMachine *the) {
	char *key = strdup(fxToString(the, mxArgv(0)));
	SimApp *app = simAppDescribe(the, key, mxArgv(1));
	app->next = apps;
	apps = app;
	simAppBuild(app, simNatives, simNativeCount, true);
}

static SimMachine *toMachine(xsMachine *the, xsSlot *slot) {
	SimMachine *machine = simMachineFind(fxToString(the, slot));
	if (!machine)
		mxUnknownError("no machine \"%s\"", fxToString(the, slot));
	return machine;
}

static SimBoard *toBoard(xsMachine *the, xsSlot *slot) {
	SimBoard *board = simBoardFind(fxToString(the, slot));
	if (!board)
		mxUnknownError("no machine \"%s\"", fxToString(the, slot));
	return board;
}

/* board(name, directory, partitions) */
static void sim_board(xsMachine *the) {
	char *name = strdup(fxToString(the, mxArgv(0)));
	char *directory = strdup(fxToString(the, mxArgv(1)));
	if (simBoardFind(name))
		mxUnknownError("machine \"%s\" is there already", name);
	simBoardDescribe(the, name, directory, mxArgv(2));
	free(name);
	free(directory);
}

/* unboard(name): its machine has ended */
static void sim_unboard(xsMachine *the) {
	simBoardDelete(toBoard(the, mxArgv(0)));
}

/* cut(name, nth, how): see simBoardCutPower */
static void sim_cut(xsMachine *the) {
	simBoardCutPower(
	    toBoard(the, mxArgv(0)), (uint64_t)fxToNumber(the, mxArgv(1)), (SimCut)fxToInteger(the, mxArgv(2)));
}

/* wear(name, id) */
static void sim_wear(xsMachine *the) {
	SimBoard *board = toBoard(the, mxArgv(0));
	double id = fxToNumber(the, mxArgv(1));
	simOutput("{\"event\":\"reply\",\"id\":");
	simOutputNumber(id);
	simOutput(",\"wear\":");
	simBoardWriteWear(board);
	simOutput("}\n");
}

static SimFlash *toFlash(xsMachine *the, xsSlot *board, xsSlot *name) {
	SimFlash *flash = simBoardFlash(toBoard(the, board), fxToString(the, name));
	if (!flash)
		mxUnknownError("no partition \"%s\"", fxToString(the, name));
	return flash;
}

static size_t toRange(xsMachine *the, xsSlot *slot, SimFlash *flash, size_t length) {
	double offset = fxToNumber(the, slot);
	size_t size = simFlashSize(flash);
	if (!(offset >= 0 && offset <= (double)size) || length > size - (size_t)offset)
		mxRangeError("beyond the partition");
	return (size_t)offset;
}

/* flashRead(name, partition, offset, length) */
static void sim_flashRead(xsMachine *the) {
	SimFlash *flash = toFlash(the, mxArgv(0), mxArgv(1));
	double wanted = fxToNumber(the, mxArgv(3));
	if (!(wanted >= 0 && wanted <= (double)simFlashSize(flash)))
		mxRangeError("beyond the partition");
	size_t length = (size_t)wanted, offset = toRange(the, mxArgv(2), flash, length);
	fxArrayBuffer(the, mxResult, NULL, (txInteger)length, -1);
	if (!simFlashRead(flash, offset, fxToArrayBuffer(the, mxResult), length))
		mxUnknownError("flash cannot be read");
}

/* flashHash(name, partition, length): SHA-256 of its start */
static void sim_flashHash(xsMachine *the) {
	SimFlash *flash = toFlash(the, mxArgv(0), mxArgv(1));
	double length = fxToNumber(the, mxArgv(2));
	uint8_t hash[32];
	toRange(the, mxArgv(2), flash, 0);
	void *bytes = malloc((size_t)length + 1);
	if (!bytes)
		abort();
	bool done = simFlashRead(flash, 0, bytes, (size_t)length);
	simSHA256(bytes, (size_t)length, hash);
	free(bytes);
	if (!done)
		mxUnknownError("flash cannot be read");
	fxArrayBuffer(the, mxResult, hash, sizeof(hash), -1);
}

/* flashWrite(name, partition, offset, bytes): throws when the power was cut */
static void sim_flashWrite(xsMachine *the) {
	SimFlash *flash = toFlash(the, mxArgv(0), mxArgv(1));
	void *bytes;
	txUnsigned length;
	_xsmcGetBuffer(the, mxArgv(3), &bytes, &length, 0);
	size_t offset = toRange(the, mxArgv(2), flash, length);
	if (!simFlashWrite(flash, offset, bytes, length))
		mxUnknownError("flash cannot be written");
}

/* flashErase(name, partition, block): the same */
static void sim_flashErase(xsMachine *the) {
	SimFlash *flash = toFlash(the, mxArgv(0), mxArgv(1));
	double block = fxToNumber(the, mxArgv(2));
	if (!(block >= 0 && (block + 1) * SIM_FLASH_BLOCK <= (double)simFlashSize(flash)))
		mxRangeError("beyond the partition");
	if (!simFlashErase(flash, (size_t)block))
		mxUnknownError("flash cannot be erased");
}

/* flashWritten(name, partition): whether anything was ever written to it */
static void sim_flashWritten(xsMachine *the) {
	fxBoolean(the, mxResult, simFlashWritten(toFlash(the, mxArgv(0), mxArgv(1))));
}

/* power(name): is it there? With true it comes back. */
static void sim_power(xsMachine *the) {
	SimBoard *board = toBoard(the, mxArgv(0));
	if (mxArgc > 1 && fxToBoolean(the, mxArgv(1)))
		simBoardPower(board);
	fxBoolean(the, mxResult, simBoardHasPower(board));
}

/* create(name, stamp, reset, slot): the machine's number; it has not run yet */
static void sim_create(xsMachine *the) {
	SimBoard *board = toBoard(the, mxArgv(0));
	SimApp *app = findApp(fxToString(the, mxArgv(1)));
	if (!app)
		mxUnknownError("no app");
	SimMachine *machine =
	    simMachineCreate(app, board, (SimReset)fxToInteger(the, mxArgv(2)), fxToString(the, mxArgv(3)));
	if (!simStoreOpen(machine))
		simFail(machine, XS_UNHANDLED_EXCEPTION_EXIT, "key-value.bin: not a key-value file", "");
	fxInteger(the, mxResult, machine->id);
}

/* preset(name, domain, key, value): writes where the key is absent */
static void sim_preset(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	char domain[64], key[64];
	SimStoreValue value;
	fxToStringBuffer(the, mxArgv(1), domain, sizeof(domain));
	fxToStringBuffer(the, mxArgv(2), key, sizeof(key));
	if (simStoreRead(machine, domain, key, &value))
		return;
	int64_t number;
	if (mxArgv(3)->kind == XS_INTEGER_KIND || mxArgv(3)->kind == XS_NUMBER_KIND) {
		number = (int64_t)fxToNumber(the, mxArgv(3));
		value = (SimStoreValue){SIM_STORE_NUMBER, &number, sizeof(number)};
	}
	else if (mxArgv(3)->kind == XS_REFERENCE_KIND) {
		void *bytes;
		txUnsigned length;
		_xsmcGetBuffer(the, mxArgv(3), &bytes, &length, 0);
		value = (SimStoreValue){SIM_STORE_BUFFER, bytes, length};
	}
	else {
		const char *text = fxToString(the, mxArgv(3));
		value = (SimStoreValue){SIM_STORE_STRING, text, strlen(text)};
	}
	if (simStorePut(machine, domain, key, &value) != SIM_STORE_OK)
		mxUnknownError("cannot store %s/%s", domain, key);
}

static void startSoon(SimPoll *poll, uint32_t events) {
	simOutputFlush(); /* what was answered to the command that started it: main may take long */
	simMachineStart(poll->machine);
}

/* start(name): from the loop, once the present call is over */
static void sim_start(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	machine->starter = (SimPoll){.fd = -1, .machine = machine, .callback = startSoon};
	simPollSoon(&machine->starter);
}

/* stop(name) */
static void sim_stop(xsMachine *the) {
	simMachineEnd(toMachine(the, mxArgv(0)), SIM_STOPPED);
}

/* reset(name, reset): from outside */
static void sim_reset(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	switch (fxToInteger(the, mxArgv(1))) {
		case SIM_RESET_BUTTON: simMachineEnd(machine, SIM_BUTTON); break;
		case SIM_RESET_BROWNOUT: simMachineEnd(machine, SIM_BROWNOUT); break;
		default: simMachineEnd(machine, SIM_POWER);
	}
}

/* report(name, id, collect): with `collect`, garbage is collected first, so that what is in use is what lives */
static void sim_report(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	double id = fxToNumber(the, mxArgv(1));
	if (fxToBoolean(the, mxArgv(2)))
		fxCollectGarbage(machine->the);
	simOutput("{\"event\":\"reply\",\"id\":");
	simOutputNumber(id);
	simOutput(",\"report\":");
	simWriteReport(machine);
	simOutput("}\n");
}

/* drive(name, pin, value): a pin of the machine from outside it */
static void sim_drive(xsMachine *the) {
	SimMachine *machine = simMachineFind(fxToString(the, mxArgv(0)));
	if (machine)
		simPinDrive(machine, fxToInteger(the, mxArgv(1)), fxToInteger(the, mxArgv(2)) != 0);
}

/* Copies a text's or a buffer's bytes; what is longer than `size` is cut. */
static size_t getBytes(xsMachine *the, xsSlot *slot, void *result, size_t size) {
	void *bytes;
	txUnsigned length;
	_xsmcGetBuffer(the, slot, &bytes, &length, 0);
	if (length > size)
		length = (txUnsigned)size;
	memcpy(result, bytes, length);
	return length;
}

static SimMachine *numbered(xsMachine *the, xsSlot *slot) {
	int number = fxToInteger(the, slot);
	SimMachine *machine = simMachines;
	while (machine && machine->id != number)
		machine = machine->next;
	return machine;
}

static void copyText(xsMachine *the, xsSlot *slot, char *result, size_t size) {
	snprintf(result, size, "%s", fxToString(the, slot));
}

/* radio(number, mode, joined, addressed, failure, ssid, bssid, strength, channel, accessPoint): how it is now */
static void sim_radio(xsMachine *the) {
	SimMachine *machine = numbered(the, mxArgv(0));
	if (!machine)
		return;
	SimRadio *radio = &machine->radio;
	radio->started = true;
	radio->mode = fxToInteger(the, mxArgv(1));
	radio->joined = fxToBoolean(the, mxArgv(2));
	radio->addressed = fxToBoolean(the, mxArgv(3));
	radio->failure = fxToInteger(the, mxArgv(4));
	radio->ssid[getBytes(the, mxArgv(5), radio->ssid, sizeof(radio->ssid) - 1)] = 0;
	getBytes(the, mxArgv(6), radio->bssid, sizeof(radio->bssid));
	radio->strength = fxToInteger(the, mxArgv(7));
	radio->channel = fxToInteger(the, mxArgv(8));
	copyText(the, mxArgv(9), radio->accessPoint, sizeof(radio->accessPoint));
}

/* link(number, carries, routes, hasInterface): what its sockets see of that */
static void sim_link(xsMachine *the) {
	SimMachine *machine = numbered(the, mxArgv(0));
	if (machine)
		simLinkSet(machine, (SimLink){.carries = fxToBoolean(the, mxArgv(1)),
		                        .routes = fxToBoolean(the, mxArgv(2)),
		                        .hasInterface = fxToBoolean(the, mxArgv(3))});
}

/* notify(number, message, reason): to the app */
static void sim_notify(xsMachine *the) {
	SimMachine *machine = numbered(the, mxArgv(0));
	SimRadioEvent event = {.kind = SIM_RADIO_NOTIFIED, .reason = fxToInteger(the, mxArgv(2))};
	copyText(the, mxArgv(1), event.name, sizeof(event.name));
	if (machine)
		simRadioTell(machine, &event);
}

/* found(number, ssid, bssid, strength, channel, hidden, authentication): by a scan; with the number alone: its end */
static void sim_found(xsMachine *the) {
	SimMachine *machine = numbered(the, mxArgv(0));
	SimRadioEvent event = {.kind = SIM_RADIO_SCANNED};
	if (mxArgc > 1) {
		event.kind = SIM_RADIO_FOUND;
		event.ssid[getBytes(the, mxArgv(1), event.ssid, sizeof(event.ssid) - 1)] = 0;
		getBytes(the, mxArgv(2), event.bssid, sizeof(event.bssid));
		event.strength = fxToInteger(the, mxArgv(3));
		event.channel = fxToInteger(the, mxArgv(4));
		event.hidden = fxToBoolean(the, mxArgv(5));
		copyText(the, mxArgv(6), event.name, sizeof(event.name));
	}
	if (machine)
		simRadioTell(machine, &event);
}

/* datagram(port, address, to, bytes): from outside, to the machines */
static void sim_datagram(xsMachine *the) {
	void *bytes;
	txUnsigned length;
	char address[64];
	copyText(the, mxArgv(1), address, sizeof(address));
	_xsmcGetBuffer(the, mxArgv(3), &bytes, &length, 0);
	simDatagramDeliver(fxToInteger(the, mxArgv(0)), address, fxToInteger(the, mxArgv(2)), bytes, length);
}

/* serial(name, port, bytes): from the world; false: there is nobody */
static void sim_serial(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	void *bytes;
	txUnsigned length;
	_xsmcGetBuffer(the, mxArgv(2), &bytes, &length, 0);
	fxBoolean(the, mxResult, simSerialWrite(machine, fxToInteger(the, mxArgv(1)), bytes, length));
}

/* emit(line) */
static void sim_emit(xsMachine *the) {
	simOutput(fxToString(the, mxArgv(0)));
	simOutput("\n");
}

/* now(): milliseconds with a fraction */
static void sim_now(xsMachine *the) {
	fxNumber(the, mxResult, (double)simNow() / 1000);
}

typedef struct {
	SimTimer timer;
	txSlot callback;
} After;

static void callAfter(xsMachine *the, void *data) {
	After *after = data;
	mxPushUndefined();
	mxPushSlot(&after->callback);
	after->callback.kind = XS_UNDEFINED_KIND;
	mxCall();
	mxRunCount(0);
	mxPop();
}

static void afterDue(SimTimer *timer) {
	simEnter(timer->machine, callAfter, timer);
}

static void deleteAfter(void *data) {
	After *after = data;
	if (after) {
		simTimerClear(&after->timer);
		fxForget(simSupervisor->the, &after->callback);
		free(after);
	}
}

static void cancelAfter(xsMachine *the) {
	After *after = fxGetHostData(the, mxArgv(0));
	if (after) {
		simTimerClear(&after->timer);
		after->callback.kind = XS_UNDEFINED_KIND;
	}
}

/* after(milliseconds, callback): what to give to cancel(); to be kept until it is due */
static void sim_after(xsMachine *the) {
	After *after = calloc(1, sizeof(*after));
	if (!after)
		abort();
	fxNewHostObject(the, deleteAfter);
	fxSetHostData(the, the->stack, after);
	mxPullSlot(mxResult);
	after->callback = *mxArgv(1);
	after->callback.next = NULL;
	fxRemember(the, &after->callback);
	after->timer.machine = the->machine;
	after->timer.callback = afterDue;
	double delay = fxToNumber(the, mxArgv(0)) * 1000;
	simTimerSet(&after->timer, simNow() + (delay > 0 ? (uint64_t)delay : 0));
}

/* hold(held): the virtual clock */
static void sim_hold(xsMachine *the) {
	simClockHold(fxToBoolean(the, mxArgv(0)));
}

/* quit() */
static void sim_quit(xsMachine *the) {
	simQuit();
}

const SimNative simHostNatives[] = {
    {"after", (void *)sim_after},
    {"app", (void *)sim_app},
    {"board", (void *)sim_board},
    {"cancel", (void *)cancelAfter},
    {"create", (void *)sim_create},
    {"cut", (void *)sim_cut},
    {"datagram", (void *)sim_datagram},
    {"drive", (void *)sim_drive},
    {"emit", (void *)sim_emit},
    {"flashErase", (void *)sim_flashErase},
    {"flashHash", (void *)sim_flashHash},
    {"flashRead", (void *)sim_flashRead},
    {"flashWrite", (void *)sim_flashWrite},
    {"flashWritten", (void *)sim_flashWritten},
    {"found", (void *)sim_found},
    {"handle", (void *)sim_handle},
    {"hold", (void *)sim_hold},
    {"known", (void *)sim_known},
    {"link", (void *)sim_link},
    {"notify", (void *)sim_notify},
    {"now", (void *)sim_now},
    {"power", (void *)sim_power},
    {"preset", (void *)sim_preset},
    {"quit", (void *)sim_quit},
    {"radio", (void *)sim_radio},
    {"read", (void *)sim_read},
    {"report", (void *)sim_report},
    {"reset", (void *)sim_reset},
    {"scenario", (void *)sim_scenario},
    {"serial", (void *)sim_serial},
    {"stamp", (void *)sim_stamp},
    {"start", (void *)sim_start},
    {"stop", (void *)sim_stop},
    {"unboard", (void *)sim_unboard},
    {"wear", (void *)sim_wear},
};
const int simHostNativeCount = sizeof(simHostNatives) / sizeof(simHostNatives[0]);

/* A call of one handler from the host. */
typedef struct {
	const char *name;
	int machine;
	int a, b;
	const void *bytes; /* an argument; NULL when there is none */
	size_t length;
	void *result; /* where `wanted` bytes of the answer go */
	size_t wanted;
	const char *text;
	bool done; /* it answered something other than false */
} Call;

static void callHandler(xsMachine *the, void *data) {
	Call *call = data;
	int count = 3;
	mxPushSlot(&handlers);
	mxDub();
	mxGetID(fxNewNameC(the, (txString)call->name));
	mxCall();
	if (call->text) {
		mxPushStringC((txString)call->text);
		count = 1;
	}
	else {
		mxPushInteger(call->machine);
		mxPushInteger(call->a);
		mxPushInteger(call->b);
		if (call->bytes) {
			mxPushUndefined();
			fxArrayBuffer(the, the->stack, (void *)call->bytes, (txInteger)call->length, -1);
			count = 4;
		}
	}
	mxRunCount(count);
	call->done = !(the->stack->kind == XS_BOOLEAN_KIND && !the->stack->value.boolean);
	if (call->done && call->wanted) {
		void *bytes;
		txUnsigned length;
		_xsmcGetBuffer(the, the->stack, &bytes, &length, 0);
		if (length == call->wanted)
			memcpy(call->result, bytes, length);
		else
			call->done = false;
	}
	mxPop();
}

static void checkSupervisor(void) {
	if (simSupervisor->status == SIM_ALIVE)
		return;
	simOutputFlush();
	fprintf(stderr, "simulator: supervisor: %s: %s\n%s\n", simCause(simSupervisor->status), simSupervisor->message,
	    simSupervisor->stack);
	exit(70); /* EX_SOFTWARE */
}

static bool handle(Call *call) {
	if (!handling)
		return false;
	simEnter(simSupervisor, callHandler, call);
	checkSupervisor();
	return call->done;
}

bool simI2CWrite(SimMachine *machine, int data, int clock, int address, const void *bytes, size_t length) {
	Call call = {.name = "i2c", .machine = machine->id, .a = address, .bytes = bytes, .length = length};
	return handle(&call);
}

bool simI2CRead(SimMachine *machine, int data, int clock, int address, void *bytes, size_t length) {
	Call call = {
	    .name = "i2c", .machine = machine->id, .a = address, .b = (int)length, .result = bytes, .wanted = length};
	return handle(&call);
}

bool simSPITransfer(SimMachine *machine, int select, const void *out, void *in, size_t length) {
	Call call = {.name = "spi",
	    .machine = machine->id,
	    .a = select,
	    .bytes = out,
	    .length = length,
	    .result = in,
	    .wanted = in ? length : 0};
	return handle(&call);
}

bool simUpdate(SimMachine *machine, SimUpdate operation, int argument, const void *bytes, size_t length) {
	Call call = {
	    .name = "update", .machine = machine->id, .a = (int)operation, .b = argument, .bytes = bytes, .length = length};
	bool done = handle(&call);
	if (machine->status != SIM_ALIVE)
		fxExitToHost(machine->the);
	return done;
}

void simSupervisorPin(SimMachine *machine, int pin, int value) {
	Call call = {.name = "pin", .machine = machine->id, .a = pin, .b = value};
	handle(&call);
}

typedef struct {
	int machine;
	const SimRadioRequest *request;
	char *refusal;
	size_t size;
	bool refused;
} RadioCall;

static void pushBytes(xsMachine *the, const char *text) {
	mxPushUndefined();
	if (text)
		fxArrayBuffer(the, the->stack, (void *)text, (txInteger)strlen(text), -1);
}

static void callRadio(xsMachine *the, void *data) {
	RadioCall *call = data;
	mxPushSlot(&handlers);
	mxDub();
	mxGetID(fxNewNameC(the, "radio"));
	mxCall();
	mxPushInteger(call->machine);
	mxPushStringC((txString)call->request->request);
	mxPushInteger(call->request->a);
	mxPushInteger(call->request->b);
	pushBytes(the, call->request->ssid);
	pushBytes(the, call->request->password);
	mxRunCount(6);
	call->refused = the->stack->kind != XS_UNDEFINED_KIND;
	if (call->refused)
		copyText(the, the->stack, call->refusal, call->size);
	mxPop();
}

bool simRadioAsk(SimMachine *machine, const SimRadioRequest *request, char *refusal, size_t size) {
	RadioCall call = {.machine = machine->id, .request = request, .refusal = refusal, .size = size};
	simEnter(simSupervisor, callRadio, &call);
	checkSupervisor();
	return !call.refused;
}

void simSupervisorEnded(SimMachine *machine) {
	Call call = {.name = "ended",
	    .machine = machine->id,
	    .a = machine->status == SIM_STOPPED ? -1 : (int)simResetOf(machine->status)};
	handle(&call);
}

/* Standard input: one command a line. */
static char *input;
static size_t inputLength;
static size_t inputCapacity;

static void command(char *line) {
	Call call = {.name = "command", .text = line};
	handle(&call);
}

static void inputReadable(SimPoll *poll, uint32_t events) {
	if (inputCapacity - inputLength < 65536) {
		inputCapacity += 65536;
		input = inputCapacity > INPUT_LIMIT ? NULL : realloc(input, inputCapacity);
		if (!input) {
			fprintf(stderr, "simulator: a command is too long\n");
			exit(65); /* EX_DATAERR */
		}
	}
	ssize_t count = read(STDIN_FILENO, input + inputLength, inputCapacity - inputLength - 1);
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count <= 0) {
		simPollRemove(poll);
		simQuit();
		return;
	}
	inputLength += (size_t)count;
	char *start = input, *end;
	while ((end = memchr(start, '\n', inputLength - (size_t)(start - input)))) {
		*end = 0;
		if (end > start)
			command(start);
		start = end + 1;
	}
	inputLength -= (size_t)(start - input);
	memmove(input, start, inputLength);
	if (!poll->events)
		simPollSoon(poll);
}

/* The scenario says where the supervisor's bundle is, so it is parsed before there is one. */
typedef struct {
	char *bundle;
	bool isVirtual;
	double speed;
	double seed;
} Scenario;

static void readScenario(xsMachine *the, void *data) {
	Scenario *scenario = data;
	mxPush(mxGlobal);
	mxGetID(fxNewNameC(the, "JSON"));
	mxDub();
	mxGetID(fxNewNameC(the, "parse"));
	mxCall();
	mxPushStringC(scenarioText);
	mxRunCount(1);
	txSlot *it = the->stack;
	scenario->bundle = simGetString(the, it, "supervisor");
	char *clock = simGetString(the, it, "clock");
	simClockHold(clock && !strcmp(clock, "stepped"));
	scenario->isVirtual = clock && (!strcmp(clock, "virtual") || !strcmp(clock, "stepped"));
	if (clock && !scenario->isVirtual && strcmp(clock, "real"))
		mxRangeError("clock must be \"real\", \"virtual\" or \"stepped\"");
	free(clock);
	scenario->speed = simGetNumber(the, it, "speed", 1);
	if (!(scenario->speed > 0))
		mxRangeError("speed must be positive");
	scenario->seed = simGetNumber(the, it, "seed", 1);
	if (!scenario->bundle)
		mxUnknownError("no supervisor");
	mxPop();
}

void simSupervisorStart(const char *path) {
	static SimPoll standardInput;
	Scenario scenario = {0};
	void *bytes;
	size_t length;
	if (!simReadFile(path, &bytes, &length)) {
		fprintf(stderr, "simulator: cannot read %s\n", path);
		exit(66); /* EX_NOINPUT */
	}
	scenarioText = bytes;

	/* A machine of its own just for the scenario's JSON. */
	static SimApp *reader;
	reader = simAppCreate(strdup("scenario"), strdup(path), NULL);
	reader->creation = (txCreation){.nameModulo = 127, .symbolModulo = 31};
	simSupervisor = &reader->root;
	simCurrent = &reader->root;
	if (simAppBuild(reader, simHostNatives, 0, false))
		simEnter(&reader->root, readScenario, &scenario);
	checkSupervisor();
	fxDeleteMachine(reader->root.the);

	simSeed = (uint64_t)(int64_t)scenario.seed * 0x9E3779B97F4A7C15u + 1;
	simClockStart(scenario.isVirtual ? SIM_VIRTUAL : SIM_REAL, scenario.speed);

	SimApp *app = simAppCreate(strdup("supervisor"), strdup(scenario.bundle), NULL);
	app->main = strdup("main");
	app->creation = (txCreation){.nameModulo = 1993, .symbolModulo = 127};
	simAppAddModule(app, "main", scenario.bundle);
	free(scenario.bundle);
	simSupervisor = &app->root;
	simCurrent = simSupervisor;
	simAppBuild(app, simHostNatives, simHostNativeCount, false);
	checkSupervisor();
	simMachineStart(simSupervisor);
	checkSupervisor();

	standardInput.fd = STDIN_FILENO;
	standardInput.callback = inputReadable;
	simPollAdd(&standardInput, EPOLLIN);
}
