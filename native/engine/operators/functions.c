/* Functions of one float32: NEG, SQUARE, SQRT, EXP, LOG, SIN, COS, FLOOR, CEIL, ROUND. */
#include "map.h"

#include <math.h>

static engine_error check(const node *node, requirement *requirement) {
	tensor input;
	tensor output;
	TRY(map_operands(node, TYPE_BIT(ENGINE_FLOAT32), &input, &output));
	map_require(requirement, (uint32_t)sizeof(map_step), TABLE_FROM, &input, &output);
	return ENGINE_OK;
}

/* To the nearest whole number, halves to the even one; what would be -0 is 0, as in the reference. */
static float rounded(float x) {
	float below = floorf(x);
	float rest = x - below;
	return rest < 0.5f || (rest == 0.5f && ((int32_t)below & 1) == 0) ? below : below + 1;
}

#define FLOAT_FUNCTION(identifier, text, number, expression)                                                           \
	static float identifier##_of(const map_step *step, float x) {                                                      \
		(void)step;                                                                                                    \
		return expression;                                                                                             \
	}                                                                                                                  \
	static void open_##identifier(const node *node, step *step) {                                                      \
		tensor input;                                                                                                  \
		tensor output;                                                                                                 \
		map_open(node, step, &input, &output);                                                                         \
		map_reals((map_step *)(void *)step, identifier##_of);                                                          \
	}                                                                                                                  \
	const engine_operator engine_##identifier = {                                                                      \
	    .code = (number),                                                                                              \
	    .name = (text),                                                                                                \
	    .check = check,                                                                                                \
	    .open = open_##identifier,                                                                                     \
	};

FLOAT_FUNCTION(neg, "NEG", 59, -x)
FLOAT_FUNCTION(square, "SQUARE", 92, x *x)
FLOAT_FUNCTION(sqrt, "SQRT", 75, sqrtf(x))
FLOAT_FUNCTION(exp, "EXP", 47, expf(x))
FLOAT_FUNCTION(log, "LOG", 73, logf(x))
FLOAT_FUNCTION(sin, "SIN", 66, sinf(x))
FLOAT_FUNCTION(cos, "COS", 108, cosf(x))
FLOAT_FUNCTION(floor, "FLOOR", 8, floorf(x))
FLOAT_FUNCTION(ceil, "CEIL", 104, ceilf(x))
FLOAT_FUNCTION(round, "ROUND", 116, rounded(x))
