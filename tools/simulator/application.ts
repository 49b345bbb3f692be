/** Turns an app's manifest into what the simulator's host loads: app.json and one JavaScript file per module. */
import { createHash } from "node:crypto";
import { type Dirent, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import * as esbuild from "esbuild";
import { bindNatives } from "./bindings";
import { writeChanged } from "./files";
import { findImports } from "./imports";
import { type Creation, type Files, type JSONObject, type Manifest, readManifest } from "./manifest";
import type { Partition } from "./partitions";
import { output, root, sdk } from "./paths";
import { keepLineStarts, type SourceMap } from "./sourcemap";

/** Contents of app.json. Paths are absolute. */
export interface Application {
	readonly name: string;
	readonly manifest: string;
	readonly main: string;
	/** Specifier → JavaScript. */
	readonly modules: Readonly<Record<string, string>>;
	readonly preload: readonly string[];
	readonly creation: Creation;
	/** Base name → file. */
	readonly resources: Readonly<Record<string, string>>;
	readonly partitions: readonly Partition[];
	readonly config: JSONObject;
	/** Changes when a module does, so that a host that has read this app knows that it must read it again. */
	readonly digest: string;
}

/** Specifiers that are imported and that the manifest does not give. */
export class SpecifierError extends Error {
	override name = "SpecifierError";
	readonly missing: readonly { specifier: string; module: string }[];

	constructor(manifest: string, missing: readonly { specifier: string; module: string }[]) {
		super(
			missing
				.map(({ specifier, module }) => `${manifest} gives no module "${specifier}", which ${module} imports`)
				.join("\n"),
		);
		this.missing = missing;
	}
}

/** The specifier of a manifest's `config`, which the host makes. */
const CONFIG = "mc/config";

/** Bumped when the same source is written as other JavaScript. */
const FORMAT = `5 esbuild ${esbuild.version}`;

export const disk: Files = {
	read(path) {
		try {
			return readFileSync(path, "utf8");
		} catch {
			return undefined;
		}
	},
	list(directory) {
		try {
			return readdirSync(directory, { withFileTypes: true })
				.map((entry) => (isDirectory(directory, entry) ? `${entry.name}/` : entry.name))
				.sort();
		} catch {
			return undefined;
		}
	},
};

/** Reads an app's manifest from the disk. Throws `ManifestError`. */
export function readApplication(manifest: string): Manifest {
	return readManifest(resolve(manifest), { files: disk, sdk });
}

export interface ApplicationOptions {
	/** Where apps are built; a directory of its own for each. */
	readonly directory?: string;
	/** Told what the manifests warn of, a line each; standard error by default. */
	readonly progress?: (line: string) => void;
}

/**
 * Writes what has changed since the last time and gives the path of app.json. Throws `ManifestError`, `SpecifierError` or
 * esbuild's own failure.
 */
export async function buildApplication(path: string, options: ApplicationOptions = {}): Promise<string> {
	const { directory: apps = join(output, "apps"), progress = (line: string) => console.error(line) } = options;
	const manifest = readApplication(path);
	for (const warning of manifest.warnings) progress(warning);
	const place = createHash("sha256").update(manifest.path).digest("hex").slice(0, 8);
	// Two apps may share a name, as those of tests do.
	const directory = join(apps, `${manifest.name}-${place}`);
	mkdirSync(join(directory, "modules"), { recursive: true });

	const modules: Record<string, string> = {};
	const missing: { specifier: string; module: string }[] = [];
	const digest = createHash("sha256");
	const has = (specifier: string) => manifest.modules.has(specifier) || specifier === CONFIG;
	for (const [specifier, source] of manifest.modules) {
		modules[specifier] = join(directory, "modules", `${fileNameOf(specifier)}.js`);
		const { stamp, imports } = await writeModule(source, modules[specifier], manifest.verbatimModuleSyntax);
		digest.update(`${specifier}\0${stamp}\0`);
		for (const imported of imports) {
			const given = imported.startsWith(".") ? join(dirname(specifier), imported) : imported;
			if (!has(given)) missing.push({ specifier: given, module: relativeToRoot(source) });
		}
	}
	if (!manifest.modules.has(manifest.main)) missing.push({ specifier: manifest.main, module: "creation.main" });
	if (missing.length > 0) throw new SpecifierError(relativeToRoot(manifest.path), missing);

	const application: Application = {
		name: manifest.name,
		manifest: manifest.path,
		main: manifest.main,
		modules,
		preload: manifest.preload,
		creation: manifest.creation,
		resources: Object.fromEntries(manifest.resources),
		partitions: manifest.partitions,
		config: manifest.config,
		digest: digest.digest("hex"),
	};
	const built = join(directory, "app.json");
	writeChanged(built, `${JSON.stringify(application, undefined, "\t")}\n`);
	return built;
}

/** Writes a module as JavaScript with its map, unless that is there already. */
async function writeModule(source: string, target: string, verbatimModuleSyntax: boolean): Promise<Written> {
	const text = readFileSync(source, "utf8");
	const stamp = createHash("sha256").update(`${FORMAT}\0${source}\0${verbatimModuleSyntax}\0${text}`).digest("hex");
	const record = `${target}.json`;
	const before = parseRecord(disk.read(record));
	if (before?.stamp === stamp && exists(target)) return before;

	const transformed = await esbuild.transform(text, {
		...(source.endsWith(".json")
			? { loader: "json", format: "esm" }
			: { loader: source.endsWith(".ts") ? "ts" : "js" }),
		target: "es2022",
		charset: "utf8",
		sourcefile: relativeToRoot(source),
		sourcemap: "external",
		sourcesContent: false,
		tsconfigRaw: {
			compilerOptions: { target: "ES2022", useDefineForClassFields: true, verbatimModuleSyntax },
		},
	});
	const map = JSON.parse(transformed.map) as SourceMap;
	const imports = await findImports(transformed.code);
	// XS takes the name of a source for one that starts at the map, never for an absolute one.
	const sources = [relative(dirname(target), source)];
	writeChanged(`${target}.map`, JSON.stringify({ ...map, sources, names: [], mappings: keepLineStarts(map.mappings) }));
	writeChanged(
		target,
		`${bindNatives(transformed.code)}//# sourceMappingURL=${target.slice(target.lastIndexOf("/") + 1)}.map\n`,
	);
	writeChanged(record, JSON.stringify({ stamp, imports }));
	return { stamp, imports };
}

/** What a module was made from, and what it imports. */
interface Written {
	readonly stamp: string;
	readonly imports: readonly string[];
}

function parseRecord(text: string | undefined): Written | undefined {
	return text === undefined ? undefined : (JSON.parse(text) as Written);
}

/** A flat and legal file name for any specifier. */
function fileNameOf(specifier: string): string {
	return specifier.replace(/[^A-Za-z0-9._-]/g, (character) =>
		character === "/" ? "+" : `%${character.charCodeAt(0)}`,
	);
}

function relativeToRoot(path: string): string {
	const name = relative(root, path);
	return name.startsWith("..") || isAbsolute(name) ? path : name;
}

function exists(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(directory: string, entry: Dirent): boolean {
	if (!entry.isSymbolicLink()) return entry.isDirectory();
	return statSync(join(directory, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
