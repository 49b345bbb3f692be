/** Makes of a unit test an app that runs it inside XS, or says why it runs in Node only. */
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import * as esbuild from "esbuild";
import { filesBelow, writeChanged } from "../../../tools/simulator/files";
import { output, root } from "../../../tools/simulator/paths";
import type { SourceMap } from "../../../tools/simulator/sourcemap";
import { instrumentation } from "../../instrumentation/instrument";

const here = join(root, "host-tests/simulator/xs");
const directory = join(output, "tests");

export interface BundledTest {
	/** Path from the checkout's root. */
	readonly file: string;
	readonly manifest: string;
	/** From the bundle's lines to the sources'. */
	readonly map: SourceMap;
}

export interface LeftOut {
	readonly file: string;
	readonly reason: string;
}

/** Code that is meant for XS; a test of other code has nothing to show there. */
const CODE = ["firmware/", "native/", "tools/simulator/supervisor/"];

/** Globals of Node that a test may use and XS lacks. Code that is meant for XS may not: there its use is a failure. */
const NODE_GLOBALS = [
	"URL",
	"__dirname",
	"clearTimeout",
	"crypto",
	"fetch",
	"performance",
	"process",
	"setImmediate",
	"setInterval",
	"setTimeout",
	"structuredClone",
];

/** Those of them that node.ts has for tests. */
const GIVEN_GLOBALS = ["Buffer", "TextDecoder", "TextEncoder"];

/** The npm packages that tests inside XS may bring. */
const PACKAGES = /^(@vitest\/|chai$|tinyrainbow$|@standard-schema\/)/;

/** Test files, each as a bundle or with the reason why it is none; by default all unit tests. */
export async function bundleTests(
	paths = filesBelow(join(root, "host-tests/unit")).filter((path) => path.endsWith(".test.ts")),
): Promise<{ tests: BundledTest[]; leftOut: LeftOut[] }> {
	mkdirSync(directory, { recursive: true });
	await bundleVitest();
	const tests: BundledTest[] = [];
	const leftOut: LeftOut[] = [];
	for (const path of paths) {
		const bundled = await bundleTest(path);
		if ("map" in bundled) tests.push(bundled);
		else leftOut.push(bundled);
	}
	return { tests, leftOut };
}

/** The runner and `expect`, once for all tests. */
async function bundleVitest(): Promise<void> {
	const result = await esbuild.build({
		entryPoints: [join(here, "vitest.ts")],
		outfile: join(directory, "vitest.js"),
		bundle: true,
		write: false,
		format: "esm",
		target: "es2022",
		charset: "utf8",
		// chai and vitest's matchers find these at load time; a device has none of them.
		inject: [join(here, "globals.ts")],
		logLevel: "silent",
	});
	for (const { path, text } of result.outputFiles) writeChanged(path, text);
}

async function bundleTest(path: string): Promise<BundledTest | LeftOut> {
	const file = relative(root, path);
	const app = join(
		directory,
		file
			.slice("host-tests/unit/".length)
			.replace(/\.test\.ts$/, "")
			.replaceAll("/", "+"),
	);
	if (file.endsWith("-node.test.ts")) return { file, reason: "is for Node by its name" };
	const reasons: string[] = [];
	let result: esbuild.BuildResult<{ write: false; metafile: true }>;
	try {
		result = await esbuild.build({
			absWorkingDir: root,
			stdin: {
				contents: `import ${JSON.stringify(path)};\nimport { runTests } from "vitest";\nawait runTests();\n`,
				resolveDir: root,
				sourcefile: "run.js",
			},
			outfile: join(app, "main.js"),
			bundle: true,
			write: false,
			metafile: true,
			format: "esm",
			target: "es2022",
			charset: "utf8",
			sourcemap: "external",
			sourcesContent: false,
			external: ["vitest"],
			tsconfig: join(root, "tools/tsconfig.json"),
			logLevel: "silent",
			plugins: [nodeOnly(reasons), instrumentation()],
		});
	} catch (error) {
		if (reasons.length > 0) return { file, reason: reasons[0]! };
		throw error;
	}
	if (!Object.keys(result.metafile.inputs).some((input) => CODE.some((start) => input.startsWith(start))))
		return { file, reason: "tests code that never runs in XS" };

	mkdirSync(app, { recursive: true });
	for (const { path, text } of result.outputFiles) writeChanged(path, text);
	const manifest = join(app, "manifest.json");
	writeChanged(manifest, JSON.stringify(MANIFEST));
	const map = result.outputFiles.find(({ path }) => path.endsWith(".map"))!;
	return { file, manifest, map: JSON.parse(map.text) as SourceMap };
}

/** Without a limit that matters: chai alone takes 2 MB. */
const MANIFEST = {
	include: "$(MODDABLE)/modules/crypt/digest/manifest.json",
	modules: { "*": ["./main", "../vitest"] },
	creation: {
		static: 0,
		chunk: { initial: 4_194_304, incremental: 1_048_576 },
		heap: { initial: 131_072, incremental: 32_768 },
		stack: 8192,
		keys: { initial: 4096, incremental: 1024, name: 1993, symbol: 127 },
		parser: { buffer: 65_536, table: 1993 },
	},
};

/** Refuses what only Node gives, and tells where. */
function nodeOnly(reasons: string[]): esbuild.Plugin {
	return {
		name: "node-only",
		setup(build) {
			const refuse = (reason: string) => {
				reasons.push(reason);
				return { errors: [{ text: reason }] };
			};
			build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
				if (path === "node:crypto") return { path: join(here, "node-crypto.ts") };
				if (path === "crypt") return { path, external: true };
				if (path.startsWith("node:")) return refuse(`${relative(root, importer)} imports ${path}`);
				const alias = /^(common|drivers|gateway|wearable)\/|^engine$|^vitest$/.test(path);
				if (alias || PACKAGES.test(path) || importer.includes("/node_modules/")) return undefined;
				return refuse(`${relative(root, importer)} imports ${path}`);
			});
			build.onLoad({ filter: /\/(host-tests|tools)\/.*\.ts$/ }, async ({ path }) => {
				if (CODE.some((start) => relative(root, path).startsWith(start))) return undefined;
				const text = await readFile(path, "utf8");
				const names = [...NODE_GLOBALS, ...GIVEN_GLOBALS];
				const define = Object.fromEntries(names.map((name) => [name, `$node$${name}`]));
				const marked = await esbuild.transform(text, { loader: "ts", define });
				const used = new Set(Array.from(marked.code.matchAll(/\$node\$(\w+)/g), ([, name]) => name!));
				const refused = NODE_GLOBALS.find((name) => used.has(name));
				if (refused) return refuse(`${relative(root, path)} uses ${refused}`);
				if (marked.code.includes("import.meta")) return refuse(`${relative(root, path)} uses import.meta`);
				if (used.size === 0 || path.startsWith(here)) return undefined;
				// On the first line, so that all lines stay where they are.
				const given = `import { ${[...used].join(", ")} } from ${JSON.stringify(join(here, "node.ts"))}; `;
				return { contents: given + text, loader: "ts" };
			});
		},
	};
}

/** Where the bundle of a test is, as XS's stacks name it. */
export function bundleOf(test: BundledTest): string {
	return join(dirname(test.manifest), "main.js");
}
