/** Units of motion that importers know, and what one of them is in g or °/s. */

export type Quantity = "acceleration" | "rotation";

export interface Unit {
	readonly quantity: Quantity;
	/** g or °/s in one of the unit. */
	readonly factor: number;
}

/** Standard gravity in m/s² (3rd General Conference on Weights and Measures, 1901). */
const gravity = 9.80665;

const units: ReadonlyMap<string, Unit> = new Map(
	(
		[
			["acceleration", 1, ["g"]],
			["acceleration", 1e-3, ["mg"]],
			["acceleration", 1 / gravity, ["m/s2", "m/s^2", "m/s²"]],
			["rotation", 1, ["°/s", "deg/s", "dps"]],
			["rotation", 1e-3, ["mdps"]],
			["rotation", 180 / Math.PI, ["rad/s"]],
		] as const
	).flatMap(([quantity, factor, spellings]) => spellings.map((spelling) => [spelling, { quantity, factor }])),
);

/** undefined when nobody has said what this unit is. */
export function findUnit(spelling: string): Unit | undefined {
	return units.get(spelling);
}

/** Spellings of the units of a quantity, for messages. */
export function unitNames(quantity: Quantity): string {
	return [...units].flatMap(([spelling, unit]) => (quantity === unit.quantity ? [spelling] : [])).join(", ");
}
