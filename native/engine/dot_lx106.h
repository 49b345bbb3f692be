/*
 * Up to four rows at a time for the ESP8266, whose processor has no loads of signed bytes, no loops and 15 registers to
 * use. A word of weights b3 b2 b1 b0 takes one instruction for each: MUL16S sees the lower 16 bits of its operands, so
 * that b1 with its lower neighbour cleared and b0 shifted to the left are 256 times themselves, while b2 and b3 are
 * shifted down and multiplied by 256 times their activations. A sum is thus 256 times too large, and right as long as
 * it stays within 23 bits, which 256 products of 9 by 8 bits do. The compiler's own order of these instructions would
 * keep half of the operands on the stack.
 */
#ifndef ENGINE_DOT_LX106_H
#define ENGINE_DOT_LX106_H

#include "dot.h"

#define MAXIMUM_WORDS 64u

/*
 * Four kernels take a kilobyte. Where code shall be small there are two with half as long loops, which cost a tenth
 * more instructions.
 */
#ifdef __OPTIMIZE_SIZE__
#define HAS_ALL 0
#define WORDS_AT_ONCE 1u
#else
#define HAS_ALL 1
#define WORDS_AT_ONCE 2u
#endif

/* How many of the rows that are left to take next: three and three cost less than four and two. */
static uint32_t together(uint32_t left) {
	if (!HAS_ALL) {
		return left < 3 ? 1 : 3;
	}
	return left <= 4 ? left : left % 4 == 1 || left % 4 == 2 ? 3 : 4;
}

/* What the assembly below reads at fixed places. */
typedef struct {
	uintptr_t x;       /* 0 */
	uintptr_t end;     /* 4: of x */
	uintptr_t row;     /* 8: the second one, if there are four, else the first */
	uint32_t stride;   /* 12 */
	uint32_t odd;      /* 16: begin with the second of the loop's two words */
	uint32_t sums[4];  /* 20 */
	uint32_t saved[2]; /* 36: a0 and a15, which compilers need for themselves */
} frame;

/* a2 frame, a3-a6 sums, a7 row, a8 stride, a9 x, a10 mask, a11-a14 activations, a15 word, a0 product */
#define WEIGHTS(sum)                                                                                                   \
	"and a0, a15, a10\n mul16s a0, a0, a12\n add " sum ", " sum ", a0\n"                                               \
	"srai a0, a15, 24\n mull a0, a0, a14\n add " sum ", " sum ", a0\n"                                                 \
	"slli a15, a15, 8\n mul16s a0, a15, a11\n add " sum ", " sum ", a0\n"                                              \
	"srai a15, a15, 24\n mull a15, a15, a13\n add " sum ", " sum ", a15\n"
#define ROW_BEFORE(sum, offset) "sub a15, a7, a8\n l32i a15, a15, " offset "\n" WEIGHTS(sum)
#define ROW(sum, offset) "l32i a15, a7, " offset "\n" WEIGHTS(sum)
#define NEXT_ROW(sum, offset) "add a15, a7, a8\n l32i a15, a15, " offset "\n" WEIGHTS(sum)
#define THIRD_ROW(sum, offset) "addx2 a15, a8, a7\n l32i a15, a15, " offset "\n" WEIGHTS(sum)
#define COLUMNS(a, b, c, d)                                                                                            \
	"l16si a11, a9, " a "\n l16si a12, a9, " b "\n l16si a13, a9, " c "\n l16si a14, a9, " d "\n"                      \
	"slli a13, a13, 8\n slli a14, a14, 8\n"
#define FIRST_COLUMNS COLUMNS("0", "2", "4", "6")
#define SECOND_COLUMNS COLUMNS("8", "10", "12", "14")
/* clang-format off */
#if HAS_ALL
#define LOOP(rows) \
	"bnez a11, 2f\n" \
	"1:\n" FIRST_COLUMNS rows("0") \
	"2:\n" SECOND_COLUMNS rows("4") "addi a7, a7, 8\n addi a9, a9, 16\n"
#else
#define LOOP(rows) "1:\n" FIRST_COLUMNS rows("0") "addi a7, a7, 4\n addi a9, a9, 8\n"
#endif
#define RUN(rows) \
	__asm__ volatile("s32i a0, a2, 36\n s32i a15, a2, 40\n" \
	                 "l32i a9, a2, 0\n l32i a7, a2, 8\n l32i a8, a2, 12\n l32i a11, a2, 16\n" \
	                 "movi a3, 0\n movi a4, 0\n movi a5, 0\n movi a6, 0\n movi a10, -256\n" \
	                 LOOP(rows) "l32i a11, a2, 4\n bgeu a9, a11, 3f\n j 1b\n" \
	                 "3:\n s32i a3, a2, 20\n s32i a4, a2, 24\n s32i a5, a2, 28\n s32i a6, a2, 32\n" \
	                 "l32i a0, a2, 36\n l32i a15, a2, 40\n" \
	                 : "+r"(at) \
	                 : \
	                 : "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12", "a13", "a14", "memory")
/* clang-format on */
#define FOUR_ROWS(offset) ROW_BEFORE("a3", offset) ROW("a4", offset) NEXT_ROW("a5", offset) THIRD_ROW("a6", offset)
#define THREE_ROWS(offset) ROW("a3", offset) NEXT_ROW("a4", offset) THIRD_ROW("a5", offset)
#define ONE_ROW(offset) ROW("a3", offset)
#define TWO_ROWS(offset) ROW("a3", offset) NEXT_ROW("a4", offset)

static void three_rows(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(THREE_ROWS);
}

static void one_row(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(ONE_ROW);
}

#if HAS_ALL
static void four_rows(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(FOUR_ROWS);
}

static void two_rows(frame *frame_) {
	register frame *at __asm__("a2") = frame_;
	RUN(TWO_ROWS);
}
#endif

static int32_t added(int32_t sum, uint32_t scaled) {
	return (int32_t)((uint32_t)sum + (uint32_t)((int32_t)scaled >> 8));
}

/* Adds to sums[0], sums[sum_step], .. the products of 1 to 4 rows of `words` words. */
static void products(const int16_t *x, const uint8_t *weights, uint32_t words, uint32_t stride, uint32_t rows,
    int32_t *sums, uint32_t sum_step) {
#if HAS_ALL
	static void (*const kernels[])(frame *) = {one_row, two_rows, three_rows, four_rows};
#endif
	frame frame;
	frame.row = (uintptr_t)weights + (rows == 4 ? stride : 0);
	frame.stride = stride;
	frame.x = (uintptr_t)x;
	while (words > 0) {
		uint32_t some = words < MAXIMUM_WORDS ? words : MAXIMUM_WORDS;
		frame.odd = some % WORDS_AT_ONCE;
		frame.end = frame.x + 8 * some;
		frame.x -= 8 * frame.odd;
		frame.row -= 4 * frame.odd;
#if HAS_ALL
		kernels[rows - 1](&frame);
#else
		(rows == 3 ? three_rows : one_row)(&frame);
#endif
		int32_t *sum = sums;
		for (uint32_t row = 0; row < rows; row++) {
			*sum = added(*sum, frame.sums[row]);
			sum += sum_step;
		}
		words -= some;
		frame.x = frame.end;
		frame.row += 4 * (some + frame.odd);
	}
}

#endif
