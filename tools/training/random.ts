/**
 * Repeatable randomness. Everything generated or trained here draws from a generator that the caller seeds,
 * so that the same seed gives the same bytes.
 */

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021), its state filled
 * from the seed by SplitMix32 so that neighbouring seeds give unrelated sequences.
 * `seed` is taken modulo 2^32. Gives multiples of 2^-32.
 */
export function createRandom(seed: number): Random {
	let mixed = seed >>> 0;
	const next = () => {
		mixed = (mixed + 0x9e3779b9) >>> 0;
		let z = mixed;
		z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
		z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
		return z ^ (z >>> 16);
	};
	let a = next();
	let b = next();
	let c = next();
	let d = next();
	return () => {
		const product = Math.imul(b, 5);
		const result = Math.imul((product << 7) | (product >>> 25), 9);
		const shifted = b << 9;
		c ^= a;
		d ^= b;
		b ^= c;
		a ^= d;
		c ^= shifted;
		d = (d << 11) | (d >>> 21);
		return (result >>> 0) / 0x100000000;
	};
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
	return low + (high - low) * random();
}

/** A standard normal deviate (Box and Muller, 1958). */
export function normal(random: Random): number {
	// 1 - u lies in (0, 1], so the logarithm is finite.
	const radius = Math.sqrt(-2 * Math.log(1 - random()));
	return radius * Math.cos(2 * Math.PI * random());
}

/** Shuffles in place (Fisher and Yates). */
export function shuffle(values: Uint32Array, random: Random): void {
	for (let i = values.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		const value = values[i]!;
		values[i] = values[j]!;
		values[j] = value;
	}
}
