import { classLabels, floats, postTransform } from "./attributes";
import { OnnxError } from "./error";
import type { OnnxNode } from "./file";
import type { LinearScores } from "./parameters";

/** ai.onnx.ml.LinearClassifier: logistic regression, linear support vectors, ridge. */
export function readLinear(node: OnnxNode): { classes: readonly string[]; features: number; method: LinearScores } {
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
	const bias = Float64Array.from(floats(node, "intercepts", classes.length));
	if (classes.length === 2 && transform !== "SOFTMAX") {
		// Two classes have one decision d and stand in the file as −d and d.
		const difference = (values: Float64Array) => {
			const half = values.length / 2;
			return values.slice(half).map((value, i) => (value - values[i]!) / 2);
		};
		return {
			classes,
			features,
			method: { kind: "linear", weights: difference(weights), bias: difference(bias), shares: "logistic" },
		};
	}
	const shares = transform === "LOGISTIC" ? "logistic" : "softmax";
	return { classes, features, method: { kind: "linear", weights, bias, shares } };
}
