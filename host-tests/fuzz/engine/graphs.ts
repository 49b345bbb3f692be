import type { Random } from "../../../tools/training/random";
import {
	activations,
	buildModel,
	codes,
	fullyConnected,
	type OperatorDescription,
	reshape,
	type TensorDescription,
	types,
} from "../../native/model";

/**
 * A random graph whose tensors branch, live long and change their shape and type: what the arena's layout has to cope
 * with. Equal seeds give equal graphs.
 */
export function randomGraph(next: Random): Uint8Array {
	const pick = (count: number) => Math.floor(next() * count);
	const tensors: TensorDescription[] = [];
	const operators: OperatorDescription[] = [];
	const computed: number[] = [];
	const inputs: number[] = [];

	const int8 = (count: number): TensorDescription => ({ type: types.INT8, shape: [1, count], scale: 0.05 });
	const addTensor = (tensor: TensorDescription) => tensors.push(tensor) - 1;
	const addComputed = (tensor: TensorDescription) => {
		const index = addTensor(tensor);
		computed.push(index);
		return index;
	};
	const use = (input: number, output: TensorDescription, operator: Omit<OperatorDescription, "inputs" | "outputs">) =>
		operators.push({ ...operator, inputs: [input], outputs: [addComputed(output)] });

	for (let i = 0; i <= pick(3); i++) inputs.push(addComputed(int8(4 * (1 + pick(16)))));
	for (let i = 0; i < 4 + pick(12); i++) {
		const input = computed[pick(computed.length)]!;
		const { type, shape } = tensors[input]!;
		const count = shape.reduce((product, extent) => product * extent, 1);
		const kind = type === types.FLOAT32 ? 3 + pick(2) : pick(5);
		if (kind === 0) {
			const units = 1 + pick(40);
			const weights = addTensor({
				type: types.INT8,
				shape: [units, count],
				scale: 0.01,
				data: Int8Array.from({ length: units * count }, () => pick(256) - 128),
			});
			operators.push({
				code: codes.FULLY_CONNECTED,
				options: fullyConnected(activations.RELU),
				inputs: [input, weights],
				outputs: [addComputed(int8(units))],
			});
		} else if (kind === 1) use(input, { type: types.INT8, shape, scale: 0.03, zeroPoint: 5 }, { code: codes.QUANTIZE });
		else if (kind === 2) use(input, { type: types.FLOAT32, shape }, { code: codes.DEQUANTIZE });
		else if (kind === 3) use(input, tensors[input]!, { code: codes.RELU });
		else use(input, { ...tensors[input]!, shape: [count, 1] }, { code: codes.RESHAPE, options: reshape([count, 1]) });
	}
	const last = computed[computed.length - 1]!;
	const another = computed[pick(computed.length)]!;
	return buildModel({ tensors, operators, inputs, outputs: last === another ? [last] : [last, another] });
}
