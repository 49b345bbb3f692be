/* Elements of tensors whose type is known only when the model is read. */
#ifndef ENGINE_ELEMENT_H
#define ENGINE_ELEMENT_H

#include "../engine.h"

/* Of bool, uint8, int8, int16 or int32. */
static inline int32_t element_load(const void *data, engine_type type, uint32_t index) {
	switch (type) {
		case ENGINE_INT8: return ((const int8_t *)data)[index];
		case ENGINE_INT16: return ((const int16_t *)data)[index];
		case ENGINE_INT32: return ((const int32_t *)data)[index];
		default: return ((const uint8_t *)data)[index];
	}
}

/* The low bits of the value. */
static inline void element_store(void *data, engine_type type, uint32_t index, int32_t value) {
	switch (type) {
		case ENGINE_INT16: ((int16_t *)data)[index] = (int16_t)value; break;
		case ENGINE_INT32: ((int32_t *)data)[index] = value; break;
		default: ((uint8_t *)data)[index] = (uint8_t)value; break;
	}
}

/* The least and the greatest value of int8, uint8, int16 or int32. */
int32_t element_lowest(engine_type type);
int32_t element_highest(engine_type type);

#endif
