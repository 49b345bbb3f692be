/**
 * Models of scikit-learn in ONNX, as skl2onnx writes them. Only what decides the label is followed, from the label back
 * to the features; what is made of the scores besides is left aside, since the imported model gives its own.
 */

import { integer, optionalFloats } from "./attributes";
import { OnnxError } from "./error";
import { DataType, type OnnxGraph, type OnnxNode, readOnnx } from "./file";
import { readLinear } from "./linear";
import { readNaiveBayes } from "./naive-bayes";
import type { FeatureStep, ImportedModel } from "./parameters";
import { readSupportVectors } from "./support-vectors";
import { readTreeClassifier, readTreeRegressor } from "./trees";
import { operand, Walk } from "./walk";

/** Of labels: what leaves them what they are. */
const passedLabels = new Set(["Cast", "Identity", "Reshape", "ai.onnx.ml.ArrayFeatureExtractor"]);

const classifiers = Object.freeze({
	"ai.onnx.ml.LinearClassifier": readLinear,
	"ai.onnx.ml.SVMClassifier": readSupportVectors,
	"ai.onnx.ml.TreeEnsembleClassifier": readTreeClassifier,
	"ai.onnx.ml.TreeEnsembleRegressor": readTreeRegressor,
} as const);

const featureTypes: ReadonlySet<number> = new Set([DataType.float32, DataType.float64, DataType.int32, DataType.int64]);

/** Reads an ONNX file of a classifier or an ensemble of regression trees. Throws an `OnnxError`. */
export function importOnnx(bytes: Uint8Array): ImportedModel {
	const graph = readOnnx(bytes);
	const walk = new Walk(graph);
	if (graph.inputs.length !== 1)
		throw new OnnxError("unsupported", `the model has ${graph.inputs.length} inputs; all features have to be in one`);
	const { input, ...model } = readMethod(graph, walk);
	const { steps, source } = readSteps(walk, input);
	const features = featuresOf(graph, source, model);
	for (const { operation, values } of steps)
		if (values.length !== 1 && values.length !== features)
			throw new OnnxError("malformed", `${operation} has ${values.length} values for ${features} features`);
	return {
		...model,
		features,
		steps: steps.map(({ operation, values }) => ({
			operation,
			values: values.length === features ? values : new Float32Array(features).fill(values[0]!),
		})),
	};
}

type Read = Omit<ImportedModel, "steps"> & { readonly input: string };

function readMethod(graph: OnnxGraph, walk: Walk): Read {
	const last = graph.outputs[0];
	if (last === undefined) throw new OnnxError("malformed", "the graph has no output");
	const { node, tensor } = walk.behind(last, passedLabels);
	if (node && Object.hasOwn(classifiers, node.operator)) {
		if (node.outputs[0] !== tensor)
			throw new OnnxError("unsupported", "the model's first output has to be the label", node.label);
		const read = classifiers[node.operator as keyof typeof classifiers];
		return { ...read(node), input: operand(node, 0) };
	}
	const picked = node ? undefined : labelled(walk, last);
	if (picked) {
		const { classes, choice } = picked;
		if (integer(choice, "axis", 0) !== 1)
			throw new OnnxError("unsupported", "ArgMax of another axis than 1", choice.label);
		return { classes, ...readNaiveBayes(walk, operand(choice, 0), classes.length) };
	}
	const known = Object.keys(classifiers).map((name) => name.slice(name.lastIndexOf(".") + 1));
	throw new OnnxError(
		"unsupported",
		`the label does not come from ${known.join(", ")} or Gaussian naive Bayes`,
		node?.label ?? "the graph",
	);
}

/** The label as an element of a constant, by the index of the greatest score. */
function labelled(walk: Walk, label: string): { classes: readonly string[]; choice: OnnxNode } | undefined {
	const { node } = walk.behind(label, new Set(["Cast", "Identity", "Reshape"]));
	if (node?.operator !== "ai.onnx.ml.ArrayFeatureExtractor") return undefined;
	const names = walk.constant(operand(node, 0));
	const { node: choice } = walk.behind(operand(node, 1), new Set(["Cast", "Identity", "Reshape"]));
	if (!names || choice?.operator !== "ArgMax") return undefined;
	const classes = names.strings.length > 0 ? names.strings : names.numbers.map(String);
	if (classes.length < 2) throw new OnnxError("malformed", `${classes.length} class labels`, node.label);
	return { classes, choice };
}

/** What is done to the features before the model sees them, in the order in which it is done. */
function readSteps(walk: Walk, input: string): { steps: readonly FeatureStep[]; source: string } {
	const steps: FeatureStep[] = [];
	let name = input;
	for (let node = walk.maker(name); node; node = walk.maker(name)) {
		switch (node.operator) {
			case "Identity":
				name = operand(node, 0);
				break;
			case "Cast": {
				const to = integer(node, "to", 0);
				if (to !== DataType.float32 && to !== DataType.float64)
					throw new OnnxError("unsupported", `features are cast to data type ${to}`, node.label);
				name = operand(node, 0);
				break;
			}
			case "ai.onnx.ml.Scaler": {
				const { offset, scale } = { offset: optionalFloats(node, "offset"), scale: optionalFloats(node, "scale") };
				if (scale) steps.unshift({ operation: "MUL", values: Float32Array.from(scale) });
				if (offset) steps.unshift({ operation: "SUB", values: Float32Array.from(offset) });
				name = operand(node, 0);
				break;
			}
			case "Add":
			case "Sub":
			case "Mul":
			case "Div":
				name = arithmetic(walk, node, steps);
				break;
			default:
				throw new OnnxError("unsupported", "it stands in front of the model and cannot be imported", node.label);
		}
	}
	return { steps, source: name };
}

const operations = Object.freeze({ Add: "ADD", Sub: "SUB", Mul: "MUL", Div: "MUL" } as const);

/** Puts an operation with a constant in front of `steps`; the name of its other operand. */
function arithmetic(walk: Walk, node: OnnxNode, steps: FeatureStep[]): string {
	const [first, second] = [operand(node, 0), operand(node, 1)];
	const right = walk.constant(second);
	const commutes = node.operator === "Add" || node.operator === "Mul";
	const constant = right ?? (commutes ? walk.constant(first) : undefined);
	if (!constant) throw new OnnxError("unsupported", "features are combined with one another", node.label);
	const operation = operations[node.operator as keyof typeof operations];
	const values = Float32Array.from(constant.numbers, (value) => (node.operator === "Div" ? 1 / value : value));
	if (!values.every(Number.isFinite)) throw new OnnxError("malformed", "a constant is not finite", node.label);
	steps.unshift({ operation, values });
	return right ? first : second;
}

/** Checks that the features are the model's input; how many they are. Trees need not ask for the last ones. */
function featuresOf(
	graph: OnnxGraph,
	source: string,
	{ features: needed, method }: Omit<ImportedModel, "steps">,
): number {
	const input = graph.inputs[0]!;
	if (source !== input.name)
		throw new OnnxError("unsupported", `the features do not come from the input "${input.name}"`, "the graph");
	if (!featureTypes.has(input.type))
		throw new OnnxError("unsupported", `the input has data type ${input.type}; numbers are expected`, "the graph");
	const stated = input.shape.at(-1) ?? 0;
	if (stated !== 0 && (method.kind === "trees" ? stated < needed : stated !== needed))
		throw new OnnxError(
			"malformed",
			`the model asks for ${needed} features where the input has ${stated}`,
			"the graph",
		);
	return Math.max(stated, needed);
}
