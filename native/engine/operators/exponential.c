#include "exponential.h"

#include "../fixed_point.h"

#include <string.h>

#define HIGHEST 64.0f
#define PER_LN2 24204406.0f /* 2^24 / ln 2 */
#define LN2 1488522236u     /* in Q0 */
#define THIRD 21845u        /* in 1/65536 */
#define FRACTION_BITS 24
#define INDEX_BITS 6

/* 2^(-i / 64) * 2^31 */
static const uint32_t powers[1 << INDEX_BITS] = {
    2147483648u,
    2124350982u,
    2101467502u,
    2078830522u,
    2056437387u,
    2034285470u,
    2012372174u,
    1990694927u,
    1969251188u,
    1948038440u,
    1927054196u,
    1906295993u,
    1885761398u,
    1865448001u,
    1845353420u,
    1825475297u,
    1805811301u,
    1786359126u,
    1767116489u,
    1748081133u,
    1729250827u,
    1710623359u,
    1692196547u,
    1673968228u,
    1655936265u,
    1638098541u,
    1620452965u,
    1602997467u,
    1585730000u,
    1568648537u,
    1551751076u,
    1535035634u,
    1518500250u,
    1502142985u,
    1485961921u,
    1469955159u,
    1454120821u,
    1438457051u,
    1422962010u,
    1407633882u,
    1392470869u,
    1377471191u,
    1362633090u,
    1347954824u,
    1333434672u,
    1319070932u,
    1304861917u,
    1290805962u,
    1276901417u,
    1263146652u,
    1249540052u,
    1236080024u,
    1222764986u,
    1209593378u,
    1196563654u,
    1183674286u,
    1170923762u,
    1158310587u,
    1145833280u,
    1133490379u,
    1121280436u,
    1109202018u,
    1097253708u,
    1085434106u,
};

float exponential_decay(float x) {
	float result;
	uint32_t bits;
	if (!(x < HIGHEST)) {
		return 0;
	}
	/* exp(-x) = 2^-halvings * 2^(-index / 64) * exp(-rest), the rest below ln 2 / 64 and in 2^-32 */
	uint32_t exponent = (uint32_t)(x * PER_LN2);
	uint32_t halvings = exponent >> FRACTION_BITS;
	uint32_t index = exponent >> (FRACTION_BITS - INDEX_BITS) & ((1u << INDEX_BITS) - 1);
	uint32_t rest = fixed_product_positive((exponent & ((1u << (FRACTION_BITS - INDEX_BITS)) - 1)) << 8, LN2);
	uint32_t square = ((rest >> 10) * (rest >> 10)) >> 13; /* rest^2 / 2 */
	uint32_t cube = ((square * (rest >> 16)) >> 16) * THIRD >> 16;
	uint32_t small = (0u - rest + square - cube) >> 1; /* exp(-rest), whose 1 is 2^31 */
	small = rest == 0 ? 1u << 31 : small;
	result = (float)fixed_product_positive(powers[index], small);
	memcpy(&bits, &result, sizeof bits);
	bits -= (31 + halvings) << 23;
	memcpy(&result, &bits, sizeof result);
	return result;
}
