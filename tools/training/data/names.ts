/** What the names of files say, by a pattern such as `{label}_{*}.txt` or `{label}/output_{label}_{group}.txt`. */

import type { Identity } from "./recording";

export class PatternError extends Error {}

const longestPattern = 255;
const longestName = 255;
/** Each placeholder multiplies the ways in which a name may be tried: three cost thousandths of a second, four seconds. */
const maximumPlaceholders = 3;

/**
 * A pattern for paths of files with `/` between folders. `{label}` and `{group}` stand for the longest text without `/`
 * that lets the rest match, the same wherever one occurs; `{*}` stands for any such text; everything else for itself.
 */
export class NamePattern {
	readonly #expression: RegExp;
	readonly hasLabel: boolean;

	/** Throws `PatternError`. */
	constructor(pattern: string) {
		const parts = pattern.split(/(\{[^{}]*\})/);
		if (pattern.length > longestPattern || parts.length > 2 * maximumPlaceholders + 1)
			throw new PatternError(`at most ${longestPattern} characters and ${maximumPlaceholders} placeholders`);
		const named = new Set<string>();
		const source = parts.map((part, i) => {
			if (i % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
			if ("{*}" === part) return "[^/]+";
			const name = part.slice(1, -1);
			if ("label" !== name && "group" !== name)
				throw new PatternError(`${part} is no placeholder: use {label}, {group} or {*}`);
			if (named.has(name)) return `\\k<${name}>`;
			named.add(name);
			return `(?<${name}>[^/]+)`;
		});
		this.#expression = new RegExp(`^${source.join("")}$`);
		this.hasLabel = named.has("label");
	}

	/** undefined when the pattern does not match. */
	match(name: string): Partial<Identity> | undefined {
		if (name.length > longestName) return;
		const match = this.#expression.exec(name);
		return match ? { ...match.groups } : undefined;
	}
}
