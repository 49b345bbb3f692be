#include "inverse_root.h"

/* x * 2^exponent, within 32 bits */
static int32_t enlarged(int32_t x, int exponent) {
	int32_t limit = INT32_MAX >> exponent;
	return x > limit ? INT32_MAX : x < -limit ? INT32_MIN : fixed_shift_left(x, exponent);
}

fixed_scale inverse_root(int32_t x) {
	/* Q3 */
	const int32_t one = 1 << 28;
	const int32_t three_halves = (1 << 28) + (1 << 27);
	/* Q0 */
	const int32_t half_root_of_two = 1518500250;
	fixed_scale result = {INT32_MAX, 0};
	int32_t right = 11;
	if (x <= 1) {
		return result;
	}
	/* to [2^27, 2^29): as a Q3 number in [1/2, 2) when halved */
	for (; x >= 1 << 29; x /= 4) {
		right++;
	}
	for (; x < 1 << 27; x *= 4) {
		right--;
	}
	int32_t half = fixed_shift_right(x >> 1, 1);
	int32_t root = one;
	for (int i = 0; i < 5; i++) {
		/* a product of Q3 numbers is a Q6 number, of three of them a Q9 number */
		int32_t cube = enlarged(fixed_multiply(fixed_multiply(root, root), root), 6);
		int32_t next = fixed_add(fixed_multiply(three_halves, root), -fixed_multiply(half, cube));
		root = enlarged(next, 3);
	}
	root = fixed_multiply(root, half_root_of_two);
	result.multiplier = right < 0 ? fixed_shift_left(root, -right) : root;
	result.shift = right < 0 ? 0 : -right;
	return result;
}
