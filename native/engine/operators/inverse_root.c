#include "inverse_root.h"

fixed_scale inverse_root(int32_t x) {
	const int32_t half_root = 1518500250; /* of 1/2, in Q0 */
	const int32_t three_halves = 3 << 27; /* in Q3 */
	fixed_scale result = {INT32_MAX, 0};
	if (x <= 1) {
		return result;
	}
	result.shift = -11;
	while (x >= 1 << 29) {
		x /= 4;
		result.shift--;
	}
	while (x < 1 << 27) {
		x *= 4;
		result.shift++;
	}
	int32_t half = fixed_shift_right(x >> 1, 1); /* x / 2 in Q3 */
	int32_t y = 1 << 28;
	for (int i = 0; i < 5; i++) { /* Newton and Raphson */
		int32_t cube = fixed_multiply(fixed_multiply(y, y), y);
		cube = cube < 1 << 25 ? cube * (1 << 6) : INT32_MAX;
		y = (fixed_multiply(three_halves, y) - fixed_multiply(half, cube)) * (1 << 3);
	}
	result.multiplier = fixed_multiply(y, half_root);
	if (result.shift > 0) {
		result.multiplier = fixed_shift_left(result.multiplier, result.shift);
		result.shift = 0;
	}
	return result;
}
