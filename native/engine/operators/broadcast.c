#include "broadcast.h"

typedef struct {
	broadcast_loop loop[ENGINE_MAXIMUM_RANK]; /* the innermost first; strides in elements */
	uint32_t loops;
} plan;

/* The extent of dimension `last` from the end; 1 in front of the first. */
static uint32_t extent(const tensor *tensor, uint32_t last) {
	return last < tensor->view.rank ? tensor->view.shape[tensor->view.rank - 1 - last] : 1;
}

static engine_error check_shapes(const broadcast_tensors *tensors) {
	uint32_t rank = 0;
	for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
		uint32_t own = tensors->operands[i].view.rank;
		rank = own > rank ? own : rank;
	}
	if (tensors->output.view.rank != rank) {
		return ENGINE_OPERAND_SHAPE;
	}
	for (uint32_t last = 0; last < rank; last++) {
		uint32_t greatest = 1;
		for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
			uint32_t own = extent(&tensors->operands[i], last);
			if (own != 1 && greatest != 1 && own != greatest) {
				return ENGINE_OPERAND_SHAPE;
			}
			greatest = own > greatest ? own : greatest;
		}
		if (extent(&tensors->output, last) != greatest) {
			return ENGINE_OPERAND_SHAPE;
		}
	}
	return ENGINE_OK;
}

/* Whether a loop is the continuation of the one within it: the values go on where that one ends. */
static int continues(const broadcast_loop *outer, const broadcast_loop *inner) {
	for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
		if (outer->strides[i] != inner->strides[i] * inner->count) {
			return 0;
		}
	}
	return 1;
}

static void make_plan(const broadcast_tensors *tensors, plan *plan) {
	uint32_t spans[BROADCAST_OPERANDS] = {1, 1, 1}; /* elements of the dimensions so far */
	memset(plan, 0, sizeof *plan);
	for (uint32_t last = 0; last < tensors->output.view.rank; last++) {
		broadcast_loop *loop = &plan->loop[plan->loops];
		loop->count = extent(&tensors->output, last);
		if (loop->count == 1) {
			continue;
		}
		for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
			uint32_t own = extent(&tensors->operands[i], last);
			loop->strides[i] = own == 1 ? 0 : spans[i];
			spans[i] *= own;
		}
		if (plan->loops != 0 && continues(loop, loop - 1)) {
			loop[-1].count *= loop->count;
		}
		else {
			plan->loops++;
		}
	}
	if (plan->loops == 0) {
		plan->loop[0].count = 1;
		plan->loops = 1;
	}
}

static engine_error read_tensors(const node *node, uint32_t count, broadcast_tensors *tensors) {
	for (uint32_t i = 0; i < count; i++) {
		TRY(node_input(node, i, &tensors->operands[i]));
	}
	for (uint32_t i = count; i < BROADCAST_OPERANDS; i++) {
		tensors->operands[i] = tensors->operands[0];
	}
	return node_output(node, 0, &tensors->output);
}

engine_error broadcast_operands(const node *node, uint32_t count, broadcast_tensors *tensors) {
	TRY(node_arity(node, count, 1));
	TRY(read_tensors(node, count, tensors));
	return check_shapes(tensors);
}

engine_error broadcast_alike(const node *node, uint32_t count, const broadcast_rows rows, broadcast_tensors *tensors) {
	TRY(broadcast_operands(node, count, tensors));
	engine_type type = tensors->operands[0].view.type;
	for (uint32_t i = 1; i < BROADCAST_OPERANDS; i++) {
		if (tensors->operands[i].view.type != type) {
			return ENGINE_OPERAND_TYPE;
		}
	}
	return rows[type] != NULL ? ENGINE_OK : ENGINE_OPERAND_TYPE;
}

void broadcast_require(const broadcast_tensors *tensors, uint32_t size, requirement *requirement) {
	const engine_tensor *output = &tensors->output.view;
	plan plan;
	make_plan(tensors, &plan);
	requirement->in_place = 0;
	requirement->state = size + (plan.loops - 1) * (uint32_t)sizeof(broadcast_loop);
	for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
		const engine_tensor *operand = &tensors->operands[i].view;
		/* an element is written where it, or one before it, was read */
		if (operand->elements == output->elements && operand->bytes >= output->bytes) {
			requirement->in_place |= (uint32_t)1 << i;
		}
	}
}

static void run(const step *base) {
	const broadcast_step *step = (const broadcast_step *)(const void *)base;
	const uint8_t *places[BROADCAST_OPERANDS];
	uint32_t done[ENGINE_MAXIMUM_RANK] = {0};
	uint8_t *output = step->output;
	uint32_t loops = step->loops;
	uint32_t k;
	memcpy(places, step->operands, sizeof places);
	do {
		const void *operands[BROADCAST_OPERANDS] = {places[0], places[1], places[2]};
		step->row(step, operands, output);
		output += step->row_bytes;
		/* the next place of the loops: those at their end start anew */
		for (k = 0; k < loops && ++done[k] == step->loop[k].count; k++) {
			for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
				places[i] -= step->loop[k].strides[i] * (done[k] - 1);
			}
			done[k] = 0;
		}
		for (uint32_t i = 0; k < loops && i < BROADCAST_OPERANDS; i++) {
			places[i] += step->loop[k].strides[i];
		}
	} while (k < loops);
}

void broadcast_read(const node *node, uint32_t count, broadcast_tensors *tensors) {
	(void)read_tensors(node, count, tensors);
}

void broadcast_open(const broadcast_tensors *tensors, step *base, uint32_t size, broadcast_row row) {
	broadcast_step *step = (broadcast_step *)(void *)base;
	broadcast_loop *loop = (broadcast_loop *)(void *)((uint8_t *)base + size);
	plan plan;
	make_plan(tensors, &plan);
	step->step.run = run;
	step->row = row;
	step->output = tensors->output.view.data;
	step->loop = loop;
	step->count = plan.loop[0].count;
	step->row_bytes = tensors->output.view.bytes / tensors->output.view.elements * step->count;
	step->loops = (uint8_t)(plan.loops - 1);
	memcpy(loop, &plan.loop[1], step->loops * sizeof *loop);
	for (uint32_t i = 0; i < BROADCAST_OPERANDS; i++) {
		const engine_tensor *operand = &tensors->operands[i].view;
		step->operands[i] = operand->data;
		step->strides[i] = (uint8_t)plan.loop[0].strides[i];
		for (uint32_t k = 0; k < step->loops; k++) {
			loop[k].strides[i] *= operand->bytes / operand->elements;
		}
	}
}

engine_error broadcast_check_simple(
    const node *node, uint32_t count, const broadcast_rows rows, requirement *requirement) {
	broadcast_tensors tensors;
	TRY(broadcast_alike(node, count, rows, &tensors));
	if (tensors.output.view.type != tensors.operands[0].view.type) {
		return ENGINE_OPERAND_TYPE;
	}
	broadcast_require(&tensors, (uint32_t)sizeof(broadcast_step), requirement);
	return ENGINE_OK;
}

void broadcast_open_simple(const node *node, uint32_t count, const broadcast_rows rows, step *step) {
	broadcast_tensors tensors;
	broadcast_read(node, count, &tensors);
	broadcast_open(&tensors, step, (uint32_t)sizeof(broadcast_step), rows[tensors.output.view.type]);
}
