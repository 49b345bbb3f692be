/**
 * A support vector machine over given vectors: its coefficients by Newton's method on the primal with squared hinge loss
 * (Chapelle, "Training a Support Vector Machine in the Primal", 2007; over a basis: Keerthi, Chapelle and DeCoste,
 * "Building Support Vector Machines with Reduced Classifier Complexity", 2006).
 */

export interface PrimalProblem {
	/** rows × vectors: the kernel of each row with each vector. */
	readonly kernels: Float64Array;
	/** vectors × vectors. */
	readonly between: Float64Array;
	/** +1 or −1 for each row. */
	readonly signs: Int8Array;
	/** What each row's loss weighs. */
	readonly prices: Float64Array;
}

const steps = 30;

/** The coefficients of the vectors, and the intercept after them. */
export function solvePrimal(problem: PrimalProblem): Float64Array {
	const { kernels, between, signs, prices } = problem;
	const vectors = kernels.length / signs.length;
	const size = vectors + 1;
	const loss = (at: Float64Array, decisions: Float64Array) => {
		let sum = 0;
		for (let i = 0; i < vectors; i++)
			for (let k = 0; k < vectors; k++) sum += 0.5 * at[i]! * at[k]! * between[i * vectors + k]!;
		signs.forEach((sign, row) => {
			sum += prices[row]! * Math.max(0, 1 - sign * decisions[row]!) ** 2;
		});
		return sum;
	};
	const decide = (at: Float64Array) =>
		Float64Array.from(signs, (_, row) => {
			let sum = at[vectors]!;
			for (let i = 0; i < vectors; i++) sum += at[i]! * kernels[row * vectors + i]!;
			return sum;
		});
	let point = new Float64Array(size);
	let decisions = decide(point);
	let value = loss(point, decisions);
	for (let step = 0; step < steps; step++) {
		const goal = solveActive(problem, decisions, size);
		// The whole way is best unless other rows become active on it.
		let moved = false;
		for (let length = 1; length > 1e-3 && !moved; length /= 2) {
			const next = point.map((part, i) => part + length * (goal[i]! - part));
			const nextDecisions = decide(next);
			const nextValue = loss(next, nextDecisions);
			if (!(nextValue < value - 1e-9 * Math.abs(value))) continue;
			[point, decisions, value, moved] = [next, nextDecisions, nextValue, true];
		}
		if (!moved) break;
	}
	return point;
}

/** The optimum if the rows within the margin stay the same ones: a linear system. */
function solveActive(
	{ kernels, between, signs, prices }: PrimalProblem,
	decisions: Float64Array,
	size: number,
): Float64Array {
	const vectors = size - 1;
	const matrix = new Float64Array(size * size);
	const goal = new Float64Array(size);
	for (let i = 0; i < vectors; i++) {
		for (let k = 0; k < vectors; k++) matrix[i * size + k] = between[i * vectors + k]!;
	}
	const row = new Float64Array(size).fill(1);
	signs.forEach((sign, index) => {
		if (sign * decisions[index]! >= 1) return;
		row.set(kernels.subarray(index * vectors, (index + 1) * vectors));
		const price = 2 * prices[index]!;
		for (let i = 0; i < size; i++) {
			const weighted = price * row[i]!;
			goal[i]! += weighted * sign;
			for (let k = 0; k <= i; k++) matrix[i * size + k]! += weighted * row[k]!;
		}
	});
	return solveSymmetric(matrix, goal);
}

/** By Cholesky's factors of the lower triangle, which are left in `matrix`. */
function solveSymmetric(matrix: Float64Array, goal: Float64Array): Float64Array {
	const size = goal.length;
	let trace = 0;
	for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
	// Vectors that are nearly the same make the matrix nearly singular.
	const extra = (1e-9 * trace) / size;
	for (let i = 0; i < size; i++) {
		for (let k = 0; k <= i; k++) {
			let sum = matrix[i * size + k]! + (i === k ? extra : 0);
			for (let j = 0; j < k; j++) sum -= matrix[i * size + j]! * matrix[k * size + j]!;
			matrix[i * size + k] = i === k ? Math.sqrt(Math.max(sum, extra)) : sum / matrix[k * size + k]!;
		}
	}
	const result = goal.slice();
	for (let i = 0; i < size; i++) {
		for (let j = 0; j < i; j++) result[i]! -= matrix[i * size + j]! * result[j]!;
		result[i]! /= matrix[i * size + i]!;
	}
	for (let i = size - 1; i >= 0; i--) {
		for (let j = i + 1; j < size; j++) result[i]! -= matrix[j * size + i]! * result[j]!;
		result[i]! /= matrix[i * size + i]!;
	}
	return result;
}
