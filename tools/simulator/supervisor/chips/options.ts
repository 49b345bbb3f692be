/** A scenario asks for a chip, or an option of one, that is not there. */
export class ChipOptionError extends Error {}

/** Refuses what is none of `names`: a misspelt option would silently be its default. */
export function checkNames(options: Readonly<Record<string, unknown>>, names: readonly string[]): void {
	for (const name of Object.keys(options))
		if (!names.includes(name))
			throw new ChipOptionError(`there is no option ${name}; there is ${names.join(", ") || "none"}`);
}

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
