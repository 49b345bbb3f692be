/*
 * A machine's watchdog: what a call into it may take. Work in JavaScript is counted by XS's meter, the same in each
 * run; busy waits by simulated time; native code by the processor's time, so that a busy computer resets nobody.
 *
 * Native code that does not return is left from a signal's handler, by the jump that XS leaves it with when memory is
 * full. That is done only while the processor is in the apps' own native code (a section of its own, see the Makefile):
 * then neither XS, nor the C library, nor another machine is in the middle of something.
 */
#include "host.h"

#include <ucontext.h>

/* XS's byte codes in a millisecond of an ESP32 at 240 MHz: an estimate, on the fast side. */
#define PACE 2000
#define TICK 10000 /* microseconds of the processor's time */

extern char __start_sim_natives[] __attribute__((weak));
extern char __stop_sim_natives[] __attribute__((weak));

static uint64_t processorTime(void) {
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static uintptr_t programCounter(const ucontext_t *context) {
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
	return (uintptr_t)context->uc_mcontext.pc;
#else
	return 0; /* only what the meter and the clock show is noticed */
#endif
}

static void bite(SimMachine *machine) {
	char frames[4096];
	simDescribeFrames(machine->the, frames, sizeof(frames));
	simFail(machine, SIM_WATCHDOG, simCause(SIM_WATCHDOG), frames);
}

static txBoolean meterReached(txMachine *the, txU4 index) {
	bite(the->machine);
	return 0;
}

static void tick(int signal, siginfo_t *information, void *context) {
	SimMachine *machine = simCurrent;
	if (!machine || !machine->watchdog.limit || machine->status != SIM_ALIVE)
		return;
	uintptr_t at = programCounter(context);
	if (at < (uintptr_t)__start_sim_natives || at >= (uintptr_t)__stop_sim_natives)
		return;
	if (processorTime() - machine->watchdog.processor < (uint64_t)machine->watchdog.limit * 1000)
		return;
	bite(machine);
	fxExitToHost(machine->the);
}

static void startTicks(void) {
	static bool started;
	if (started)
		return;
	started = true;
	/* The handler is left by a jump, after which the next signal must still come. */
	struct sigaction action = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
	struct itimerval interval = {{0, TICK}, {0, TICK}};
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &interval, NULL);
}

void simWatchdogFeed(SimMachine *machine) {
	txMachine *the = machine->the;
	if (!machine->watchdog.limit)
		return;
	machine->watchdog.waited = 0;
	machine->watchdog.processor = processorTime();
	simAccount(machine);
	uint64_t budget = (uint64_t)machine->watchdog.limit * PACE;
	machine->meterIndex = the->meterIndex = 0;
	the->meterCount = budget < UINT32_MAX ? (txU4)budget : UINT32_MAX;
	the->meterInterval = the->meterCount;
	the->meterCallback = meterReached;
}

void simWatchdog(SimMachine *machine, uint32_t milliseconds) {
	machine->watchdog.limit = milliseconds;
	if (milliseconds) {
		startTicks();
		simWatchdogFeed(machine);
	}
	else
		machine->the->meterInterval = 0;
}

uint64_t simWatchdogWait(SimMachine *machine, uint64_t microseconds) {
	if (!machine->watchdog.limit)
		return microseconds;
	uint64_t left = (uint64_t)machine->watchdog.limit * 1000 - machine->watchdog.waited;
	uint64_t waited = microseconds < left ? microseconds : left;
	machine->watchdog.waited += waited;
	return waited;
}

void simWatchdogBite(SimMachine *machine) {
	bite(machine);
	fxExitToHost(machine->the);
}
