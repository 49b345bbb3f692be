/** The unit tests again, inside XS: the same sources under the engine that they are written for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Simulator } from "../../tools/simulator/simulator";
import { bundleTests } from "./xs/bundle";
import { runTest } from "./xs/run";

const { tests, leftOut } = await bundleTests();
console.log(`in Node only:\n${leftOut.map(({ file, reason }) => `  ${file}: ${reason}`).join("\n")}`);

const directory = mkdtempSync(join(tmpdir(), "xs-tests-"));
const simulator = await Simulator.start({ build: "debug" });
afterAll(async () => {
	await simulator.close();
	rmSync(directory, { recursive: true });
});

for (const bundled of tests) {
	const { results, coverage, fault } = await runTest(simulator, bundled, join(directory, bundled.file));
	if (process.env.COVERAGE) {
		mkdirSync(process.env.COVERAGE, { recursive: true });
		writeFileSync(join(process.env.COVERAGE, `xs-${bundled.file.replaceAll("/", "+")}.json`), JSON.stringify(coverage));
	}
	describe(bundled.file, () => {
		test("runs to its end", () => {
			expect(fault).toBeUndefined();
			expect(results.length).toBeGreaterThan(0);
		});
		for (const { names, state, message, stack } of results)
			test.skipIf(state === "skipped")(names.join(" > "), () => {
				if (state === "passed") return;
				const error = new Error(message);
				error.stack = [message, stack].filter((text) => text).join("\n");
				throw error;
			});
	});
}
