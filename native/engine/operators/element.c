#include "element.h"

int32_t element_lowest(engine_type type) {
	switch (type) {
		case ENGINE_INT8: return INT8_MIN;
		case ENGINE_INT16: return INT16_MIN;
		case ENGINE_INT32: return INT32_MIN;
		default: return 0;
	}
}

int32_t element_highest(engine_type type) {
	return type == ENGINE_UINT8 ? UINT8_MAX : ~element_lowest(type);
}
