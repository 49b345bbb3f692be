import type { InputFormat } from "../examples";
import { countsPerUnit } from "../sensor";
import type { ImportedModel } from "./parameters";

/** Windows of raw counts as wearables send them. */
export function windowInput({ samples, channels }: { samples: number; channels: number }): InputFormat {
	return { datatype: "INT16", shape: [samples, channels], scale: 1 / 32768, zeroPoint: 0 };
}

/**
 * The same model for windows of raw counts, one sample after another, where it was trained on g and °/s. Throws a
 * `RangeError` when it has another number of features.
 */
export function forWindow(
	model: ImportedModel,
	{ samples, channels }: { samples: number; channels: number },
): ImportedModel {
	if (samples * channels !== model.features)
		throw new RangeError(`windows of ${samples} × ${channels} for a model of ${model.features} features`);
	const values = Float32Array.from({ length: model.features }, (_, i) => 32768 / countsPerUnit(i % channels));
	return { ...model, steps: [{ operation: "MUL", values }, ...model.steps] };
}
