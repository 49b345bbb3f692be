/** Reads what a recipe says field by field: every field is known, of its type and within its bounds. */

/** A field of a recipe is missing, unknown or wrong; `field` names it, such as "data.windows.cut.kind". */
export class SourceError extends Error {
	readonly field: string;

	constructor(field: string, reason: string) {
		super(`${field}: ${reason}`);
		this.field = field;
	}
}

/** One object of a recipe. What is not asked for before `end` is refused. */
export class Fields {
	readonly name: string;
	readonly #values: Readonly<Record<string, unknown>>;
	readonly #asked = new Set<string>();

	constructor(name: string, json: unknown) {
		if ("object" !== typeof json || null === json || Array.isArray(json)) throw new SourceError(name, "is no object");
		this.name = name;
		this.#values = json as Record<string, unknown>;
	}

	/** The full name of a field. */
	nameOf(key: string): string {
		return `${this.name}.${key}`;
	}

	has(key: string): boolean {
		return undefined !== this.value(key);
	}

	value(key: string): unknown {
		this.#asked.add(key);
		return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
	}

	object(key: string): Fields {
		return new Fields(this.nameOf(key), this.#needed(key));
	}

	text(key: string): string {
		const value = this.#needed(key);
		if ("string" !== typeof value || value.length > 4096) throw new SourceError(this.nameOf(key), "is no text");
		return value;
	}

	/** One of these texts. */
	choice<Text extends string>(key: string, choices: readonly Text[]): Text {
		const value = this.#needed(key);
		const choice = choices.find((text) => text === value);
		if (undefined === choice) throw new SourceError(this.nameOf(key), `is none of ${choices.join(", ")}`);
		return choice;
	}

	number(key: string, minimum: number, maximum: number): number {
		const value = this.#needed(key);
		if ("number" !== typeof value || !(value >= minimum && value <= maximum))
			throw new SourceError(this.nameOf(key), `is no number from ${minimum} to ${maximum}`);
		return value;
	}

	integer(key: string, minimum: number, maximum: number): number {
		const value = this.number(key, minimum, maximum);
		if (!Number.isInteger(value)) throw new SourceError(this.nameOf(key), "is no whole number");
		return value;
	}

	boolean(key: string): boolean {
		const value = this.#needed(key);
		if ("boolean" !== typeof value) throw new SourceError(this.nameOf(key), "is neither true nor false");
		return value;
	}

	texts(key: string): string[] {
		const value = this.#needed(key);
		if (!Array.isArray(value) || 0 === value.length || value.some((text) => "string" !== typeof text))
			throw new SourceError(this.nameOf(key), "is no list of texts");
		return [...value];
	}

	/** What `read` makes of the field, when it is there. */
	optional<Value>(key: string, read: (key: string) => Value): Value | undefined {
		return this.has(key) ? read(key) : undefined;
	}

	keys(): string[] {
		return Object.keys(this.#values);
	}

	/** Refuses fields that nobody has asked for. */
	end(): void {
		const unknown = this.keys().find((key) => !this.#asked.has(key));
		if (undefined !== unknown)
			throw new SourceError(this.nameOf(unknown), `is unknown; there are ${[...this.#asked].join(", ")}`);
	}

	#needed(key: string): unknown {
		const value = this.value(key);
		if (undefined === value) throw new SourceError(this.nameOf(key), "is missing");
		return value;
	}
}
