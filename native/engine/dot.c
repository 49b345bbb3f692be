#include "dot.h"

#if defined(ENGINE_WORD_READS)
#include "dot_words.h"
#elif defined(__SSE2__)
#include "dot_sse2.h"
#else
#include "dot_generic.h"
#endif

void dot_widen(dot_input *input, const int8_t *x, uint32_t count, int32_t zero_point) {
	int16_t *values = dot_values(input);
	for (uint32_t i = 0; i < count; i++) {
		values[i] = (int16_t)(x[i] - zero_point);
	}
	dot_seal(input, count);
}

#ifndef ENGINE_WORD_READS
int32_t dot_row(const int8_t *x, uint32_t count, int32_t zero_point, const uint8_t *weights) {
	const int8_t *w = (const int8_t *)weights;
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += (uint32_t)((x[i] - zero_point) * w[i]);
	}
	return (int32_t)sum;
}
#endif
