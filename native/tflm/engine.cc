#include "engine.h"

#include "own.h"
#include "allocators.h"
#include "resolver.h"
#include "sound.h"
#include "verify.h"

#include "tensorflow/lite/micro/debug_log.h"

#include <cstdlib>
#include <cstring>
#include <new>

/* engine.h over TensorFlow Lite Micro; DESIGN.md says how. */

namespace {

constexpr size_t kAlignment = 16;

/* What may be lost in front of memory that is only aligned to `given` bytes. */
constexpr uint32_t Slack(size_t given) {
	return static_cast<uint32_t>(kAlignment - given);
}

uint8_t *Aligned(void *memory) {
	return reinterpret_cast<uint8_t *>(tflm::AlignedUp(reinterpret_cast<uintptr_t>(memory), kAlignment));
}

/* Its constructor is for heirs. */
class Allocator final : public tflite::MicroAllocator {
  public:
	Allocator(tflm::LastingMemory *lasting, tflm::PassingMemory *passing, tflite::MicroMemoryPlanner *planner)
	    : MicroAllocator(lasting, passing, planner) {
	}

	/* Some kernels give back a bias that is absent. */
	void DeallocateTempTfLiteTensor(TfLiteTensor *tensor) override {
		if (tensor != nullptr) {
			MicroAllocator::DeallocateTempTfLiteTensor(tensor);
		}
	}

  private:
	TF_LITE_REMOVE_VIRTUAL_DELETE
};

class Interpreter final : public tflite::MicroInterpreter {
  public:
	using MicroInterpreter::MicroInterpreter;

	/* Whether there is a second subgraph, which CALL_ONCE calls. */
	bool HasInitialValues() const {
		return Graph().NumSubgraphs() == 2;
	}

	/* TensorFlow Lite Micro resets variables, but not whether CALL_ONCE has run: it is called by its number then. */
	TfLiteStatus Restart() {
		TfLiteStatus status = Reset();
		return status == kTfLiteOk && HasInitialValues() ? Graph().InvokeSubgraph(1) : status;
	}

  private:
	tflite::MicroGraph &Graph() const {
		return tflite::GetMicroContext(&context())->graph();
	}
};

/* Where an engine's memory lies, and how much there is. */
struct Places {
	uint8_t *lasting; /* or NULL: in the heap, to be measured */
	size_t lasting_size;
	uint8_t *arena;
	uint32_t arena_size;
};

} // namespace

struct engine {
	engine(
	    const engine_model *source, const sound_counts *counts, const void *work, const Places &places, jmp_buf *exit)
	    : model(*source), escape(exit), own{&model, work, places.arena, places.arena_size, 0},
	      lasting(places.lasting, places.lasting_size, &escape),
	      passing(counts->tensors, counts->operators, places.arena, places.arena_size, &escape),
	      allocator(&lasting, &passing, &planner),
	      interpreter(tflite::GetModel(source->data), tflm::Resolver(), &allocator,
	          tflite::MicroResourceVariables::Create(&allocator, static_cast<int>(counts->handles))) {
	}

	engine_model model;
	jmp_buf *escape; /* out of whatever asks for more memory than there is */
	tflm::OwnContext own;
	tflm::LastingMemory lasting;
	tflm::PassingMemory passing;
	tflite::GreedyMemoryPlanner planner;
	Allocator allocator;
	Interpreter interpreter;
};

namespace {

constexpr size_t kEngineSize = tflm::AlignedUp(sizeof(engine), kAlignment);

/* A status of TensorFlow Lite Micro as an error, of the operator that it was busy with. */
engine_error ErrorOf(TfLiteStatus status, const engine *opened, uint32_t subject, engine_plan *plan) {
	if (status == kTfLiteOk) {
		return ENGINE_OK;
	}
	if (subject < plan->operators) {
		plan->subject = subject;
		plan->code = engine_operator_code(&opened->model, subject);
	}
	return ENGINE_KERNEL;
}

engine_error Allocate(engine *opened, engine_plan *plan) {
	opened->passing.Restart();
	TfLiteStatus status = opened->interpreter.SetMicroExternalContext(&opened->own);
	if (status == kTfLiteOk) {
		status = opened->interpreter.AllocateTensors();
	}
	return ErrorOf(status, opened, opened->passing.Finished(), plan);
}

/* Makes the engine in `memory`, unless something asks for more than there is. */
engine_error Make(void *memory, const engine_model *model, engine_plan *plan, const sound_counts *counts,
    const void *work, const Places &places) {
	jmp_buf escape;
	if (setjmp(escape) != 0) { // NOLINT(cert-err52-cpp)
		return ENGINE_MEMORY;
	}
	return Allocate(new (memory) engine(model, counts, work, places, &escape), plan);
}

/* Opens the model in the heap, but for its tensors, to see what it takes. */
engine_error Measure(const engine_model *model, engine_plan *plan, const sound_counts *counts) {
	/* no tensor is touched before the first run, so any address does */
	alignas(kAlignment) uint8_t nowhere[kAlignment];
	void *memory = calloc(1, sizeof(engine));
	if (memory == nullptr) {
		return ENGINE_MEMORY;
	}
	auto *measured = static_cast<engine *>(memory);
	engine_error error = Make(memory, model, plan, counts, nullptr, {nullptr, 0, nowhere, UINT32_MAX});
	plan->state =
	    static_cast<uint32_t>(kEngineSize + measured->lasting.GetPersistentUsedBytes()) + Slack(sizeof(void *));
	if (error == ENGINE_OK) {
		plan->arena = static_cast<uint32_t>(measured->passing.GetNonPersistentUsedBytes()) + Slack(4);
	}
	measured->passing.Release();
	measured->lasting.Release();
	free(memory);
	return error;
}

engine_error Invoke(engine *opened, engine_plan *plan) {
	jmp_buf escape;
	if (setjmp(escape) != 0) { // NOLINT(cert-err52-cpp)
		opened->passing.Release();
		return ENGINE_MEMORY;
	}
	opened->escape = &escape;
	opened->passing.Restart();
	TfLiteStatus status = opened->interpreter.Invoke();
	/* an operator counts as finished when it has failed, too; those of another subgraph are among them */
	uint32_t subject = opened->interpreter.HasInitialValues() ? UINT32_MAX : opened->passing.Finished() - 1;
	engine_error error = ErrorOf(status, opened, subject, plan);
	opened->passing.Release();
	return error;
}

/*
 * Many kernels look at types only when they run, so the first run comes before anybody relies on one. They also refuse
 * values (a root of what is negative), so a model is only given up when it takes none of three.
 */
engine_error Try(engine *opened, engine_plan *plan) {
	constexpr int kBytes[] = {0, 1, 0x7F};
	engine_error error = ENGINE_KERNEL;
	for (size_t attempt = 0; attempt < 3 && error == ENGINE_KERNEL; attempt++) {
		for (size_t i = 0; i < opened->interpreter.inputs_size(); i++) {
			TfLiteTensor *input = opened->interpreter.input(i);
			memset(input->data.data, kBytes[attempt], input->bytes);
		}
		error = Invoke(opened, plan);
		engine_reset(opened);
	}
	return error;
}

} // namespace

/* What TensorFlow Lite Micro would print is not for a device's serial line: errors have numbers and places. */
extern "C" void DebugLog(const char *, va_list) {
}

extern "C" int DebugVsnprintf(char *, size_t, const char *, va_list) {
	return 0;
}

engine_error engine_verify(const engine_model *model, engine_plan *plan, void *work) {
	sound_counts counts;
	engine_error error = verify_model(model, plan, work);
	if (error == ENGINE_OK) {
		error = sound_check(model, plan, &counts);
	}
	return error == ENGINE_OK ? Measure(model, plan, &counts) : error;
}

engine_error engine_open(
    const engine_model *model, engine_plan *plan, const void *work, void *state, void *arena, engine **opened) {
	sound_counts counts;
	if (reinterpret_cast<uintptr_t>(state) % sizeof(void *) != 0 || reinterpret_cast<uintptr_t>(arena) % 4 != 0) {
		return ENGINE_MEMORY_ALIGNMENT;
	}
	if (plan->state < kEngineSize + Slack(sizeof(void *)) || plan->arena < Slack(4)) {
		return ENGINE_MEMORY;
	}
	engine_error error = sound_check(model, plan, &counts);
	if (error != ENGINE_OK) {
		return error;
	}
	uint8_t *place = Aligned(state);
	auto *made = reinterpret_cast<engine *>(place);
	Places places = {
	    place + kEngineSize, plan->state - kEngineSize - Slack(sizeof(void *)), Aligned(arena), plan->arena - Slack(4)};
	error = Make(place, model, plan, &counts, work, places);
	if (error == ENGINE_OK) {
		error = Try(made, plan);
	}
	made->passing.Release();
	made->own.work = nullptr;
	if (error == ENGINE_OK) {
		*opened = made;
	}
	return error;
}

engine_error engine_invoke(engine *opened) {
	engine_plan plan = {};
	return Invoke(opened, &plan);
}

void engine_reset(engine *opened) {
	(void)opened->interpreter.Restart();
}

uint32_t engine_input_count(const engine *opened) {
	return static_cast<uint32_t>(opened->interpreter.inputs_size());
}

uint32_t engine_output_count(const engine *opened) {
	return static_cast<uint32_t>(opened->interpreter.outputs_size());
}

/* TensorFlow Lite Micro only gives a tensor's address to who may change the interpreter. */
engine_error engine_input(const engine *opened, uint32_t index, engine_tensor *tensor) {
	engine_error error = sound_interface(&opened->model, 0, index, tensor);
	if (error == ENGINE_OK) {
		tensor->data = const_cast<engine *>(opened)->interpreter.input(index)->data.data;
	}
	return error;
}

engine_error engine_output(const engine *opened, uint32_t index, engine_tensor *tensor) {
	engine_error error = sound_interface(&opened->model, 1, index, tensor);
	if (error == ENGINE_OK) {
		tensor->data = const_cast<engine *>(opened)->interpreter.output(index)->data.data;
	}
	return error;
}
