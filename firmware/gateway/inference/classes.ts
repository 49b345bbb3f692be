import { readElement, type TensorInfo } from "gateway/inference/tensor";

/** Element `index` as a real number: a quantised output is scaled back. */
export function score(view: DataView, tensor: TensorInfo, index: number): number {
	const value = readElement(view, tensor.datatype, index);
	return tensor.scale ? tensor.scale * (value - tensor.zeroPoint) : value;
}

/** The inverse of `score`, for answering again from stored probabilities. */
export function writeScore(view: DataView, tensor: TensorInfo, index: number, value: number): void {
	const element = tensor.scale ? Math.round(value / tensor.scale) + tensor.zeroPoint : value;
	switch (tensor.datatype) {
		case "INT8":
			view.setInt8(index, element);
			break;
		case "INT16":
			view.setInt16(2 * index, element, true);
			break;
		case "INT32":
			view.setInt32(4 * index, element, true);
			break;
		case "FP32":
			view.setFloat32(4 * index, element, true);
			break;
		default:
			view.setUint8(index, element);
	}
}

/**
 * The value of class `index` in the tensor's own units. The only element of a binary classifier is the share of the
 * second class; the first has what is left of 1.
 */
function classValue(view: DataView, tensor: TensorInfo, index: number, isBinary: boolean): number {
	if (!isBinary) return readElement(view, tensor.datatype, index);
	const value = readElement(view, tensor.datatype, 0);
	if (index) return value;
	return tensor.scale ? Math.round(1 / tensor.scale) + 2 * tensor.zeroPoint - value : 1 - value;
}

/** The `count` greatest of the first `classes` scores, best first; of equal ones the first. */
export function bestClasses(
	view: DataView,
	tensor: TensorInfo,
	classes: number,
	count: number,
	isBinary: boolean,
): number[] {
	const order: number[] = [];
	for (let i = 0; i < classes; i++) {
		const value = classValue(view, tensor, i, isBinary);
		let at = order.length;
		while (at > 0 && classValue(view, tensor, order[at - 1]!, isBinary) < value) at--;
		if (at >= count) continue;
		order.splice(at, 0, i);
		if (order.length > count) order.length = count;
	}
	return order;
}

/** `value:index:label` of the classification extension. A float has six decimals, as Triton writes it. */
export function formatClass(
	view: DataView,
	tensor: TensorInfo,
	index: number,
	labels: readonly string[],
	isBinary: boolean,
): string {
	const value = classValue(view, tensor, index, isBinary);
	const label = labels[index];
	return `${"FP32" === tensor.datatype ? value.toFixed(6) : value}:${index}${undefined === label ? "" : `:${label}`}`;
}
