/** Outputs of the engine and of the interpreter that it is compared with. */

/** A tensor as `engine-run --info` tells it. */
export interface TensorInfo {
	datatype: string;
	byteLength: number;
}

export interface Info {
	inputs: TensorInfo[];
	outputs: TensorInfo[];
	operators: string[];
}

export const byteLength = (tensors: readonly TensorInfo[]) =>
	tensors.reduce((total, tensor) => total + tensor.byteLength, 0);

export interface Comparison {
	/** The first places where the outputs differ by more than they may. */
	differences: string[];
	/** float32 values whose bits differ. */
	inexact: number;
	/** float32 values in all. */
	floats: number;
}

const shown = 5;

/**
 * Compares rows of outputs: bit for bit, save float32 values, which may differ by the tolerance times their size, or
 * times 1 where they are smaller. Any two NaN are equal.
 */
export function compareRows(
	expected: Buffer,
	actual: Buffer,
	outputs: readonly TensorInfo[],
	tolerance: number,
): Comparison {
	const comparison: Comparison = { differences: [], inexact: 0, floats: 0 };
	const differ = (text: string) => {
		if (comparison.differences.length < shown) comparison.differences.push(text);
	};
	if (actual.length !== expected.length) {
		differ(`${actual.length} bytes instead of ${expected.length}`);
		return comparison;
	}
	for (let at = 0, row = 0; at < expected.length; row++)
		for (const [index, { datatype, byteLength }] of outputs.entries()) {
			const end = at + byteLength;
			if (datatype === "FP32") {
				comparison.floats += byteLength / 4;
				for (let i = at; i < end; i += 4) {
					if (expected.readInt32LE(i) === actual.readInt32LE(i)) continue;
					const wanted = expected.readFloatLE(i);
					const got = actual.readFloatLE(i);
					if (Number.isNaN(wanted) && Number.isNaN(got)) continue;
					comparison.inexact++;
					if (!(Math.abs(wanted - got) <= tolerance * Math.max(1, Math.abs(wanted))))
						differ(`row ${row}, output ${index}, value ${(i - at) / 4}: ${got} instead of ${wanted}`);
				}
			} else if (expected.compare(actual, at, end, at, end) !== 0) {
				let i = at;
				while (expected[i] === actual[i]) i++;
				differ(`row ${row}, output ${index} (${datatype}), byte ${i - at}: ${actual[i]} instead of ${expected[i]}`);
			}
			at = end;
		}
	return comparison;
}
