/*
 * Three rows at a time for the ESP8266, whose processor has no loads of signed bytes, no loops and 15 registers to
 * use. A word of weights b3 b2 b1 b0 takes one instruction for each: MUL16S sees the lower 16 bits of its operands, so
 * that b1 with its lower neighbour cleared and b0 shifted to the left are 256 times themselves, while b2 and b3 are
 * shifted down and multiplied by 256 times their activations. A sum is thus 256 times too large, and right as long as
 * it stays within 23 bits, which 256 products of 9 by 8 bits do. The compiler's own order of these instructions would
 * keep half of the operands on the stack.
 */
#ifndef ENGINE_DOT_LX106_H
#define ENGINE_DOT_LX106_H

#include "dot.h"

#define TOGETHER 3u
#define MAXIMUM_WORDS 64u

/* What the assembly below reads at fixed places. */
typedef struct {
	uintptr_t x;       /* 0 */
	uintptr_t end;     /* 4: of x */
	uintptr_t rows[3]; /* 8 */
	uint32_t odd;      /* 20: begin with the second of the loop's two words */
	uint32_t sums[3];  /* 24 */
	uint32_t saved[2]; /* 36: a0 and a15, which compilers need for themselves */
} frame;

#define ROW(sum, row, offset)                                                                                          \
	"l32i a15, " row ", " offset "\n"                                                                                  \
	"and a0, a15, a10\n mul16s a0, a0, a12\n add " sum ", " sum ", a0\n"                                               \
	"srai a0, a15, 24\n mull a0, a0, a14\n add " sum ", " sum ", a0\n"                                                 \
	"slli a15, a15, 8\n mul16s a0, a15, a11\n add " sum ", " sum ", a0\n"                                              \
	"srai a15, a15, 24\n mull a15, a15, a13\n add " sum ", " sum ", a15\n"
#define COLUMNS(a, b, c, d)                                                                                            \
	"l16si a11, a9, " a "\n l16si a12, a9, " b "\n l16si a13, a9, " c "\n l16si a14, a9, " d "\n"                      \
	"slli a13, a13, 8\n slli a14, a14, 8\n"
#define FIRST_COLUMNS COLUMNS("0", "2", "4", "6")
#define SECOND_COLUMNS COLUMNS("8", "10", "12", "14")
#define BEGIN                                                                                                          \
	"s32i a0, a2, 36\n s32i a15, a2, 40\n"                                                                             \
	"l32i a6, a2, 8\n l32i a7, a2, 12\n l32i a8, a2, 16\n l32i a9, a2, 0\n l32i a11, a2, 20\n"                         \
	"movi a3, 0\n movi a4, 0\n movi a5, 0\n movi a10, -256\n"                                                          \
	"bnez a11, 2f\n"                                                                                                   \
	"1:\n"
#define END                                                                                                            \
	"addi a9, a9, 16\n l32i a11, a2, 4\n bgeu a9, a11, 3f\n j 1b\n"                                                    \
	"3:\n"                                                                                                             \
	"s32i a3, a2, 24\n s32i a4, a2, 28\n s32i a5, a2, 32\n l32i a0, a2, 36\n l32i a15, a2, 40\n"

#define RUN(text)                                                                                                      \
	__asm__ volatile(text                                                                                              \
	                 : "+r"(at)                                                                                        \
	                 :                                                                                                 \
	                 : "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12", "a13", "a14", "memory")

static void three_rows(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(BEGIN FIRST_COLUMNS ROW("a3", "a6", "0") ROW("a4", "a7", "0") ROW("a5", "a8", "0") //
	    "2:\n" SECOND_COLUMNS ROW("a3", "a6", "4") ROW("a4", "a7", "4")
	        ROW("a5", "a8", "4") "addi a6, a6, 8\n addi a7, a7, 8\n addi a8, a8, 8\n" END);
}

static void two_rows(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(BEGIN FIRST_COLUMNS ROW("a3", "a6", "0") ROW("a4", "a7", "0") //
	    "2:\n" SECOND_COLUMNS ROW("a3", "a6", "4") ROW("a4", "a7", "4") "addi a6, a6, 8\n addi a7, a7, 8\n" END);
}

static void one_row(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(BEGIN FIRST_COLUMNS ROW("a3", "a6", "0") "2:\n" SECOND_COLUMNS ROW("a3", "a6", "4") "addi a6, a6, 8\n" END);
}

static int32_t added(int32_t sum, uint32_t scaled) {
	return (int32_t)((uint32_t)sum + (uint32_t)((int32_t)scaled >> 8));
}

/* Adds to sums[0], sums[sum_step], .. the products of 1 to 3 rows of `words` words. */
static void products(const int16_t *x, const uint8_t *weights, uint32_t words, uint32_t stride, uint32_t rows,
    int32_t *sums, uint32_t sum_step) {
	while (words > 0) {
		uint32_t some = words < MAXIMUM_WORDS ? words : MAXIMUM_WORDS;
		frame frame;
		frame.odd = some & 1;
		frame.x = (uintptr_t)x - 8 * frame.odd;
		frame.end = (uintptr_t)(x + 4 * some);
		frame.rows[0] = (uintptr_t)weights - 4 * frame.odd;
		frame.rows[1] = frame.rows[0] + stride;
		frame.rows[2] = frame.rows[1] + stride;
		(rows == 3 ? three_rows : rows == 2 ? two_rows : one_row)(&frame);
		for (uint32_t row = 0; row < rows; row++) {
			sums[row * sum_step] = added(sums[row * sum_step], frame.sums[row]);
		}
		words -= some;
		x += 4 * some;
		weights += 4 * some;
	}
}

#endif
