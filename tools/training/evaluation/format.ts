/** How figures are written for people. */

export function percent(share: number | null, digits = 1): string {
	return share === null ? "–" : `${(100 * share).toFixed(digits)} %`;
}

/** 12,345. */
export function integer(value: number): string {
	return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 950 B, 14.2 KiB, 1.50 MiB. */
export function bytes(value: number): string {
	if (Math.abs(value) < 1024) return `${Math.round(value)} B`;
	if (Math.abs(value) < 1024 * 1024) return `${(value / 1024).toFixed(1)} KiB`;
	return `${(value / 1024 / 1024).toFixed(2)} MiB`;
}

/** 12 µs, 3.4 ms, 1.2 s. */
export function duration(seconds: number): string {
	if (seconds < 1e-3) return `${(1e6 * seconds).toPrecision(3)} µs`;
	if (seconds < 1) return `${(1e3 * seconds).toPrecision(3)} ms`;
	return `${seconds.toPrecision(3)} s`;
}
