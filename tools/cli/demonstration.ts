import type { WearableOptions } from "../simulator/fleet";

const motions: readonly { name: string; kinds: readonly ("left" | "right" | "other")[] }[] = [
	{ name: "Left wrist", kinds: ["left"] },
	{ name: "Right wrist", kinds: ["right"] },
	{ name: "Mixed motions", kinds: ["left", "right", "other"] },
];

/** So many wearables, of which neighbours make different motions. */
export function demonstration(count: number): WearableOptions[] {
	return Array.from({ length: count }, (_, index) => {
		const { name, kinds } = motions[index % motions.length]!;
		const turn = Math.floor(index / motions.length);
		return {
			id: `wearable-${index + 1}`,
			name: turn ? `${name} ${turn + 1}` : name,
			motion: { source: "gestures", kinds },
			// What a wearable would measure of itself.
			settings: { battery: 94 - 7 * (index % 9), signal: -52 - 6 * (index % 5) },
		};
	});
}
