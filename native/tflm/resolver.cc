#include "resolver.h"

#include "operators.h"
#include "own.h"
#include "own_step.h"

#include <iterator>

#define NOTHING(name)
#define NOTHING_TWICE(name, method)
#define ADDRESS(name) &engine_##name,
#define ADDRESS_FIRST(name, method) &engine_##name,

const engine_operator *const engine_operators[] = {TFLM_OPERATORS(ADDRESS_FIRST, ADDRESS, ADDRESS)};
const uint32_t engine_operator_count = std::size(engine_operators);

namespace {

const engine_operator *const own[] = {TFLM_OPERATORS(NOTHING_TWICE, NOTHING, ADDRESS)};

#define PLACE(name, method) 0,
constexpr int kPlaces[] = {TFLM_OPERATORS(PLACE, NOTHING, NOTHING)};

/* Own kernels look up their options themselves. */
TfLiteStatus ParseNothing(
    const tflite::Operator *, tflite::ErrorReporter *, tflite::TfLiteBridgeBuiltinDataAllocator *, void **) {
	return kTfLiteOk;
}

/* Filled before main, and never changed again. */
class Kernels final : public tflite::MicroMutableOpResolver<std::size(kPlaces)> {
  public:
	Kernels() : own_(tflm::OwnRegistration()), own_custom_(tflm::OwnRegistration()) {
		own_custom_.builtin_code = tflite::BuiltinOperator_CUSTOM;
#define REGISTER(name, method) (void)Add##method();
		TFLM_OPERATORS(REGISTER, NOTHING, NOTHING)
	}

	const TFLMRegistration *FindOp(tflite::BuiltinOperator code) const override {
		return IsOwn(code) ? &own_ : MicroMutableOpResolver::FindOp(code);
	}

	/* The verifier has found one of that name. */
	const TFLMRegistration *FindOp(const char *) const override {
		return &own_custom_;
	}

	tflite::TfLiteBridgeBuiltinParseFunction GetOpDataParser(tflite::BuiltinOperator code) const override {
		return IsOwn(code) ? ParseNothing : MicroMutableOpResolver::GetOpDataParser(code);
	}

  private:
	static bool IsOwn(tflite::BuiltinOperator code) {
		for (const engine_operator *operation : own) {
			if (own_code(operation) == static_cast<int32_t>(code)) {
				return true;
			}
		}
		return false;
	}

	TFLMRegistration own_;
	TFLMRegistration own_custom_;
};

const Kernels kernels; // NOLINT(cert-err58-cpp): nothing here throws

} // namespace

int own_is_listed(const engine_operator *operation) {
	for (const engine_operator *listed : own) {
		if (listed == operation) {
			return 1;
		}
	}
	return 0;
}

const tflite::MicroOpResolver &tflm::Resolver() {
	return kernels;
}
