/** What is worth having: candidates that no other beats in everything. */

/** What a candidate achieves and takes. */
export interface Merits {
	/** Share of the validation rows that are found. */
	readonly accuracy: number;
	/** Bytes. */
	readonly ram: number;
	readonly flash: number;
	/** Of one inference; absent where it cannot be estimated. */
	readonly seconds?: number;
}

/** Whether `a` is nowhere worse than `b` and somewhere better (Pareto). */
export function dominates(a: Merits, b: Merits): boolean {
	const [x, y] = [a.seconds ?? 0, b.seconds ?? 0];
	const worse = a.accuracy < b.accuracy || a.ram > b.ram || a.flash > b.flash || x > y;
	const better = a.accuracy > b.accuracy || a.ram < b.ram || a.flash < b.flash || x < y;
	return better && !worse;
}

/** Those that no other dominates, in their order. */
export function paretoFront<Candidate extends Merits>(candidates: readonly Candidate[]): Candidate[] {
	return candidates.filter((one) => !candidates.some((other) => dominates(other, one)));
}

/**
 * The smallest of those whose accuracy is within one standard error of the best (Breiman et al., "Classification and
 * Regression Trees", 1984, section 3.4.3): so few rows cannot tell them apart, so the smaller one is taken. `rows`: what
 * the accuracy was measured on.
 */
export function choose<Candidate extends Merits & { readonly rows: number }>(
	candidates: readonly Candidate[],
): Candidate | undefined {
	const [first, ...others] = candidates;
	if (!first) return undefined;
	const { accuracy: best, rows } = others.reduce((most, one) => (one.accuracy > most.accuracy ? one : most), first);
	const error = Math.sqrt((best * (1 - best)) / rows);
	const good = candidates.filter(({ accuracy }) => accuracy >= best - error);
	return good.reduce((least, one) => {
		if (one.flash !== least.flash) return one.flash < least.flash ? one : least;
		return one.accuracy > least.accuracy ? one : least;
	});
}
