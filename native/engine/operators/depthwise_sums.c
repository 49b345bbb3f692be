#include "depthwise_sums.h"

#include "../bytes.h"

/* The row of a window that is worked on. */
typedef struct {
	const int16_t *x;
	uint32_t left; /* lines up to the end of the ring, this one included */
} place;

static inline place first_place(const depthwise_window *window) {
	place place = {window->lines + window->slot * window->line, window->ring - window->slot};
	return place;
}

static inline void next_place(const depthwise_window *window, place *place) {
	place->x += window->line;
	place->left--;
	if (place->left == 0) {
		place->left = window->ring;
		place->x -= window->ring * window->line;
	}
}

/* word reads: the way of the ESP8266, on other machines as well */
#if defined(__SSE2__) && !defined(ENGINE_WORD_READS)

void depthwise_sums(const depthwise_window *window, int32_t *restrict sums) {
	place place = first_place(window);
	const int16_t *restrict w = window->weights;
	for (uint32_t row = window->rows; row > 0; row--) {
		const int16_t *restrict x = place.x;
		for (uint32_t tap = window->taps; tap > 0; tap--) {
			/* a count that compilers know lets them use vectors */
			for (uint32_t i = 0; i < BLOCK; i++) {
				sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)(x[i] * w[i]));
			}
			x += window->apart;
			w += BLOCK;
		}
		next_place(window, &place);
	}
}

void depthwise_sums_of_one(const depthwise_window *window, int32_t *restrict sums) {
	place place = first_place(window);
	const int16_t *restrict w = window->weights;
	for (uint32_t row = window->rows; row > 0; row--) {
		const int16_t *restrict x = place.x;
		for (uint32_t tap = window->taps; tap > 0; tap--) {
			int16_t value = *x;
			for (uint32_t i = 0; i < BLOCK; i++) {
				sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)(value * w[i]));
			}
			x += window->apart;
			w += BLOCK;
		}
		next_place(window, &place);
	}
}

#else

/* Without vectors: four channels from `first` on, whose sums stay in registers. */
static void four_sums(const depthwise_window *window, uint32_t first, int32_t *sums) {
	place place = first_place(window);
	const int16_t *w = window->weights + first;
	uint32_t taps = window->taps;
	uint32_t apart = window->apart;
	uint32_t a = (uint32_t)sums[0];
	uint32_t b = (uint32_t)sums[1];
	uint32_t c = (uint32_t)sums[2];
	uint32_t d = (uint32_t)sums[3];
	for (uint32_t row = window->rows; row > 0; row--) {
		const int16_t *x = place.x + first;
		for (uint32_t tap = taps; tap > 0; tap--) {
			a += (uint32_t)(x[0] * w[0]);
			b += (uint32_t)(x[1] * w[1]);
			c += (uint32_t)(x[2] * w[2]);
			d += (uint32_t)(x[3] * w[3]);
			x += apart;
			w += BLOCK;
		}
		next_place(window, &place);
	}
	sums[0] = (int32_t)a;
	sums[1] = (int32_t)b;
	sums[2] = (int32_t)c;
	sums[3] = (int32_t)d;
}

void depthwise_sums(const depthwise_window *window, int32_t *sums) {
	for (uint32_t first = 0; first < BLOCK; first += 4) {
		four_sums(window, first, sums + first);
	}
}

static void four_sums_of_one(const depthwise_window *window, uint32_t first, int32_t *sums) {
	place place = first_place(window);
	const int16_t *w = window->weights + first;
	uint32_t taps = window->taps;
	uint32_t apart = window->apart;
	uint32_t a = (uint32_t)sums[0];
	uint32_t b = (uint32_t)sums[1];
	uint32_t c = (uint32_t)sums[2];
	uint32_t d = (uint32_t)sums[3];
	for (uint32_t row = window->rows; row > 0; row--) {
		const int16_t *x = place.x;
		for (uint32_t tap = taps; tap > 0; tap--) {
			int32_t value = *x;
			a += (uint32_t)(value * w[0]);
			b += (uint32_t)(value * w[1]);
			c += (uint32_t)(value * w[2]);
			d += (uint32_t)(value * w[3]);
			x += apart;
			w += BLOCK;
		}
		next_place(window, &place);
	}
	sums[0] = (int32_t)a;
	sums[1] = (int32_t)b;
	sums[2] = (int32_t)c;
	sums[3] = (int32_t)d;
}

void depthwise_sums_of_one(const depthwise_window *window, int32_t *sums) {
	for (uint32_t first = 0; first < BLOCK; first += 4) {
		four_sums_of_one(window, first, sums + first);
	}
}

#endif
