import * as esbuild from "esbuild";

/** Specifiers that a JavaScript module imports or re-exports, static and literal dynamic ones, each once, in order. */
export async function findImports(code: string): Promise<string[]> {
	const found = new Set<string>();
	await esbuild.build({
		stdin: { contents: code, loader: "js", sourcefile: "module.js" },
		bundle: true,
		format: "esm",
		write: false,
		logLevel: "silent",
		treeShaking: false,
		plugins: [
			{
				name: "imports",
				setup(build) {
					build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
						if (kind !== "import-statement" && kind !== "dynamic-import") return undefined;
						found.add(path);
						return { path, external: true };
					});
				},
			},
		],
	});
	return [...found];
}
