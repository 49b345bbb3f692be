/* SOFTMAX of int16 over the last axis: exp(beta (x - max)) / sum, by tables, in 1 / 32768. */
#include "../fixed_point.h"
#include "map.h"
#include "rows.h"

#include <math.h>

enum { OPTION_BETA = 0 };

typedef struct {
	rows_step rows;
	fixed_scale scale;
} softmax_step;

#define MAXIMUM_DEPTH 65536u /* the sum of so many numbers below 1 has 16 bits of integer part */

/*
 * exp(10 (i / 512 - 1)) in 1 / 32768, each moved by half of what a straight line to the next would err in the middle,
 * as the reference computes it with the C library's expf. The 514th fills the last word, which may be read whole.
 */
static const int16_t exponentials[514] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5,
    5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 11,
    11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 16, 17, 17, 17, 18, 18, 18, 19,
    19, 19, 20, 20, 21, 21, 21, 22, 22, 23, 23, 24, 24, 25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 31, 32, 32, 33,
    34, 34, 35, 36, 36, 37, 37, 38, 39, 40, 40, 42, 42, 43, 44, 45, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57,
    59, 60, 60, 62, 63, 65, 65, 67, 68, 69, 71, 73, 74, 75, 77, 78, 80, 81, 83, 85, 86, 88, 90, 92, 93, 95, 97, 99, 101,
    103, 105, 107, 109, 112, 114, 116, 118, 121, 123, 126, 128, 131, 133, 135, 139, 141, 144, 147, 149, 152, 155, 158,
    162, 165, 168, 171, 174, 178, 181, 185, 189, 192, 196, 200, 204, 208, 212, 217, 221, 225, 230, 234, 239, 243, 248,
    253, 258, 263, 268, 273, 279, 284, 290, 296, 302, 308, 314, 320, 327, 333, 340, 346, 353, 360, 366, 374, 381, 389,
    397, 404, 413, 421, 429, 437, 446, 455, 464, 473, 482, 492, 501, 511, 522, 532, 543, 553, 564, 575, 586, 598, 610,
    622, 634, 646, 659, 672, 685, 699, 713, 727, 741, 756, 771, 786, 801, 817, 833, 850, 866, 884, 901, 919, 937, 955,
    974, 993, 1013, 1033, 1053, 1074, 1095, 1117, 1139, 1161, 1184, 1207, 1232, 1256, 1281, 1306, 1332, 1358, 1385,
    1412, 1440, 1468, 1497, 1527, 1557, 1587, 1619, 1651, 1683, 1716, 1750, 1785, 1820, 1856, 1892, 1930, 1968, 2006,
    2046, 2087, 2128, 2170, 2212, 2256, 2300, 2346, 2392, 2439, 2488, 2537, 2587, 2638, 2690, 2743, 2796, 2852, 2908,
    2966, 3024, 3084, 3145, 3207, 3270, 3334, 3400, 3467, 3535, 3605, 3677, 3749, 3822, 3898, 3975, 4053, 4133, 4214,
    4297, 4383, 4469, 4557, 4647, 4739, 4833, 4927, 5024, 5124, 5225, 5328, 5433, 5541, 5649, 5761, 5875, 5991, 6109,
    6230, 6352, 6477, 6605, 6736, 6868, 7004, 7141, 7282, 7427, 7572, 7722, 7874, 8030, 8188, 8350, 8514, 8683, 8854,
    9028, 9206, 9387, 9572, 9762, 9954, 10151, 10351, 10555, 10763, 10976, 11191, 11412, 11637, 11867, 12102, 12341,
    12583, 12831, 13085, 13342, 13606, 13874, 14148, 14427, 14711, 15002, 15297, 15599, 15907, 16221, 16541, 16867,
    17199, 17539, 17884, 18237, 18597, 18964, 19338, 19719, 20108, 20505, 20909, 21322, 21742, 22171, 22608, 23054,
    23509, 23973, 24445, 24928, 25419, 25921, 26432, 26953, 27485, 28027, 28580, 29143, 29718, 30304, 30902, 31512,
    32133, 32767};

static int16_t exponential(uint32_t index) {
	return (int16_t)bytes_u16(&exponentials[index]);
}

/* 1 / (1 + i / 512) in 1 / 32768, moved likewise; in single precision, as that rounds */
static int16_t reciprocal(uint32_t index) {
	const float one = 32768;
	if (index == 512) {
		return 16384;
	}
	float value = roundf(1 / (1 + (float)index / 512) * one);
	float middle = roundf(1 / (1 + ((float)index / 512 + 1.0f / 1024)) * one);
	float next = 1 / (1 + (float)(index + 1) / 512) * one;
	float result = value - roundf((roundf((next + value) / 2) - middle) / 2);
	return result > INT16_MAX ? INT16_MAX : (int16_t)result;
}

/* Between two entries of a table of 513, `x` from 0 to 65535. */
static int32_t interpolated(int16_t (*entry)(uint32_t index), int32_t x) {
	int32_t base = entry((uint32_t)x >> 7);
	int32_t slope = entry(((uint32_t)x >> 7) + 1) - base;
	return base + ((slope * (x & 127) + 64) >> 7);
}

static engine_error read_beta(const node *node, float *beta) {
	uint32_t bits = 0;
	TRY(fb_u32(node->graph->model, &node->options, OPTION_BETA, &bits));
	memcpy(beta, &bits, sizeof bits);
	return *beta > 0 && *beta < 1e9f ? ENGINE_OK : ENGINE_ATTRIBUTE;
}

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	float beta;
	TRY(rows_check(node, TYPE_BIT(ENGINE_INT16), MAXIMUM_DEPTH, 1.0f / 32768, 0));
	TRY(node_input(node, 0, &input));
	TRY(read_beta(node, &beta));
	rows_require(requirement, (uint32_t)sizeof(softmax_step));
	return input.view.zero_point == 0 ? ENGINE_OK : ENGINE_OPERAND_QUANTIZATION;
}

static void row(const rows_step *base, const void *input, void *output) {
	const softmax_step *step = (const softmax_step *)(const void *)base;
	const int16_t *x = input;
	int16_t *y = output;
	int32_t greatest = INT16_MIN;
	int32_t sum = 0;
	for (uint32_t i = 0; i < base->depth; i++) {
		greatest = x[i] > greatest ? x[i] : greatest;
	}
	for (uint32_t i = 0; i < base->depth; i++) {
		int32_t value = fixed_scaled(x[i] - greatest, &step->scale);
		y[i] = (int16_t)interpolated(exponential, fixed_clamp(fixed_add(value, UINT16_MAX), 0, UINT16_MAX));
		sum += y[i];
	}
	/* sum = (1 + fraction / 65536) 2^shift / 2 */
	int shift = 1;
	while (sum >> shift > 1) {
		shift++;
	}
	int32_t rounded = shift > 16 ? (sum + (1 << (shift - 17))) >> (shift - 16) : sum << (16 - shift);
	int32_t fraction = fixed_clamp(rounded - (1 << 16), 0, UINT16_MAX);
	int32_t factor = interpolated(reciprocal, fraction);
	for (uint32_t i = 0; i < base->depth; i++) {
		y[i] = (int16_t)fixed_clamp((y[i] * factor + (1 << (shift - 1))) >> shift, 0, INT16_MAX);
	}
}

static void open(const node *node, step *base) {
	tensor input;
	float beta = 1;
	softmax_step *step = (softmax_step *)(void *)base;
	rows_open(node, base, &input, row);
	(void)read_beta(node, &beta);
	/* a difference of -10 becomes -65535 */
	step->scale = fixed_from_real((double)input.view.scale * (double)beta / (10.0 / 65535.0));
}

const engine_operator engine_softmax_int16 = {
    .code = 25,
    .options_type = 9,
    .types = TYPE_BIT(ENGINE_INT16),
    .name = "SOFTMAX",
    .check = check,
    .open = open,
};
