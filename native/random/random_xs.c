/* Unpredictable bytes for keys and tokens: the chip's generator, or the system's. */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

#if ESP32
#include "esp_random.h"
#else
#include <sys/random.h>
#endif

void xs_random(xsMachine *the) {
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
#if ESP32
	esp_fill_random(bytes, length);
#else
	if (getrandom(bytes, length, 0) != (ssize_t)length) {
		xsUnknownError("no random numbers");
	}
#endif
}
