#include "natives.h"

enum { INPUT_PULL_UP = 1, INPUT_PULL_DOWN = 2, OUTPUT = 8, OUTPUT_OPEN_DRAIN = 9 };
enum { RISING = 1, FALLING = 2 };

typedef struct {
	SimPinListener listener;
	SimPoll poll; /* owed calls of onReadable */
	xsSlot object;
	xsSlot onReadable;
	int edge;
	bool listening;
	bool output;
	bool activeLow;
} Digital;

static void markDigital(xsMachine *the, void *data, xsMarkRoot markRoot) {
	Digital *digital = data;
	if (digital)
		(*markRoot)(the, &digital->onReadable);
}

static void deleteDigital(void *data) {
	Digital *digital = data;
	if (digital) {
		if (digital->listening)
			simPinIgnore(&digital->listener);
		simPollForget(&digital->poll);
		free(digital);
	}
}

void xs_digital_destructor(void *data) {
	deleteDigital(data);
}

static const xsHostHooks digitalHooks = {deleteDigital, markDigital, NULL};

static Digital *toDigital(xsMachine *the) {
	Digital *digital = fxGetHostDataValidate(the, &xsThis, (void *)&digitalHooks);
	if (!digital)
		xsUnknownError("closed");
	return digital;
}

static void callReadable(xsMachine *the, void *data) {
	Digital *digital = data;
	xsmcVars(2);
	xsVar(0) = xsAccess(digital->object);
	xsVar(1) = xsAccess(digital->onReadable);
	xsCallFunction0(xsVar(1), xsVar(0));
}

static void tell(SimPoll *poll, uint32_t events) {
	Digital *digital = (Digital *)((char *)poll - offsetof(Digital, poll));
	simEnter(poll->machine, callReadable, digital);
}

static void changed(SimPinListener *listener, int value) {
	Digital *digital = (Digital *)listener;
	if (digital->edge & (value != digital->activeLow ? RISING : FALLING))
		simPollSoon(&digital->poll);
}

/* arguments: pin, mode, edge, initialValue, activeLow, onReadable */
void xs_digital(xsMachine *the) {
	SimMachine *machine = simMachine(the);
	int pin = xsmcToInteger(xsArg(0));
	int mode = xsmcToInteger(xsArg(1));
	if (pin < 0 || pin >= SIM_PIN_COUNT)
		xsRangeError("pin");
	if (mode < 0 || (mode > 3 && mode != OUTPUT && mode != OUTPUT_OPEN_DRAIN))
		xsRangeError("mode");
	Digital *digital = calloc(1, sizeof(*digital));
	if (!digital)
		xsUnknownError("no memory");
	digital->listener.pin = pin;
	digital->listener.machine = machine;
	digital->listener.callback = changed;
	digital->poll.fd = -1;
	digital->poll.machine = machine;
	digital->poll.callback = tell;
	digital->edge = xsmcToInteger(xsArg(2));
	digital->output = mode >= OUTPUT;
	digital->activeLow = xsmcToBoolean(xsArg(4));
	digital->object = xsThis;
	xsmcSetHostData(xsThis, digital);
	xsSetHostHooks(xsThis, &digitalHooks);
	if (digital->output) {
		int value = xsmcTypeOf(xsArg(3)) == xsUndefinedType ? 0 : xsmcToInteger(xsArg(3)) != 0;
		simPinWrite(machine, pin, value != digital->activeLow);
	}
	else {
		simPinPull(machine, pin, mode == INPUT_PULL_UP ? 1 : mode == INPUT_PULL_DOWN ? 0 : -1);
		if (xsmcTypeOf(xsArg(5)) != xsUndefinedType) {
			if (!xsmcIsCallable(xsArg(5)))
				xsTypeError("onReadable is no function");
			if (!digital->edge)
				xsRangeError("edge is needed");
			digital->onReadable = xsArg(5);
			digital->listening = true;
			simPinListen(&digital->listener);
		}
	}
	xsRemember(digital->object);
}

void xs_digital_read(xsMachine *the) {
	Digital *digital = toDigital(the);
	int level = simPinRead(digital->listener.machine, digital->listener.pin);
	xsmcSetInteger(xsResult, level != digital->activeLow);
}

void xs_digital_write(xsMachine *the) {
	Digital *digital = toDigital(the);
	if (!digital->output)
		xsUnknownError("an input");
	int value = xsmcToInteger(xsArg(0)) != 0;
	simPinWrite(digital->listener.machine, digital->listener.pin, value != digital->activeLow);
}

void xs_digital_close(xsMachine *the) {
	Digital *digital = fxGetHostDataValidate(the, &xsThis, (void *)&digitalHooks);
	if (!digital)
		return;
	xsForget(digital->object);
	xsmcSetHostData(xsThis, NULL);
	deleteDigital(digital);
}
