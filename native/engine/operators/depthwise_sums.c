#include "depthwise_sums.h"

#include "../bytes.h"

/* word reads: the way of the ESP8266, on other machines as well */
#if defined(__SSE2__) && !defined(ENGINE_WORD_READS)

void depthwise_sums(const depthwise_window *window, int32_t *restrict sums) {
	uint32_t slot = window->slot;
	for (uint32_t row = 0; row < window->rows; row++) {
		const int16_t *restrict x = window->lines + slot * window->line;
		const int16_t *restrict w = window->weights + row * window->row;
		for (uint32_t tap = 0; tap < window->taps; tap++) {
			/* a count that compilers know lets them use vectors */
			for (uint32_t i = 0; i < BLOCK; i++) {
				sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)(x[i] * w[i]));
			}
			x += window->apart;
			w += BLOCK;
		}
		slot = slot + 1 == window->ring ? 0 : slot + 1;
	}
}

void depthwise_sums_of_one(const depthwise_window *window, int32_t *restrict sums) {
	uint32_t slot = window->slot;
	for (uint32_t row = 0; row < window->rows; row++) {
		const int16_t *restrict x = window->lines + slot * window->line;
		const int16_t *restrict w = window->weights + row * window->row;
		for (uint32_t tap = 0; tap < window->taps; tap++) {
			int16_t value = *x;
			for (uint32_t i = 0; i < BLOCK; i++) {
				sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)(value * w[i]));
			}
			x += window->apart;
			w += BLOCK;
		}
		slot = slot + 1 == window->ring ? 0 : slot + 1;
	}
}

#else

/* Without vectors: four channels from `first` on, whose sums stay in registers. */
static void depthwise_four_sums(const depthwise_window *window, uint32_t first, int32_t *sums) {
	uint32_t slot = window->slot;
	uint32_t a = (uint32_t)sums[first];
	uint32_t b = (uint32_t)sums[first + 1];
	uint32_t c = (uint32_t)sums[first + 2];
	uint32_t d = (uint32_t)sums[first + 3];
	for (uint32_t row = 0; row < window->rows; row++) {
		const int16_t *x = window->lines + slot * window->line + first;
		const int16_t *w = window->weights + row * window->row + first;
		for (uint32_t tap = window->taps; tap > 0; tap--) {
			a += (uint32_t)(x[0] * w[0]);
			b += (uint32_t)(x[1] * w[1]);
			c += (uint32_t)(x[2] * w[2]);
			d += (uint32_t)(x[3] * w[3]);
			x += window->apart;
			w += BLOCK;
		}
		slot = slot + 1 == window->ring ? 0 : slot + 1;
	}
	sums[first] = (int32_t)a;
	sums[first + 1] = (int32_t)b;
	sums[first + 2] = (int32_t)c;
	sums[first + 3] = (int32_t)d;
}

void depthwise_sums(const depthwise_window *window, int32_t *sums) {
	for (uint32_t first = 0; first < BLOCK; first += 4) {
		depthwise_four_sums(window, first, sums);
	}
}

static void depthwise_four_sums_of_one(const depthwise_window *window, uint32_t first, int32_t *sums) {
	uint32_t slot = window->slot;
	uint32_t a = (uint32_t)sums[first];
	uint32_t b = (uint32_t)sums[first + 1];
	uint32_t c = (uint32_t)sums[first + 2];
	uint32_t d = (uint32_t)sums[first + 3];
	for (uint32_t row = 0; row < window->rows; row++) {
		const int16_t *x = window->lines + slot * window->line;
		const int16_t *w = window->weights + row * window->row + first;
		for (uint32_t tap = window->taps; tap > 0; tap--) {
			int32_t value = *x;
			a += (uint32_t)(value * w[0]);
			b += (uint32_t)(value * w[1]);
			c += (uint32_t)(value * w[2]);
			d += (uint32_t)(value * w[3]);
			x += window->apart;
			w += BLOCK;
		}
		slot = slot + 1 == window->ring ? 0 : slot + 1;
	}
	sums[first] = (int32_t)a;
	sums[first + 1] = (int32_t)b;
	sums[first + 2] = (int32_t)c;
	sums[first + 3] = (int32_t)d;
}

void depthwise_sums_of_one(const depthwise_window *window, int32_t *sums) {
	for (uint32_t first = 0; first < BLOCK; first += 4) {
		depthwise_four_sums_of_one(window, first, sums);
	}
}

#endif
