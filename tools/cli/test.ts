/**
 * `npm test`: formatting, static checks, builds, then every test. The last line counts them.
 * With parameters, as in `npm test -- host-tests/unit/web`, only the tests that vitest finds for them. Where `CI` is set
 * a program that is not here is a failure; else what needs it is skipped, and named at the end.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { buildPage } from "../page/build";
import { buildHost, compiles32Bit } from "../simulator/build";
import { CommandError, run } from "../simulator/command";
import { filesBelow } from "../simulator/files";
import { generated, output, root } from "../simulator/paths";
import { fetchXS } from "../simulator/xs";
import { buildEngine } from "./engine";

const usage = `usage: npm test                      checks, builds and runs everything
       npm test -- host-tests/unit   runs the tests whose path contains one of the words; vitest's options follow`;

interface Count {
	passed: number;
	failed: number;
	skipped: number;
}

/** A check needs a program that is not here; the message says how to get it. */
class MissingProgram extends Error {
	override name = "MissingProgram";
}

const count: Count = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skipped = new Set<string>();

const bin = (name: string) => join(root, "node_modules/.bin", name);

/** Runs one check; a failure is told at once and does not keep the next from running. */
async function check(name: string, work: () => Promise<unknown>): Promise<void> {
	const start = performance.now();
	try {
		await work();
		count.passed++;
		console.log(`✓ ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
	} catch (error) {
		if (error instanceof MissingProgram && !process.env.CI) {
			count.skipped++;
			skipped.add(`${name}: ${error.message}`);
			console.log(`- ${name}: ${error.message}`);
			return;
		}
		count.failed++;
		failures.push(name);
		console.error(`✗ ${name}\n${error instanceof CommandError ? error.printed : error}`);
	}
}

/** Files of the project itself, not of what it installs or makes. */
function ownFiles(extension: RegExp): string[] {
	const enter = (name: string) => !["node_modules", "build", "coverage", ".git"].includes(name);
	return filesBelow(root, enter).filter((path) => extension.test(path));
}

/** Where a native finds what it uses of its platform's SDK. */
function sdkHeaders(path: string): string[] {
	const [, platform] = /_(esp32|esp|sim)\.c$/.exec(path) ?? [];
	if (platform === "sim") return [join(root, "tools/simulator/host")];
	return platform === undefined ? [] : [join(root, "host-tests/native/boards", platform)];
}

/** C sources that run on boards, with how they are compiled for a check. */
async function nativeSources(): Promise<{ path: string; compiler: string[] }[]> {
	const xs = join(await fetchXS({ directory: join(root, "build/xs") }), "moddable/xs");
	const sources = filesBelow(join(root, "native")).filter((path) => path.endsWith(".c"));
	return sources.map((path) => ({
		path: relative(root, path),
		// A binding is made of XS's macros, which neither are C99 nor keep to -Wconversion.
		compiler: /^#include "(xs|xsmc|natives)\.h"/m.test(readFileSync(path, "utf8"))
			? [
					...["-std=gnu99", "-include", "stddef.h", "-include", "stdint.h"],
					...[join(xs, "includes"), join(xs, "platforms"), generated, ...sdkHeaders(path)].flatMap((directory) => [
						"-isystem",
						directory,
					]),
				]
			: ["-std=c99", "-Wconversion", "-I", join(root, "native/engine")],
	}));
}

/** C++ over TensorFlow Lite Micro, with how it is compiled for a check; nothing where nobody says where its headers are. */
function tflmSources(): { path: string; compiler: string[] }[] {
	const headers = (process.env.TFLM_INCLUDE ?? "").split(" ").filter(Boolean);
	if (headers.length === 0) return [];
	const sources = filesBelow(join(root, "native/tflm")).filter((path) => path.endsWith(".cc"));
	const include = headers.flatMap((directory) => ["-isystem", directory]);
	return sources.map((path) => ({
		path: relative(root, path),
		compiler: ["-std=c++17", "-fno-rtti", "-fno-exceptions", "-I", join(root, "native/engine"), ...include],
	}));
}

async function checkNative(): Promise<void> {
	for (const { path, compiler } of [...(await nativeSources()), ...tflmSources()])
		await run("gcc", [...compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", path], { directory: root });
}

async function tidyNative(): Promise<void> {
	await run("clang-tidy", ["--version"]).catch(() => {
		throw new MissingProgram("clang-tidy is not here; `apt-get install clang-tidy` brings it");
	});
	for (const { path, compiler } of [...(await nativeSources()), ...tflmSources()])
		await run("clang-tidy", ["--quiet", path, "--", ...compiler], { directory: root });
}

/** Runs vitest with its output on the terminal, and adds its numbers; gives whether all tests passed. */
async function runTests(parameters: readonly string[]): Promise<boolean> {
	const directory = mkdtempSync(join(tmpdir(), "tests-"));
	const report = join(directory, "report.json");
	try {
		const code = await new Promise<number>((resolve, reject) => {
			const child = spawn(
				bin("vitest"),
				["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...parameters],
				{ cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...colour() } },
			);
			createInterface({ input: child.stdout }).on("line", (line) => {
				// The report is read here and removed.
				if (!line.includes(report)) console.log(line);
				// Tests say so themselves when something that they need is not here.
				const [, what] = /^skipped: (.+)/.exec(stripVTControlCharacters(line)) ?? [];
				if (what) skipped.add(what);
			});
			child.on("error", reject);
			child.on("close", (code) => resolve(code ?? 1));
		});
		if (!existsSync(report)) {
			count.failed++;
			return false;
		}
		const result = JSON.parse(readFileSync(report, "utf8")) as {
			numPassedTests: number;
			numFailedTests: number;
			numPendingTests: number;
			numTodoTests: number;
			testResults: { status: string; assertionResults: unknown[] }[];
		};
		count.passed += result.numPassedTests;
		// A file that cannot be loaded fails without a test of its own.
		const broken = result.testResults.filter(
			({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
		);
		count.failed += result.numFailedTests + broken.length;
		count.skipped += result.numPendingTests + result.numTodoTests;
		if (code !== 0 && result.numFailedTests + broken.length === 0) count.failed++;
		return code === 0;
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

/** vitest, which writes to a pipe, colours when `FORCE_COLOR` or `CI` is there, whatever the value, unless `NO_COLOR` is. */
function colour(): NodeJS.ProcessEnv {
	return process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };
}

async function main(): Promise<void> {
	const parameters = process.argv.slice(2);
	if (parameters.includes("--help")) {
		console.log(usage);
		return;
	}
	if (parameters.length === 0) {
		await check("formatting and lint of TypeScript", () =>
			run(bin("biome"), ["check", "--error-on-warnings"], { directory: root }),
		);
		await check("formatting of C", () =>
			run(bin("clang-format"), ["--dry-run", "-Werror", ...ownFiles(/\.(c|cc|h)$/)]),
		);
		for (const project of ownFiles(/\/tsconfig\.json$/)) {
			const name = relative(root, project);
			await check(`types of ${name}`, () => run(bin("tsc"), ["-p", project], { directory: root }));
		}
		await check("the page", buildPage);
		await check("the engine", buildEngine);
		for (const kind of ["debug", "release", "release32"] as const)
			await check(`the simulator (${kind})`, async () => {
				if (kind === "release32" && !(await compiles32Bit()))
					throw new MissingProgram("`apt-get install gcc-multilib` brings what 32-bit programs need");
				await buildHost({ kind, progress: (line) => console.log(line) });
			});
		await check("warnings of the C that runs on boards", checkNative);
		await check("clang-tidy of the C that runs on boards", tidyNative);
	}
	console.log(`Running the tests; what they build is in ${relative(root, output)} …`);
	if (!(await runTests(parameters))) failures.push("tests");

	if (skipped.size > 0) console.log(`\nSkipped:\n${[...skipped].map((line) => `  ${line}`).join("\n")}`);
	if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join("\n")}`);
	console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
	process.exitCode = failures.length > 0 ? 1 : 0;
}

await main();
