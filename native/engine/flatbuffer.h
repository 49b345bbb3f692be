/*
 * Checked reading of a FlatBuffers file. Every function here looks only at bytes inside the model and refuses the
 * rest, so whoever goes through it cannot be led outside, whatever the file says.
 */
#ifndef ENGINE_FLATBUFFER_H
#define ENGINE_FLATBUFFER_H

#include "bytes.h"
#include "engine.h"

#define TRY(expression)                                                                                                \
	do {                                                                                                               \
		engine_error try_error = (expression);                                                                         \
		if (try_error != ENGINE_OK) {                                                                                  \
			return try_error;                                                                                          \
		}                                                                                                              \
	} while (0)

typedef struct {
	uint32_t at; /* 0: the table is absent, all its fields have their defaults */
	uint32_t vtable;
	uint32_t vtable_size;
	uint32_t size; /* inline bytes */
} fb_table;

typedef struct {
	uint32_t at; /* first element; an absent vector has count 0 */
	uint32_t count;
} fb_vector;

static inline const uint8_t *fb_at(const engine_model *model, uint32_t at) {
	return (const uint8_t *)model->data + at;
}

static inline uint32_t fb_word(const engine_model *model, uint32_t at) {
	return file_u32(fb_at(model, at));
}

/* Identifier and root. */
engine_error fb_root(const engine_model *model, fb_table *table);

/* Where a scalar field of `width` bytes lies; 0 when it is absent. */
engine_error fb_field(const engine_model *model, const fb_table *table, uint32_t id, uint32_t width, uint32_t *at);

engine_error fb_u8(const engine_model *model, const fb_table *table, uint32_t id, uint8_t *value);
engine_error fb_u32(const engine_model *model, const fb_table *table, uint32_t id, uint32_t *value);

/* A table that a field points to; absent: table->at is 0. */
engine_error fb_subtable(const engine_model *model, const fb_table *table, uint32_t id, fb_table *subtable);

/* A vector of elements of `width` bytes, or a string (width 1). */
engine_error fb_vector_of(
    const engine_model *model, const fb_table *table, uint32_t id, uint32_t width, fb_vector *vector);

/* Table `index` of a vector of tables; the index is below the count. */
engine_error fb_element(const engine_model *model, const fb_vector *vector, uint32_t index, fb_table *table);

#endif
