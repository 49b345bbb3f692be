import { type Random, shuffle } from "../random";

/** Moves of the middles; after so many they hardly move any more. */
const moves = 15;

/**
 * `count` points that stand for the rows: the middles of clusters by Lloyd's algorithm ("k-means"), begun from rows drawn
 * at random. All rows themselves where there are no more. Points × features.
 */
export function clusterMiddles(
	rows: Float32Array,
	{ features, count, random }: { features: number; count: number; random: Random },
): Float32Array {
	const total = rows.length / features;
	if (total <= count) return rows.slice();
	const order = Uint32Array.from({ length: total }, (_, i) => i);
	shuffle(order, random);
	const middles = new Float32Array(count * features);
	for (let i = 0; i < count; i++) {
		middles.set(rows.subarray(order[i]! * features, (order[i]! + 1) * features), i * features);
	}
	for (let move = 0; move < moves; move++) {
		const sums = new Float64Array(middles.length);
		const members = new Uint32Array(count);
		for (let row = 0; row < total; row++) {
			const nearest = nearestTo(rows, row * features, middles, features);
			members[nearest]!++;
			for (let i = 0; i < features; i++) sums[nearest * features + i]! += rows[row * features + i]!;
		}
		// A middle to which no row is nearest stays where it is.
		for (let i = 0; i < middles.length; i++) {
			const own = members[Math.floor(i / features)]!;
			if (own > 0) middles[i] = sums[i]! / own;
		}
	}
	return middles;
}

function nearestTo(rows: Float32Array, from: number, middles: Float32Array, features: number): number {
	let nearest = 0;
	let least = Number.POSITIVE_INFINITY;
	for (let at = 0; at < middles.length; at += features) {
		let distance = 0;
		for (let i = 0; i < features && distance < least; i++) distance += (rows[from + i]! - middles[at + i]!) ** 2;
		if (distance < least) {
			least = distance;
			nearest = at / features;
		}
	}
	return nearest;
}
