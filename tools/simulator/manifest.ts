/**
 * Reads a Moddable manifest the way the SDK's mcconfig does, for the platform `sim`: combine the manifest with what it
 * includes (depth first), take one key of each `platforms`, then match module and resource paths with files.
 * See "Manifest" in the Moddable SDK's documentation (documentation/tools/manifest.md).
 *
 * Where mcconfig lets a mistake pass that shows only on the board (an unknown property, a specifier with two sources,
 * a preload wildcard that misses TypeScript modules), this reader refuses it by name.
 */

import { type Partition, PartitionError, parsePartitions } from "./partitions";

/** What of a file system the reader needs. Paths are absolute, with "/". */
export interface Files {
	/** Text of a file; undefined when there is none. */
	read(path: string): string | undefined;
	/** Names in a directory, those of directories with a "/" at their end, in a stable order; undefined when there is none. */
	list(directory: string): readonly string[] | undefined;
}

/** Why a manifest was refused. */
export type ManifestFault =
	| "absent" // a manifest or a file that it names is not there
	| "syntax" // not JSON, or a value of a wrong kind
	| "property" // a property that is not known
	| "include" // a part of the SDK that the simulator lacks
	| "variable" // $(NAME) without a value, or with two
	| "platform" // the manifest says that the platform is not for it
	| "specifier" // two sources for one specifier or resource, or none for a preload
	| "target"; // compiled for more than the simulator's engine runs

export class ManifestError extends Error {
	override name = "ManifestError";
	readonly fault: ManifestFault;
	/** The manifest that holds the mistake. */
	readonly manifest: string;

	constructor(fault: ManifestFault, manifest: string, message: string) {
		super(`${manifest}: ${message}`);
		this.fault = fault;
		this.manifest = manifest;
	}
}

/** Sizes of the XS machine: bytes for chunks and `static`, slots for heap and stack. */
export interface Creation {
	static: number;
	chunk: { initial: number; incremental: number };
	heap: { initial: number; incremental: number };
	stack: number;
	keys: { initial: number; incremental: number; name: number; symbol: number };
	parser: { buffer: number; table: number };
}

export type JSONValue = null | boolean | number | string | JSONValue[] | { [name: string]: JSONValue };
export type JSONObject = { [name: string]: JSONValue };

/** A manifest and all that it includes, combined and matched. */
export interface Manifest {
	/** `build.NAME`, else the name of the manifest's directory. */
	readonly name: string;
	readonly path: string;
	/** Specifier of the module that runs first. */
	readonly main: string;
	/** Specifier → path of its .js, .mjs, .ts or .json source. */
	readonly modules: ReadonlyMap<string, string>;
	/** Specifiers, in the order given. */
	readonly preload: readonly string[];
	readonly creation: Creation;
	/** Base name → path; `resources` and `data` alike, since there is no image to convert. */
	readonly resources: ReadonlyMap<string, string>;
	/** C sources. */
	readonly natives: readonly string[];
	/** Directories of the C headers. */
	readonly includes: readonly string[];
	readonly partitions: readonly Partition[];
	readonly config: JSONObject;
	/** Whether TypeScript keeps imports that only name types (`verbatimModuleSyntax`). */
	readonly verbatimModuleSyntax: boolean;
	/** What manifests say by `warning`, each with its path. */
	readonly warnings: readonly string[];
	/** Every manifest read, the outermost first. */
	readonly manifests: readonly string[];
}

const PLATFORM = "sim";

/** What a manifest may have, and what one of its platforms may have. */
const PROPERTIES = Object.freeze(
	new Set([
		"build",
		"bundle",
		"config",
		"creation",
		"data",
		"defines",
		"dependency",
		"error",
		"include",
		"modules",
		"platforms",
		"preload",
		"recipes",
		"resources",
		"strip",
		"typescript",
		"warning",
	]),
);

/** The example in the SDK's documentation, for what no manifest gives. */
const CREATION: Creation = Object.freeze({
	static: 32768,
	chunk: { initial: 1536, incremental: 512 },
	heap: { initial: 512, incremental: 64 },
	stack: 256,
	keys: { initial: 32, incremental: 0, name: 53, symbol: 3 },
	parser: { buffer: 1024, table: 17 },
});

/** Those that the simulator's engine runs; the library of a later one is not there. */
const TARGETS = Object.freeze(
	new Set(["es3", "es5", "es6", "es2015", "es2016", "es2017", "es2018", "es2019", "es2020", "es2021", "es2022"]),
);

/** What the SDK's makefiles compile besides C. */
const NATIVES = Object.freeze(new Set([".cc", ".cpp", ".m"]));

const SCRIPTS = Object.freeze(new Set([".js", ".mjs", ".ts", ".json"]));

/** One manifest or platform, with what its relative paths start from. */
interface Part {
	readonly path: string;
	readonly directory: string;
	readonly properties: JSONObject;
}

/**
 * @param path Absolute path of the manifest.
 * @param options.sdk Absolute directory that `$(MODDABLE)` stands for.
 * @param options.variables More `$(NAME)`s, as mcconfig takes them from its environment.
 * @param options.platforms The keys of `platforms` that are looked for, the most special first; those of the simulator otherwise.
 */
export function readManifest(
	path: string,
	options: {
		files: Files;
		sdk: string;
		variables?: Readonly<Record<string, string>>;
		platforms?: readonly string[];
	},
): Manifest {
	return new Reader(options.files, options.sdk, options.variables ?? {}, options.platforms ?? [PLATFORM]).read(path);
}

class Reader {
	readonly #files: Files;
	readonly #sdk: string;
	readonly #platforms: readonly string[];
	/** Values as they were given, with the manifest that gave them. */
	readonly #variables = new Map<string, { value: string; from: string }>();
	readonly #manifests: string[] = [];
	readonly #parts: Part[] = [];
	readonly #warnings: string[] = [];

	constructor(files: Files, sdk: string, variables: Readonly<Record<string, string>>, platforms: readonly string[]) {
		this.#files = files;
		this.#sdk = sdk;
		this.#platforms = platforms;
		for (const [name, value] of Object.entries(variables))
			this.#variables.set(name, { value, from: "the environment" });
		for (const [name, value] of Object.entries({ MODDABLE: sdk, PLATFORM: platforms.at(-1)!, SUBPLATFORM: "" }))
			if (!this.#variables.has(name)) this.#variables.set(name, { value, from: "the simulator" });
	}

	read(path: string): Manifest {
		this.#include(path, path);
		const merged: JSONObject = {};
		for (const { path, properties } of this.#parts)
			for (const name of ["creation", "config", "typescript"])
				if (name in properties) merge(merged, { [name]: object(properties[name], name, path) });
		const compiler = this.#checkTarget(path, merged.typescript as JSONObject | undefined);

		const modules = new Map<string, string>();
		const natives = new Set<string>();
		const isSimulator = this.#platforms.includes(PLATFORM);
		const includes = new Set<string>();
		this.#match("modules", (target, source, manifest) => {
			const extension = extensionOf(source);
			if (source.endsWith(".d.ts")) return;
			if (SCRIPTS.has(extension)) add(modules, target, source, manifest, "specifier");
			else if (extension === ".c" || (!isSimulator && NATIVES.has(extension))) natives.add(source);
			else if (extension === ".h") includes.add(directoryOf(source));
			else if (NATIVES.has(extension))
				throw new ManifestError("property", manifest, `${source}: the simulator compiles C, not ${extension.slice(1)}`);
		});
		const resources = new Map<string, string>();
		for (const property of ["resources", "data"])
			this.#match(property, (_target, source, manifest) => {
				add(resources, nameOf(source), source, manifest, "resource");
			});

		const creation = (merged.creation ?? {}) as JSONObject;
		const main = "main" in creation ? string(creation.main, "creation.main", path) : "main";
		return {
			name: this.#variables.get("NAME")?.value ?? nameOf(directoryOf(path)),
			path,
			main,
			modules,
			preload: this.#preload(modules),
			creation: readCreation(creation, path),
			resources,
			natives: [...natives],
			includes: [...includes],
			partitions: this.#partitions(),
			config: (merged.config ?? {}) as JSONObject,
			verbatimModuleSyntax: compiler.verbatimModuleSyntax === true,
			warnings: this.#warnings,
			manifests: this.#manifests,
		};
	}

	/** Reads a manifest and, before it, what it includes: the order in which they are combined. */
	#include(path: string, from: string): void {
		if (this.#manifests.includes(path)) return;
		const text = this.#files.read(path);
		if (text === undefined) throw this.#absent(path, from);
		this.#manifests.push(path);
		let parsed: unknown;
		try {
			parsed = JSON.parse(text);
		} catch (error) {
			throw new ManifestError("syntax", path, (error as Error).message);
		}
		const manifest = object(parsed, "the manifest", path);
		const directory = directoryOf(path);
		const common: Part = { path, directory, properties: manifest };
		const parts = [common];
		const platforms = object(manifest.platforms ?? {}, "platforms", path);
		for (const key in platforms) this.#checkProperties(path, object(platforms[key], `platforms.${key}`, path));
		this.#checkProperties(path, manifest);
		const key = [...this.#platforms, "..."].find((key) => key in platforms);
		const platform = key === undefined ? undefined : platforms[key];
		if (platform !== undefined) parts.push({ path, directory, properties: platform as JSONObject });

		for (const part of parts) this.#build(part);
		for (const { properties } of parts) {
			if ("error" in properties)
				throw new ManifestError("platform", path, string(properties.error, "error", path) || "not for this platform");
			if ("warning" in properties) this.#warnings.push(`${path}: ${string(properties.warning, "warning", path)}`);
			for (const include of list(properties.include))
				this.#include(this.#resolve(string(include, "include", path), common), path);
		}
		this.#parts.push(...parts);
	}

	#checkProperties(path: string, properties: JSONObject): void {
		for (const name in properties)
			if (!PROPERTIES.has(name))
				throw new ManifestError(
					"property",
					path,
					`the simulator does not know the property "${name}"; it knows ${[...PROPERTIES].join(", ")}`,
				);
	}

	#absent(path: string, from: string): ManifestError {
		if (path === from) return new ManifestError("absent", path, "there is no such manifest");
		if (!path.startsWith(`${this.#sdk}/`))
			return new ManifestError("absent", from, `includes ${path}, which is not there`);
		const present = this.#manifestsBelow(this.#sdk).map((name) => `\n  $(MODDABLE)${name.slice(this.#sdk.length)}`);
		return new ManifestError(
			"include",
			from,
			`includes $(MODDABLE)${path.slice(this.#sdk.length)}, a part of the SDK that the simulator lacks. It has:${present.join("")}`,
		);
	}

	#manifestsBelow(directory: string): string[] {
		return (this.#files.list(directory) ?? []).flatMap((name) =>
			name.endsWith("/")
				? this.#manifestsBelow(`${directory}/${name.slice(0, -1)}`)
				: /^manifest.*\.json$/.test(name)
					? [`${directory}/${name}`]
					: [],
		);
	}

	#build({ path, directory, properties }: Part): void {
		const build = object(properties.build ?? {}, "build", path);
		for (const key in build) {
			const [, name, optional] = /^(.*?)( \?=)?$/.exec(key) as unknown as [string, string, string | undefined];
			const given = string(build[key], `build.${key}`, path);
			const value = given.startsWith("./") || given.startsWith("../") ? normalize(`${directory}/${given}`) : given;
			const before = this.#variables.get(name);
			if (before === undefined) this.#variables.set(name, { value, from: path });
			else if (!optional && this.#expand(before.value, path) !== this.#expand(value, path))
				throw new ManifestError(
					"variable",
					path,
					`$(${name}) is "${value}" here and "${before.value}" in ${before.from}`,
				);
		}
	}

	#expand(text: string, path: string, depth = 0): string {
		if (depth > 16) throw new ManifestError("variable", path, `"${text}" stands for itself`);
		return text.replace(/\$\(([^)]*)\)/g, (_, name: string) => {
			const variable = this.#variables.get(name);
			if (variable === undefined) throw new ManifestError("variable", path, `$(${name}) has no value`);
			return this.#expand(variable.value, path, depth + 1);
		});
	}

	#resolve(given: string, { path, directory }: Part): string {
		const expanded = this.#expand(given, path);
		return normalize(expanded.startsWith("/") ? expanded : `${directory}/${expanded}`);
	}

	/** Tells each file that a property of all parts matches, with the name that it is given. */
	#match(property: string, found: (target: string, source: string, manifest: string) => void): void {
		const matches: { target: string; source: string; manifest: string }[] = [];
		const excluded = new Set<string>();
		for (const part of this.#parts) {
			const targets = object(part.properties[property] ?? {}, property, part.path);
			for (const target in targets)
				for (const given of list(targets[target])) {
					const pattern = string(given, `${property}.${target}`, part.path);
					const files = this.#glob(this.#resolve(pattern, part));
					if (target === "~") {
						for (const { source } of files) excluded.add(source);
						continue;
					}
					if (files.length === 0)
						throw new ManifestError("absent", part.path, `${property} "${target}": no file matches "${pattern}"`);
					for (const { source, star } of files)
						matches.push({ target: target.replace("*", star), source, manifest: part.path });
				}
		}
		for (const { target, source, manifest } of matches) if (!excluded.has(source)) found(target, source, manifest);
	}

	/**
	 * Files of one directory. A name matches with or without its extension, "*" stands for any characters, and `star`
	 * is what a "*" in the target becomes: what "*" stood for, without an extension, else the name without extension.
	 */
	#glob(pattern: string): { source: string; star: string }[] {
		const directory = directoryOf(pattern);
		const [before, after] = nameOf(pattern).split("*") as [string, string | undefined];
		const matches: { source: string; star: string }[] = [];
		for (const name of this.#files.list(directory) ?? []) {
			if (name.endsWith("/") || name.startsWith(".")) continue;
			const source = `${directory}/${name}`;
			const stem = stemOf(name);
			if (after === undefined) {
				if (before === name || before === stem) matches.push({ source, star: stem });
				continue;
			}
			for (const whole of [stem, name])
				if (whole.length >= before.length + after.length && whole.startsWith(before) && whole.endsWith(after)) {
					matches.push({ source, star: whole.slice(before.length, whole.length - after.length) });
					break;
				}
		}
		return matches;
	}

	#preload(modules: ReadonlyMap<string, string>): string[] {
		const preload = new Set<string>();
		for (const { path, properties } of this.#parts)
			for (const given of list(properties.preload)) {
				const pattern = string(given, "preload", path);
				const star = pattern.indexOf("*");
				if (star < 0) {
					if (!modules.has(pattern))
						throw new ManifestError("specifier", path, `preloads "${pattern}", which no manifest gives`);
					preload.add(pattern);
					continue;
				}
				for (const [specifier, source] of modules) {
					if (!specifier.startsWith(pattern.slice(0, star)) || !specifier.endsWith(pattern.slice(star + 1))) continue;
					if (extensionOf(source) === ".ts")
						throw new ManifestError(
							"specifier",
							path,
							`the SDK's preload "${pattern}" misses the TypeScript module "${specifier}": list it by name`,
						);
					preload.add(specifier);
				}
			}
		return [...preload];
	}

	#checkTarget(path: string, typescript: JSONObject | undefined): JSONObject {
		const tsconfig = object(typescript?.tsconfig ?? {}, "typescript.tsconfig", path);
		const compiler = object(tsconfig.compilerOptions ?? {}, "typescript.tsconfig.compilerOptions", path);
		if (compiler.target !== undefined) {
			const target = string(compiler.target, "typescript.tsconfig.compilerOptions.target", path);
			if (!TARGETS.has(target.toLowerCase()))
				throw new ManifestError(
					"target",
					path,
					`typescript.tsconfig.compilerOptions.target is "${target}"; the simulator's XS 13 runs at most "es2022"`,
				);
		}
		return compiler;
	}

	#partitions(): Partition[] {
		const variable = this.#variables.get("PARTITIONS_FILE");
		if (variable === undefined) return [];
		const path = normalize(this.#expand(variable.value, variable.from));
		const text = this.#files.read(path);
		if (text === undefined)
			throw new ManifestError("absent", variable.from, `build.PARTITIONS_FILE names ${path}, which is not there`);
		try {
			return parsePartitions(text);
		} catch (error) {
			if (error instanceof PartitionError) throw new ManifestError("syntax", path, error.message);
			throw error;
		}
	}
}

function add(map: Map<string, string>, target: string, source: string, manifest: string, kind: string): void {
	const before = map.get(target);
	if (before !== undefined && before !== source)
		throw new ManifestError(
			"specifier",
			manifest,
			`the ${kind} "${target}" is ${source} here and ${before} before; leave one out with "~"`,
		);
	map.set(target, source);
}

/** Objects are merged member by member; anything else replaces what was there. */
function merge(into: JSONObject, from: JSONObject): void {
	for (const [name, value] of Object.entries(from)) {
		const before = Object.hasOwn(into, name) ? into[name] : undefined;
		if (isObject(value)) {
			const merged: JSONObject = isObject(before) ? before : {};
			merge(merged, value);
			define(into, name, merged);
		} else define(into, name, value);
	}
}

/** An assignment to "__proto__" would change the prototype instead. */
function define(into: JSONObject, name: string, value: JSONValue): void {
	Object.defineProperty(into, name, { value, configurable: true, enumerable: true, writable: true });
}

/** `nativeStack` sizes a task on a board and means nothing here; `keys.available` is the older form of `keys.initial`. */
function readCreation(given: JSONObject, path: string): Creation {
	const creation: JSONObject = structuredClone(CREATION) as unknown as JSONObject;
	const { main, nativeStack, ...sizes } = given;
	const keys = isObject(sizes.keys) ? { ...sizes.keys } : undefined;
	if (keys?.available !== undefined) {
		if (keys.initial === undefined) Object.assign(keys, { initial: keys.available, incremental: 0 });
		delete keys.available;
		sizes.keys = keys;
	}
	const check = (value: JSONObject, model: JSONObject, name: string): void => {
		for (const key in value) {
			const expected = model[key];
			const found = value[key]!;
			if (expected === undefined) throw new ManifestError("property", path, `${name}.${key} is not known`);
			if (isObject(expected)) check(object(found, `${name}.${key}`, path), expected, `${name}.${key}`);
			else if (!Number.isSafeInteger(found) || (found as number) < 0)
				throw new ManifestError("syntax", path, `${name}.${key} must be a whole number, not ${JSON.stringify(found)}`);
		}
	};
	check(sizes, creation, "creation");
	merge(creation, sizes);
	return creation as unknown as Creation;
}

function isObject(value: unknown): value is JSONObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, name: string, path: string): JSONObject {
	if (!isObject(value)) throw new ManifestError("syntax", path, `${name} must be an object`);
	return value;
}

function string(value: unknown, name: string, path: string): string {
	if (typeof value !== "string") throw new ManifestError("syntax", path, `${name} must be a string`);
	return value;
}

function list(value: JSONValue | undefined): readonly JSONValue[] {
	if (value === undefined) return [];
	return Array.isArray(value) ? value : [value];
}

function directoryOf(path: string): string {
	return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function nameOf(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

function stemOf(name: string): string {
	return name.endsWith(".d.ts") ? name.slice(0, -5) : name.slice(0, name.length - extensionOf(name).length);
}

function extensionOf(path: string): string {
	const name = nameOf(path);
	const dot = name.lastIndexOf(".");
	return dot > 0 ? name.slice(dot) : "";
}

/** Without "." and "..". */
function normalize(path: string): string {
	const parts: string[] = [];
	for (const part of path.split("/"))
		if (part === "..") parts.pop();
		else if (part !== "." && part !== "") parts.push(part);
	return `/${parts.join("/")}`;
}
