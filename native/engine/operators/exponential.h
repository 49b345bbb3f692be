/* exp(-x) out of integers: a fifth of what a C library takes where there is no floating-point unit. */
#ifndef ENGINE_EXPONENTIAL_H
#define ENGINE_EXPONENTIAL_H

/* For x of at least 0; relative error below (x + 2) / 2^24, of which x / 2^24 is what rounding x itself costs. From 64
 * on 0. */
float exponential_decay(float x);

#endif
