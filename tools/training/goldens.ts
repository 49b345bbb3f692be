/**
 * Golden rows: a few rows of input with the very bytes that the model must give for them. They travel in the model's
 * file under the name TMLAAS_GOLDEN, and a gateway repeats them before the model goes live.
 */

export const goldenEntry = "TMLAAS_GOLDEN";

export interface Golden {
	readonly input: Uint8Array;
	readonly output: Uint8Array;
}

/** u32 count, then each row's input and output, little-endian. */
export function packGoldens(goldens: readonly Golden[]): Uint8Array {
	const length = goldens.reduce((sum, { input, output }) => sum + input.length + output.length, 4);
	const packed = new Uint8Array(length);
	new DataView(packed.buffer).setUint32(0, goldens.length, true);
	let at = 4;
	for (const { input, output } of goldens) {
		packed.set(input, at);
		packed.set(output, at + input.length);
		at += input.length + output.length;
	}
	return packed;
}

/**
 * The rows that make good golden rows: of each class in turn those of which the model is least sure, since a wrong bit
 * in its arithmetic shows there first. `scores`: rows × classes.
 */
export function pickGoldens(labels: Uint8Array, scores: Float32Array, classes: number, count: number): number[] {
	const sureness = (i: number) => Math.max(...scores.subarray(i * classes, (i + 1) * classes));
	const byClass = Array.from({ length: classes }, (_, label) =>
		Array.from(labels.keys())
			.filter((i) => labels[i] === label)
			.sort((a, b) => sureness(a) - sureness(b) || a - b),
	);
	const picked: number[] = [];
	for (let turn = 0; picked.length < Math.min(count, labels.length); turn++) {
		const row = byClass[turn % classes]![Math.floor(turn / classes)];
		if (row !== undefined) picked.push(row);
	}
	return picked;
}
