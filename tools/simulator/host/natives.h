/* What the simulator gives to C functions that JavaScript calls. */
#ifndef SIM_NATIVES_H
#define SIM_NATIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sxMachine;
#include "xsmc.h"

/* The generated table: every `void xs_…(` of the apps' C files. */
typedef struct {
	const char *name;
	void *address;
} SimNative;
extern const SimNative simNatives[];
extern const int simNativeCount;

/* One simulated device. */
typedef struct SimMachine SimMachine;

/* The machine that `the` runs for. */
SimMachine *simMachine(xsMachine *the);

/*
 * Runs `body` inside the machine, as every call into it from the outside must.
 * The promise jobs that it queues run after it; an exception that leaves it ends the machine.
 */
typedef void (*SimBody)(xsMachine *the, void *data);
void simEnter(SimMachine *machine, SimBody body, void *data);

/* The simulation's clock: microseconds since 1970. */
uint64_t simNow(void);
/* Lets so many microseconds pass while every machine stands still, as a busy wait does on a device. */
void simDelay(uint64_t microseconds);

/* Embedded in the owner's structure; zeroed before its first use. */
typedef struct SimTimer SimTimer;
struct SimTimer {
	uint64_t when;
	uint64_t sequence;
	size_t position; /* in the heap, from 1; 0 = not set */
	SimMachine *machine;
	void (*callback)(SimTimer *timer);
};
void simTimerSet(SimTimer *timer, uint64_t when);
void simTimerClear(SimTimer *timer);

/* A file descriptor that the loop watches, or a call that the loop owes (`simPollSoon`). */
typedef struct SimPoll SimPoll;
struct SimPoll {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT… now watched */
	bool soon;
	SimPoll *next;
	SimMachine *machine;
	void (*callback)(SimPoll *poll, uint32_t events);
};
void simPollAdd(SimPoll *poll, uint32_t events);
void simPollChange(SimPoll *poll, uint32_t events);
/* Calls back once from the loop, soon, with events = 0. */
void simPollSoon(SimPoll *poll);
void simPollRemove(SimPoll *poll);
/* Takes back what `simPollSoon` owes to one that was never added. */
void simPollForget(SimPoll *poll);

/* Whether time jumps. */
bool simIsVirtual(void);
/* Says to the virtual clock that something may be under way on loopback that nobody can tell of. */
void simNetworkTouched(void);
/* Tells it whether something is; set by the sockets. */
extern bool (*simNetworkBusy)(void);

/* An I2C transaction with a simulated chip. False = not acknowledged. */
bool simI2CWrite(SimMachine *machine, int data, int clock, int address, const void *bytes, size_t length);
bool simI2CRead(SimMachine *machine, int data, int clock, int address, void *bytes, size_t length);
/* Full duplex; select = -1: whichever chip's select pin is low. False = no chip is selected. */
bool simSPITransfer(SimMachine *machine, int select, const void *out, void *in, size_t length);

#define SIM_PIN_COUNT 64
typedef struct SimPinListener SimPinListener;
struct SimPinListener {
	int pin;
	SimPinListener *next;
	SimMachine *machine;
	void (*callback)(SimPinListener *listener, int value);
};
/* The level: what drives it, or its pull, or 0. */
int simPinRead(SimMachine *machine, int pin);
/* The app drives an output. */
void simPinWrite(SimMachine *machine, int pin, int value);
/* pull: -1 none, 0 down, 1 up. */
void simPinPull(SimMachine *machine, int pin, int pull);
void simPinListen(SimPinListener *listener);
void simPinIgnore(SimPinListener *listener);

/*
 * WiFi. What an app asks of its radio goes to the supervisor, which knows what is in the air (supervisor/air.ts) and
 * says how the radio is from then on.
 */
typedef struct {
	bool started; /* the app has used it */
	int mode;     /* 1: station, 2: access point */
	bool joined;  /* the station, with a network */
	bool addressed;
	char ssid[33]; /* of that network */
	uint8_t bssid[6];
	int strength; /* dBm */
	int channel;
	char accessPoint[16]; /* its address as one; "": it is none */
	int failure;          /* why it left its last network: SIM_FAILURE_… */
} SimRadio;
enum { SIM_FAILURE_LOST, SIM_FAILURE_PASSWORD, SIM_FAILURE_ABSENT, SIM_FAILURE_LEFT };
const SimRadio *simRadio(SimMachine *machine);
/* An address of the radio's own: 6 bytes. */
void simRadioAddress(SimMachine *machine, bool accessPoint, uint8_t address[6]);

typedef struct {
	const char *request; /* as Handlers.radio in supervisor/host.ts names it */
	int a, b;
	const char *ssid; /* NULL: none */
	const char *password;
} SimRadioRequest;
/* Copies why it is refused to `refusal`. */
bool simRadioAsk(SimMachine *machine, const SimRadioRequest *request, char *refusal, size_t size);

typedef struct {
	enum { SIM_RADIO_NOTIFIED, SIM_RADIO_FOUND, SIM_RADIO_SCANNED } kind;
	char name[24]; /* of the message, or how a found network authenticates */
	int reason;
	char ssid[33];
	uint8_t bssid[6];
	int strength;
	int channel;
	bool hidden;
} SimRadioEvent;
typedef struct SimRadioListener SimRadioListener;
struct SimRadioListener {
	SimRadioListener *next;
	SimMachine *machine;
	void (*callback)(SimRadioListener *listener, const SimRadioEvent *event);
};
void simRadioListen(SimRadioListener *listener);
void simRadioIgnore(SimRadioListener *listener);

/* What sockets see of the radio. */
typedef struct {
	bool carries;      /* bytes come and go */
	bool routes;       /* and there is a way to others: the station has an address */
	bool hasInterface; /* it keeps its addresses, and with them its connections, for a while after it was cut off */
} SimLink;
SimLink simLink(SimMachine *machine);
typedef struct SimLinkListener SimLinkListener;
struct SimLinkListener {
	SimLinkListener *next;
	SimMachine *machine;
	/* May not call into the app, but from the loop. */
	void (*callback)(SimLinkListener *listener, SimLink link);
};
void simLinkListen(SimLinkListener *listener);
void simLinkIgnore(SimLinkListener *listener);

/* A serial line that an app has opened; what the world sends waits here for the time that it takes. */
typedef struct SimSerial SimSerial;
struct SimSerial {
	SimSerial *next;
	SimMachine *machine;
	int port;
	void (*arrived)(SimSerial *serial);
	uint8_t *bytes;
	size_t waiting;
};
/* False: the port is in use. */
bool simSerialAdd(SimSerial *serial, SimMachine *machine, int port, void (*arrived)(SimSerial *serial));
void simSerialRemove(SimSerial *serial);
size_t simSerialTake(SimSerial *serial, void *bytes, size_t length);
/* To the world. */
void simSerialSent(SimSerial *serial, const void *bytes, size_t length);

/* Key-value storage of one machine: what NVS holds on a device. */
typedef enum {
	SIM_STORE_NONE,
	SIM_STORE_BUFFER,
	SIM_STORE_STRING,
	SIM_STORE_UINT8,
	SIM_STORE_INT8,
	SIM_STORE_UINT16,
	SIM_STORE_INT16,
	SIM_STORE_UINT32,
	SIM_STORE_INT32,
	SIM_STORE_NUMBER, /* set from outside: reads as whichever integer format it fits */
} SimStoreType;
typedef enum { SIM_STORE_OK, SIM_STORE_KEY, SIM_STORE_FULL, SIM_STORE_FILE } SimStoreResult;
typedef struct {
	SimStoreType type;
	const void *bytes; /* a number is an int64_t */
	size_t length;
} SimStoreValue;
bool simStoreRead(SimMachine *machine, const char *domain, const char *key, SimStoreValue *value);
/* Each is one operation that the power may be cut at; like NVS, it is then done or not done. */
SimStoreResult simStoreWrite(SimMachine *machine, const char *domain, const char *key, const SimStoreValue *value);
SimStoreResult simStoreDelete(SimMachine *machine, const char *domain, const char *key);
/* The domain's key number `index` in the order of writing, or NULL. */
const char *simStoreKey(SimMachine *machine, const char *domain, size_t index);

/*
 * One partition of a machine's flash: writing clears bits, erasing a block sets them. Reading and writing within its
 * size is the caller's to see to. An operation that the power is cut at does not return; all others that fail give
 * false and set errno.
 */
#define SIM_FLASH_BLOCK 4096
typedef struct SimFlash SimFlash;
/* A partition that apps may open, or, as with the SDK, "running" or "nextota"; NULL when there is none. */
SimFlash *simFlashOpen(SimMachine *machine, const char *name);
/* Their names; NULL after the last. */
const char *simFlashName(SimMachine *machine, size_t index);
size_t simFlashSize(const SimFlash *flash);
const char *simFlashLabel(const SimFlash *flash);
bool simFlashRead(SimFlash *flash, size_t offset, void *bytes, size_t length);
bool simFlashWrite(SimFlash *flash, size_t offset, const void *bytes, size_t length);
bool simFlashErase(SimFlash *flash, size_t block);
/* Path of the file behind one for an app's data, which is there when this returns true. */
bool simFlashPath(SimFlash *flash, char *path, size_t size);

/* FIPS 180-4; with the SDK's `crypt`. */
void simSHA256(const void *bytes, size_t length, uint8_t hash[32]);

/* Why a machine started. */
typedef enum {
	SIM_RESET_POWER,
	SIM_RESET_BUTTON,
	SIM_RESET_RESTART,
	SIM_RESET_PANIC,
	SIM_RESET_WATCHDOG,
	SIM_RESET_BROWNOUT,
	SIM_RESET_OTHER,
} SimReset;
const char *simResetReason(const SimMachine *machine);
/* 32 bits that a reset leaves as they are, as they were at the start: 0 after one of the power. */
uint32_t simNoted(const SimMachine *machine);
void simNote(SimMachine *machine, uint32_t value);
/* The software resets the chip; does not return. */
void simRestart(SimMachine *machine);

/*
 * Resets the machine when a call into it has not returned for so many milliseconds: of simulated time (busy waits), of
 * XS's work at the pace below, or of the processor's time in native code. Each call into it starts anew, and so does
 * `simWatchdogFeed`. 0 ends it.
 */
void simWatchdog(SimMachine *machine, uint32_t milliseconds);
void simWatchdogFeed(SimMachine *machine);

/* Label of the partition that the running app was started from. */
const char *simSlot(const SimMachine *machine);
/*
 * What ESP-IDF's app_update does on a board; the supervisor (supervisor/updates.ts) does it here, with the machine's
 * flash. False: it is refused. Does not return when the power was cut at one of its flash operations.
 */
typedef enum {
	SIM_UPDATE_PENDING, /* true: the running app is on trial */
	SIM_UPDATE_CONFIRM,
	SIM_UPDATE_ROLL_BACK, /* marks only; the machine has still to restart */
	SIM_UPDATE_BEGIN, /* of the slot whose label is given; argument: bytes to erase at once, -1: as they are reached */
	SIM_UPDATE_WRITE, /* argument: offset, -1: after what was written */
	SIM_UPDATE_COMPLETE,
	SIM_UPDATE_ABORT,
} SimUpdate;
bool simUpdate(SimMachine *machine, SimUpdate operation, int argument, const void *bytes, size_t length);

/* An app's resource, read-only and alive as long as the process; NULL when there is none of that name. */
const void *simResource(SimMachine *machine, const char *name, size_t *length);

/* Tells the outside that a machine listens on a port; `protocol` is "tcp" or "udp". */
void simListening(SimMachine *machine, const char *protocol, int port);

/* A datagram that went inside the simulator: told to the outside, and from there delivered to the machines. */
void simDatagramSent(SimMachine *machine, int port, const char *address, int to, const void *bytes, size_t length);
void simDatagramDeliver(int port, const char *address, int to, const void *bytes, size_t length);

#endif
