/** Graphs that use every kind of operator that the builder writes, in the types that trainers use them with. */
import { GraphBuilder } from "../../../../tools/training/tflite/builder";
import type { Graph, OperatorOptions, Quantization, Tensor } from "../../../../tools/training/tflite/schema";

const counts = { datatype: "INT16", shape: [8, 6], scale: 1 / 32768, zeroPoint: 0 } as const;
const quarter = { scale: 1 / 256, zeroPoint: -3 };
const share = { scale: 1 / 256, zeroPoint: -128 };

/** Values that repeat after a prime number of them, from −range to range. */
function wave(length: number, range: number): number[] {
	return Array.from({ length }, (_, i) => (((i * 37) % 101) / 50 - 1) * range);
}

const bytes = (length: number) => Int8Array.from(wave(length, 127));
const perChannel = (count: number, scale: number): Quantization => ({
	scales: Float32Array.from({ length: count }, (_, i) => scale * (1 + i / 4)),
	dimension: 0,
});

function int8(name: string, shape: readonly number[], quantization: Quantization): Tensor {
	return { name, type: "INT8", shape, quantization };
}

const float32 = (name: string, shape: readonly number[]): Tensor => ({ name, type: "FLOAT32", shape });

/** Motion counts through a convolutional network of int8 with weights per channel: shares of three classes. */
export function convolutional(): Graph {
	const graph = new GraphBuilder();
	const input = graph.input("counts", counts);
	const window = graph.add({ kind: "QUANTIZE" }, [input], int8("window", [1, 8, 6], { scale: 1 / 128, zeroPoint: 0 }));
	const image = graph.add(
		{ kind: "EXPAND_DIMS" },
		[window, graph.constant("axis", Int32Array.of(1))],
		int8("image", [1, 1, 8, 6], { scale: 1 / 128, zeroPoint: 0 }),
	);
	const strides = { strideWidth: 1, strideHeight: 1 };
	const convolved = graph.add(
		{ kind: "CONV_2D", padding: "SAME", ...strides, activation: "RELU" },
		[
			image,
			graph.constant("conv/weights", bytes(4 * 3 * 6), { shape: [4, 1, 3, 6], quantization: perChannel(4, 1 / 256) }),
			graph.constant("conv/bias", Int32Array.of(50, -900, 1300, 0), {
				quantization: perChannel(4, 1 / 256 / 128),
			}),
		],
		int8("conv", [1, 1, 8, 4], { scale: 1 / 64, zeroPoint: -128 }),
	);
	const pooled = graph.add(
		{
			kind: "MAX_POOL_2D",
			padding: "VALID",
			filterWidth: 2,
			filterHeight: 1,
			strideWidth: 2,
			strideHeight: 1,
			activation: "NONE",
		},
		[convolved],
		int8("pool", [1, 1, 4, 4], { scale: 1 / 64, zeroPoint: -128 }),
	);
	const depthwise = graph.add(
		{ kind: "DEPTHWISE_CONV_2D", padding: "VALID", ...strides, depthMultiplier: 1, activation: "RELU6" },
		[
			pooled,
			graph.constant("depthwise/weights", bytes(2 * 4), {
				shape: [1, 1, 2, 4],
				quantization: { scales: Float32Array.of(1 / 128, 1 / 256, 1 / 100, 1 / 64), dimension: 3 },
			}),
			graph.constant("depthwise/bias", Int32Array.of(1, 2, 3, 4), {
				quantization: { scales: Float32Array.of(1 / 8192, 1 / 16384, 1 / 6400, 1 / 4096), dimension: 0 },
			}),
		],
		int8("depthwise", [1, 1, 3, 4], { scale: 1 / 32, zeroPoint: -128 }),
	);
	const averaged = graph.add(
		{
			kind: "AVERAGE_POOL_2D",
			padding: "SAME",
			filterWidth: 2,
			filterHeight: 1,
			strideWidth: 2,
			strideHeight: 1,
			activation: "NONE",
		},
		[depthwise],
		int8("average", [1, 1, 2, 4], { scale: 1 / 32, zeroPoint: -128 }),
	);
	const squeezed = graph.add(
		{ kind: "SQUEEZE", squeezeDims: [1] },
		[averaged],
		int8("squeezed", [1, 2, 4], { scale: 1 / 32, zeroPoint: -128 }),
	);
	const mean = graph.add(
		{ kind: "MEAN", keepDims: false },
		[squeezed, graph.constant("axes", Int32Array.of(1))],
		int8("mean", [1, 4], { scale: 1 / 40, zeroPoint: -128 }),
	);
	const scores = graph.add(
		{ kind: "FULLY_CONNECTED", activation: "NONE" },
		[
			mean,
			graph.constant("dense/weights", bytes(12), { shape: [3, 4], quantization: perChannel(3, 1 / 100) }),
			graph.constant("dense/bias", Int32Array.of(-700, 0, 900), { quantization: perChannel(3, 1 / 4000) }),
		],
		int8("scores", [1, 3], { scale: 1 / 16, zeroPoint: 5 }),
	);
	const shares = graph.add({ kind: "SOFTMAX", beta: 1 }, [scores], int8("shares", [1, 3], share));
	return graph.finish([graph.add({ kind: "DEQUANTIZE" }, [shares], float32("probabilities", [1, 3]))]);
}

/** One operator after the other on int8, with a logistic at the end. */
export function arithmetic(): Graph {
	const graph = new GraphBuilder();
	const input = graph.input("picture", { datatype: "INT8", shape: [12], scale: 1 / 255, zeroPoint: -128 });
	const from = (name: string, quantization: Quantization, shape = [1, 12]) => int8(name, shape, quantization);
	const of = (name: string, quantization: Quantization) => graph.constant(name, bytes(12), { quantization });
	const add = (options: OperatorOptions, operand: number[], name: string, quantization: Quantization) =>
		graph.add(options, operand, from(name, quantization));
	const sum = add(
		{ kind: "ADD", activation: "NONE" },
		[input, of("shift", { scale: 1 / 100, zeroPoint: 4 })],
		"sum",
		quarter,
	);
	const difference = add(
		{ kind: "SUB", activation: "NONE" },
		[sum, of("mean", { scale: 1 / 300, zeroPoint: 0 })],
		"difference",
		quarter,
	);
	const product = add(
		{ kind: "MUL", activation: "RELU" },
		[difference, of("factor", { scale: 1 / 64, zeroPoint: 0 })],
		"product",
		quarter,
	);
	const positive = add({ kind: "RELU" }, [difference], "positive", quarter);
	const greater = add({ kind: "MAXIMUM" }, [product, positive], "greater", quarter);
	const less = add({ kind: "MINIMUM" }, [greater, sum], "less", quarter);
	const square = add({ kind: "SQUARED_DIFFERENCE" }, [less, sum], "square", { scale: 1 / 128, zeroPoint: -128 });
	const joined = graph.add(
		{ kind: "CONCATENATION", axis: 1, activation: "NONE" },
		[less, greater],
		from("joined", quarter, [1, 24]),
	);
	const grid = graph.reshape("grid", joined, [1, 4, 6]);
	const turned = graph.add(
		{ kind: "TRANSPOSE" },
		[grid, graph.constant("order", Int32Array.of(0, 2, 1))],
		from("turned", quarter, [1, 6, 4]),
	);
	const mean = graph.add(
		{ kind: "MEAN", keepDims: true },
		[turned, graph.constant("axes", Int32Array.of(1))],
		from("average", { scale: 1 / 300, zeroPoint: 0 }, [1, 1, 4]),
	);
	const flat = graph.reshape("flat", mean, [1, 4]);
	const decision = graph.add(
		{ kind: "FULLY_CONNECTED", activation: "NONE" },
		[flat, graph.constant("weights", bytes(4), { shape: [1, 4], quantization: { scale: 1 / 127, zeroPoint: 0 } }), -1],
		from("decision", { scale: 1 / 16, zeroPoint: 0 }, [1, 1]),
	);
	const logistic = graph.add({ kind: "LOGISTIC" }, [decision], from("logistic", share, [1, 1]));
	return graph.finish([logistic, square]);
}

/** Gaussian naive Bayes, much as it is written: squares, products and exponentials of floats. */
export function floats(): Graph {
	const graph = new GraphBuilder();
	const input = graph.input("counts", { datatype: "INT16", shape: [4], scale: 1 / 8192, zeroPoint: 0 });
	const real = graph.add({ kind: "DEQUANTIZE" }, [input], float32("real", [1, 4]));
	const mean = graph.constant("mean", Float32Array.of(0.5, -0.25, 1, 0, -1, 0.125, 0, 2), { shape: [2, 4] });
	const away = graph.add({ kind: "SUB", activation: "NONE" }, [real, mean], float32("away", [2, 4]));
	const square = graph.add({ kind: "SQUARE" }, [away], float32("square", [2, 4]));
	const factor = graph.constant("factor", Float32Array.of(-1, -2, -0.5, -0.25, -1, -1, -4, -0.125), { shape: [2, 4] });
	const weighted = graph.add({ kind: "MUL", activation: "NONE" }, [square, factor], float32("weighted", [2, 4]));
	const sum = graph.add(
		{ kind: "SUM", keepDims: false },
		[weighted, graph.constant("axis", Int32Array.of(1))],
		float32("sum", [2]),
	);
	const likelihood = graph.add({ kind: "EXP" }, [sum], float32("likelihood", [2]));
	const row = graph.reshape("row", likelihood, [1, 2]);
	const shares = graph.add({ kind: "SOFTMAX", beta: 2 }, [row], float32("shares", [1, 2]));
	const integers = graph.add({ kind: "CAST" }, [sum], { name: "integers", type: "INT32", shape: [2] });
	return graph.finish([shares, graph.add({ kind: "CAST" }, [integers], float32("whole", [2]))]);
}

/** A decision tree with one split, by the operator of native/engine/operators/CUSTOM.md. */
export function tree(): Graph {
	const graph = new GraphBuilder();
	const input = graph.input("picture", { datatype: "INT8", shape: [12], scale: 1 / 255, zeroPoint: -128 });
	const split = (3 << 1) | (1 << 11) | (0x20 << 24);
	const nodes = graph.constant("nodes", Int32Array.of(3, split, 1, 3));
	const options = Uint8Array.of(1, 1, 0, 0, 0, 0, 0x80, 0x3f);
	const votes = graph.add({ kind: "CUSTOM", name: "TMLAAS_TREES", options }, [input, nodes], float32("votes", [1, 2]));
	return graph.finish([votes]);
}
