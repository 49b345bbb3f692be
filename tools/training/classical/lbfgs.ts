/** A smooth function and its gradient, which is written into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

/** Pairs of steps and gradient changes that are kept. */
const memory = 10;

/**
 * Limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5) with a
 * backtracking search for Armijo's condition. `step` by `step`, so that the caller can report and stop in between.
 */
export class Lbfgs {
	/** The best point so far. */
	readonly point: Float64Array;
	readonly #objective: Objective;
	readonly #tolerance: number;
	#value: number;
	#gradient: Float64Array;
	readonly #pairs: { step: Float64Array; change: Float64Array; product: number }[] = [];

	/** Converged when no part of the gradient exceeds `tolerance`. */
	constructor(objective: Objective, start: Float64Array, tolerance: number) {
		this.#objective = objective;
		this.#tolerance = tolerance;
		this.point = start.slice();
		this.#gradient = new Float64Array(start.length);
		this.#value = objective(this.point, this.#gradient);
	}

	/** Of the objective at `point`. */
	get value(): number {
		return this.#value;
	}

	/** Moves to a better point; false when there is none to be found. */
	step(): boolean {
		if (this.#gradient.every((slope) => Math.abs(slope) <= this.#tolerance)) return false;
		if (this.#search(this.#direction())) return true;
		if (this.#pairs.length === 0) return false;
		// What was learnt of the curvature may mislead; the gradient itself does not.
		this.#pairs.length = 0;
		return this.#search(this.#direction());
	}

	/** Against the gradient, bent by the curvature seen (the two-loop recursion). */
	#direction(): Float64Array {
		const direction = this.#gradient.map((slope) => -slope);
		const pairs = this.#pairs;
		const shares = new Float64Array(pairs.length);
		for (let i = pairs.length - 1; i >= 0; i--) {
			const { step, change, product } = pairs[i]!;
			shares[i] = dot(step, direction) / product;
			add(direction, change, -shares[i]!);
		}
		const newest = pairs.at(-1);
		if (newest) {
			const size = newest.product / dot(newest.change, newest.change);
			for (let i = 0; i < direction.length; i++) direction[i]! *= size;
		}
		pairs.forEach(({ step, change, product }, i) => {
			add(direction, step, shares[i]! - dot(change, direction) / product);
		});
		return direction;
	}

	#search(direction: Float64Array): boolean {
		const slope = dot(this.#gradient, direction);
		if (!(slope < 0)) return false;
		const next = new Float64Array(this.point.length);
		const gradient = new Float64Array(this.point.length);
		// The first direction is the gradient, whose length says nothing of how far to go.
		let length = this.#pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
		for (let tries = 0; tries < 40; tries++, length /= 2) {
			for (let i = 0; i < next.length; i++) next[i] = this.point[i]! + length * direction[i]!;
			const value = this.#objective(next, gradient);
			if (!(value < this.#value + 1e-4 * length * slope)) continue;
			const step = next.map((part, i) => part - this.point[i]!);
			const change = gradient.map((part, i) => part - this.#gradient[i]!);
			const product = dot(step, change);
			if (product > 1e-12 * dot(change, change)) this.#pairs.push({ step, change, product });
			if (this.#pairs.length > memory) this.#pairs.shift();
			this.point.set(next);
			this.#gradient = gradient;
			this.#value = value;
			return true;
		}
		return false;
	}
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
	return sum;
}

function add(target: Float64Array, values: Float64Array, factor: number): void {
	for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!;
}
