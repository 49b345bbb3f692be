/* exp(-x) out of integers: a fifth of what a C library takes where there is no floating-point unit. */
#ifndef ENGINE_EXPONENTIAL_H
#define ENGINE_EXPONENTIAL_H

/* For x of at least 0; the relative error is below (5/4 x + 2) / 2^24, most of it that of rounding x. From 64 on 0. */
float exponential_decay(float x);

#endif
