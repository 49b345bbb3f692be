/* Arithmetic that a compiler calls by libgcc's names where the processor lacks it, and words of wider values. */
#ifndef ROUTINES_H
#define ROUTINES_H

#include <stdint.h>

uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);

float __addsf3(float a, float b);
float __subsf3(float a, float b);
float __mulsf3(float a, float b);
float __floatsisf(int32_t a);
float __floatunsisf(uint32_t a);
uint32_t __fixunssfsi(float a);

double __adddf3(double a, double b);
double __subdf3(double a, double b);
double __muldf3(double a, double b);
double __divdf3(double a, double b);
double __floatsidf(int32_t a);
double __floatunsidf(uint32_t a);
int32_t __fixdfsi(double a);
uint32_t __fixunsdfsi(double a);
float __truncdfsf2(double a);
double __extendsfdf2(float a);

static inline uint64_t words(uint32_t low, uint32_t high) {
	return (uint64_t)high << 32 | low;
}

static inline uint32_t high_word(uint64_t a) {
	return (uint32_t)(a >> 32);
}

static inline uint32_t single_bits(float a) {
	union {
		float value;
		uint32_t bits;
	} single = {a};
	return single.bits;
}

static inline float single_from(uint32_t bits) {
	union {
		uint32_t bits;
		float value;
	} single = {bits};
	return single.value;
}

static inline uint64_t double_bits(double a) {
	union {
		double value;
		uint64_t bits;
	} wide = {a};
	return wide.bits;
}

static inline double double_from(uint64_t bits) {
	union {
		uint64_t bits;
		double value;
	} wide = {bits};
	return wide.value;
}

#endif
