/**
 * Every C source of the two firmwares, compiled without a warning: for the computer, for x86 in 32 bits and for the
 * ESP8266 by Debian's compiler, each with the declarations of its board's SDK alone (boards/README.md).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { boards, readForBoard } from "../../tools/firmware-build/check";
import { compiles32Bit } from "../../tools/simulator/build";
import { filesBelow } from "../../tools/simulator/files";
import { writeIdentifiers } from "../../tools/simulator/natives";
import { root } from "../../tools/simulator/paths";
import { fetchXS } from "../../tools/simulator/xs";
import { hasProgram } from "../optional";
import { nativeDirectory } from "./build";

const prefix = "xtensa-lx106-elf-";
/** Where Debian has its C library. */
const picolibc = "/usr/lib/xtensa-lx106-elf";
const manifests = { gateway: "manifest.json", wearable: "firmware/wearable/manifest.json" } as const;
const apps = ["gateway", "wearable"] as const;
type App = (typeof apps)[number];

const folder = join(nativeDirectory, "boards");
const headers = fileURLToPath(new URL("boards", import.meta.url));

/** As a board's build defines them. */
const defines: Readonly<Record<App, readonly string[]>> = {
	gateway: ["-DESP32=1", "-isystem", join(headers, "esp32")],
	wearable: ["-isystem", join(headers, "esp"), "-include", "board.h"],
};

const sources = Object.fromEntries(
	apps.map((app) => [
		app,
		readForBoard(join(root, manifests[app]), boards[app]).natives.filter(
			// The store's is the SDK's own source under another name.
			(path) => path.startsWith(`${root}/`) && path.endsWith(".c") && basename(path) !== "key_value.c",
		),
	]),
) as Record<App, string[]>;

// What a board is built with by choice only, as TensorFlow Lite Micro is.
const known = new Set([...sources.gateway, ...sources.wearable]);
for (const path of filesBelow(join(root, "native")))
	if (path.endsWith(".c") && !known.has(path) && !/_sim\.c$|\/run\//.test(path)) sources.gateway.push(path);

let xs: string;

beforeAll(async () => {
	xs = join(await fetchXS({ directory: join(root, "build/xs") }), "moddable/xs");
	mkdirSync(folder, { recursive: true });
	const texts = apps.flatMap((app) => sources[app].map((path) => ({ path, text: readFileSync(path, "utf8") })));
	writeFileSync(join(folder, "mc.xs.h"), writeIdentifiers(texts));
});

/** Compiles an app's sources; gives the bytes of code and constants of each, as its size program counts them. */
function compile(app: App, { name, compiler, size, flags }: Target): Map<string, number> {
	const directory = join(folder, app, name.replace(/\W+/g, "-"));
	mkdirSync(directory, { recursive: true });
	const isBinding = (path: string) => /^#include "xs(mc)?\.h"/m.test(readFileSync(path, "utf8"));
	// A binding is made of XS's macros, which are not C99.
	const binding = [
		"-std=gnu99",
		...[join(xs, "includes"), join(xs, "platforms"), folder].flatMap((path) => ["-isystem", path]),
	];
	for (const [paths, language] of [
		[sources[app].filter(isBinding), [...binding, ...defines[app]]],
		[sources[app].filter((path) => !isBinding(path)), ["-std=c99"]],
	] as const) {
		if (paths.length === 0) continue;
		execFileSync(
			compiler,
			[...flags, ...language, "-Os", "-Wall", "-Wextra", "-Werror", "-I", join(root, "native/engine"), "-c", ...paths],
			{ cwd: directory, stdio: ["ignore", "pipe", "pipe"] },
		);
	}
	const sizes = new Map<string, number>();
	const objects = sources[app].map((path) => basename(path).replace(/c$/, "o"));
	const lines = execFileSync(size, objects, { cwd: directory, encoding: "utf8" }).trimEnd().split("\n").slice(1);
	for (const [index, line] of lines.entries()) {
		const [, text, data] = /^\s*(\d+)\s+(\d+)/.exec(line)!;
		sizes.set(relative(root, sources[app][index]!), Number(text) + Number(data));
	}
	return sizes;
}

function total(sizes: ReadonlyMap<string, number>, below = ""): number {
	let sum = 0;
	for (const [path, bytes] of sizes) if (path.startsWith(below)) sum += bytes;
	return sum;
}

test("both firmwares have natives, the gateway's with the engine", () => {
	expect(sources.gateway.some((path) => path.endsWith("/native/engine/verify.c"))).toBe(true);
	expect(sources.wearable.some((path) => path.endsWith("/boot_esp.c"))).toBe(true);
});

interface Target {
	readonly name: string;
	readonly compiler: string;
	readonly size: string;
	readonly flags: readonly string[];
	readonly possible: boolean;
}

const targets: readonly Target[] = [
	{ name: "this computer", compiler: "gcc", size: "size", flags: [], possible: true },
	{
		name: "x86, 32 bits",
		compiler: "gcc",
		size: "size",
		flags: ["-m32"],
		possible: hasProgram(
			await compiles32Bit(),
			"the boards' C in 32 bits",
			"`apt-get install gcc-multilib` brings them",
		),
	},
	{
		name: "lx106",
		compiler: `${prefix}gcc`,
		size: `${prefix}size`,
		flags: ["-mlongcalls", "-ffunction-sections", "-fdata-sections", "-isystem", `${picolibc}/include`],
		possible: hasProgram(
			spawnSync(`${prefix}gcc`, ["--version"]).status === 0 && existsSync(picolibc),
			"the boards' C for the ESP8266",
			"`apt-get install gcc-xtensa-lx106 picolibc-xtensa-lx106-elf` brings its compiler and its C library",
		),
	},
];

describe.each(targets)("for $name", (target) => {
	test.skipIf(!target.possible).each(apps)("the %s's C compiles without a warning", (app) => {
		const sizes = compile(app, target);
		expect(sizes.size).toBe(sources[app].length);
		const engine = total(sizes, "native/engine/");
		console.log(`${app}, ${target.name}: ${total(sizes)} bytes of code and constants, ${engine} of them the engine's`);
		// What a slot for updates has room for (firmware/targets/README.md).
		expect(total(sizes)).toBeLessThan(160 * 1024);
	});
});
