import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasProgram } from "../optional";
import { type Build, buildEngine, canBuild, runEngine, sanitizers } from "./build";
import { byteLength, compareRows, type Info } from "./compare";
import { listGoldens, readRows } from "./goldens";

/*
 * The engine against the recorded outputs of TensorFlow Lite Micro (corpus/README.md): to the bit, save float32.
 *
 * Float tolerance: the engine adds and multiplies in the reference's order, and the builds below neither fuse a
 * multiplication with an addition nor keep more digits in between. So results are the same to the bit, except where the
 * C library's expf, tanhf and their like round the last bit otherwise than the recording machine's did. A network that
 * goes through several of those shows 2^-23.4; two units in the last place of 1 are allowed, times the value where it is
 * greater than 1. A family whose reference is another one states its own tolerance.
 */
const floatTolerance = 2 ** -22;

/** Debian's C library for PowerPC, with clang as the cross compiler. */
const powerpc = [
	"--target=powerpc-linux-gnu --sysroot=/usr/powerpc-linux-gnu -isystem /usr/powerpc-linux-gnu/include",
	"-B/usr/powerpc-linux-gnu/lib -Wno-unused-command-line-argument -O2 -static",
].join(" ");

/*
 * Word reads are how the ESP8266 reads a model in flash, whose pointers have 32 bits. Its floats are rounded after each
 * operation, as those of SSE are and those of x87 are not. PowerPC is big-endian: there the engine turns all constants.
 * With few columns at once, small models too take several turns.
 */
const builds: Build[] = [
	{ flags: "-O2 -g" },
	{ name: "word-reads-32", flags: "-Os -g -m32 -msse2 -mfpmath=sse -DENGINE_WORD_READS" },
	{ name: "sanitizers", compiler: "clang", flags: sanitizers },
	{ name: "memory", compiler: "clang", flags: "-g -O1 -fsanitize=memory -fno-sanitize-recover=all -DENGINE_COLUMNS=8" },
	{ name: "big-endian", compiler: "clang", flags: powerpc, emulator: "qemu-ppc" },
];

const goldens = listGoldens();

/** What the first build that is possible here tells of a model. */
const descriptions = new Map<string, Info>();

for (const build of builds) {
	const { compiler = "cc", flags, emulator } = build;
	const possible = hasProgram(
		canBuild(build),
		`the engine made with ${compiler} ${flags}`,
		"`apt-get install` of the packages that .ci/run names brings what that needs",
	);
	describe.skipIf(!possible)(`recorded outputs, ${compiler} ${flags}`, () => {
		let directory: string;
		const operators = new Set<string>();
		let models = 0;
		let rows = 0;
		let floats = 0;
		let inexact = 0;

		beforeAll(() => {
			directory = buildEngine(build);
		});

		test.each(goldens)("$name", ({ model, rows: path, tolerance = floatTolerance }) => {
			let info = descriptions.get(model);
			if (!info) {
				const described = runEngine(directory, ["--info", model], undefined, emulator);
				expect(described.errors).toBe("");
				info = JSON.parse(described.output.toString()) as Info;
				descriptions.set(model, info);
			}
			const expected = readRows(path, byteLength(info.inputs), byteLength(info.outputs));
			const { status, output, errors } = runEngine(directory, [model], expected.inputs, emulator);
			expect(errors).toBe("");
			expect(status).toBe(0);
			const comparison = compareRows(expected.outputs, output, info.outputs, tolerance);
			expect(comparison.differences).toEqual([]);
			models++;
			rows += expected.count;
			floats += comparison.floats;
			inexact += comparison.inexact;
			for (const name of info.operators) operators.add(name);
		});

		afterAll(() => {
			console.log(
				`recorded outputs, ${compiler} ${flags}: ${models} of ${goldens.length} models, ${operators.size} operators, ` +
					`${rows} rows; ${inexact} of ${floats} float32 values differ in their bits`,
			);
		});
	});
}

test("no case is another one's copy", () => {
	const cases = goldens.map(({ model, rows }) => readFileSync(model, "latin1") + readFileSync(rows, "latin1"));
	expect(new Set(cases).size).toBe(goldens.length);
});
