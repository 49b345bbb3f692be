#include "natives.h"

void xs_time_ticks(xsMachine *the) {
	xsmcSetInteger(xsResult, (int32_t)(uint32_t)(simNow() / 1000));
}

void xs_time_microseconds(xsMachine *the) {
	xsmcSetNumber(xsResult, (double)simNow());
}
