/* What the host's own files share. */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "xsAll.h"
#include "xsScript.h"
#include "natives.h"

typedef struct SimApp SimApp;

typedef struct {
	txS1 parameters; /* -1: a destructor */
	txID name;
	void *address;
} SimHostEntry;

typedef struct {
	char *specifier;
	char *path; /* NULL: mc/config, or in an image */
	char *text; /* from an image; NULL: from `path` */
	size_t length;
	txScript *script; /* its code stays where it is, as in flash */
	SimHostEntry *hosts;
	int hostCount;
} SimModule;

typedef struct {
	char *name;
	void *bytes;
	size_t length;
} SimResource;

typedef struct {
	char *name;
	size_t size;
	bool open; /* apps may open it */
} SimPartition;

typedef struct {
	int level; /* -1: nothing drives it from outside */
	int pull;
	int output; /* -1: not an output */
	SimPinListener *listeners;
} SimPin;

typedef struct SimStore SimStore;
typedef struct SimBoard SimBoard;

typedef struct {
	uint32_t limit;     /* milliseconds; 0: not armed */
	uint64_t waited;    /* microseconds of busy waits since it was fed */
	uint64_t processor; /* microseconds of the processor's time when it was fed */
} SimWatchdog;

typedef struct SimRadioMessage {
	struct SimRadioMessage *next;
	SimRadioEvent event;
} SimRadioMessage;

struct SimMachine {
	txMachine *the;
	SimMachine *next;
	int id;
	char *name;
	char *directory;
	SimApp *app;

	/* Why it is over: an XS exit status, or one of SIM_… below; -1 while it lives. */
	int status;
	char *message;
	char *stack;

	bool promiseJobs;
	bool dirty; /* in the list of machines to look after once the current call is done */
	SimMachine *nextDirty;
	bool importing; /* main has not settled */
	int sources;    /* what may still call into it: timers, descriptors, pins */

	uint64_t meter;
	txU4 meterIndex;
	uint64_t collections;
	txU2 collectionCount;
	size_t nativeCurrent;
	size_t nativePeak;
	uint64_t random;

	/* The fixed block: chunks grow up from `lower`, slots down from `upper`. */
	txByte *block;
	txByte *lower;
	txByte *upper;

	char *line; /* traced and not yet ended by a newline */
	size_t lineLength;
	SimPin pins[SIM_PIN_COUNT];
	SimStore *store;
	SimRadio radio;
	SimLink link;
	SimLinkListener *linkListeners;
	SimRadioListener *radioListeners;
	SimRadioListener *nextRadioListener; /* while they are told */
	SimRadioMessage *radioMessages;
	SimPoll radioTeller;
	SimSerial *serials;
	SimBoard *board;
	SimReset reset;
	uint32_t noted;
	char *slot;
	SimWatchdog watchdog;
	SimPoll debugger;
	SimPoll starter;
};

enum {
	SIM_ALIVE = -1,
	SIM_STOPPED = 100,
	SIM_UNSETTLED,
	SIM_POWER,
	SIM_BUTTON,
	SIM_BROWNOUT,
	SIM_RESTART,
	SIM_WATCHDOG,
};

/* What all machines of one app share: its code and preloaded modules, as in flash. */
struct SimApp {
	SimApp *next;
	char *key; /* path and time of the description */
	char *manifest;
	char *main;
	char *config; /* JSON, what mc/config exports */
	SimModule *modules;
	int moduleCount;
	char **preloads;
	int preloadCount;
	SimResource *resources;
	int resourceCount;
	txCreation creation;
	SimMachine root;
	const SimNative *natives;
	int nativeCount;
	int *nativeIndex; /* open-addressed hash table of indices into natives, -1 = free */
	int nativeMask;
	txSlot *functions;
};

/* The machine that runs now. */
extern SimMachine *simCurrent;
extern SimMachine *simMachines;
extern SimMachine *simSupervisor;
extern uint64_t simSeed;

/* application.c */
SimApp *simAppCreate(char *key, char *manifest, char *config);
SimModule *simAppAddModule(SimApp *app, const char *specifier, const char *path);
bool simAppBuild(SimApp *app, const SimNative *natives, int nativeCount, bool shared);
SimModule *simAppModule(SimApp *app, const char *specifier);
void simInstallGlobals(txMachine *the);
bool simReadFile(const char *path, void **bytes, size_t *length);

/* description.c: from an object in the supervisor's machine */
SimApp *simAppDescribe(txMachine *the, char *key, txSlot *description);
SimBoard *simBoardDescribe(txMachine *the, const char *name, const char *directory, txSlot *partitions);
char *simGetString(txMachine *the, txSlot *object, const char *name);
double simGetNumber(txMachine *the, txSlot *object, const char *name, double absent);

/* platform.c */
size_t simStackPeak(txMachine *the);
void simDescribeFrames(txMachine *the, char *buffer, size_t size);

/* board.c */
typedef enum { SIM_CUT_NONE, SIM_CUT_BEFORE, SIM_CUT_AFTER, SIM_CUT_TORN } SimCut;
SimBoard *simBoardFind(const char *name);
SimBoard *simBoardCreate(const char *name, const char *directory, const SimPartition *partitions, int count);
void simBoardDelete(SimBoard *board);
const char *simBoardName(const SimBoard *board);
const char *simBoardDirectory(const SimBoard *board);
/* The power comes back. */
void simBoardPower(SimBoard *board);
bool simBoardHasPower(const SimBoard *board);
/* Cuts it at the nth operation from now; 0: not at all. */
void simBoardCutPower(SimBoard *board, uint64_t nth, SimCut cut);
/* An operation begins: how much of it is done. `simBoardOperated` ends it; true: the power is still there. */
SimCut simBoardOperation(SimBoard *board);
bool simBoardOperated(SimBoard *board, SimCut cut);
SimFlash *simBoardFlash(SimBoard *board, const char *name);
/* Where a machine's note is, which outlasts resets. */
uint32_t *simBoardNote(SimBoard *board);
/* Whether there is a file of it: what was never written is erased. */
bool simFlashWritten(SimFlash *flash);
void simBoardWriteWear(const SimBoard *board);

/* watchdog.c */
/* The machine is about to wait for so many microseconds: how many it lives to see. */
uint64_t simWatchdogWait(SimMachine *machine, uint64_t microseconds);
void simWatchdogBite(SimMachine *machine);

/* machine.c */
void simMachineInitialize(SimMachine *machine, SimApp *app, const char *name, const char *directory, int id);
SimMachine *simMachineCreate(SimApp *app, SimBoard *board, SimReset reset, const char *slot);
void simMachineStart(SimMachine *machine);
void simMachineEnd(SimMachine *machine, int status);
SimMachine *simMachineFind(const char *name);
void simMachineDelete(SimMachine *machine);
void simSettle(void);
void simTouch(SimMachine *machine);
void simTrace(SimMachine *machine, const char *text);
void simFail(SimMachine *machine, int status, const char *message, const char *stack);
void simDescribeException(txMachine *the, SimMachine *machine, int status);
const char *simCause(int status);
SimReset simResetOf(int status);
const char *simResetName(SimReset reset);
void simWriteReport(SimMachine *machine);
/* Adds what the engine counted since the last time. */
void simAccount(SimMachine *machine);

/* loop.c */
typedef enum { SIM_REAL, SIM_VIRTUAL } SimClock;
void simClockStart(SimClock clock, double speed);
/* A virtual clock that is held stands still, whatever is due later. */
void simClockHold(bool held);
void simLoop(void);
void simQuit(void);

/* output.c */
void simOutput(const char *text);
void simOutputNumber(double value);
void simOutputString(const char *text);
void simOutputFlush(void);

/* pins.c */
void simPinDrive(SimMachine *machine, int pin, int value);

/* radio.c */
void simRadioTell(SimMachine *machine, const SimRadioEvent *event);
void simLinkSet(SimMachine *machine, SimLink link);
void simRadioClose(SimMachine *machine);

/* serial.c: from the world; false: no app has opened the port, or it does not keep up */
bool simSerialWrite(SimMachine *machine, int port, const void *bytes, size_t length);

/* store.c */
bool simStoreOpen(SimMachine *machine);
/* As the factory writes it: no operation of the machine's. */
SimStoreResult simStorePut(SimMachine *machine, const char *domain, const char *key, const SimStoreValue *value);
void simStoreClose(SimMachine *machine);

/* supervisor.c */
extern const SimNative simHostNatives[];
extern const int simHostNativeCount;
void simSupervisorStart(const char *scenario);
void simSupervisorEnded(SimMachine *machine);
void simSupervisorPin(SimMachine *machine, int pin, int value);

#endif
