#include "parameter.h"
#include "walk.h"

/* The widest run that is copied by words instead of by a call. */
#define SHORT_RUN 16u

#ifdef __GNUC__
#define ANY_TYPE __attribute__((__may_alias__))
#else
#define ANY_TYPE
#endif

/* Values are moved as words, whatever their type. */
typedef uint16_t ANY_TYPE any_half;
typedef uint32_t ANY_TYPE any_word;

engine_error walk_begin(const node *node, uint32_t inputs, walk *walk, tensor *input, tensor *output) {
	TRY(node_arity(node, inputs, 1));
	memset(walk, 0, sizeof *walk);
	TRY(parameter_ends(node, 0, input, output));
	walk->input = input->view.data;
	walk->output = output->view.data;
	walk->run = parameter_width(input);
	return ENGINE_OK;
}

void walk_add(walk *walk, uint32_t count, int32_t from, int32_t to) {
	if (count == 1) {
		return;
	}
	if (walk->loops == 0) {
		if (from == (int32_t)walk->run && to == (int32_t)walk->run) {
			walk->run *= count;
			return;
		}
	}
	else {
		walk_loop *inner = &walk->loop[walk->loops - 1];
		if (from == inner->from * (int32_t)inner->count && to == inner->to * (int32_t)inner->count) {
			inner->count *= count;
			return;
		}
	}
	walk_loop loop = {count, from, to};
	walk->loop[walk->loops++] = loop;
}

void walk_turn(walk *walk) {
	uint32_t from = walk->to;
	walk->to = walk->from;
	walk->from = from;
	for (uint32_t i = 0; i < walk->loops; i++) {
		walk_loop loop = {walk->loop[i].count, walk->loop[i].to, walk->loop[i].from};
		walk->loop[i] = loop;
	}
}

static void copy_words(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run) {
	for (uint32_t i = 0; i < loop->count; i++) {
		for (uint32_t j = 0; j < run; j += 4) {
			*(any_word *)(void *)(to + j) = *(const any_word *)(const void *)(from + j);
		}
		from += loop->from;
		to += loop->to;
	}
}

static void copy_halves(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run) {
	for (uint32_t i = 0; i < loop->count; i++) {
		for (uint32_t j = 0; j < run; j += 2) {
			*(any_half *)(void *)(to + j) = *(const any_half *)(const void *)(from + j);
		}
		from += loop->from;
		to += loop->to;
	}
}

static void copy_bytes(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run) {
	for (uint32_t i = 0; i < loop->count; i++) {
		for (uint32_t j = 0; j < run; j++) {
			to[j] = from[j];
		}
		from += loop->from;
		to += loop->to;
	}
}

static void copy_runs(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run) {
	for (uint32_t i = 0; i < loop->count; i++) {
		memcpy(to, from, run);
		from += loop->from;
		to += loop->to;
	}
}

void walk_line(uint8_t *to, const uint8_t *from, const walk_loop *loop, uint32_t run) {
	uintptr_t misaligned = (uintptr_t)to | (uintptr_t)from | run | (uint32_t)loop->from | (uint32_t)loop->to;
	if (run > SHORT_RUN) {
		copy_runs(to, from, loop, run);
	}
	else if ((misaligned & 3) == 0) {
		copy_words(to, from, loop, run);
	}
	else if ((misaligned & 1) == 0) {
		copy_halves(to, from, loop, run);
	}
	else {
		copy_bytes(to, from, loop, run);
	}
}

void walk_copy(const walk_step *step) {
	uint32_t done[ENGINE_MAXIMUM_RANK] = {0};
	const uint8_t *from = step->from;
	uint8_t *to = step->to;
	if (step->loops == 0) {
		if (from != to) {
			memcpy(to, from, step->run);
		}
		return;
	}
	for (;;) {
		uint32_t i = 1;
		walk_line(to, from, &step->loop[0], step->run);
		/* the next place of the outer loops: those at their end start anew */
		for (; i < step->loops && ++done[i] == step->loop[i].count; i++) {
			from -= step->loop[i].from * (int32_t)(done[i] - 1);
			to -= step->loop[i].to * (int32_t)(done[i] - 1);
			done[i] = 0;
		}
		if (i == step->loops) {
			return;
		}
		from += step->loop[i].from;
		to += step->loop[i].to;
	}
}

static void run(const step *base) {
	walk_copy((const walk_step *)(const void *)base);
}

engine_error walk_check(const node *node, requirement *requirement, walk_plan *plan) {
	walk walk;
	TRY(plan(node, &walk));
	requirement->state = (uint32_t)(sizeof(walk_step) + walk.loops * sizeof(walk_loop));
	requirement->in_place = walk.loops == 0 && walk.from == 0 && walk.to == 0;
	return ENGINE_OK;
}

void walk_keep(const walk *walk, walk_step *step, walk_loop *loop) {
	step->from = walk->input + walk->from;
	step->to = walk->output + walk->to;
	step->loop = loop;
	step->run = walk->run;
	step->loops = walk->loops;
	memcpy(loop, walk->loop, walk->loops * sizeof(walk_loop));
}

void walk_open(const node *node, step *base, walk_plan *plan) {
	walk_step *step = (walk_step *)(void *)base;
	walk walk;
	(void)plan(node, &walk);
	walk_keep(&walk, step, (walk_loop *)(void *)(step + 1));
	step->step.run = run;
}
