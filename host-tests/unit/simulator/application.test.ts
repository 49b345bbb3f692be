import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Application, buildApplication, SpecifierError } from "../../../tools/simulator/application";
import { lineStarts } from "../../../tools/simulator/sourcemap";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "application-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(files: Readonly<Record<string, string | object>>): void {
	for (const [name, contents] of Object.entries(files)) {
		const path = join(directory, name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, typeof contents === "string" ? contents : JSON.stringify(contents));
	}
}

async function build(): Promise<Application> {
	const path = await buildApplication(join(directory, "manifest.json"), { directory: join(directory, "apps") });
	return JSON.parse(readFileSync(path, "utf8")) as Application;
}

test("describes the app with absolute paths", async () => {
	write({
		"manifest.json": {
			build: { NAME: "thing", PARTITIONS_FILE: "./partitions.csv" },
			modules: { "*": "./main", "thing/part": "./part" },
			preload: "thing/part",
			data: { "*": "./model.tflite" },
			config: { answer: 42 },
			creation: { stack: 300 },
		},
		"partitions.csv": "log, data, 0x80, , 8K,",
		"model.tflite": "TFL3",
		"main.ts": 'import { part } from "thing/part";\nimport config from "mc/config";\nexport default [part, config];\n',
		"part.ts": "export const part: number = 1;\n",
	});
	const app = await build();
	expect(app).toMatchObject({
		name: "thing",
		manifest: join(directory, "manifest.json"),
		main: "main",
		preload: ["thing/part"],
		resources: { "model.tflite": join(directory, "model.tflite") },
		partitions: [{ name: "log", size: 8192 }],
		config: { answer: 42 },
		creation: { stack: 300 },
	});
	expect(Object.keys(app.modules).sort()).toEqual(["main", "thing/part"]);
	expect(readFileSync(app.modules["thing/part"]!, "utf8")).toMatch(/^export const part = 1;\n/m);
});

test("maps each module to its one source, a line to where it starts", async () => {
	write({
		"manifest.json": { modules: { "*": "./main" } },
		"main.ts":
			"interface Gone {}\nfunction f(a: Gone,\n\tb: Gone) {\n\treturn [\n\t\ta,\n\t\tb,\n\t];\n}\nexport { f };\n",
	});
	const { modules } = await build();
	const code = readFileSync(modules.main!, "utf8");
	expect(code).toMatch(/\/\/# sourceMappingURL=main\.js\.map\n$/);
	const map = JSON.parse(readFileSync(`${modules.main}.map`, "utf8"));
	expect(map.sources.map((source: string) => resolve(dirname(modules.main!), source))).toEqual([
		join(directory, "main.ts"),
	]);
	expect(map.sourcesContent).toBeUndefined();
	const lines = code.split("\n");
	const starts = lineStarts(map.mappings);
	expect(starts[lines.findIndex((line) => line.startsWith("function f"))]?.line).toBe(2);
	expect(starts[lines.findIndex((line) => line.includes("return ["))]?.line).toBe(4);
});

test("keeps class fields and drops what only TypeScript has", async () => {
	write({
		"manifest.json": { modules: { "*": ["./main", "./types"] } },
		"main.ts": 'import { Shape } from "types";\nexport class A { #a = 1; b?: Shape; get a() { return this.#a; } }\n',
		"types.ts": "export interface Shape { a: number }\n",
	});
	const { modules } = await build();
	const code = readFileSync(modules.main!, "utf8");
	expect(code).toContain("#a = 1;");
	expect(code).toMatch(/^\s*b;$/m);
	expect(code).not.toContain("types");
});

test("writes again only what has changed", async () => {
	write({
		"manifest.json": { modules: { "*": ["./main", "./other"] } },
		"main.ts": "export const a = 1;",
		"other.ts": "export const b = 1;",
	});
	const first = await build();
	const files = () => ["main", "other"].map((name) => statSync(first.modules[name]!).ino);
	const before = files();
	await build();
	expect(files()).toEqual(before);
	write({ "other.ts": "export const b = 2;" });
	expect((await build()).digest).not.toBe(first.digest);
	expect(files()[0]).toBe(before[0]);
	expect(files()[1]).not.toBe(before[1]);
	expect(readFileSync(first.modules.other!, "utf8")).toContain("b = 2");
});

test.each([
	["an import", 'import x from "nowhere";\nexport default x;'],
	["a re-export", 'export * from "nowhere";'],
	["a dynamic import", 'export const x = () => import("nowhere");'],
	["a bare import", 'import "nowhere";'],
	["a relative import", 'import "./nowhere";'],
])("names the manifest and the module of %s that nothing gives", async (_, text) => {
	write({ "manifest.json": { modules: { "lib/main": "./main" }, creation: { main: "lib/main" } }, "main.ts": text });
	for (let again = 0; again < 2; again++) {
		const error = await build().catch((error: unknown) => error);
		expect(error).toBeInstanceOf(SpecifierError);
		expect((error as SpecifierError).missing[0]?.specifier).toMatch(/^(lib\/)?nowhere$/);
		expect((error as SpecifierError).message).toContain(join(directory, "manifest.json"));
		expect((error as SpecifierError).message).toContain(join(directory, "main.ts"));
	}
});

test("needs a first module", async () => {
	write({ "manifest.json": {} });
	await expect(build()).rejects.toThrow(SpecifierError);
});

test("keeps two apps of one name apart", async () => {
	write({
		"one/manifest.json": { modules: { "*": "./main" } },
		"one/main.ts": "1;",
		"two/one/manifest.json": { modules: { "*": "./main" } },
		"two/one/main.ts": "2;",
	});
	const paths = await Promise.all(
		["one", "two/one"].map((name) =>
			buildApplication(join(directory, name, "manifest.json"), { directory: join(directory, "apps") }),
		),
	);
	expect(paths[0]).not.toBe(paths[1]);
});

test("tells what manifests warn of", async () => {
	write({ "manifest.json": { modules: { "*": "./main" }, warning: "old" }, "main.ts": "1;" });
	const told: string[] = [];
	const options = { directory: join(directory, "apps"), progress: (line: string) => told.push(line) };
	await buildApplication(join(directory, "manifest.json"), options);
	expect(told).toEqual([`${join(directory, "manifest.json")}: old`]);
});
