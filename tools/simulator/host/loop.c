/* One loop for all machines: clock, timers, file descriptors. */
#include "host.h"

#include <sys/epoll.h>

#define VIRTUAL_EPOCH 1767225600000000u /* 2026-01-01T00:00:00Z */
#define BATCH 64
#define MOMENT 50000 /* ns of real time */
/* Moments that bytes may take between two machines; a reader that does not read takes longer. */
#define WAIT_LIMIT 400

static SimClock simClock;
static double clockSpeed = 1;
static uint64_t clockBase;   /* simulation time, µs, at `clockOrigin` */
static uint64_t clockOrigin; /* monotonic time, µs */
static uint64_t virtualNow;
static bool clockHeld;

static SimTimer **timers; /* a binary heap, from 1 */
static size_t timerCount;
static size_t timerCapacity;
static uint64_t timerSequence;

static int epollHandle = -1;
static struct epoll_event batch[BATCH];
static int batchCount;
static SimPoll *soonFirst;
static SimPoll **soonLast = &soonFirst;
static int networkTouched;
static int networkWaits;
bool (*simNetworkBusy)(void);
static bool quitting;

static uint64_t monotonic(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

void simClockStart(SimClock clock, double speed) {
	simClock = clock;
	clockSpeed = speed;
	clockOrigin = monotonic();
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	clockBase = (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
	virtualNow = VIRTUAL_EPOCH;
	epollHandle = epoll_create1(EPOLL_CLOEXEC);
}

void simClockHold(bool held) {
	clockHeld = held;
}

bool simIsVirtual(void) {
	return simClock == SIM_VIRTUAL;
}

uint64_t simNow(void) {
	if (simClock == SIM_VIRTUAL)
		return virtualNow;
	return clockBase + (uint64_t)((double)(monotonic() - clockOrigin) * clockSpeed);
}

void simDelay(uint64_t microseconds) {
	uint64_t waited = simWatchdogWait(simCurrent, microseconds);
	if (simClock == SIM_VIRTUAL)
		virtualNow += waited;
	else {
		uint64_t real = (uint64_t)((double)waited / clockSpeed);
		struct timespec time = {.tv_sec = (time_t)(real / 1000000), .tv_nsec = (long)(real % 1000000) * 1000};
		while (nanosleep(&time, &time) < 0 && errno == EINTR)
			;
	}
	if (waited < microseconds)
		simWatchdogBite(simCurrent);
}

/* Timers that are due together fire in the order in which they were set. */
static bool before(const SimTimer *a, const SimTimer *b) {
	return a->when < b->when || (a->when == b->when && a->sequence < b->sequence);
}

static void place(size_t position, SimTimer *timer) {
	timers[position] = timer;
	timer->position = position;
}

static void sift(size_t position) {
	SimTimer *timer = timers[position];
	while (position > 1 && before(timer, timers[position / 2])) {
		place(position, timers[position / 2]);
		position /= 2;
	}
	for (;;) {
		size_t child = position * 2;
		if (child > timerCount)
			break;
		if (child < timerCount && before(timers[child + 1], timers[child]))
			child++;
		if (!before(timers[child], timer))
			break;
		place(position, timers[child]);
		position = child;
	}
	place(position, timer);
}

void simTimerSet(SimTimer *timer, uint64_t when) {
	simTimerClear(timer);
	if (timerCount + 1 >= timerCapacity) {
		timerCapacity = timerCapacity ? timerCapacity * 2 : 64;
		timers = realloc(timers, timerCapacity * sizeof(*timers));
		if (!timers)
			abort();
	}
	timer->when = when;
	timer->sequence = ++timerSequence;
	timers[++timerCount] = timer;
	timer->position = timerCount;
	timer->machine->sources++;
	sift(timerCount);
}

void simTimerClear(SimTimer *timer) {
	size_t position = timer->position;
	if (!position)
		return;
	timer->position = 0;
	timer->machine->sources--;
	simTouch(timer->machine);
	SimTimer *last = timers[timerCount--];
	if (last != timer) {
		timers[position] = last;
		sift(position);
	}
}

/* epoll tells of errors and hang-ups even to those that wait for nothing, so they are taken out of it. */
static void watch(SimPoll *poll, uint32_t events) {
	struct epoll_event event = {.events = events, .data.ptr = poll};
	int operation = !poll->events ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
	if (poll->events == events)
		return;
	poll->events = events;
	/* A regular file cannot be watched; it is always readable. */
	if (epoll_ctl(epollHandle, operation, poll->fd, &event) < 0 && errno == EPERM) {
		poll->events = 0;
		simPollSoon(poll);
	}
}

void simPollAdd(SimPoll *poll, uint32_t events) {
	poll->events = 0;
	if (poll->machine)
		poll->machine->sources++;
	watch(poll, events);
}

void simPollChange(SimPoll *poll, uint32_t events) {
	watch(poll, events);
}

void simPollSoon(SimPoll *poll) {
	if (poll->soon)
		return;
	poll->soon = true;
	poll->next = NULL;
	*soonLast = poll;
	soonLast = &poll->next;
}

/* Nothing that is pending for it is called any more. */
void simPollForget(SimPoll *poll) {
	for (int i = 0; i < batchCount; i++) {
		if (batch[i].data.ptr == poll)
			batch[i].data.ptr = NULL;
	}
	if (poll->soon) {
		SimPoll **address = &soonFirst;
		while (*address != poll)
			address = &(*address)->next;
		*address = poll->next;
		if (!poll->next)
			soonLast = address;
		poll->soon = false;
	}
}

void simPollRemove(SimPoll *poll) {
	if (poll->machine) {
		poll->machine->sources--;
		simTouch(poll->machine);
	}
	watch(poll, 0);
	simPollForget(poll);
}

void simNetworkTouched(void) {
	networkTouched = 2;
}

void simQuit(void) {
	quitting = true;
}

static void runSoon(void) {
	/* Only as many as were owed when this began; what they add waits for the next turn. */
	size_t count = 0;
	for (SimPoll *poll = soonFirst; poll; poll = poll->next)
		count++;
	while (count-- && soonFirst) {
		SimPoll *poll = soonFirst;
		soonFirst = poll->next;
		if (!soonFirst)
			soonLast = &soonFirst;
		poll->soon = false;
		poll->callback(poll, 0);
		simSettle();
	}
}

static void runTimers(uint64_t now) {
	uint64_t limit = timerSequence;
	while (timerCount && timers[1]->when <= now && timers[1]->sequence <= limit) {
		SimTimer *timer = timers[1];
		simTimerClear(timer);
		timer->callback(timer);
		simSettle();
	}
}

static int waitTime(uint64_t now) {
	if (soonFirst)
		return 0;
	if (simClock == SIM_VIRTUAL)
		return 0;
	if (!timerCount)
		return -1;
	if (timers[1]->when <= now)
		return 0;
	double real = (double)(timers[1]->when - now) / clockSpeed / 1000;
	return real > 3600000 ? 3600000 : (int)ceil(real);
}

void simLoop(void) {
	simSettle();
	while (!quitting) {
		runSoon();
		uint64_t now = simNow();
		runTimers(now);
		int timeout = waitTime(now);
		simOutputFlush();
		batchCount = epoll_wait(epollHandle, batch, BATCH, timeout);
		if (batchCount < 0)
			batchCount = 0;
		if (batchCount) {
			networkWaits = 0;
			for (int i = 0; i < batchCount; i++) {
				SimPoll *poll = batch[i].data.ptr;
				if (!poll)
					continue;
				poll->callback(poll, batch[i].events);
				simSettle();
			}
			batchCount = 0;
		}
		else if (simClock == SIM_VIRTUAL && !soonFirst) {
			/* Nothing is ready: time passes, once what is on its way between sockets has come. */
			bool busy = simNetworkBusy && networkWaits < WAIT_LIMIT && simNetworkBusy();
			if (networkTouched || busy) {
				if (busy)
					networkWaits++;
				else
					networkTouched--;
				struct timespec moment = {.tv_nsec = MOMENT};
				nanosleep(&moment, NULL);
			}
			else if (timerCount && (!clockHeld || timers[1]->when <= virtualNow)) {
				if (timers[1]->when > virtualNow)
					virtualNow = timers[1]->when;
			}
			else {
				struct epoll_event event;
				epoll_wait(epollHandle, &event, 1, -1); /* left ready for the next turn */
			}
		}
	}
}
