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
#define LOAD(m, p) ".byte 4, " #m " << 4 | .Lr_" p ", 0x80\n"                   /* LDINC */
#define LOOP(count, bytes) ".byte 0x76, 0x90 | .Lr_" count ", " #bytes " - 1\n" /* LOOPNEZ over so many bytes */
#define CLEAR_SUM(a)                                                                                                   \
	".byte .Lr_" a " << 4 | 4, .Lr_" a ", 0x77\n"          /* MUL.AA.HH: the sum becomes the square of a's upper half */
#define READ_LOW_SUM(a) ".byte .Lr_" a " << 4, 16, 0x03\n" /* RSR ACCLO */
#define READ_SUM(low, high) READ_LOW_SUM(low) ".byte .Lr_" high " << 4, 17, 0x03\n"

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

/* MULA.DD.LDINC: the half x of m0 or m1 by the half y of m2 or m3, and then `to` is loaded from the next word at p */
#define MULTIPLY_PAIRS(m, x, n, y, to, p)                                                                              \
	".byte (" #n " - 2) << 6 | 4, " #m " << 6 | " #to " << 4 | .Lr_" p ", 0x08 | " #x " | " #y " << 1\n"

/*
 * The first instruction of a loop has to lie within one word of the memory: LOOP's three bytes begin at its third one.
 * What fills the gap before is not instructions, so that it is jumped over.
 */
/* clang-format off */
#define PRODUCTS(FROM) \
	__asm__ volatile(REGISTER_NUMBERS "ssai 8\n j 1f\n .balign 4\n .byte 0, 0\n" \
	                 "1:\n _or %[x], %[begin], %[begin]\n" LOAD(0, "%[x]") LOAD(1, "%[x]") \
	                 CLEAR_SUM("%[ones]") LOOP("%[fours]", 99) \
	                 "_l32i %[a], %[w], 0\n _l32i %[b], %[w], 4\n" FROM("%[a]") \
	                 "_l32i %[a], %[w], 8\n" FROM("%[b]") "_l32i %[b], %[w], 12\n" FROM("%[a]") \
	                 "_addi %[w], %[w], 16\n" FROM("%[b]") "add.n %[sum], %[sum], %[step]\n" LOOP("%[ones]", 27) \
	                 "_l32i %[a], %[w], 0\n _addi %[w], %[w], 4\n" FROM("%[a]") READ_SUM("%[a]", "%[b]") \
	                 "l32i %[other], %[sum], 0\n src %[a], %[b], %[a]\n add %[w], %[w], %[skip]\n" \
	                 "add %[a], %[a], %[other]\n s32i %[a], %[sum], 0\n" \
	                 "addi %[rows], %[rows], -1\n bnez %[rows], 1b\n" \
	                 : [x] "=&r"(x), [w] "+r"(w), [a] "=&r"(low), [b] "=&r"(high), [other] "=&r"(other), \
	                   [sum] "+r"(sum), [rows] "+r"(rows) \
	                 : [begin] "r"(begin), [mask] "r"(0xFF00FF00u), [fours] "r"(words / 4), [ones] "r"(words % 4), \
	                   [skip] "r"(stride - 4 * words), [step] "r"(step) \
	                 : "memory")
#define EXPANDED_PRODUCTS \
	__asm__ volatile(REGISTER_NUMBERS LOAD(0, "%[x]") LOAD(2, "%[w]") LOAD(1, "%[x]") LOAD(3, "%[w]") \
	                 "j 1f\n .balign 4\n .byte 0, 0, 0\n 1:\n" CLEAR_SUM("%[fours]") LOOP("%[fours]", 12) \
	                 MULTIPLY_PAIRS(0, 0, 2, 1, 2, "%[w]") MULTIPLY_PAIRS(0, 1, 3, 0, 0, "%[x]") \
	                 MULTIPLY_PAIRS(1, 0, 3, 1, 3, "%[w]") MULTIPLY_PAIRS(1, 1, 2, 0, 1, "%[x]") \
	                 READ_LOW_SUM("%[sum]") \
	                 : [x] "+r"(x), [w] "+r"(w), [sum] "=&r"(sum) \
	                 : [fours] "r"((count + 3) / 4) \
	                 : "memory")
/* clang-format on */

/* Adds to sums[0], sums[sum_step], .. the products of one or more rows of `words` words. */
static void products(const int16_t *values, const uint8_t *weights, uint32_t words, uint32_t stride, uint32_t rows,
    int32_t *sums, uint32_t sum_step) {
	uint32_t low;
	uint32_t high;
	uint32_t other;
	uintptr_t x;
	uintptr_t w = (uintptr_t)weights;
	uint32_t step = 4 * sum_step;
	uintptr_t sum = (uintptr_t)sums - step;
	uint32_t is_second = (uint32_t)((uintptr_t)values & 2);
	uintptr_t begin = (uintptr_t)values - is_second - 4; /* loads add 4 before */
	if (is_second) {
		PRODUCTS(FROM_SECOND);
	}
	else {
		PRODUCTS(FROM_FIRST);
	}
}

static uint32_t together(uint32_t left) {
	return left;
}

/* One instruction for each product; what it multiplies has been loaded at least three instructions before. */
void dot_expanded_rows(const dot_input *input, uint32_t count, const dot_expanded *weights, uint32_t stride,
    uint32_t rows, int32_t *sums) {
	uint32_t sum;
	uintptr_t begin = (uintptr_t)input + 2 * DOT_BEFORE - 4;
	uintptr_t row = (uintptr_t)weights - 4;
	for (uint32_t i = 0; i < rows; i++) {
		uintptr_t x = begin;
		uintptr_t w = row;
		EXPANDED_PRODUCTS;
		sums[i] = (int32_t)((uint32_t)sums[i] + sum);
		row += sizeof(dot_expanded) * stride;
	}
}

#endif
