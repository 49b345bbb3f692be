/**
 * `npm test`: formatting, static checks, builds, then every test. The last line counts them.
 * With parameters, as in `npm test -- host-tests/unit/web`, only the tests that vitest finds for them.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { buildPage } from "../page/build";
import { type BuildKind, buildHost, compiles32Bit } from "../simulator/build";
import { CommandError, run } from "../simulator/command";
import { filesBelow } from "../simulator/files";
import { generated, output, root } from "../simulator/paths";
import { fetchXS } from "../simulator/xs";

interface Count {
	passed: number;
	failed: number;
	skipped: number;
}

/** What a check could not do here, and how to get it. */
class Skipped extends Error {}

const count: Count = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skipped = new Set<string>();

const bin = (name: string) => join(root, "node_modules/.bin", name);

/** Runs one check; a failure is told at once and does not keep the next from running. */
async function check(name: string, work: () => Promise<unknown>): Promise<boolean> {
	const start = performance.now();
	try {
		await work();
		count.passed++;
		console.log(`✓ ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
		return true;
	} catch (error) {
		if (error instanceof Skipped) {
			count.skipped++;
			skipped.add(`${name}: ${error.message}`);
			console.log(`- ${name}: ${error.message}`);
			return true;
		}
		count.failed++;
		failures.push(name);
		console.error(`✗ ${name}\n${error instanceof CommandError ? error.printed : error}`);
		return false;
	}
}

/** Tracked files, so that what lies about in a checkout is not checked. */
async function trackedC(): Promise<string[]> {
	try {
		return (await run("git", ["ls-files", "*.c", "*.h"], { directory: root })).split("\n").filter((line) => line);
	} catch {
		throw new Skipped("this is no git checkout");
	}
}

async function installed(command: string, advice: string): Promise<void> {
	try {
		await run(command, ["--version"]);
	} catch {
		throw new Skipped(`${command} is not here; ${advice}`);
	}
}

/** C sources that run on boards, with how they are compiled for a check. */
async function nativeSources(): Promise<{ path: string; compiler: string[] }[]> {
	const xs = join(await fetchXS({ directory: join(root, "build/xs") }), "moddable/xs");
	const sources = filesBelow(join(root, "native")).filter((path) => path.endsWith(".c"));
	return sources.map((path) => ({
		path: relative(root, path),
		// A binding is made of XS's macros, which neither are C99 nor keep to -Wconversion.
		compiler: /^#include "xs(mc)?\.h"/m.test(readFileSync(path, "utf8"))
			? [
					...["-std=gnu99", "-include", "stddef.h", "-include", "stdint.h"],
					...[join(xs, "includes"), join(xs, "platforms"), generated].flatMap((directory) => ["-isystem", directory]),
				]
			: ["-std=c99", "-Wconversion"],
	}));
}

async function checkNative(): Promise<void> {
	for (const { path, compiler } of await nativeSources())
		await run("gcc", [...compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", path], { directory: root });
}

async function tidyNative(): Promise<void> {
	await installed("clang-tidy", "`apt-get install clang-tidy` brings it");
	for (const { path, compiler } of await nativeSources())
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
				{ cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, FORCE_COLOR: colour() } },
			);
			createInterface({ input: child.stdout }).on("line", (line) => {
				console.log(line);
				// Tests say so themselves when something that they need is not here.
				const [, what] = /^skipped: (.+)/.exec(line) ?? [];
				if (what) skipped.add(what);
			});
			child.on("error", reject);
			child.on("close", (code) => resolve(code ?? 1));
		});
		const result = JSON.parse(readFileSync(report, "utf8")) as {
			numPassedTests: number;
			numFailedTests: number;
			numPendingTests: number;
			numTodoTests: number;
			numFailedTestSuites: number;
			testResults: { name: string; status: string; assertionResults: unknown[] }[];
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

function colour(): string {
	return process.stdout.isTTY ? "1" : "0";
}

async function main(): Promise<void> {
	const parameters = process.argv.slice(2);
	if (parameters.length === 0) {
		await check("formatting and lint of TypeScript", () =>
			run(bin("biome"), ["check", "--error-on-warnings"], { directory: root }),
		);
		await check("formatting of C", async () => {
			const files = await trackedC();
			if (files.length > 0) await run(bin("clang-format"), ["--dry-run", "-Werror", ...files], { directory: root });
		});
		const projects = filesBelow(root, (name) => !["node_modules", "build", ".git"].includes(name))
			.filter((path) => path.endsWith("/tsconfig.json"))
			.sort();
		for (const project of projects) {
			const name = relative(root, project);
			await check(`types of ${name}`, () => run(bin("tsc"), ["-p", project], { directory: root }));
		}
		await check("the page", buildPage);
		const kinds: BuildKind[] = ["debug", "release"];
		if (await compiles32Bit()) kinds.push("release32");
		else skipped.add("the 32-bit simulator and its memory tests: `apt-get install gcc-multilib` brings what they need");
		for (const kind of kinds)
			await check(`the simulator (${kind})`, () => buildHost({ kind, progress: (line) => console.log(line) }));
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
