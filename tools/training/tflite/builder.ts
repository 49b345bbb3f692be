import type { InputFormat } from "../examples";
import type { Graph, Operator, OperatorOptions, Quantization, Tensor, TensorType } from "./schema";

/** Elements of a constant, in the order of its shape with the last index fastest. */
export type Values = Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array;

/**
 * Puts a graph together operator by operator. Tensors are numbers, as in the file. What does not fit together is
 * refused with a `RangeError` that names the tensor.
 */
export class GraphBuilder {
	readonly #tensors: Tensor[] = [];
	readonly #operators: Operator[] = [];
	readonly #inputs: number[] = [];

	/** An input of the graph: one row of stored elements, with a batch of 1 in front. */
	input(name: string, { datatype, shape, scale, zeroPoint }: InputFormat): number {
		const index = this.#add({
			name,
			type: datatype,
			shape: [1, ...shape],
			...(datatype !== "FLOAT32" && { quantization: { scale, zeroPoint } }),
		});
		this.#inputs.push(index);
		return index;
	}

	/** A constant of the type of its values. Without a shape it has one dimension. */
	constant(
		name: string,
		values: Values,
		{
			shape = [values.length],
			quantization,
		}: { readonly shape?: readonly number[]; readonly quantization?: Quantization } = {},
	): number {
		if (elements(shape) !== values.length) {
			throw new RangeError(`${name}: ${values.length} values do not fill the shape [${shape}]`);
		}
		return this.#add({
			name,
			type: typeOf(values),
			shape,
			...(quantization && { quantization }),
			data: bytesOf(values),
		});
	}

	/** Adds an operator and gives its result. An input of −1 is left out. */
	add(operator: OperatorOptions, inputs: readonly number[], result: Omit<Tensor, "data">): number {
		for (const input of inputs) {
			if (!Number.isInteger(input) || input < -1 || input >= this.#tensors.length) {
				throw new RangeError(`${result.name}: there is no tensor ${input}`);
			}
		}
		const output = this.#add(result);
		this.#operators.push({ ...operator, inputs, outputs: [output] });
		return output;
	}

	/** The same elements in another shape. */
	reshape(name: string, input: number, shape: readonly number[]): number {
		const { type, quantization, shape: before } = this.tensor(input);
		if (elements(shape) !== elements(before)) throw new RangeError(`${name}: [${before}] does not become [${shape}]`);
		const target = this.constant(`${name}/shape`, Int32Array.from(shape));
		return this.add({ kind: "RESHAPE" }, [input, target], { name, type, shape, ...(quantization && { quantization }) });
	}

	/** What is known of a tensor. */
	tensor(index: number): Tensor {
		const tensor = this.#tensors[index];
		if (!tensor) throw new RangeError(`there is no tensor ${index}`);
		return tensor;
	}

	finish(outputs: readonly number[]): Graph {
		for (const output of outputs) this.tensor(output);
		return { tensors: this.#tensors, operators: this.#operators, inputs: this.#inputs, outputs };
	}

	#add(tensor: Tensor): number {
		const { name, shape, quantization } = tensor;
		if (!shape.every((size) => Number.isInteger(size) && size > 0 && size <= 0x7fffffff)) {
			throw new RangeError(`${name}: [${shape}] is no shape`);
		}
		if (quantization && "scales" in quantization) {
			const { scales, dimension } = quantization;
			if (scales.length !== shape[dimension]) {
				throw new RangeError(`${name}: ${scales.length} scales for dimension ${dimension} of [${shape}]`);
			}
		}
		const scales = !quantization ? [] : "scales" in quantization ? [...quantization.scales] : [quantization.scale];
		if (!scales.every((scale) => Number.isFinite(scale) && Math.fround(scale) > 0)) {
			throw new RangeError(`${name}: a scale is not positive`);
		}
		return this.#tensors.push(tensor) - 1;
	}
}

function elements(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}

function typeOf(values: Values): TensorType {
	if (values instanceof Int8Array) return "INT8";
	if (values instanceof Uint8Array) return "UINT8";
	if (values instanceof Int16Array) return "INT16";
	if (values instanceof Int32Array) return "INT32";
	if (values instanceof BigInt64Array) return "INT64";
	return "FLOAT32";
}

/** Little-endian, as the format wants it, whatever the machine. */
function bytesOf(values: Values): Uint8Array {
	const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
	const isBigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;
	if (!isBigEndian) return bytes;
	const width = values.BYTES_PER_ELEMENT;
	for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
	return bytes;
}
