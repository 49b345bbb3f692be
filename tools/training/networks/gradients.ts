/**
 * Derivatives of the kernels that networks are made of here. TensorFlow.js has them all, but publishes them only in
 * modules that Node cannot import; the rest of the library works everywhere without.
 */

import * as tf from "@tensorflow/tfjs-core";

type Gradient = Parameters<typeof tf.registerGradient>[0]["gradFunc"];

const gradients: Record<string, { inputs?: string[]; output?: boolean; gradient: Gradient }> = {
	/** Of rows and a vector that is added to each: the vector's derivative is the sum over the rows. */
	Add: {
		inputs: ["a", "b"],
		gradient: (dy, [a, b]) => ({ a: () => summed(dy as tf.Tensor, a!), b: () => summed(dy as tf.Tensor, b!) }),
	},
	/** x · wᵀ, the only form that the forward direction uses. */
	BatchMatMul: {
		inputs: ["a", "b"],
		gradient: (dy, [a, b], { transposeA, transposeB }) => {
			if (transposeA || !transposeB) throw new Error("the derivative is that of x · wᵀ");
			const slope = dy as tf.Tensor2D;
			return {
				a: () => tf.matMul(slope, b as tf.Tensor2D),
				b: () => tf.matMul(slope, a as tf.Tensor2D, true, false),
			};
		},
	},
	Relu: { output: true, gradient: (dy, [y]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.step(y!)) }) },
	Reshape: { inputs: ["x"], gradient: (dy, [x]) => ({ x: () => tf.reshape(dy as tf.Tensor, x!.shape) }) },
};

export function registerGradients(): void {
	for (const [kernelName, { inputs, output, gradient }] of Object.entries(gradients)) {
		tf.registerGradient({
			kernelName,
			...(inputs && { inputsToSave: inputs }),
			...(output && { outputsToSave: [true] }),
			gradFunc: gradient,
		});
	}
}

function summed(slope: tf.Tensor, operand: tf.Tensor): tf.Tensor {
	const axes = tf.broadcast_util.getReductionAxes(operand.shape, slope.shape);
	return axes.length === 0 ? slope : tf.reshape(tf.sum(slope, axes), operand.shape);
}
