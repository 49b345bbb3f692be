/** What the simulator's C build needs to know of the C sources that apps bind to: their functions and identifiers. */

export interface NativeFunction {
	/** As JavaScript names it in `native("…")` or `Native("…")`. */
	readonly name: string;
	/** A destructor takes its object's data, any other function the machine. */
	readonly kind: "function" | "destructor";
	readonly path: string;
}

/** Two C sources define one name. */
export class NativeError extends Error {
	override name = "NativeError";
}

/** Functions `void xs_…(xsMachine *the)` and `void xs_…(void *data)` that the sources define. */
export function findNatives(sources: readonly { path: string; text: string }[]): NativeFunction[] {
	const found = new Map<string, NativeFunction>();
	for (const { path, text } of sources)
		for (const [, name, type] of withoutComments(text).matchAll(
			/^void\s+(xs_\w+)\s*\(\s*(xsMachine|void)\s*\*\s*\w+\s*\)\s*\{/gm,
		)) {
			const before = found.get(name!);
			if (before) throw new NativeError(`${path} and ${before.path} both define ${name}`);
			found.set(name!, { name: name!, kind: type === "void" ? "destructor" : "function", path });
		}
	return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** C source of the table that the host looks names up in. */
export function writeTable(natives: readonly NativeFunction[]): string {
	return [
		"#include <stddef.h>",
		'#include "natives.h"',
		"",
		...natives.map(({ name, kind }) => `extern void ${name}(${kind === "destructor" ? "void *" : "xsMachine *"});`),
		"",
		"const SimNative simNatives[] = {",
		...natives.map(({ name }) => `\t{"${name}", (void *)${name}},`),
		"\t{0, 0},",
		"};",
		`const int simNativeCount = ${natives.length};`,
		"",
	].join("\n");
}

/** The header that a board's build generates with constants; here each identifier is looked up when it is used. */
export function writeIdentifiers(sources: readonly { text: string }[]): string {
	const names = new Set<string>();
	for (const { text } of sources)
		for (const [, name] of withoutComments(text).matchAll(/\bxsID_(\w+)/g)) names.add(name!);
	return [
		"#ifndef MC_XS_H",
		"#define MC_XS_H",
		...[...names].sort().map((name) => `#define xsID_${name} (xsID("${name}"))`),
		"#endif",
		"",
	].join("\n");
}

function withoutComments(text: string): string {
	return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"/g, (match) => (match.startsWith('"') ? match : " "));
}
