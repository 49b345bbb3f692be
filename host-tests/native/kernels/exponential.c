/* The radial kernel's exponential against the C library's in double precision. The exit status tells what is wrong. */
#include "operators/exponential.h"

#include <math.h>

/* Whether it is as near as exponential.h says. */
static int is_near(float x) {
	double wanted = exp(-(double)x);
	return fabs((double)exponential_decay(x) - wanted) <= wanted * (1.25 * (double)x + 2) / 16777216;
}

int main(void) {
	for (int i = 0; i < 64 << 14; i++) {
		if (!is_near((float)i / (1 << 14))) {
			return 1;
		}
	}
	for (float x = 1; x > 1e-30f; x *= 0.93f) {
		if (!is_near(x) || !is_near(nextafterf(64 * x, 0))) {
			return 2;
		}
	}
	if (exponential_decay(0) != 1 || exponential_decay(-0.0f) != 1) {
		return 3;
	}
	return exponential_decay(64) != 0 || exponential_decay(INFINITY) != 0 || exponential_decay(NAN) != 0 ? 4 : 0;
}
