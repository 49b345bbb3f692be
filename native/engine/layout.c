#include "state.h"

/*
 * Memory for the tensors. Each lives from the operator that writes it to the last that reads it; two that never live
 * at once may share bytes. An operator that works element by element, or copies, takes its input's place when nobody
 * reads that input afterwards. Blocks are then placed from the largest to the smallest, each into the smallest gap
 * that fits between those already placed whose lifetimes overlap its own.
 */

#define UNWRITTEN 0xFFFFu
#define NONE 0xFFFFu
#define MAXIMUM_ARENA (1u << 30)

static uint32_t aligned(uint32_t bytes) {
	return (bytes + 3) & ~3u;
}

static engine_error start(const graph *graph, placement *placements) {
	tensor tensor;
	uint32_t sum = 0;
	for (uint32_t i = 0; i < graph->tensors.count; i++) {
		TRY(graph_tensor(graph, i, &tensor));
		placement *place = &placements[i];
		place->size = tensor.constant ? 0 : aligned(tensor.view.bytes);
		place->offset = 0;
		place->first = tensor.constant ? 0 : UNWRITTEN;
		place->last = 0;
		place->block = (uint16_t)i;
		place->next = NONE;
		if (place->size > MAXIMUM_ARENA - sum) {
			return ENGINE_MEMORY;
		}
		sum += place->size;
	}
	return ENGINE_OK;
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
	place->last = (uint16_t)moment;
	return ENGINE_OK;
}

static engine_error find_lifetimes(const graph *graph, engine_plan *plan, placement *placements) {
	node node;
	for (uint32_t i = 0; i < graph->inputs.count; i++) {
		plan->subject = graph_index(graph, &graph->inputs, i);
		TRY(write_tensor(&placements[plan->subject], 0));
	}
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		plan->subject = i;
		TRY(graph_node(graph, i, &node, &plan->code));
		for (uint32_t j = 0; j < node.inputs.count; j++) {
			uint32_t index = graph_index(graph, &node.inputs, j);
			if (index != ABSENT) {
				TRY(read_tensor(&placements[index], i + 1));
			}
		}
		for (uint32_t j = 0; j < node.outputs.count; j++) {
			TRY(write_tensor(&placements[graph_index(graph, &node.outputs, j)], i + 1));
		}
	}
	plan->code = -1;
	for (uint32_t i = 0; i < graph->outputs.count; i++) {
		plan->subject = graph_index(graph, &graph->outputs, i);
		TRY(read_tensor(&placements[plan->subject], graph->operators.count + 1));
	}
	plan->subject = ABSENT;
	return ENGINE_OK;
}

static engine_error share_blocks(const graph *graph, placement *placements) {
	node node;
	int32_t code;
	for (uint32_t i = 0; i < graph->operators.count; i++) {
		requirement requirement = {0, 0};
		TRY(graph_node(graph, i, &node, &code));
		TRY(node.operation->check(&node, &requirement));
		if (!requirement.in_place) {
			continue;
		}
		uint32_t input = graph_index(graph, &node.inputs, 0);
		uint32_t output = graph_index(graph, &node.outputs, 0);
		placement *block = &placements[placements[input].block];
		if (placements[input].last == i + 1 && placements[output].size <= block->size) {
			placements[output].block = placements[input].block;
			block->last = placements[output].last;
		}
	}
	return ENGINE_OK;
}

static int is_block(const placement *placements, uint32_t index) {
	return placements[index].block == index && placements[index].size != 0 && placements[index].first != UNWRITTEN;
}

/* Puts a block into the smallest gap that fits and into the list, which is sorted by offset. Gives its end. */
static uint32_t place_block(placement *placements, uint16_t *head, uint16_t index) {
	placement *block = &placements[index];
	uint32_t end = 0; /* of the overlapping blocks seen so far */
	uint32_t best = 0xFFFFFFFFu;
	for (uint16_t i = *head; i != NONE; i = placements[i].next) {
		const placement *other = &placements[i];
		if (other->last < block->first || block->last < other->first) {
			continue;
		}
		if (other->offset > end && other->offset - end >= block->size && other->offset - end < best) {
			best = other->offset - end;
			block->offset = end;
		}
		if (other->offset + other->size > end) {
			end = other->offset + other->size;
		}
	}
	if (best == 0xFFFFFFFFu) {
		block->offset = end;
	}
	uint16_t *link = head;
	while (*link != NONE && placements[*link].offset <= block->offset) {
		link = &placements[*link].next;
	}
	block->next = *link;
	*link = index;
	return block->offset + block->size;
}

engine_error engine_lay_out(const engine_model *model, engine_plan *plan, void *work) {
	graph graph;
	placement *placements = work;
	uint16_t head = NONE;
	if (((uintptr_t)work & 3) != 0) {
		return ENGINE_MEMORY_ALIGNMENT;
	}
	TRY(graph_read(model, &graph));
	TRY(start(&graph, placements));
	TRY(find_lifetimes(&graph, plan, placements));
	TRY(share_blocks(&graph, placements));
	plan->arena = 0;
	for (uint32_t bound = 0xFFFFFFFFu;;) {
		/* the largest size below the last one; then all blocks of that size, in the order of the file */
		uint32_t size = 0;
		for (uint32_t i = 0; i < graph.tensors.count; i++) {
			if (is_block(placements, i) && placements[i].size < bound && placements[i].size > size) {
				size = placements[i].size;
			}
		}
		if (size == 0) {
			return ENGINE_OK;
		}
		for (uint32_t i = 0; i < graph.tensors.count; i++) {
			if (is_block(placements, i) && placements[i].size == size) {
				uint32_t end = place_block(placements, &head, (uint16_t)i);
				plan->arena = end > plan->arena ? end : plan->arena;
			}
		}
		bound = size;
	}
}
