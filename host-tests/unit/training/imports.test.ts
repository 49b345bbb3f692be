import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../../tools/training/", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** What the training core may be made of: itself, parts of the firmware that are pure, and two libraries. */
const allowed = [
	...["tools/training/", "firmware/common/", "firmware/gateway/inference/", "firmware/wearable/"],
	...["node_modules/@tensorflow/", "node_modules/flatbuffers/"],
];

it("makes the training core of nothing that a browser's worker lacks", async () => {
	expect(files.length).toBeGreaterThan(80);
	// Types need no code, so that only what runs is looked at.
	const { metafile } = await build({
		entryPoints: files.map((name) => `${folder}${name}`),
		absWorkingDir: root,
		tsconfig: `${folder}tsconfig.json`,
		bundle: true,
		platform: "browser",
		format: "esm",
		outdir: "nowhere",
		write: false,
		metafile: true,
		logLevel: "error",
	});
	// A library may ask for what it then does without.
	const own = Object.entries(metafile.inputs).filter(([name]) => !/node_modules\/|^\(disabled\)/.test(name));
	expect(own.length).toBeGreaterThan(80);
	const others = own
		.flatMap(([name, { imports }]) => [name, ...imports.map(({ path }) => path)])
		.filter((name) => !allowed.some((place) => name.startsWith(place)));
	expect(others).toEqual([]);
});

it("draws no chance and no time but what it is given, and says nothing", () => {
	for (const name of files) {
		const source = readFileSync(`${folder}${name}`, "utf8");
		const found = /\b(?:Math\.random|Date\.now|new Date|performance\.now|setTimeout|console\.\w+|from "node:)/.exec(
			source,
		);
		expect([name, found?.[0]]).toEqual([name, undefined]);
	}
});
