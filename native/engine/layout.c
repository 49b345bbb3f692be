#include "layout.h"

/*
 * Memory for the tensors. Each lives from the operator that writes it to the last that reads it; two that never live
 * at once may share bytes. An operator that works element by element, or copies, takes its input's place when nobody
 * reads that input afterwards. Blocks are then placed from the largest to the smallest, each into the smallest gap
 * that fits between those already placed whose lifetimes overlap its own.
 */

#define UNWRITTEN 0xFFFFu
#define NONE 0xFFFFu
#define MAXIMUM_ARENA (1u << 30)

static placement placed_alone(uint32_t bytes, uint32_t first, uint32_t last, uint32_t index) {
	placement place = {layout_aligned(bytes), 0, (uint16_t)first, (uint16_t)last, (uint16_t)index, NONE};
	return place;
}

void layout_tensor(const layout *layout, uint32_t index, const tensor *tensor) {
	uint32_t bytes = tensor->constant ? 0 : tensor->view.bytes;
	uint32_t first = tensor->constant || tensor->variable ? 0 : bytes == 0 ? LAYOUT_EMPTY : UNWRITTEN;
	if ((uint32_t)tensor->view.type == GRAPH_RESOURCE) {
		first = LAYOUT_RESOURCE;
		bytes = 0; /* until an operator makes it the handle of a variable */
	}
	layout->placements[index] = placed_alone(bytes, first, tensor->variable ? layout->end : 0, index);
}

static engine_error write_tensor(placement *place, uint32_t moment) {
	if (place->first != UNWRITTEN) {
		return ENGINE_WRITTEN_TWICE;
	}
	place->first = (uint16_t)moment;
	place->last = (uint16_t)moment;
	return ENGINE_OK;
}

static engine_error read_tensor(placement *place, uint32_t moment) {
	if (place->first == UNWRITTEN) {
		return ENGINE_ORDER;
	}
	if (place->last < moment) {
		place->last = (uint16_t)moment;
	}
	return ENGINE_OK;
}

#ifdef ENGINE_COPIES_CONSTANTS
/* A constant that an operator reads as memory gets a copy in the arena. */
static void keep_copy(const layout *layout, const node *node, uint32_t operand, uint32_t index) {
	tensor tensor;
	if (layout->placements[index].size == 0 && !node_reads_model(node, operand)) {
		graph_tensor(node->graph, index, &tensor);
		layout->placements[index] = placed_alone(tensor.view.bytes, 0, layout->end, index);
	}
}
#endif

engine_error layout_interface(const layout *layout, uint32_t index, int is_output) {
	placement *place = &layout->placements[index];
	return is_output ? read_tensor(place, layout->end) : write_tensor(place, 0);
}

engine_error layout_node(const layout *layout, const node *node, const requirement *requirement) {
	uint32_t moment = node->index + 1;
	for (uint32_t i = 0; i < node->inputs.count; i++) {
		uint32_t index = graph_index(node->graph, &node->inputs, i);
		if (index != ABSENT && layout->placements[index].first != LAYOUT_HANDLE) {
			TRY(read_tensor(&layout->placements[index], moment));
#ifdef ENGINE_COPIES_CONSTANTS
			keep_copy(layout, node, i, index);
#endif
		}
	}
	for (uint32_t i = 0; i < node->outputs.count; i++) {
		placement *place = &layout->placements[graph_index(node->graph, &node->outputs, i)];
		if (place->first != LAYOUT_HANDLE) {
			TRY(write_tensor(place, moment));
		}
	}
	uint32_t index = node->graph->tensors.count + node->index;
	layout->placements[index] = placed_alone(requirement->scratch, moment, moment, index);
	layout->needs[node->index].state = step_size(requirement->state);
	layout->needs[node->index].in_place = requirement->in_place;
	return ENGINE_OK;
}

/* The first output in the place of an input that nobody reads any more. */
static void share_block(const node *node, uint32_t in_place, placement *placements) {
	for (uint32_t i = 0; i < node->inputs.count && i < 32; i++) {
		uint32_t input = graph_index(node->graph, &node->inputs, i);
		if ((in_place >> i & 1) == 0 || input == ABSENT || placements[input].last != node->index + 1) {
			continue;
		}
		placement *output = &placements[graph_index(node->graph, &node->outputs, 0)];
		placement *block = &placements[placements[input].block];
		if (output->size <= block->size) {
			output->block = placements[input].block;
			block->last = output->last;
			return;
		}
	}
}

static void share_blocks(const graph *graph, const layout *layout) {
	node node;
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		if (layout->needs[i].in_place != 0) {
			graph_node(graph, i, &node);
			share_block(&node, layout->needs[i].in_place, layout->placements);
		}
	}
}

static int is_block(const placement *placements, uint32_t index) {
	return placements[index].block == index && placements[index].size != 0 && placements[index].first != UNWRITTEN;
}

/* Puts a block into the smallest gap that fits and into the list, which is sorted by offset; *end becomes its end. */
static engine_error place_block(placement *placements, uint16_t *head, uint16_t index, uint32_t *end) {
	placement *block = &placements[index];
	uint32_t top = 0; /* of the overlapping blocks seen so far */
	uint32_t best = 0xFFFFFFFFu;
	for (uint16_t i = *head; i != NONE; i = placements[i].next) {
		const placement *other = &placements[i];
		if (other->last < block->first || block->last < other->first) {
			continue;
		}
		if (other->offset > top && other->offset - top >= block->size && other->offset - top < best) {
			best = other->offset - top;
			block->offset = top;
		}
		if (other->offset + other->size > top) {
			top = other->offset + other->size;
		}
	}
	if (best == 0xFFFFFFFFu) {
		if (block->size > MAXIMUM_ARENA - top) {
			return ENGINE_MEMORY;
		}
		block->offset = top;
	}
	uint16_t *link = head;
	while (*link != NONE && placements[*link].offset <= block->offset) {
		link = &placements[*link].next;
	}
	block->next = *link;
	*link = index;
	*end = block->offset + block->size;
	return ENGINE_OK;
}

/* From the largest to the smallest; those of one size in the order of the file. */
static engine_error place_blocks(placement *placements, uint32_t count, uint32_t *arena) {
	uint16_t head = NONE;
	uint32_t end;
	*arena = 0;
	for (uint32_t bound = 0xFFFFFFFFu;;) {
		uint32_t size = 0;
		for (uint32_t i = 0; i < count; i++) {
			if (is_block(placements, i) && placements[i].size < bound && placements[i].size > size) {
				size = placements[i].size;
			}
		}
		if (size == 0) {
			return ENGINE_OK;
		}
		for (uint32_t i = 0; i < count; i++) {
			if (is_block(placements, i) && placements[i].size == size) {
				TRY(place_block(placements, &head, (uint16_t)i, &end));
				*arena = end > *arena ? end : *arena;
			}
		}
		bound = size;
	}
}

engine_error layout_place(const graph *graph, const layout *layout, uint32_t *arena) {
	share_blocks(graph, layout);
	return place_blocks(layout->placements, graph->tensors.count + graph->operators.count, arena);
}
