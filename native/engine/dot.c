#include "dot.h"

#if defined(ENGINE_WORD_READS) || defined(ENGINE_XTENSA_MAC16)
#include "dot_words.h"
#elif defined(__SSE2__)
#include "dot_sse2.h"
#else
#include "dot_generic.h"
#endif

void dot_widen(dot_input *input, const int8_t *x, uint32_t count, int32_t zero_point) {
	int16_t *values = dot_values(input);
	uint32_t i = 0;
#ifdef __XTENSA__
	/* no load extends a sign: four values at once, made positive */
	for (; ((uintptr_t)x & 3) == 0 && i + 4 <= count; i += 4) {
		uint32_t word = *(const uint32_t *)(const void *)(x + i) ^ 0x80808080u;
		values[i] = (int16_t)((int32_t)(word & 255) - 128 - zero_point);
		values[i + 1] = (int16_t)((int32_t)(word >> 8 & 255) - 128 - zero_point);
		values[i + 2] = (int16_t)((int32_t)(word >> 16 & 255) - 128 - zero_point);
		values[i + 3] = (int16_t)((int32_t)(word >> 24) - 128 - zero_point);
	}
#endif
	for (; i < count; i++) {
		values[i] = (int16_t)(x[i] - zero_point);
	}
	dot_seal(input, count);
}

#ifdef ENGINE_WORD_READS
int32_t dot_row(const int8_t *x, uint32_t count, int32_t zero_point, const uint8_t *weights) {
	uint32_t sum = 0;
	uint32_t i = 0;
	for (; i < count && ((uintptr_t)(weights + i) & 3); i++) {
		sum += (uint32_t)((x[i] - zero_point) * (int8_t)bytes_u8(weights + i));
	}
	if (((uintptr_t)(x + i) & 3) == 0) {
		/* as in dot_widen */
		int32_t zero = zero_point + 128;
		uint32_t signs = 0x80808080u;
		__asm__("" : "+r"(signs)); /* else compilers load it each time */
		const uint32_t *values = (const uint32_t *)(const void *)(x + i);
		for (const uint32_t *end = values + (count - i) / 4; values < end; values++, i += 4) {
			uint32_t word = bytes_u32(weights + i);
			uint32_t four = *values ^ signs;
			sum += (uint32_t)(((int32_t)(four & 255) - zero) * (int8_t)word);
			sum += (uint32_t)(((int32_t)(four >> 8 & 255) - zero) * (int8_t)(word >> 8));
			sum += (uint32_t)(((int32_t)(four >> 16 & 255) - zero) * (int8_t)(word >> 16));
			sum += (uint32_t)(((int32_t)(four >> 24) - zero) * (int8_t)(word >> 24));
		}
	}
	for (; i < count; i++) {
		sum += (uint32_t)((x[i] - zero_point) * (int8_t)bytes_u8(weights + i));
	}
	return (int32_t)sum;
}
#else
int32_t dot_row(const int8_t *x, uint32_t count, int32_t zero_point, const uint8_t *weights) {
	const int8_t *w = (const int8_t *)weights;
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		sum += (uint32_t)((x[i] - zero_point) * w[i]);
	}
	return (int32_t)sum;
}
#endif
