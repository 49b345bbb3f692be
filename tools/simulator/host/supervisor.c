/* The supervisor's machine: what its JavaScript may call, and how the host calls it. */
#include "host.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#define INPUT_LIMIT (16 * 1024 * 1024)
#define CONFIG "mc/config"

SimMachine *simSupervisor;

static SimApp *apps;
static char *scenarioText;
static xsSlot handlers;
static bool handling;

/* A property of an object as a C string that the caller frees; NULL when it is undefined. */
static char *getString(xsMachine *the, xsSlot *object, const char *name) {
	char *result = NULL;
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind != XS_UNDEFINED_KIND)
		result = strdup(fxToString(the, the->stack));
	mxPop();
	return result;
}

static double getNumber(xsMachine *the, xsSlot *object, const char *name, double absent) {
	double result = absent;
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind != XS_UNDEFINED_KIND)
		result = fxToNumber(the, the->stack);
	mxPop();
	return result;
}

static txSize getSize(xsMachine *the, xsSlot *object, const char *name, double absent) {
	double value = getNumber(the, object, name, absent);
	if (!(value >= 0 && value <= INT32_MAX))
		mxRangeError("creation: %s", name);
	return (txSize)value;
}

/* Pushes a property; false when it is undefined, and then it is not on the stack. */
static bool pushProperty(xsMachine *the, xsSlot *object, const char *name) {
	mxPushSlot(object);
	mxGetID(fxNewNameC(the, (txString)name));
	if (the->stack->kind == XS_REFERENCE_KIND)
		return true;
	mxPop();
	return false;
}

static int getLength(xsMachine *the, xsSlot *array) {
	return (int)getNumber(the, array, "length", 0);
}

static void pushItem(xsMachine *the, xsSlot *array, int index) {
	mxPushSlot(array);
	fxGetIndex(the, (txIndex)index);
}

static void readCreation(xsMachine *the, xsSlot *description, txCreation *creation) {
	/* What the SDK's manifests give where an app says nothing. */
	*creation = (txCreation){
	    .initialChunkSize = 16384,
	    .incrementalChunkSize = 1024,
	    .initialHeapCount = 512,
	    .incrementalHeapCount = 64,
	    .stackCount = 512,
	    .initialKeyCount = 32,
	    .incrementalKeyCount = 32,
	    .nameModulo = 53,
	    .symbolModulo = 3,
	    .parserBufferSize = 1024,
	    .parserTableModulo = 17,
	};
	if (!pushProperty(the, description, "creation"))
		return;
	txSlot *it = the->stack;
	creation->staticSize = getSize(the, it, "static", 0);
	creation->stackCount = getSize(the, it, "stack", creation->stackCount);
	if (creation->staticSize) {
		/* One block for both, that chunks and slots share as they grow, by the steps of the ESP8266. */
		creation->initialChunkSize = 1536;
		creation->incrementalChunkSize = 512;
		creation->initialHeapCount = 512;
		creation->incrementalHeapCount = 64;
	}
	else if (pushProperty(the, it, "chunk")) {
		creation->initialChunkSize = getSize(the, the->stack, "initial", creation->initialChunkSize);
		creation->incrementalChunkSize = getSize(the, the->stack, "incremental", creation->incrementalChunkSize);
		mxPop();
	}
	if (!creation->staticSize && pushProperty(the, it, "heap")) {
		creation->initialHeapCount = getSize(the, the->stack, "initial", creation->initialHeapCount);
		creation->incrementalHeapCount = getSize(the, the->stack, "incremental", creation->incrementalHeapCount);
		mxPop();
	}
	if (pushProperty(the, it, "keys")) {
		creation->initialKeyCount = getSize(the, the->stack, "initial", creation->initialKeyCount);
		creation->incrementalKeyCount = getSize(the, the->stack, "incremental", creation->incrementalKeyCount);
		creation->nameModulo = getSize(the, the->stack, "name", creation->nameModulo);
		creation->symbolModulo = getSize(the, the->stack, "symbol", creation->symbolModulo);
		mxPop();
	}
	if (pushProperty(the, it, "parser")) {
		creation->parserBufferSize = getSize(the, the->stack, "buffer", creation->parserBufferSize);
		creation->parserTableModulo = getSize(the, the->stack, "table", creation->parserTableModulo);
		mxPop();
	}
	mxPop();
}

static void readNames(
    xsMachine *the, xsSlot *object, void (*add)(xsMachine *, SimApp *, const char *, xsSlot *), SimApp *app) {
	/* Object.entries(object) */
	mxPush(mxObjectConstructor);
	mxDub();
	mxGetID(fxNewNameC(the, "entries"));
	mxCall();
	mxPushSlot(object);
	mxRunCount(1);
	txSlot *entries = the->stack;
	int count = getLength(the, entries);
	for (int i = 0; i < count; i++) {
		pushItem(the, entries, i);
		txSlot *entry = the->stack;
		pushItem(the, entry, 0);
		char *name = strdup(fxToString(the, the->stack));
		mxPop();
		pushItem(the, entry, 1);
		add(the, app, name, the->stack);
		mxPop();
		free(name);
		mxPop();
	}
	mxPop();
}

static void addModule(xsMachine *the, SimApp *app, const char *name, xsSlot *value) {
	simAppAddModule(app, name, fxToString(the, value));
}

static void addResource(xsMachine *the, SimApp *app, const char *name, xsSlot *value) {
	app->resources = realloc(app->resources, (size_t)(app->resourceCount + 1) * sizeof(SimResource));
	if (!app->resources)
		abort();
	SimResource *resource = &app->resources[app->resourceCount];
	if (!simReadFile(fxToString(the, value), &resource->bytes, &resource->length))
		mxUnknownError("resource \"%s\": cannot read %s", name, fxToString(the, value));
	resource->name = strdup(name);
	app->resourceCount++;
}

static SimApp *createApp(xsMachine *the, char *key, xsSlot *description) {
	char *manifest = getString(the, description, "manifest");
	char *config = NULL;
	mxPush(mxGlobal);
	mxGetID(fxNewNameC(the, "JSON"));
	mxDub();
	mxGetID(fxNewNameC(the, "stringify"));
	mxCall();
	mxPushSlot(description);
	mxGetID(fxNewNameC(the, "config"));
	mxRunCount(1);
	config = strdup(the->stack->kind == XS_UNDEFINED_KIND ? "{}" : fxToString(the, the->stack));
	mxPop();
	SimApp *app = simAppCreate(key, manifest ? manifest : strdup(key), config);
	app->main = getString(the, description, "main");
	if (!app->main)
		app->main = strdup("main");
	readCreation(the, description, &app->creation);
	if (pushProperty(the, description, "modules")) {
		readNames(the, the->stack, addModule, app);
		mxPop();
	}
	if (!simAppModule(app, CONFIG))
		simAppAddModule(app, CONFIG, NULL);
	if (pushProperty(the, description, "preload")) {
		txSlot *list = the->stack;
		int count = getLength(the, list);
		app->preloads = calloc((size_t)count + 1, sizeof(char *));
		if (!app->preloads)
			abort();
		app->preloads[app->preloadCount++] = strdup(CONFIG);
		for (int i = 0; i < count; i++) {
			pushItem(the, list, i);
			app->preloads[app->preloadCount++] = strdup(fxToString(the, the->stack));
			mxPop();
		}
		mxPop();
	}
	if (pushProperty(the, description, "resources")) {
		readNames(the, the->stack, addResource, app);
		mxPop();
	}
	if (pushProperty(the, description, "partitions")) {
		txSlot *list = the->stack;
		int count = getLength(the, list);
		app->partitions = calloc((size_t)count + 1, sizeof(SimPartition));
		if (!app->partitions)
			abort();
		for (int i = 0; i < count; i++) {
			pushItem(the, list, i);
			app->partitions[i].name = getString(the, the->stack, "name");
			app->partitions[i].size = (size_t)getSize(the, the->stack, "size", 0);
			app->partitionCount++;
			mxPop();
		}
		mxPop();
	}
	return app;
}

size_t simPartitionSize(SimMachine *machine, const char *name) {
	for (int i = 0; i < machine->app->partitionCount; i++) {
		if (!strcmp(machine->app->partitions[i].name, name))
			return machine->app->partitions[i].size;
	}
	return 0;
}

const char *simPartitionName(SimMachine *machine, size_t index) {
	return index < (size_t)machine->app->partitionCount ? machine->app->partitions[index].name : NULL;
}

const void *simResource(SimMachine *machine, const char *name, size_t *length) {
	for (int i = 0; i < machine->app->resourceCount; i++) {
		if (!strcmp(machine->app->resources[i].name, name)) {
			*length = machine->app->resources[i].length;
			return machine->app->resources[i].bytes;
		}
	}
	return NULL;
}

void simListening(SimMachine *machine, int port) {
	simOutput("{\"event\":\"listening\",\"machine\":");
	simOutputString(machine->name);
	simOutput(",\"port\":");
	simOutputNumber(port);
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
	SimApp *app = createApp(the, key, mxArgv(1));
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

/* create(name, stamp, directory): the machine's number; it has not run yet */
static void sim_create(xsMachine *the) {
	const char *name = fxToString(the, mxArgv(0));
	if (simMachineFind(name))
		mxUnknownError("machine \"%s\" is there already", name);
	SimApp *app = findApp(fxToString(the, mxArgv(1)));
	if (!app)
		mxUnknownError("no app");
	SimMachine *machine = simMachineCreate(app, fxToString(the, mxArgv(0)), fxToString(the, mxArgv(2)));
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
	else {
		const char *text = fxToString(the, mxArgv(3));
		value = (SimStoreValue){SIM_STORE_STRING, text, strlen(text)};
	}
	if (simStoreWrite(machine, domain, key, &value) != SIM_STORE_OK)
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
	simMachineStop(toMachine(the, mxArgv(0)));
}

/* report(name, id) */
static void sim_report(xsMachine *the) {
	SimMachine *machine = toMachine(the, mxArgv(0));
	double id = fxToNumber(the, mxArgv(1));
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

/* emit(line) */
static void sim_emit(xsMachine *the) {
	simOutput(fxToString(the, mxArgv(0)));
	simOutput("\n");
}

/* fault(text): on standard error */
static void sim_fault(xsMachine *the) {
	fprintf(stderr, "%s\n", fxToString(the, mxArgv(0)));
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

/* quit() */
static void sim_quit(xsMachine *the) {
	simQuit();
}

const SimNative simHostNatives[] = {
    {"after", (void *)sim_after},
    {"app", (void *)sim_app},
    {"cancel", (void *)cancelAfter},
    {"create", (void *)sim_create},
    {"drive", (void *)sim_drive},
    {"emit", (void *)sim_emit},
    {"fault", (void *)sim_fault},
    {"handle", (void *)sim_handle},
    {"known", (void *)sim_known},
    {"now", (void *)sim_now},
    {"preset", (void *)sim_preset},
    {"quit", (void *)sim_quit},
    {"read", (void *)sim_read},
    {"report", (void *)sim_report},
    {"scenario", (void *)sim_scenario},
    {"stamp", (void *)sim_stamp},
    {"start", (void *)sim_start},
    {"stop", (void *)sim_stop},
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

void simSupervisorPin(SimMachine *machine, int pin, int value) {
	Call call = {.name = "pin", .machine = machine->id, .a = pin, .b = value};
	handle(&call);
}

void simSupervisorEnded(SimMachine *machine) {
	Call call = {.name = "ended", .machine = machine->id};
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
	scenario->bundle = getString(the, it, "supervisor");
	char *clock = getString(the, it, "clock");
	scenario->isVirtual = clock && !strcmp(clock, "virtual");
	if (clock && !scenario->isVirtual && strcmp(clock, "real"))
		mxRangeError("clock must be \"real\" or \"virtual\"");
	free(clock);
	scenario->speed = getNumber(the, it, "speed", 1);
	if (!(scenario->speed > 0))
		mxRangeError("speed must be positive");
	scenario->seed = getNumber(the, it, "seed", 1);
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
