/**
 * Builds the gateway's page into build/ui: every file gzipped as it is sent, and page.json, which tells the gateway
 * what to serve where. React stands for preact/compat here, so that the page fits the gateway's flash.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { writeChanged } from "../simulator/files";

const source = fileURLToPath(new URL("../../firmware/ui/", import.meta.url));
const output = fileURLToPath(new URL("../../build/ui/", import.meta.url));

const types = {
	html: "text/html; charset=utf-8",
	js: "text/javascript; charset=utf-8",
	css: "text/css; charset=utf-8",
	svg: "image/svg+xml",
} as const;

export interface PageFile {
	readonly path: string;
	/** Bytes as sent. */
	readonly gzipped: number;
}

/** Builds all files of the page; the same sources give the same bytes. */
export async function buildPage(): Promise<PageFile[]> {
	const script = await build({
		absWorkingDir: source,
		entryPoints: [join(source, "main.tsx")],
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		target: "es2022",
		jsx: "automatic",
		define: { "process.env.NODE_ENV": '"production"' },
		alias: {
			react: "preact/compat",
			"react-dom/client": "preact/compat/client",
			"react/jsx-runtime": "preact/jsx-runtime",
		},
		logLevel: "silent",
	});
	const style = await build({
		entryPoints: [join(source, "app.css")],
		minify: true,
		write: false,
		target: ["chrome123", "firefox120", "safari17.5"],
		logLevel: "silent",
	});
	const files: { path: string; name: string; type: string; bytes: Uint8Array }[] = [
		{ path: "/", name: "index.html", type: types.html, bytes: await readFile(join(source, "index.html")) },
		{ path: "/app.js", name: "app.js", type: types.js, bytes: script.outputFiles[0]!.contents },
		{ path: "/app.css", name: "app.css", type: types.css, bytes: style.outputFiles[0]!.contents },
		{ path: "/icon.svg", name: "icon.svg", type: types.svg, bytes: await readFile(join(source, "icon.svg")) },
	];
	await mkdir(output, { recursive: true });
	const index: Record<string, { file: string; type: string; etag: string }> = {};
	const sizes: PageFile[] = [];
	for (const { path, name, type, bytes } of files) {
		const file = `${name}.gz`;
		const gzipped = gzipSync(bytes, { level: 9 });
		const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
		writeChanged(join(output, file), gzipped);
		index[path] = { file, type, etag };
		sizes.push({ path, gzipped: gzipped.length });
	}
	writeChanged(join(output, "page.json"), JSON.stringify(index));
	return sizes;
}
