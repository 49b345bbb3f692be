/**
 * Milliseconds to wait after the failure numbered `attempt` (from 0): doubling from `base` up to `limit`, of which a
 * random half at most is left out, so that devices which failed together do not come back together.
 */
export function backoff(attempt: number, base: number, limit: number, random: () => number): number {
	const full = Math.min(limit, base * 2 ** Math.min(attempt, 30));
	return full * (1 - random() / 2);
}
