/** The harness that runs tests inside XS: that it tells each outcome, and where it was. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "../../tools/simulator/paths";
import { type BundledTest, bundleTests, type LeftOut } from "./xs/bundle";
import { type Run, runTest } from "./xs/run";

const example = (name: string) => join("host-tests/simulator/xs/examples", name);
const lineOf = (file: string, text: string) =>
	readFileSync(join(root, file), "utf8")
		.split("\n")
		.findIndex((line) => line.includes(text)) + 1;

let tests: BundledTest[];
let leftOut: LeftOut[];
beforeAll(async () => {
	const paths = ["outcomes.ts", "overflow.ts", "node-only.ts"].map((name) => join(root, example(name)));
	({ tests, leftOut } = await bundleTests(paths));
});

test("leaves out what needs Node, and says why", () => {
	expect(leftOut).toEqual([{ file: example("node-only.ts"), reason: `${example("node-only.ts")} uses performance` }]);
	expect(tests.map(({ file }) => file)).toEqual([example("outcomes.ts"), example("overflow.ts")]);
});

describe("outcomes", () => {
	let run: Run;
	const find = (name: string) => run.results.find(({ names }) => names.at(-1) === name)!;
	beforeAll(async () => {
		run = await runTest(tests[0]!);
	});

	test("are told in order, with the names of suites and of rows", () => {
		expect(run.fault).toBeUndefined();
		expect(run.results.map(({ names, state }) => `${names.join(" > ")}: ${state}`)).toEqual([
			"outcomes > that passes: passed",
			"outcomes > that fails: failed",
			"outcomes > that throws: failed",
			"outcomes > that rejects: failed",
			"outcomes > one is 1: passed",
			"outcomes > two is 3: failed",
			"outcomes > that is skipped: skipped",
			"outcomes > hooks run around each test that runs: passed",
		]);
	});

	test.each([
		["that fails", /^AssertionError: expected/, "toEqual({ a: 2 })"],
		["that throws", /^RangeError: after 30 lines/, "throw new RangeError"],
		["that rejects", /^Error: later/, 'Promise.reject(new Error("later"))'],
	])("name the line of TypeScript: %s", (name, message, text) => {
		const file = example("outcomes.ts");
		expect(find(name).message).toMatch(message);
		expect(find(name).stack).toContain(`${file}:${lineOf(file, text)}`);
	});
});

test("a test that ends its machine is the one that fails", async () => {
	const { fault, results } = await runTest(tests[1]!);
	expect(fault).toMatch(/^stack overflow/);
	expect(results.map(({ names, state }) => `${names}: ${state}`)).toEqual(["before: passed", "that overflows: failed"]);
	const file = example("overflow.ts");
	expect(results[1]!.message).toContain(`${file}:${lineOf(file, "const forever")}`);
});
