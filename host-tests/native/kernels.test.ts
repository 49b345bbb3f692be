import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, compilers, link, programDirectory, version } from "../bench/engine/build";
import { emulator } from "../bench/engine/measure";
import { hasProgram } from "../optional";
import { type Build, canBuild, engineDirectory, nativeDirectory, sanitizers } from "./build";

const directory = join(nativeDirectory, "kernels");
const programs = join(import.meta.dirname, "kernels");
const strict = "-std=c99 -Wall -Wextra -Wconversion -Werror";

type HostBuild = Required<Omit<Build, "emulator">>;

/** dot.c chooses among its kernels by these. */
const builds: HostBuild[] = [
	{ name: "SSE2, or plain C on other processors", compiler: "cc", flags: "-O2" },
	{ name: "plain C with sanitizers", compiler: "clang", flags: `-m32 -mno-sse ${sanitizers}` },
	{ name: "SSE2 with sanitizers", compiler: "clang", flags: sanitizers },
	{ name: "aligned words", compiler: "cc", flags: "-m32 -O2 -DENGINE_WORD_READS" },
];

/** A test program's exit status: 0, or the number of the check that failed. */
function runOnHost(program: string, { name, compiler, flags }: HostBuild, source = program): number | null {
	mkdirSync(directory, { recursive: true });
	const output = join(directory, `${program}-${name.replace(/\W+/g, "-")}`);
	const sources = [join(programs, `${program}.c`), join(engineDirectory, `${source}.c`)];
	const options = [...strict.split(" "), ...flags.split(" "), `-I${engineDirectory}`];
	execFileSync(compiler, [...options, ...sources, "-o", output, "-lm"]);
	return spawnSync(output).status;
}

for (const build of builds) {
	const { name, compiler, flags } = build;
	const possible = hasProgram(
		canBuild(build),
		`the engine's kernels: ${name}`,
		`\`${compiler} ${flags.split(" ")[0]}\` is what it takes`,
	);
	describe.skipIf(!possible)(name, () => {
		test("inner products of all alignments, lengths and extremes", () => {
			expect(runOnHost("dot", build)).toBe(0);
		});
	});
}

describe.skipIf(!canBuild({}))("fixed point", () => {
	test("scales, products and roundings are those of arithmetic with 64 bits", () => {
		expect(runOnHost("fixed_point", builds[0]!)).toBe(0);
	});
});

describe.skipIf(!canBuild({}))("exponential", () => {
	test("is as near as it says", () => {
		expect(runOnHost("exponential", builds[0]!, "operators/exponential")).toBe(0);
	});
});

for (const target of ["lx106", "esp32"] as const) {
	const compiler = compilers[target];
	const possible = hasProgram(
		version(compiler) !== undefined && spawnSync(compiler.emulator, ["--version"]).status === 0,
		`the engine's kernels for the ${target}`,
		compiler.advice,
	);
	describe.skipIf(!possible)(target, () => {
		test("inner products of all alignments, lengths and extremes", () => {
			mkdirSync(directory, { recursive: true });
			const platform = compiler.platform.map((file) => join(programDirectory, file));
			const sources = [join(programs, "dot.c"), join(engineDirectory, "dot.c"), ...platform];
			const program = join(directory, `dot-${target}`);
			link(compiler, compile(compiler, "size", sources), program);
			expect(spawnSync(compiler.emulator, emulator(target, program), { timeout: 120_000 }).status).toBe(0);
		});
	});
}
