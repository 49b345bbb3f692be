/*
 * For the ESP32 (Xtensa LX6) and other cores with the MAC16 and loop options: two instructions for each product. MAC16
 * multiplies signed halves of registers into a sum of 40 bits and loads the next pair of activations meanwhile. A word
 * of weights b3 b2 b1 b0 becomes, with every other byte cleared, the halves 256 b3 and 256 b1, and shifted to the left
 * before that 256 b2 and 256 b0; so the sum is 256 times too large, which 40 bits bear for 2^16 columns.
 *
 * The words of a row lie as they lie, so that its first activation may be the first or the second of a pair: there are
 * two orders of the instructions. As assemblers without these options shall do as well, they are put together from the
 * numbers of the registers that the compiler chose. Weights are loaded well before their use, for the pipeline's sake.
 */
#ifndef ENGINE_DOT_MAC16_H
#define ENGINE_DOT_MAC16_H

#include "dot.h"

/* .Lr_a5 is 5, and so on */
#define REGISTER_NUMBERS ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n .set .Lr_a\\n, \\n\n .endr\n"

/* MULA.DA: the half x of m0 or m1 by the half y of register a; 0 is the lower half, 1 the upper one */
#define MULTIPLY(m, x, y, a) ".byte .Lr_" a " << 4 | 4, " #m " << 6, 0x68 | " #x " | " #y " << 1\n"
/* MULA.DA.LDINC: that, and then m is loaded from the next word of the activations */
#define MULTIPLY_AND_LOAD(m, x, y, a)                                                                                  \
	".byte .Lr_" a " << 4 | 4, " #m " << 6 | " #m " << 4 | .Lr_%[x], 0x48 | " #x " | " #y " << 1\n"
#define LOAD(m) ".byte 4, " #m " << 4 | .Lr_%[x], 0x80\n"                         /* LDINC */
#define LOOP(count, bytes) ".byte 0x76, 0x90 | .Lr_" count ", " #bytes " - 1\n"   /* LOOPNEZ over so many bytes */
#define WRITE_SUM(a) ".byte .Lr_" a " << 4, 16, 0x13, .Lr_" a " << 4, 17, 0x13\n" /* WSR ACCLO, ACCHI */
#define READ_SUM(low, high) ".byte .Lr_" low " << 4, 16, 0x03, .Lr_" high " << 4, 17, 0x03\n"

#define SPREAD(word)                                                                                                   \
	"_and %[other], " word ", %[mask]\n"                                                                               \
	"_slli " word ", " word ", 8\n"                                                                                    \
	"_and " word ", " word ", %[mask]\n"
#define FROM_FIRST(word)                                                                                               \
	SPREAD(word)                                                                                                       \
	MULTIPLY(0, 0, 0, word)                                                                                            \
	MULTIPLY_AND_LOAD(0, 1, 0, "%[other]") MULTIPLY(1, 0, 1, word) MULTIPLY_AND_LOAD(1, 1, 1, "%[other]")
#define FROM_SECOND(word)                                                                                              \
	SPREAD(word)                                                                                                       \
	MULTIPLY_AND_LOAD(0, 1, 0, word)                                                                                   \
	MULTIPLY(1, 0, 0, "%[other]") MULTIPLY_AND_LOAD(1, 1, 1, word) MULTIPLY(0, 0, 1, "%[other]")

/* the first instruction of a loop has to lie within a word of the memory: LOOP's three bytes begin at its third one */
#define PRODUCTS(FROM)                                                                                                                                \
	__asm__ volatile(REGISTER_NUMBERS LOAD(0)                                                                                                         \
	                     LOAD(                                                                                                                        \
	                         1) "movi %[a], 0\n" /* over what fills the gap, which would not be instructions */                                       \
	                            "j 1f\n .balign 4\n 1:\n" WRITE_SUM("%[a]")                                                                           \
	                                LOOP("%[fours]", 99) "_l32i %[a], %[w], 0\n _l32i %[b], %[w], 4\n" FROM("%[a]") "_l32i %[a], %[w], 8\n" FROM(     \
	                                    "%[b]") "_l32i %[b], %[w], 12\n" FROM("%[a]") "_addi %[w], %[w], 16\n" FROM("%[b]") "nop.n\n" LOOP("%[ones]", \
	                                    27) "_l32i %[a], %[w], 0\n _addi %[w], %[w], 4\n" FROM("%[a]")                                                \
	                                    READ_SUM("%[a]", "%[b]") "ssai 8\n src %[a], %[b], %[a]\n"                                                    \
	                 : [x] "+r"(x), [w] "+r"(w), [a] "=&r"(low), [b] "=&r"(high), [other] "=&r"(other)                                                \
	                 : [mask] "r"(0xFF00FF00u), [fours] "r"(words / 4), [ones] "r"(words % 4)                                                         \
	                 : "memory")

/* Adds to sums[0], sums[sum_step], .. the products of rows of `words` words. */
static void products(const int16_t *values, const uint8_t *rows_at, uint32_t words, uint32_t stride, uint32_t rows,
    int32_t *sums, uint32_t sum_step) {
	uint32_t low;
	uint32_t high;
	uint32_t other;
	uint32_t is_second = (uint32_t)((uintptr_t)values & 2);
	uintptr_t begin = (uintptr_t)values - is_second - 4; /* loads add 4 before */
	uintptr_t row = (uintptr_t)rows_at;
	for (; rows > 0; rows--) {
		uintptr_t x = begin;
		uintptr_t w = row;
		if (is_second) {
			PRODUCTS(FROM_SECOND);
		}
		else {
			PRODUCTS(FROM_FIRST);
		}
		*sums = (int32_t)((uint32_t)*sums + low);
		sums += sum_step;
		row += stride;
	}
}

static uint32_t together(uint32_t left) {
	return left;
}

#endif
