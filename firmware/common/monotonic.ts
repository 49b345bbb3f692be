import Time from "time";

/** A clock in milliseconds that does not go back, made of the platform's counter, which begins anew after some weeks. */
export function monotonic(): () => number {
	let last = Time.ticks;
	let total = 0;
	return () => {
		const now = Time.ticks;
		if (now !== last) {
			total += Time.delta(last, now);
			last = now;
		}
		return total;
	};
}
