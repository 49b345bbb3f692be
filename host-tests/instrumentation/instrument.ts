/** Counts what tests reach: istanbul's counters in TypeScript as it is written, so that Node's and XS's runs agree. */
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Plugin } from "esbuild";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { root } from "../../tools/simulator/paths";

/** What is counted. The page is tested in a browser, and the commands by running them. */
const COUNTED = /^(firmware|native|tools)\/.*\.ts$/;
const NOT_COUNTED = /^firmware\/ui\/|^tools\/(cli|page)\/|\.d\.ts$/;

export function isCounted(path: string): boolean {
	const name = relative(root, path);
	return COUNTED.test(name) && !NOT_COUNTED.test(name);
}

/** TypeScript with counters in `globalThis.__coverage__`, still TypeScript; and the counters as they are at first. */
export function instrument(text: string, path: string): { code: string; coverage: FileCoverageData } {
	const instrumenter = createInstrumenter({
		esModules: true,
		compact: false,
		coverageVariable: "__coverage__",
		coverageGlobalScope: "globalThis",
		coverageGlobalScopeFunc: false,
		parserPlugins: ["typescript", "classProperties", "classPrivateProperties", "classPrivateMethods", "topLevelAwait"],
	});
	const code = instrumenter.instrumentSync(text, path);
	return { code, coverage: instrumenter.lastFileCoverage() };
}

/** For esbuild: instruments when COVERAGE names the directory that the counts are written to. */
export function instrumentation(): Plugin {
	return {
		name: "coverage",
		setup(build) {
			if (!process.env.COVERAGE) return;
			build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
				if (!isCounted(path)) return undefined;
				return { contents: instrument(await readFile(path, "utf8"), path).code, loader: "ts" };
			});
		},
	};
}
