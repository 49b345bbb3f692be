#include "flatbuffer.h"

#define IDENTIFIER 0x334C4654u /* "TFL3" */

static engine_error open_table(const engine_model *model, uint32_t at, fb_table *table) {
	if (at & 3) {
		return ENGINE_ALIGNMENT;
	}
	if (at > model->size - 4) {
		return ENGINE_OFFSET;
	}
	uint32_t vtable = at - fb_word(model, at); /* a signed distance; what wraps is out of range */
	if (vtable & 1) {
		return ENGINE_ALIGNMENT;
	}
	if (vtable > model->size - 4) {
		return ENGINE_VTABLE;
	}
	table->at = at;
	table->vtable = vtable;
	table->vtable_size = file_u16(fb_at(model, vtable));
	table->size = file_u16(fb_at(model, vtable + 2));
	if (table->vtable_size < 4 || (table->vtable_size & 1) || table->vtable_size > model->size - vtable) {
		return ENGINE_VTABLE;
	}
	if (table->size < 4 || table->size > model->size - at) {
		return ENGINE_VTABLE;
	}
	return ENGINE_OK;
}

/* Follows the offset at `at`, which lies inside the model. */
static engine_error follow(const engine_model *model, uint32_t at, uint32_t *target) {
	uint32_t distance = fb_word(model, at);
	if (distance > model->size - at) {
		return ENGINE_OFFSET;
	}
	*target = at + distance;
	if (*target > model->size - 4) {
		return ENGINE_OFFSET;
	}
	return (*target & 3) ? ENGINE_ALIGNMENT : ENGINE_OK;
}

engine_error fb_root(const engine_model *model, fb_table *table) {
	if (model->size < 12 || model->size > ENGINE_MAXIMUM_SIZE) {
		return ENGINE_SIZE;
	}
	if ((uintptr_t)model->data & 3) {
		return ENGINE_ALIGNMENT;
	}
	if (fb_word(model, 4) != IDENTIFIER) {
		return ENGINE_IDENTIFIER;
	}
	uint32_t at;
	TRY(follow(model, 0, &at));
	return open_table(model, at, table);
}

engine_error fb_field(const engine_model *model, const fb_table *table, uint32_t id, uint32_t width, uint32_t *at) {
	uint32_t slot = 4 + 2 * id;
	*at = 0;
	if (table->at == 0 || slot + 2 > table->vtable_size) {
		return ENGINE_OK;
	}
	uint32_t offset = file_u16(fb_at(model, table->vtable + slot));
	if (offset == 0) {
		return ENGINE_OK;
	}
	if (offset < 4 || offset + width > table->size) {
		return ENGINE_VTABLE;
	}
	if (offset & ((width > 4 ? 4 : width) - 1)) {
		return ENGINE_ALIGNMENT;
	}
	*at = table->at + offset;
	return ENGINE_OK;
}

engine_error fb_u8(const engine_model *model, const fb_table *table, uint32_t id, uint8_t *value) {
	uint32_t at;
	TRY(fb_field(model, table, id, 1, &at));
	if (at) {
		*value = bytes_u8(fb_at(model, at));
	}
	return ENGINE_OK;
}

engine_error fb_u32(const engine_model *model, const fb_table *table, uint32_t id, uint32_t *value) {
	uint32_t at;
	TRY(fb_field(model, table, id, 4, &at));
	if (at) {
		*value = fb_word(model, at);
	}
	return ENGINE_OK;
}

engine_error fb_subtable(const engine_model *model, const fb_table *table, uint32_t id, fb_table *subtable) {
	uint32_t at;
	uint32_t target;
	subtable->at = 0;
	TRY(fb_field(model, table, id, 4, &at));
	if (at == 0) {
		return ENGINE_OK;
	}
	TRY(follow(model, at, &target));
	return open_table(model, target, subtable);
}

engine_error fb_vector_of(
    const engine_model *model, const fb_table *table, uint32_t id, uint32_t width, fb_vector *vector) {
	uint32_t at;
	uint32_t target;
	vector->at = 0;
	vector->count = 0;
	TRY(fb_field(model, table, id, 4, &at));
	if (at == 0) {
		return ENGINE_OK;
	}
	TRY(follow(model, at, &target));
	vector->at = target + 4;
	vector->count = fb_word(model, target);
	/* counts above the model's size could wrap when multiplied; below, they cannot (and a division costs more) */
	if (vector->count > model->size || vector->count * width > model->size - vector->at) {
		return ENGINE_VECTOR;
	}
	return ENGINE_OK;
}

engine_error fb_element(const engine_model *model, const fb_vector *vector, uint32_t index, fb_table *table) {
	uint32_t target;
	TRY(follow(model, vector->at + 4 * index, &target));
	return open_table(model, target, table);
}
