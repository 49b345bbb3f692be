#include "natives.h"

#include <math.h>

typedef struct {
	SimTimer timer;
	xsSlot object;
	xsSlot callback;
	uint64_t repeat; /* µs; 0 = once */
	bool calling;
	bool cleared; /* while it was being called */
} Timer;

static void markTimer(xsMachine *the, void *data, xsMarkRoot markRoot) {
	Timer *timer = data;
	if (timer)
		(*markRoot)(the, &timer->callback);
}

static void deleteTimer(void *data) {
	Timer *timer = data;
	if (timer) {
		simTimerClear(&timer->timer);
		free(timer);
	}
}

static const xsHostHooks timerHooks = {deleteTimer, markTimer, NULL};

static void release(xsMachine *the, Timer *timer) {
	simTimerClear(&timer->timer);
	xsForget(timer->object);
	xsmcSetHostData(timer->object, NULL);
	free(timer);
}

static void fire(xsMachine *the, void *data) {
	Timer *timer = data;
	xsmcVars(2);
	xsVar(0) = xsAccess(timer->object);
	xsVar(1) = xsAccess(timer->callback);
	timer->calling = true;
	xsCallFunction1(xsVar(1), xsGlobal, xsVar(0));
	timer->calling = false;
	if (timer->cleared || (!timer->repeat && !timer->timer.position))
		release(the, timer);
}

static void due(SimTimer *it) {
	Timer *timer = (Timer *)it;
	if (timer->repeat) {
		/* As on a device, a period that was missed is not made up for. */
		uint64_t when = it->when + timer->repeat, now = simNow();
		simTimerSet(it, when < now ? now : when);
	}
	simEnter(it->machine, fire, timer);
}

static uint64_t toMicroseconds(xsMachine *the, xsSlot *slot) {
	double milliseconds = fxToNumber(the, slot);
	/* Never early: who waits for a moment between two ticks of a virtual clock would wait for ever. */
	return milliseconds > 0 ? (uint64_t)ceil(milliseconds * 1000) : 0;
}

static void schedule(xsMachine *the, Timer *timer, int first) {
	xsSlot *interval = &xsArg(first);
	timer->repeat = 0;
	if (xsmcArgc > first + 1 && xsmcTypeOf(xsArg(first + 1)) != xsUndefinedType) {
		timer->repeat = toMicroseconds(the, &xsArg(first + 1));
		if (!timer->repeat)
			timer->repeat = 1000;
	}
	simTimerSet(&timer->timer, simNow() + toMicroseconds(the, interval));
}

void xs_timer_set(xsMachine *the) {
	if (!xsmcIsCallable(xsArg(0)))
		xsTypeError("callback is no function");
	Timer *timer = calloc(1, sizeof(*timer));
	if (!timer)
		xsUnknownError("no memory");
	timer->timer.machine = simMachine(the);
	timer->timer.callback = due;
	xsResult = xsNewHostObject(NULL);
	xsmcSetHostData(xsResult, timer);
	xsSetHostHooks(xsResult, &timerHooks);
	timer->object = xsResult;
	timer->callback = xsArg(0);
	xsRemember(timer->object);
	schedule(the, timer, 1);
}

static Timer *toTimer(xsMachine *the) {
	return xsmcGetHostDataValidate(xsArg(0), (void *)&timerHooks);
}

void xs_timer_schedule(xsMachine *the) {
	Timer *timer = toTimer(the);
	if (!timer)
		xsUnknownError("the timer is cleared");
	if (xsmcArgc > 1 && xsmcTypeOf(xsArg(1)) != xsUndefinedType)
		schedule(the, timer, 1);
	else {
		simTimerClear(&timer->timer);
		timer->repeat = UINT64_MAX; /* kept, and never due by itself */
	}
}

void xs_timer_clear(xsMachine *the) {
	int type = xsmcTypeOf(xsArg(0));
	if (type == xsUndefinedType || type == xsNullType)
		return;
	Timer *timer = toTimer(the);
	if (!timer)
		return;
	if (timer->calling) {
		simTimerClear(&timer->timer);
		timer->cleared = true;
	}
	else
		release(the, timer);
}

void xs_timer_delay(xsMachine *the) {
	simDelay(toMicroseconds(the, &xsArg(0)));
}
