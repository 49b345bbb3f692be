import { describe, expect, test } from "vitest";
import { type Files, ManifestError, type ManifestFault, readManifest } from "../../../tools/simulator/manifest";
import { isOpen } from "../../../tools/simulator/partitions";

/** Files by absolute path; a manifest may be given as an object. */
function memory(contents: Readonly<Record<string, string | object>>): Files {
	const paths = Object.keys(contents);
	return {
		read(path) {
			const found = contents[path];
			return typeof found === "object" ? JSON.stringify(found) : found;
		},
		list(directory) {
			const names = new Set(
				paths
					.filter((path) => path.startsWith(`${directory}/`))
					.map((path) => path.slice(directory.length + 1).replace(/\/.*/, "/")),
			);
			return names.size > 0 ? [...names].sort() : undefined;
		},
	};
}

function read(contents: Readonly<Record<string, string | object>>, variables?: Readonly<Record<string, string>>) {
	return readManifest("/app/manifest.json", { files: memory(contents), sdk: "/sdk", variables });
}

function faultOf(
	contents: Readonly<Record<string, string | object>>,
	variables?: Readonly<Record<string, string>>,
): ManifestError {
	try {
		read(contents, variables);
	} catch (error) {
		if (error instanceof ManifestError) return error;
		throw error;
	}
	throw new Error("the manifest was accepted");
}

const main = { "/app/main.ts": "" };

describe("modules", () => {
	const sources = { ...main, "/app/lib/a.ts": "", "/app/lib/b.js": "", "/app/lib/c.mjs": "", "/app/lib/readme.md": "" };
	test.each([
		["a name without an extension", { "*": "./main" }, { main: "/app/main.ts" }],
		["an array", { "*": ["./main", "./lib/b"] }, { main: "/app/main.ts", b: "/app/lib/b.js" }],
		["a wildcard", { "*": "./lib/*" }, { a: "/app/lib/a.ts", b: "/app/lib/b.js", c: "/app/lib/c.mjs" }],
		["a part of a name", { "*": "./lib/*b" }, { "": "/app/lib/b.js" }],
		["a specifier", { "lib/first": "./lib/a" }, { "lib/first": "/app/lib/a.ts" }],
		[
			"a specifier with a wildcard",
			{ "lib/*": "./lib/*" },
			{ "lib/a": "/app/lib/a.ts", "lib/b": "/app/lib/b.js", "lib/c": "/app/lib/c.mjs" },
		],
		["a specifier's wildcard for one file", { "x/*": "./lib/a" }, { "x/a": "/app/lib/a.ts" }],
		["a name with its extension", { "*": "./lib/a.ts" }, { a: "/app/lib/a.ts" }],
		["a path upwards", { "*": "./lib/../main" }, { main: "/app/main.ts" }],
		["one file twice", { "*": ["./main", "./main"] }, { main: "/app/main.ts" }],
	])("by %s", (_, modules, expected) => {
		const manifest = read({ "/app/manifest.json": { modules }, ...sources });
		expect(Object.fromEntries(manifest.modules)).toEqual(expected);
	});

	test("leave out what ~ names, wherever it stands", () => {
		const manifest = read({
			"/app/manifest.json": { include: "./lib/manifest.json", modules: { "*": "./main", "~": "./lib/b" } },
			"/app/lib/manifest.json": { modules: { "*": "./*" } },
			...sources,
		});
		expect([...manifest.modules.keys()].sort()).toEqual(["a", "c", "main", "manifest"]);
	});

	test("leave declarations out", () => {
		const manifest = read({
			"/app/manifest.json": { modules: { "*": "./lib/*" } },
			"/app/lib/x.d.ts": "",
			"/app/lib/x.js": "",
		});
		expect([...manifest.modules.entries()]).toEqual([["x", "/app/lib/x.js"]]);
	});

	test("give C sources and the directories of headers apart", () => {
		const manifest = read({
			"/app/manifest.json": { modules: { "*": ["./main", "./c/*", "./include/*"] } },
			...main,
			"/app/c/core.c": "",
			"/app/c/binding.c": "",
			"/app/include/core.h": "",
		});
		expect(manifest.natives).toEqual(["/app/c/binding.c", "/app/c/core.c"]);
		expect(manifest.includes).toEqual(["/app/include"]);
		expect([...manifest.modules.keys()]).toEqual(["main"]);
	});

	test.each<[string, object, ManifestFault, RegExp]>([
		["that are not there", { "*": "./absent" }, "absent", /no file matches ".\/absent"/],
		["in a directory that is not there", { "*": "./nowhere/*" }, "absent", /nowhere/],
		["with two sources", { one: ["./lib/a", "./lib/b"] }, "specifier", /"one".*lib\/b\.js.*lib\/a\.ts/],
		["in C++", { "*": "./lib/d" }, "property", /d\.cc/],
		["that are numbers", { "*": 3 }, "syntax", /modules\.\* must be a string/],
	])("are refused %s", (_, modules, fault, message) => {
		const error = faultOf({ "/app/manifest.json": { modules }, ...sources, "/app/lib/d.cc": "" });
		expect(error.fault).toBe(fault);
		expect(error.message).toMatch(message);
		expect(error.manifest).toBe("/app/manifest.json");
	});
});

describe("include", () => {
	test("is combined before what includes it, each manifest once", () => {
		const manifest = read({
			"/app/manifest.json": { include: ["./a.json", "./b.json"], config: { from: "app", app: 1 } },
			"/app/a.json": { include: "./c.json", config: { from: "a", a: 1 } },
			"/app/b.json": { include: "./c.json", config: { from: "b", b: 1 } },
			"/app/c.json": { include: "./a.json", config: { from: "c", c: 1 } },
		});
		expect(manifest.config).toEqual({ from: "app", app: 1, a: 1, b: 1, c: 1 });
		expect(manifest.manifests).toEqual(["/app/manifest.json", "/app/a.json", "/app/c.json", "/app/b.json"]);
	});

	test("resolves paths against the manifest that holds them", () => {
		const manifest = read({
			"/app/manifest.json": { include: "../shared/x/manifest.json" },
			"/shared/x/manifest.json": { modules: { "*": "./x" } },
			"/shared/x/x.ts": "",
		});
		expect(manifest.modules.get("x")).toBe("/shared/x/x.ts");
	});

	test("of a part of the SDK that is lacking names it and what there is", () => {
		const error = faultOf({
			"/app/manifest.json": { include: "$(MODDABLE)/modules/piu/manifest.json" },
			"/sdk/examples/manifest_base.json": {},
			"/sdk/modules/io/manifest.json": {},
			"/sdk/modules/io/io.ts": "",
		});
		expect(error.fault).toBe("include");
		expect(error.message).toContain("$(MODDABLE)/modules/piu/manifest.json");
		expect(error.message).toMatch(
			/\$\(MODDABLE\)\/examples\/manifest_base\.json\n.*\$\(MODDABLE\)\/modules\/io\/manifest\.json$/,
		);
	});

	test.each<[string, Record<string, string | object>, ManifestFault]>([
		["that is not there", { "/app/manifest.json": { include: "./other.json" } }, "absent"],
		["from git", { "/app/manifest.json": { include: { git: "https://example.com/x.git" } } }, "syntax"],
		["that is not JSON", { "/app/manifest.json": { include: "./other.json" }, "/app/other.json": "{" }, "syntax"],
		["that is an array", { "/app/manifest.json": { include: "./other.json" }, "/app/other.json": "[]" }, "syntax"],
	])("is refused %s", (_, contents, fault) => {
		expect(faultOf(contents).fault).toBe(fault);
	});

	test("of nothing: the manifest itself is absent", () => {
		expect(faultOf({}).fault).toBe("absent");
	});
});

describe("build variables", () => {
	test("stand for text in paths, through one another", () => {
		const manifest = read({
			"/app/manifest.json": {
				include: "$(MODDABLE)/base.json",
				modules: { "*": "./main", x: "$(MODULES)/x/$(PLATFORM)/x" },
			},
			"/sdk/base.json": { build: { BUILD: "$(MODDABLE)/build", MODULES: "$(MODDABLE)/modules" } },
			"/sdk/modules/x/sim/x.js": "",
			...main,
		});
		expect(manifest.modules.get("x")).toBe("/sdk/modules/x/sim/x.js");
	});

	test("are relative to the manifest that gives them", () => {
		const manifest = read({
			"/app/manifest.json": { include: "./lib/manifest.json", modules: { "*": "$(LIB)/a" } },
			"/app/lib/manifest.json": { build: { LIB: "./src" } },
			"/app/lib/src/a.ts": "",
		});
		expect(manifest.modules.get("a")).toBe("/app/lib/src/a.ts");
	});

	test("with ?= are defaults for the environment", () => {
		const contents = {
			"/app/manifest.json": { build: { "WHERE ?=": "./here" }, modules: { "*": "$(WHERE)/a" } },
			"/app/here/a.ts": "",
			"/app/there/a.ts": "",
		};
		expect(read(contents).modules.get("a")).toBe("/app/here/a.ts");
		expect(read(contents, { WHERE: "/app/there" }).modules.get("a")).toBe("/app/there/a.ts");
	});

	test("name the app, else its directory does", () => {
		expect(read({ "/app/manifest.json": { build: { NAME: "gateway" } } }).name).toBe("gateway");
		expect(read({ "/app/manifest.json": {} }).name).toBe("app");
	});

	test.each([
		["unknown", { modules: { "*": "$(NOWHERE)/a" } }, /\$\(NOWHERE\) has no value/],
		["defined by themselves", { build: { A: "$(B)", B: "$(A)" }, modules: { "*": "$(A)" } }, /stands for itself/],
		["with two values", { build: { PLATFORM: "lin" } }, /\$\(PLATFORM\) is "lin" here and "sim"/],
	])("are refused when %s", (_, manifest, message) => {
		const error = faultOf({ "/app/manifest.json": manifest });
		expect(error.fault).toBe("variable");
		expect(error.message).toMatch(message);
	});
});

describe("platforms", () => {
	test("take the key sim and no other", () => {
		const manifest = read({
			"/app/manifest.json": {
				config: { a: 1, b: 1 },
				platforms: {
					esp32: { config: { a: 2 } },
					sim: { config: { b: 3 }, include: "./sim.json", build: { EXTRA: "./extra" }, modules: { "*": "$(EXTRA)/x" } },
					"...": { error: "not here" },
				},
			},
			"/app/sim.json": { config: { b: 4, c: 5 } },
			"/app/extra/x.ts": "",
		});
		expect(manifest.config).toEqual({ a: 1, b: 3, c: 5 });
		expect(manifest.modules.get("x")).toBe("/app/extra/x.ts");
	});

	test("fall back on ...", () => {
		const manifest = read({
			"/app/manifest.json": {
				platforms: { esp: { error: "no" }, "...": { config: { fallback: true }, warning: "old" } },
			},
		});
		expect(manifest.config).toEqual({ fallback: true });
		expect(manifest.warnings).toEqual(["/app/manifest.json: old"]);
	});

	test("say that they are not for it", () => {
		const error = faultOf({ "/app/manifest.json": { platforms: { esp32: {}, "...": { error: "needs a radio" } } } });
		expect(error.fault).toBe("platform");
		expect(error.message).toContain("needs a radio");
	});

	test("of other boards change nothing", () => {
		expect(
			read({ "/app/manifest.json": { platforms: { "esp32/*": { include: "./absent.json" } } } }).manifests,
		).toHaveLength(1);
	});
});

describe("unknown properties", () => {
	test.each([
		["at the top", { module: {} }, '"module"'],
		["of the platform", { platforms: { sim: { preloads: [] } } }, '"preloads"'],
		["of another platform", { platforms: { esp32: { preloads: [] } } }, '"preloads"'],
		["of creation", { creation: { chunks: {} } }, "creation.chunks"],
		["of a part of creation", { creation: { heap: { maximum: 1 } } }, "creation.heap.maximum"],
	])("are refused by name %s", (_, manifest, name) => {
		const error = faultOf({ "/app/manifest.json": manifest });
		expect(error.fault).toBe("property");
		expect(error.message).toContain(name);
	});

	test("is not what a board alone uses", () => {
		const manifest = { strip: "*", recipes: {}, bundle: {}, dependency: [], defines: { ota: { autosplit: 1 } } };
		expect(read({ "/app/manifest.json": manifest })).toEqual(read({ "/app/manifest.json": {} }));
	});
});

describe("preload", () => {
	const contents = (preload: unknown) => ({
		"/app/manifest.json": { modules: { "*": "./main", "js/*": "./js/*", "ts/*": "./ts/*" }, preload },
		...main,
		"/app/js/a.js": "",
		"/app/js/b.js": "",
		"/app/ts/a.ts": "",
	});

	test.each([
		["a name", "main", ["main"]],
		["names, each once, in their order", ["ts/a", "main", "ts/a"], ["ts/a", "main"]],
		["a wildcard", ["js/*"], ["js/a", "js/b"]],
	])("by %s", (_, preload, expected) => {
		expect(read(contents(preload)).preload).toEqual(expected);
	});

	test.each([
		["a specifier that nothing gives", "absent", /preloads "absent"/],
		["a wildcard that the SDK would not match with TypeScript", "ts/*", /"ts\/a": list it by name/],
	])("is refused for %s", (_, preload, message) => {
		const error = faultOf(contents(preload));
		expect(error.fault).toBe("specifier");
		expect(error.message).toMatch(message);
	});
});

describe("creation", () => {
	test("is merged size by size", () => {
		const { creation } = read({
			"/app/manifest.json": {
				include: "./base.json",
				creation: { static: 65536, keys: { initial: 64 }, nativeStack: 16384 },
			},
			"/app/base.json": { creation: { static: 0, stack: 384, keys: { initial: 32, incremental: 32 }, main: "main" } },
		});
		expect(creation).toEqual({
			static: 65536,
			chunk: { initial: 1536, incremental: 512 },
			heap: { initial: 512, incremental: 64 },
			stack: 384,
			keys: { initial: 64, incremental: 32, name: 53, symbol: 3 },
			parser: { buffer: 1024, table: 17 },
		});
	});

	test("names the first module", () => {
		expect(read({ "/app/manifest.json": { creation: { main: "boot" } } }).main).toBe("boot");
		expect(read({ "/app/manifest.json": {} }).main).toBe("main");
	});

	test("takes keys.available for a number of keys that does not grow", () => {
		const { creation } = read({ "/app/manifest.json": { creation: { keys: { available: 100 } } } });
		expect(creation.keys).toMatchObject({ initial: 100, incremental: 0 });
	});

	test("keeps one reader's sizes out of the next one's", () => {
		read({ "/app/manifest.json": { creation: { chunk: { initial: 7 } } } });
		expect(read({ "/app/manifest.json": {} }).creation.chunk.initial).toBe(1536);
	});

	test.each([-1, 1.5, "8192", null, true])("refuses %j as a size", (stack) => {
		expect(faultOf({ "/app/manifest.json": { creation: { stack } } }).fault).toBe("syntax");
	});
});

describe("resources", () => {
	test("are resources and data, by base name", () => {
		const manifest = read({
			"/app/manifest.json": { resources: { "*": "./pictures/logo" }, data: { "*": ["./web/*", "./model.tflite"] } },
			"/app/pictures/logo.png": "",
			"/app/web/index.html.gz": "",
			"/app/web/page.json": "",
			"/app/model.tflite": "",
		});
		expect(Object.fromEntries(manifest.resources)).toEqual({
			"logo.png": "/app/pictures/logo.png",
			"index.html.gz": "/app/web/index.html.gz",
			"page.json": "/app/web/page.json",
			"model.tflite": "/app/model.tflite",
		});
	});

	test("of one base name are refused", () => {
		const error = faultOf({
			"/app/manifest.json": { data: { "*": ["./a/*", "./b/*"] } },
			"/app/a/x": "",
			"/app/b/x": "",
		});
		expect(error.fault).toBe("specifier");
	});
});

describe("typescript", () => {
	const target = (target: unknown) => ({
		"/app/manifest.json": { typescript: { compiler: "tsc", tsconfig: { compilerOptions: { target } } } },
	});

	test.each(["es2022", "ES2022", "es2020"])("may aim at %s", (name) => {
		expect(read(target(name)).modules.size).toBe(0);
	});

	test.each(["es2023", "es2025", "esnext"])("may not aim at %s", (name) => {
		expect(faultOf(target(name)).fault).toBe("target");
	});

	test("says whether imports of types are kept", () => {
		const contents = (value: boolean) => ({
			"/app/manifest.json": { typescript: { tsconfig: { compilerOptions: { verbatimModuleSyntax: value } } } },
		});
		expect(read(contents(true)).verbatimModuleSyntax).toBe(true);
		expect(read(contents(false)).verbatimModuleSyntax).toBe(false);
	});
});

describe("partitions", () => {
	const table = (text: string) => ({
		"/app/manifest.json": { include: "./board/manifest.json" },
		"/app/board/manifest.json": { platforms: { sim: { build: { PARTITIONS_FILE: "./partitions.csv" } } } },
		"/app/board/partitions.csv": text,
	});

	test("are all of the table; an app opens those for its data", () => {
		const manifest = read(
			table(
				[
					"# Name,   Type, SubType, Offset,  Size, Flags",
					"nvs,      data, nvs,     0x9000,  0x6000,",
					"phy_init, data, phy,     0xf000,  0x1000,",
					"factory,  app,  factory, 0x10000, 3M,",
					"log,      data, 0x80,    ,        256K,",
					"",
					"models,   1,    0x41,    ,        0x20000, encrypted",
				].join("\r\n"),
			),
		);
		expect(manifest.partitions.map(({ name, type, size }) => `${name} ${type} ${size}`)).toEqual([
			"nvs data 24576",
			"phy_init data 4096",
			"factory app 3145728",
			"log data 262144",
			"models data 131072",
		]);
		expect(manifest.partitions.filter(isOpen).map(({ name }) => name)).toEqual(["log", "models"]);
	});

	test.each([
		["a size that is none", "log, data, 0x80, , many,", /line 1: "many"/],
		["fields that are missing", "# x\nlog, data", /line 2: expected/],
		["half a block", "log, data, 0x80, , 6K,", /line 1: 6144 bytes/],
		["no block", "log, data, 0x80, , 0,", /line 1: 0 bytes/],
		["two of a name", "log, data, 0x80, , 4K,\nlog, data, 0x81, , 4K,", /line 2: "log" is there twice/],
		["a long name", "sixteen_letters_, data, 0x80, , 4K,", /line 1.*15/],
	])("are refused with %s", (_, text, message) => {
		const error = faultOf(table(text));
		expect(error.fault).toBe("syntax");
		expect(error.message).toMatch(message);
		expect(error.manifest).toBe("/app/board/partitions.csv");
	});

	test("whose file is not there are refused", () => {
		expect(faultOf({ "/app/manifest.json": { build: { PARTITIONS_FILE: "./absent.csv" } } }).fault).toBe("absent");
	});
});

test("names from a file never reach a prototype", () => {
	const text = '{ "config": { "__proto__": { "polluted": true } } }';
	const manifest = read({ "/app/manifest.json": text });
	expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
	expect(Object.keys(manifest.config)).toEqual(["__proto__"]);
});
