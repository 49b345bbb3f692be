#include "own.h"

#include "own_step.h"

#include <cstring>

namespace tflm {

namespace {

struct Own {
	uint32_t index; /* of the operator */
	int scratch;    /* its handle, or −1 */
	void *step;
	bool is_open;
};

OwnContext *ContextOf(TfLiteContext *context) {
	return static_cast<OwnContext *>(tflite::GetMicroContext(context)->external_context());
}

/* Operators are initialised in their order. */
void *Init(TfLiteContext *context, const char *, size_t) {
	OwnContext *shared = ContextOf(context);
	auto *own = static_cast<Own *>(context->AllocatePersistentBuffer(context, sizeof(Own)));
	*own = {own_next(shared->model, shared->next), -1, nullptr, false};
	shared->next = own->index + 1;
	return own;
}

TfLiteStatus Prepare(TfLiteContext *context, TfLiteNode *node) {
	auto *own = static_cast<Own *>(node->user_data);
	uint32_t step;
	uint32_t scratch;
	if (own_require(ContextOf(context)->model, own->index, &step, &scratch) != ENGINE_OK) {
		return kTfLiteError;
	}
	own->step = context->AllocatePersistentBuffer(context, step);
	memset(own->step, 0, step);
	return scratch == 0 ? kTfLiteOk : context->RequestScratchBufferInArena(context, scratch, &own->scratch);
}

/* Where it lies in the arena. A variable does not lie there; no converter has these operators read one. */
bool OffsetOf(const OwnContext *shared, const void *data, uint32_t *offset) {
	uintptr_t distance = reinterpret_cast<uintptr_t>(data) - reinterpret_cast<uintptr_t>(shared->arena);
	*offset = static_cast<uint32_t>(distance);
	return distance < shared->arena_size;
}

bool PlaceOperands(const OwnContext *shared, TfLiteContext *context, const TfLiteIntArray *indices) {
	for (int i = 0; i < indices->size; i++) {
		if (indices->data[i] < 0) {
			continue;
		}
		const TfLiteEvalTensor *tensor = context->GetEvalTensor(context, indices->data[i]);
		auto index = static_cast<uint32_t>(indices->data[i]);
		uint32_t offset;
		if (OffsetOf(shared, tensor->data.data, &offset)) {
			own_place(shared->model, shared->work, index, offset);
		}
		else if (!own_is_constant(shared->model, index)) {
			return false;
		}
	}
	return true;
}

/* Tensors have their places only when all operators have been prepared. */
bool Open(const OwnContext *shared, TfLiteContext *context, TfLiteNode *node, Own *own) {
	uint32_t offset;
	if (shared->work == nullptr || !PlaceOperands(shared, context, node->inputs) ||
	    !PlaceOperands(shared, context, node->outputs)) {
		return false;
	}
	if (own->scratch >= 0) {
		if (!OffsetOf(shared, context->GetScratchBuffer(context, own->scratch), &offset)) {
			return false;
		}
		own_place_scratch(shared->model, shared->work, own->index, offset);
	}
	own_open(shared->model, shared->work, shared->arena, own->index, own->step);
	own->is_open = true;
	return true;
}

TfLiteStatus Eval(TfLiteContext *context, TfLiteNode *node) {
	auto *own = static_cast<Own *>(node->user_data);
	if (!own->is_open && !Open(ContextOf(context), context, node, own)) {
		return kTfLiteError;
	}
	own_run(own->step);
	return kTfLiteOk;
}

} // namespace

TFLMRegistration OwnRegistration() {
	return tflite::micro::RegisterOp(Init, Prepare, Eval);
}

} // namespace tflm
