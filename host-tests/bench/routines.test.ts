import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nativeDirectory } from "../native/build";
import { programDirectory } from "./engine/build";

test("the arithmetic that Xtensa lacks gives what this machine's gives", () => {
	mkdirSync(nativeDirectory, { recursive: true });
	const program = join(nativeDirectory, "check-routines");
	const sources = ["check", "integers", "single", "double"].map((file) =>
		join(programDirectory, "routines", `${file}.c`),
	);
	const strict = ["-Wall", "-Wextra", "-Wconversion", "-Werror"];
	execFileSync("cc", ["-std=c99", "-O1", "-ffp-contract=off", ...strict, ...sources, "-o", program, "-lm"]);
	expect(execFileSync(program, { encoding: "utf8" })).toMatch(/^3\d{7} comparisons$/m);
});
