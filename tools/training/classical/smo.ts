/** The kernel row of one training row: its kernel with every row. */
export type KernelRow = (row: number) => Float32Array;

export interface BinaryProblem {
	/** +1 or −1 for each row. */
	readonly signs: Int8Array;
	/** The greatest coefficient that each row may get. */
	readonly limits: Float64Array;
	readonly kernelRow: KernelRow;
	/** The kernel of each row with itself. */
	readonly diagonal: Float64Array;
}

export interface BinarySolution {
	/** decision(x) = sum of coefficients · kernel(x, row) + intercept; 0 for rows that are no support vectors. */
	readonly coefficients: Float64Array;
	readonly intercept: number;
}

/** Stands for a curvature that is 0 or, by rounding, below. */
const leastCurvature = 1e-12;

/**
 * Sequential minimal optimisation of a C-support-vector machine's dual, with working sets of second order (Fan, Chen
 * and Lin, "Working Set Selection Using Second Order Information for Training Support Vector Machines", 2005). In
 * pieces, so that the caller can stop in between.
 */
export class Smo {
	readonly #problem: BinaryProblem;
	readonly #tolerance: number;
	/** Of the dual: between 0 and the limit. */
	readonly #alphas: Float64Array;
	readonly #gradient: Float64Array;

	/** Converged when no pair of rows violates the optimality conditions by more than `tolerance`. */
	constructor(problem: BinaryProblem, tolerance: number) {
		this.#problem = problem;
		this.#tolerance = tolerance;
		this.#alphas = new Float64Array(problem.signs.length);
		this.#gradient = new Float64Array(problem.signs.length).fill(-1);
	}

	/** Makes so many steps at most; false when it has converged. */
	run(steps: number): boolean {
		for (let step = 0; step < steps; step++) if (!this.#step()) return false;
		return true;
	}

	solution(): BinarySolution {
		const { signs, limits } = this.#problem;
		const alphas = this.#alphas;
		// The intercept is what rows between the limits say, or else the middle of what the others allow.
		let [sum, free] = [0, 0];
		let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
		this.#gradient.forEach((slope, row) => {
			const value = -signs[row]! * slope;
			if (alphas[row]! > 0 && alphas[row]! < limits[row]!) {
				sum += value;
				free++;
			} else if (this.#mayGrow(row)) low = Math.max(low, value);
			else high = Math.min(high, value);
		});
		return {
			coefficients: alphas.map((alpha, row) => alpha * signs[row]!),
			intercept: free > 0 ? sum / free : (low + high) / 2,
		};
	}

	/** The row's signed coefficient can increase. */
	#mayGrow(row: number): boolean {
		return this.#problem.signs[row]! > 0 ? this.#alphas[row]! < this.#problem.limits[row]! : this.#alphas[row]! > 0;
	}

	#step(): boolean {
		const { signs, limits, kernelRow, diagonal } = this.#problem;
		const alphas = this.#alphas;
		const gradient = this.#gradient;
		let first = -1;
		let most = Number.NEGATIVE_INFINITY;
		for (let row = 0; row < signs.length; row++) {
			const value = -signs[row]! * gradient[row]!;
			if (value > most && this.#mayGrow(row)) [most, first] = [value, row];
		}
		if (first < 0) return false;
		const firstRow = kernelRow(first);
		let second = -1;
		let bestGain = 0;
		let least = Number.POSITIVE_INFINITY;
		for (let row = 0; row < signs.length; row++) {
			const mayShrink = signs[row]! > 0 ? alphas[row]! > 0 : alphas[row]! < limits[row]!;
			if (!mayShrink) continue;
			const value = -signs[row]! * gradient[row]!;
			least = Math.min(least, value);
			const violation = most - value;
			if (violation <= 0) continue;
			const curvature = Math.max(leastCurvature, diagonal[first]! + diagonal[row]! - 2 * firstRow[row]!);
			const gain = (violation * violation) / curvature;
			if (gain > bestGain) [bestGain, second] = [gain, row];
		}
		if (second < 0 || most - least <= this.#tolerance) return false;
		this.#move(first, second, firstRow);
		return true;
	}

	/** Moves along the line that keeps the sum of the signed coefficients, to its optimum or to a limit. */
	#move(first: number, second: number, firstRow: Float32Array): void {
		const { signs, limits, kernelRow, diagonal } = this.#problem;
		const alphas = this.#alphas;
		const gradient = this.#gradient;
		const secondRow = kernelRow(second);
		const curvature = Math.max(leastCurvature, diagonal[first]! + diagonal[second]! - 2 * firstRow[second]!);
		const wanted = (signs[second]! * gradient[second]! - signs[first]! * gradient[first]!) / curvature;
		const room = (row: number, direction: number) =>
			signs[row]! * direction > 0 ? limits[row]! - alphas[row]! : alphas[row]!;
		const amount = Math.min(wanted, room(first, 1), room(second, -1));
		// At a limit the coefficient is that limit to the bit, as the questions whether it may move compare.
		alphas[first] =
			amount === room(first, 1) ? (signs[first]! > 0 ? limits[first]! : 0) : alphas[first]! + signs[first]! * amount;
		alphas[second] =
			amount === room(second, -1)
				? signs[second]! > 0
					? 0
					: limits[second]!
				: alphas[second]! - signs[second]! * amount;
		for (let row = 0; row < gradient.length; row++) {
			gradient[row]! += signs[row]! * amount * (firstRow[row]! - secondRow[row]!);
		}
	}
}
