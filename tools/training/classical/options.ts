/** An option of a classical method has a value that cannot be. */
export class ClassicalOptionError extends RangeError {
	/** Name of the option. */
	readonly field: string;

	constructor(field: string, demand: string) {
		super(`${field} must be ${demand}`);
		this.field = field;
	}
}

/** Throws a `ClassicalOptionError` unless `value` is a finite number above 0. */
export function demandPositive(field: string, value: number): void {
	if (!(value > 0 && Number.isFinite(value))) throw new ClassicalOptionError(field, "a positive number");
}

/** Throws a `ClassicalOptionError` unless `value` is a finite number of at least 0. */
export function demandNotNegative(field: string, value: number): void {
	if (!(value >= 0 && Number.isFinite(value))) throw new ClassicalOptionError(field, "0 or a positive number");
}

/** Throws a `ClassicalOptionError` unless `value` is an integer from `low` to `high`. */
export function demandInteger(field: string, value: number, low: number, high: number): void {
	if (!(Number.isInteger(value) && value >= low && value <= high)) {
		throw new ClassicalOptionError(field, `an integer from ${low} to ${high}`);
	}
}

/** Throws a `ClassicalOptionError` unless `value` is one of these words. */
export function demandOneOf(field: string, value: string, words: readonly string[]): void {
	if (!words.includes(value)) throw new ClassicalOptionError(field, `one of ${words.join(", ")}`);
}
