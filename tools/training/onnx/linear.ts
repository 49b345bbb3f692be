import { classLabels, floats, postTransform } from "./attributes";
import { OnnxError } from "./error";
import type { OnnxNode } from "./file";
import type { Linear } from "./parameters";

/** ai.onnx.ml.LinearClassifier: logistic regression, linear support vectors, ridge. */
export function readLinear(node: OnnxNode): { classes: readonly string[]; features: number; method: Linear } {
	const classes = classLabels(node, "classlabels_ints");
	const transform = postTransform(node, ["NONE", "SOFTMAX", "LOGISTIC"]);
	const coefficients = floats(node, "coefficients");
	const features = coefficients.length / classes.length;
	if (features < 1 || !Number.isInteger(features))
		throw new OnnxError(
			"unsupported",
			`${coefficients.length} coefficients for ${classes.length} classes; each class has to have its own`,
			node.label,
		);
	const weights = Float64Array.from(coefficients);
	const intercepts = Float64Array.from(floats(node, "intercepts", classes.length));
	if (classes.length > 2 || transform === "SOFTMAX")
		return {
			classes,
			features,
			method: { kind: "linear", weights, intercepts, shares: transform === "LOGISTIC" ? "logistic" : "softmax" },
		};
	// Two classes have one decision d and stand in the file as −d and d: halves, of which softmax gives the logistic of d.
	const halve = (values: Float64Array) => values.map((value) => value / 2);
	return {
		classes,
		features,
		method: { kind: "linear", weights: halve(weights), intercepts: halve(intercepts), shares: "softmax" },
	};
}
