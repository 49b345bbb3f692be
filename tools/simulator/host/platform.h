/* What XS asks of its platform; included by every file that includes XS's headers. */
#ifndef SIM_PLATFORM_H
#define SIM_PLATFORM_H

#undef mxLittleEndian
#define mxLittleEndian 1
#undef mxLinux
#define mxLinux 1
#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int txSocket;
#define mxNoSocket -1
#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

struct SimMachine;
#define mxMachinePlatform                                                                                              \
	void *waiterCondition;                                                                                             \
	void *waiterData;                                                                                                  \
	void *waiterLink;                                                                                                  \
	txSocket connection;                                                                                               \
	struct SimMachine *machine;

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

#if INTPTR_MAX == INT64_MAX
#define mx32bitID 1
#endif

/* Date and Math.random are the simulation's. */
typedef struct timeval c_timeval;
#define c_timezone timezone
#define c_gettimeofday simTimeOfDay
extern int simTimeOfDay(struct timeval *time, void *zone);
#define C_RAND_MAX 0xFFFFFFFFu
#define c_rand simRandom
extern uint32_t simRandom(void);

#endif
