/* Unpredictable bytes for keys and tokens: the chip's generator, or the system's. */
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"
#include "mc.xs.h"

#if ESP32
#include "esp_random.h"
#elif defined(__ets__)
/* The ESP8266's generator, a register that the SDK names only for XS's own use; with the radio on it takes noise. */
#define RANDOM_NUMBER (*(volatile uint32_t *)0x3FF20E44)
#else
#include <sys/random.h>
#endif

void xs_random(xsMachine *the) {
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
#if ESP32
	esp_fill_random(bytes, length);
#elif defined(__ets__)
	uint8_t *next = bytes;
	for (xsUnsignedValue i = 0; i < length; i++) {
		/* Eight bits of a word, each from a word of its own: the register takes its time to fill with noise. */
		*next++ = (uint8_t)(RANDOM_NUMBER >> (8 * (i & 3)));
	}
#else
	if (getrandom(bytes, length, 0) != (ssize_t)length) {
		xsUnknownError("no random numbers");
	}
#endif
}
