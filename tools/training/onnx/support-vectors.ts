import { classLabels, floats, integers, postTransform, text } from "./attributes";
import { OnnxError } from "./error";
import type { OnnxNode } from "./file";
import type { Kernel, SupportVectors } from "./parameters";

const kernelNames: Readonly<Record<string, Kernel>> = Object.freeze({
	LINEAR: "linear",
	RBF: "radial",
	POLY: "polynomial",
});

/** The engine's operator multiplies that often at most. */
const highestDegree = 16;

/**
 * ai.onnx.ml.SVMClassifier. Probabilities by Platt's method (`prob_a`, `prob_b`) are passed over: scikit-learn's own
 * `predict` goes by the votes, and may well contradict them.
 */
export function readSupportVectors(node: OnnxNode): {
	classes: readonly string[];
	features: number;
	method: SupportVectors;
} {
	const classes = classLabels(node, "classlabels_ints");
	postTransform(node, ["NONE"]);
	const kernelName = text(node, "kernel_type", "LINEAR");
	const kernel = Object.hasOwn(kernelNames, kernelName) ? kernelNames[kernelName]! : undefined;
	if (!kernel)
		throw new OnnxError(
			"unsupported",
			`kernel ${kernelName}; ${Object.keys(kernelNames).join(", ")} can be imported`,
			node.label,
		);
	const counts = Int32Array.from(integers(node, "vectors_per_class", classes.length));
	const vectorCount = counts.reduce((sum, count) => sum + count, 0);
	const vectors = floats(node, "support_vectors");
	const features = vectors.length / vectorCount;
	if (counts.some((count) => count < 0) || features < 1 || !Number.isInteger(features))
		throw new OnnxError("malformed", `${vectors.length} numbers for ${vectorCount} support vectors`, node.label);
	const others = classes.length - 1;
	const coefficients = floats(node, "coefficients", others * vectorCount);
	const intercepts = floats(node, "rho", (classes.length * others) / 2);
	const [gamma, constant, degree] = floats(node, "kernel_params", 3) as [number, number, number];
	if (gamma < 0) throw new OnnxError("malformed", `gamma is ${gamma}`, node.label);
	if (kernel === "polynomial" && !(Number.isInteger(degree) && degree >= 1 && degree <= highestDegree))
		throw new OnnxError(
			"unsupported",
			`a polynomial of degree ${degree}; 1 to ${highestDegree} can be imported`,
			node.label,
		);
	return {
		classes,
		features,
		method: {
			kind: "supportVectors",
			kernel,
			gamma,
			constant,
			degree: kernel === "polynomial" ? degree : 0,
			vectors: Float32Array.from(vectors),
			// The file has a row for each other class, the operator one for each vector.
			coefficients: Float32Array.from(
				coefficients,
				(_, i) => coefficients[(i % others) * vectorCount + Math.floor(i / others)]!,
			),
			intercepts: Float32Array.from(intercepts),
			counts,
		},
	};
}
