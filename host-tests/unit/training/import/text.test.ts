import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { limits } from "../../../../tools/training/data/recording";
import { FormatError, importText, type TextFormat } from "../../../../tools/training/import/text";

const format: TextFormat = { columns: ["aX", "aY", "aZ"], units: { acceleration: "g" }, rate: 100 };

function read(text: string, options: Partial<TextFormat> = {}) {
	const file = { name: "wave.txt", bytes: encodeText(text) };
	return importText(file, { label: "wave", ...format, ...options });
}

function valuesOf(text: string, options: Partial<TextFormat> = {}): number[][] {
	return read(text, options).items.map(({ samples }) => Array.from(samples));
}

describe("numbers in lines of text", () => {
	it("takes columns apart by spaces, tabs, commas or semicolons, with any line ends", () => {
		expect(valuesOf("1 2  3\n4\t5\t6\r\n7,8, 9\r1;2;3")).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]]);
	});

	it("brings columns into order and passes over those that nobody asks for", () => {
		const columns = ["-", "aZ", "aX", "aY"] as const;
		expect(valuesOf("10:01 3 1 2\n10:02 6 4 5\n", { columns })).toEqual([[1, 2, 3, 4, 5, 6]]);
	});

	it("passes over a line that names the columns", () => {
		const columns = ["-", "aX", "aY", "aZ"] as const;
		expect(read("time,aX,aY,aZ\n0,1,2,3\n", { columns }).problems).toEqual([]);
	});

	it("begins a recording at each divider, and gives its line", () => {
		const { items } = read("-,-,-\n1,2,3\n4,5,6\n-,-,-\n-,-,-\n7,8,9\n", { divider: "-,-,-" });
		expect(items.map(({ source, samples }) => [source.line, samples.length])).toEqual([
			[2, 6],
			[6, 3],
		]);
	});

	it("converts units of acceleration and rotation", () => {
		const columns = ["aX", "aY", "aZ", "gX", "gY", "gZ"] as const;
		const units = { acceleration: "m/s²", rotation: "rad/s" };
		const [values] = valuesOf(`9.80665 0 -19.6133 ${Math.PI} 0 ${-Math.PI / 2}`, { columns, units });
		expect(values).toEqual([1, 0, -2, 180, 0, -90]);
		expect(valuesOf("1000 0 -500", { units: { acceleration: "mg" } })).toEqual([[1, 0, -0.5]]);
	});

	it.each([
		["rate", { rate: Number.NaN }],
		["acceleration", { units: {} as TextFormat["units"] }],
		["°/s, deg/s", { columns: ["aX", "aY", "aZ", "gX", "gY", "gZ"] as const }],
		["furlong", { units: { acceleration: "furlong" } }],
		["rad/s", { units: { acceleration: "rad/s" } }],
		["aZ", { columns: ["aX", "aY"] as const }],
		["gY", { columns: ["aX", "aY", "aZ", "gX", "gZ"] as const, units: { acceleration: "g", rotation: "°/s" } }],
		["aX", { columns: ["aX", "aX", "aY", "aZ"] as const }],
	])("refuses to guess: %s", (named, options) => {
		expect(() => read("1 2 3", options)).toThrow(FormatError);
		expect(() => read("1 2 3", options)).toThrow(named);
	});

	it("names the line of each dirty row and keeps the others", () => {
		const text = "1 2 3\n1 2\n1 2 3 4\nNaN 2 3\n1 Infinity 3\n1 2 1e39\na.02 2 3\n0x10 2 3\n1,5;2;3\n1 2 3";
		const { items, problems } = read(text);
		expect(items.map(({ samples }) => samples.length)).toEqual([6]);
		expect(problems.map(({ file, line, skipped }) => `${file}:${line} ${skipped}`)).toEqual(
			[2, 3, 4, 5, 6, 7, 8, 9].map((line) => `wave.txt:${line} row`),
		);
		expect(problems[0]!.reason).toBe("2 fields where aX,aY,aZ are expected");
		expect(problems[5]!.reason).toBe('"a.02" is not a number');
	});

	it("leaves out recordings of another length than stated, such as two that nobody divided", () => {
		const long = `${"1 2 3\n".repeat(301)}`;
		expect(read(long, { rows: 150 })).toEqual({
			items: [],
			problems: [{ file: "wave.txt", line: 1, skipped: "recording", reason: "301 rows where 150 are expected" }],
		});
		const dirty = `${"1 2 3\n".repeat(149)}1 2 x\n`;
		expect(read(dirty, { rows: 150 }).problems.map(({ reason }) => reason)).toEqual([
			'"x" is not a number',
			"149 rows and 1 malformed where 150 are expected",
		]);
		expect(read("1 2 3\n".repeat(150), { rows: 150 }).items.length).toBe(1);
	});

	it("reports a row that was cut short at the end of the file", () => {
		const { items, problems } = read("1 2 3\n4 5");
		expect(items[0]!.samples.length).toBe(3);
		expect(problems).toEqual([
			{ file: "wave.txt", line: 2, skipped: "row", reason: "2 fields where aX,aY,aZ are expected" },
		]);
	});

	it("says that a file is empty, or holds nothing of use", () => {
		expect(read("").problems.map(({ reason }) => reason)).toEqual(["the file is empty"]);
		expect(read("\n \n").problems.map(({ reason }) => reason)).toEqual(["nothing in the file could be used"]);
	});

	it("reports bytes that are no text, and passes over a byte order mark", () => {
		const bytes = Uint8Array.of(0x31, 0x20, 0xff, 0x20, 0x33, 0x0a, 0x31, 0x20, 0x32, 0x20, 0x33);
		const { items, problems } = importText({ name: "x", bytes }, { label: "", ...format });
		expect(items.length).toBe(1);
		expect(problems.map(({ line }) => line)).toEqual([1]);
		expect(read("\uFEFF1 2 3").problems).toEqual([]);
	});

	it("stops at more dirty rows, more lines, longer lines and larger files than it takes", () => {
		const dirty = read("x\n".repeat(5000));
		expect(dirty.problems.length).toBe(limits.problems + 2);
		const many = read("\n".repeat(limits.rows + 1));
		expect(many.problems[0]!.line).toBe(limits.rows + 1);
		expect(read(`${"1 ".repeat(limits.line)}\n1 2 3`).problems.map(({ line }) => line)).toEqual([1]);
		const bytes = new Uint8Array(limits.file + 1);
		expect(importText({ name: "x", bytes }, { label: "", ...format }).problems[0]!.skipped).toBe("file");
	});
});
