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

/** The `count` greatest of the first `classes` elements, best first; of equal ones the first. */
export function bestClasses(view: DataView, tensor: TensorInfo, classes: number, count: number): number[] {
	const order: number[] = [];
	for (let i = 0; i < classes; i++) {
		const value = readElement(view, tensor.datatype, i);
		let at = order.length;
		while (at > 0 && readElement(view, tensor.datatype, order[at - 1]!) < value) at--;
		if (at >= count) continue;
		order.splice(at, 0, i);
		if (order.length > count) order.length = count;
	}
	return order;
}

/** `value:index:label` of the classification extension. A float has six decimals, as Triton writes it. */
export function formatClass(view: DataView, tensor: TensorInfo, index: number, labels: readonly string[]): string {
	const value = readElement(view, tensor.datatype, index);
	const label = labels[index];
	return `${"FP32" === tensor.datatype ? value.toFixed(6) : value}:${index}${undefined === label ? "" : `:${label}`}`;
}
