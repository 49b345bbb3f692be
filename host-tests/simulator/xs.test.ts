/** The unit tests again, inside XS: the same sources under the engine that they are written for. */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildHost } from "../../tools/simulator/build";
import { bundleTests } from "./xs/bundle";
import { type Run, runTest } from "./xs/run";

const { tests, leftOut } = await bundleTests();
console.log(`in Node only:\n${leftOut.map(({ file, reason }) => `  ${file}: ${reason}`).join("\n")}`);

await buildHost({ kind: "debug" });
const runs: Run[] = [];
let next = 0;
const work = async () => {
	for (let index = next++; index < tests.length; index = next++) runs[index] = await runTest(tests[index]!);
};
await Promise.all(Array.from({ length: availableParallelism() }, work));

for (const [index, { results, coverage, fault }] of runs.entries()) {
	const { file } = tests[index]!;
	if (process.env.COVERAGE) {
		mkdirSync(process.env.COVERAGE, { recursive: true });
		writeFileSync(join(process.env.COVERAGE, `xs-${file.replaceAll("/", "+")}.json`), JSON.stringify(coverage));
	}
	describe(file, () => {
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
