#include "natives.h"

/* The ESP32's UART: FIFOs of 128 bytes, the threshold below which the SDK asks for more, and the one at which it reads.
 */
#define FIFO 128
#define NEARLY_EMPTY 10
#define NEARLY_FULL 120
/* A start bit, eight bits, a stop bit. */
#define BITS 10

typedef struct {
	uint8_t bytes[FIFO];
	int count;
} Fifo;

typedef struct {
	SimPoll poll; /* fd −1: for calls that the loop owes */
	SimTimer timer;
	SimSerial serial;
	xsSlot object;
	xsSlot onReadable;
	xsSlot onWritable;
	bool hasReadable;
	bool hasWritable;
	bool numbers;
	bool receives;
	bool transmits;
	bool tellReadable;
	bool tellWritable;
	double microseconds; /* a byte takes */
	Fifo in;
	Fifo out;
} Serial;

static Serial *active; /* whose callbacks run now; NULL once it is deleted */

static void markSerial(xsMachine *the, void *data, xsMarkRoot markRoot) {
	Serial *serial = data;
	if (serial) {
		(*markRoot)(the, &serial->onReadable);
		(*markRoot)(the, &serial->onWritable);
	}
}

static void deleteSerial(void *data) {
	Serial *serial = data;
	if (serial) {
		if (active == serial)
			active = NULL;
		if (serial->serial.machine) {
			simSerialRemove(&serial->serial);
			simTimerClear(&serial->timer);
			simPollRemove(&serial->poll);
		}
		free(serial);
	}
}

void xs_serial_destructor(void *data) {
	deleteSerial(data);
}

static const xsHostHooks serialHooks = {deleteSerial, markSerial, NULL};

static Serial *toSerial(xsMachine *the) {
	Serial *serial = fxGetHostDataValidate(the, &xsThis, (void *)&serialHooks);
	if (!serial)
		xsUnknownError("closed");
	return serial;
}

static void callReadable(xsMachine *the, void *data) {
	Serial *serial = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(serial->object);
	xsVar(1) = xsAccess(serial->onReadable);
	xsmcSetInteger(xsVar(2), serial->in.count);
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

static void callWritable(xsMachine *the, void *data) {
	Serial *serial = data;
	xsmcVars(3);
	xsVar(0) = xsAccess(serial->object);
	xsVar(1) = xsAccess(serial->onWritable);
	xsmcSetInteger(xsVar(2), FIFO - serial->out.count);
	xsCallFunction1(xsVar(1), xsVar(0), xsVar(2));
}

/* Any of the callbacks may close it. */
static void event(SimPoll *poll, uint32_t events) {
	Serial *serial = (Serial *)poll;
	active = serial;
	if (serial->tellReadable && serial->in.count) {
		serial->tellReadable = false;
		simEnter(poll->machine, callReadable, serial);
		if (active != serial)
			return;
	}
	if (serial->tellWritable && serial->out.count < NEARLY_EMPTY) {
		serial->tellWritable = false;
		simEnter(poll->machine, callWritable, serial);
		if (active != serial)
			return;
	}
	active = NULL;
}

/* The line carries both ways at once: what has been waiting goes after the time that it takes. */
static void schedule(Serial *serial) {
	size_t length = serial->receives ? serial->serial.waiting : 0;
	if (length > NEARLY_FULL)
		length = NEARLY_FULL;
	if (length < (size_t)serial->out.count)
		length = (size_t)serial->out.count;
	if (length && !serial->timer.position)
		simTimerSet(&serial->timer, simNow() + (uint64_t)((double)length * serial->microseconds));
}

static void due(SimTimer *timer) {
	Serial *serial = (Serial *)((char *)timer - offsetof(Serial, timer));
	if (serial->out.count) {
		simSerialSent(&serial->serial, serial->out.bytes, (size_t)serial->out.count);
		serial->out.count = 0;
	}
	if (serial->receives && serial->serial.waiting) {
		/* What finds the FIFO full is lost. */
		uint8_t bytes[NEARLY_FULL];
		int count = (int)simSerialTake(&serial->serial, bytes, sizeof(bytes));
		int kept = count < FIFO - serial->in.count ? count : FIFO - serial->in.count;
		memcpy(serial->in.bytes + serial->in.count, bytes, (size_t)kept);
		serial->in.count += kept;
	}
	schedule(serial);
	simPollSoon(&serial->poll);
}

static void arrived(SimSerial *it) {
	schedule((Serial *)((char *)it - offsetof(Serial, serial)));
}

static bool getOption(xsMachine *the, const char *name, xsSlot *value) {
	_xsGet(the, value, &xsArg(0), xsID(name));
	return fxTypeOf(the, value) != xsUndefinedType;
}

static bool getCallback(xsMachine *the, const char *name, xsSlot *callback) {
	xsSlot value;
	fxUndefined(the, callback);
	if (!getOption(the, name, &value))
		return false;
	if (!fxIsCallable(the, &value))
		xsTypeError("%s is no function", name);
	*callback = value;
	return true;
}

static void setFormat(xsMachine *the, Serial *serial, xsSlot *slot) {
	const char *format = fxToString(the, slot);
	if (!strcmp(format, "number"))
		serial->numbers = true;
	else if (!strcmp(format, "buffer"))
		serial->numbers = false;
	else
		xsRangeError("invalid format");
}

void xs_serial(xsMachine *the) {
	xsmcVars(1);
	Serial *serial = calloc(1, sizeof(*serial));
	if (!serial)
		xsUnknownError("no memory");
	xsmcSetHostData(xsThis, serial);
	xsSetHostHooks(xsThis, &serialHooks);
	serial->transmits = getOption(the, "transmit", &xsVar(0));
	serial->receives = getOption(the, "receive", &xsVar(0));
	if (!serial->transmits && !serial->receives)
		xsUnknownError("invalid");
	int port = getOption(the, "port", &xsVar(0)) ? xsmcToInteger(xsVar(0)) : 0;
	if (port < 0 || port > 2)
		xsRangeError("invalid port");
	double baud = getOption(the, "baud", &xsVar(0)) ? xsmcToNumber(xsVar(0)) : 0;
	if (!(baud > 0 && baud <= 20000000))
		xsRangeError("invalid baud");
	serial->hasReadable = getCallback(the, "onReadable", &serial->onReadable) && serial->receives;
	serial->hasWritable = getCallback(the, "onWritable", &serial->onWritable) && serial->transmits;
	if (getOption(the, "format", &xsVar(0)))
		setFormat(the, serial, &xsVar(0));
	SimMachine *machine = simMachine(the);
	if (!simSerialAdd(&serial->serial, machine, port, arrived))
		xsRangeError("port in use");
	serial->microseconds = BITS * 1e6 / baud;
	serial->poll = (SimPoll){.fd = -1, .machine = machine, .callback = event};
	serial->timer.machine = machine;
	serial->timer.callback = due;
	serial->tellReadable = serial->hasReadable;
	serial->tellWritable = serial->hasWritable;
	serial->object = xsThis;
	xsRemember(serial->object);
	simPollAdd(&serial->poll, 0);
	simPollSoon(&serial->poll);
	schedule(serial);
}

static void consume(Fifo *fifo, int count) {
	fifo->count -= count;
	memmove(fifo->bytes, fifo->bytes + count, (size_t)fifo->count);
}

void xs_serial_read(xsMachine *the) {
	Serial *serial = toSerial(the);
	int count = serial->in.count;
	serial->tellReadable = serial->hasReadable;
	if (!count)
		return;
	int type = xsmcTypeOf(xsArg(0));
	if (serial->numbers) {
		xsmcSetInteger(xsResult, serial->in.bytes[0]);
		count = 1;
	}
	else if (type == xsReferenceType) {
		void *bytes;
		xsUnsignedValue size;
		xsmcGetBufferWritable(xsArg(0), &bytes, &size);
		if (size < (xsUnsignedValue)count)
			count = (int)size;
		memcpy(bytes, serial->in.bytes, (size_t)count);
		xsmcSetInteger(xsResult, count);
	}
	else {
		int wanted = type == xsUndefinedType ? count : xsmcToInteger(xsArg(0));
		if (wanted <= 0)
			xsUnknownError("invalid");
		if (wanted < count)
			count = wanted;
		xsmcSetArrayBuffer(xsResult, serial->in.bytes, count);
	}
	consume(&serial->in, count);
	if (serial->in.count)
		simPollSoon(&serial->poll);
}

void xs_serial_write(xsMachine *the) {
	Serial *serial = toSerial(the);
	const void *bytes;
	xsUnsignedValue size;
	uint8_t byte;
	if (serial->numbers) {
		byte = (uint8_t)xsmcToInteger(xsArg(0));
		bytes = &byte;
		size = 1;
	}
	else
		xsmcGetBufferReadable(xsArg(0), (void **)&bytes, &size);
	if (size > (xsUnsignedValue)(FIFO - serial->out.count))
		xsUnknownError("output full");
	if (serial->transmits) {
		memcpy(serial->out.bytes + serial->out.count, bytes, size);
		serial->out.count += (int)size;
	}
	serial->tellWritable = serial->hasWritable;
	schedule(serial);
	if (serial->out.count < NEARLY_EMPTY)
		simPollSoon(&serial->poll);
}

void xs_serial_format(xsMachine *the) {
	xsmcSetString(xsResult, toSerial(the)->numbers ? "number" : "buffer");
}

void xs_serial_setFormat(xsMachine *the) {
	setFormat(the, toSerial(the), &xsArg(0));
}

void xs_serial_close(xsMachine *the) {
	Serial *serial = fxGetHostDataValidate(the, &xsThis, (void *)&serialHooks);
	if (!serial)
		return;
	xsForget(serial->object);
	xsmcSetHostData(xsThis, NULL);
	deleteSerial(serial);
}
