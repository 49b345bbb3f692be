/** A scenario asks for a chip, or an option of one, that is not there. */
export class ChipOptionError extends Error {}

/** The number that option `name` gives, or `otherwise` where it is absent; it lies from `low` to `high`. */
export function numberOption(
	options: Readonly<Record<string, unknown>>,
	name: string,
	otherwise: number,
	low: number,
	high: number,
): number {
	const value = options[name] ?? otherwise;
	if (typeof value !== "number" || !(value >= low && value <= high))
		throw new ChipOptionError(`${name} must be a number from ${low} to ${high}`);
	return value;
}

/** The option `name`, true or false, or `otherwise` where it is absent. */
export function booleanOption(options: Readonly<Record<string, unknown>>, name: string, otherwise: boolean): boolean {
	const value = options[name] ?? otherwise;
	if (typeof value !== "boolean") throw new ChipOptionError(`${name} must be true or false`);
	return value;
}
