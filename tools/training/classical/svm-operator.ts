/** The custom operator TMLAAS_SVM, as native/engine/operators/CUSTOM.md lays it down: decisions, linear or radial. */

import type { OperatorOptions } from "../tflite/schema";
import type { Kernel } from "./kernel";

const kernels = Object.freeze({ linear: 0, radial: 1 } as const);

/** Answers decisions, one for each pair of classes. The gamma is for rows in real units. */
export function svmOperator(kernel: Kernel): OperatorOptions {
	const bytes = new Uint8Array(12);
	bytes.set([1, kernels[kernel.kind]]);
	if (kernel.kind === "radial") new DataView(bytes.buffer).setFloat32(4, kernel.gamma, true);
	return { kind: "CUSTOM", name: "TMLAAS_SVM", options: bytes };
}
