/**
 * Checks that an app's manifest suits the Moddable SDK's build for a board, without the SDK: the simulator's reader of
 * manifests reads it for the board's platform, with sdk.json for what the SDK has. `npm test` runs it, so that what only
 * somebody with the SDK would notice is noticed by all.
 */
import { basename, dirname, join } from "node:path";
import * as esbuild from "esbuild";
import { disk } from "../simulator/application";
import { findImports } from "../simulator/imports";
import { type Files, type Manifest, readManifest } from "../simulator/manifest";
import { root } from "../simulator/paths";
import sdk from "./sdk.json";

export interface Board {
	readonly platform: "esp32" | "esp";
	/** The target's folder. */
	readonly target: string;
}

export const boards = {
	gateway: { platform: "esp32", target: join(root, "firmware/targets/heltec_wireless_stick") },
	wearable: { platform: "esp", target: join(root, "firmware/targets/nodemcu") },
} as const satisfies Readonly<Record<string, Board>>;

/** Where the SDK would be; nothing is there. */
const moddable = "/moddable";

/** What the SDK's base manifest calls its folders. */
const variables = { BUILD: "$(MODDABLE)/build", MODULES: "$(MODDABLE)/modules" };

interface SDKPart {
	/** Specifier → file. */
	readonly modules: Readonly<Record<string, string | undefined>>;
	readonly natives: readonly string[];
}

/** The SDK as sdk.json tells it: manifests that name their modules, and files with nothing in them. */
function describeSDK({ platform }: Board, under: Files): Files {
	const parts: Readonly<Record<string, SDKPart>> = sdk.parts[platform];
	const paths = new Set([...Object.keys(parts), ...sdk.files]);
	for (const { modules, natives } of Object.values(parts))
		for (const file of [...Object.values(modules), ...natives]) if (file !== undefined) paths.add(file);
	return {
		read(path) {
			if (!path.startsWith(`${moddable}/`)) return under.read(path);
			const name = path.slice(moddable.length + 1);
			const part = parts[name];
			if (part === undefined) return paths.has(name) ? "" : undefined;
			const modules: Record<string, string | string[]> = {};
			for (const [specifier, file] of Object.entries(part.modules)) modules[specifier] = `$(MODDABLE)/${file}`;
			if (part.natives.length > 0) modules["*"] = part.natives.map((file) => `$(MODDABLE)/${file}`);
			if (name === "modules/io/manifest.json")
				modules["embedded:provider/builtin"] = "$(SUBPLATFORMDIRECTORY)/host/provider";
			if (name !== "examples/manifest_base.json") return JSON.stringify({ modules });
			return JSON.stringify({ build: variables, include: "$(SUBPLATFORMMANIFEST)", modules });
		},
		list(directory) {
			if (directory !== moddable && !directory.startsWith(`${moddable}/`)) return under.list(directory);
			const names = new Set<string>();
			const from = `${directory.slice(moddable.length + 1)}/`.replace(/^\/$/, "");
			for (const path of paths) if (path.startsWith(from)) names.add(path.slice(from.length).replace(/\/.*/, "/"));
			return names.size > 0 ? [...names].sort() : undefined;
		},
	};
}

/** Reads an app's manifest for a board. Throws `ManifestError` as the simulator's reader does. */
export function readForBoard(manifest: string, board: Board, files: Files = disk): Manifest {
	const subplatform = basename(board.target);
	return readManifest(manifest, {
		files: describeSDK(board, files),
		sdk: moddable,
		platforms: [`${board.platform}/${subplatform}`, `${board.platform}/*`, board.platform],
		variables: {
			SUBPLATFORM: subplatform,
			SUBPLATFORMDIRECTORY: board.target,
			SUBPLATFORMMANIFEST: `${board.target}/manifest.json`,
		},
	});
}

/** What the SDK's build would stumble over, or leave in the wrong memory, a line each. Throws `ManifestError` as well. */
export async function checkForBoard(manifest: string, board: Board, files: Files = disk): Promise<string[]> {
	const read = readForBoard(manifest, board, files);
	const problems: string[] = [];
	const preloaded = new Set(read.preload);
	const isOwn = (path: string) => !path.startsWith(`${moddable}/`);
	for (const [specifier, source] of read.modules) {
		if (!isOwn(source) || source.endsWith(".json")) continue;
		const text = files.read(source)!;
		// As the SDK's compiler of TypeScript does: an import that is not of types alone stays.
		const { code } = await esbuild.transform(text, {
			loader: "ts",
			tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
		});
		for (const imported of await findImports(code)) {
			const given = imported.startsWith(".") ? join(dirname(specifier), imported) : imported;
			if (given !== "mc/config" && !read.modules.has(given))
				problems.push(`${specifier} imports "${given}", which neither a manifest nor the SDK gives`);
		}
		if (specifier === read.main || specifier === "embedded:provider/builtin") continue;
		if (!preloaded.has(specifier)) problems.push(`${specifier} is not preloaded: it would take memory, not flash`);
		// The linker keeps of RegExp whatever goes by a name that occurs: tens of kilobytes, also for a method of one's own.
		for (const name of new Set(code.match(/(?<=\.|^\s+)(?:exec|match|matchAll|search|test)(?=\()/gm)))
			problems.push(`${specifier}: the name "${name}" keeps the engine of regular expressions in flash; use another`);
		for (const name of generatorsOf(code))
			if (!code.includes(`Object.freeze(${name}.prototype)`))
				problems.push(`${specifier}: "Object.freeze(${name}.prototype)" is missing: the SDK's linker warns of it`);
	}
	const objects = new Map<string, string>();
	for (const path of read.natives) {
		const name = basename(path).toLowerCase();
		const before = objects.get(name);
		if (before !== undefined) problems.push(`${path} and ${before}: the SDK compiles both to one file`);
		objects.set(name, path);
	}
	return problems;
}

/** `f` of `function* f`, `C.prototype.m` of `*m` in class C: generators at a module's top level, which have prototypes. */
function generatorsOf(code: string): string[] {
	const names: string[] = [];
	let type = "";
	for (const line of code.split("\n")) {
		type = /^(?:export default |export )?class (\w+)/.exec(line)?.[1] ?? type;
		const declared = /^(?:export )?(?:async )?function\* ?(\w+)/.exec(line)?.[1];
		const method = /^ {2}(static )?\*(\w+)\(/.exec(line);
		if (declared !== undefined) names.push(declared);
		else if (method) names.push(`${type}.${method[1] ? "" : "prototype."}${method[2]}`);
	}
	return names;
}
