import { describe, expect, it } from "vitest";
import { LoadError, Loader } from "../../../../tools/training/data/loader";
import { type RecordedSource, readSource } from "../../../../tools/training/data/source";
import { problemText, reportText } from "../../../../tools/training/data/summary";
import { rowOf } from "../../../../tools/training/examples";
import { fileOf } from "./recordings";

const base = {
	kind: "arduino",
	path: "p",
	files: "{label}.csv",
	rate: 2,
	windows: { window: 2, cut: { kind: "recorded" } },
};

function load(json: object, files: Record<string, string>) {
	const loader = new Loader(readSource(json) as RecordedSource);
	for (const [name, text] of Object.entries(files)) if (loader.takes(name)) loader.add(fileOf(name, text));
	return loader.finish();
}

const one = "1,0,0,0,0,0\n2,0,0,0,0,0\n";
const two = "0,1,0,0,0,0\n0,9,0,0,0,0\n";
const files = { "up.csv": `${one}\n${two}`, "down.csv": `${two}\n1,2\n\n${one}1,2,3,4,5,6\n`, "LICENSE.txt": "x" };

describe("a source's files", () => {
	it("become examples with a report", () => {
		const { examples, report } = load(base, files);
		expect(examples.classes).toEqual(["down", "up"]);
		expect([...examples.labels]).toEqual([1, 1, 0]);
		expect(examples.groups).toEqual(["up.csv", "up.csv", "down.csv"]);
		expect([...rowOf(examples, 0)]).toEqual([8192, 0, 0, 0, 0, 0, 16384, 0, 0, 0, 0, 0]);
		expect(report.classes).toEqual([
			{
				name: "down",
				files: 1,
				recordings: 2,
				rows: 5,
				seconds: 2.5,
				groups: 1,
				examples: 1,
				saturated: 1,
				skipped: 2,
			},
			{ name: "up", files: 1, recordings: 2, rows: 4, seconds: 2, groups: 1, examples: 2, saturated: 1, skipped: 0 },
		]);
		expect(report.problems.map(problemText)).toEqual([
			"down.csv:4: row skipped, 2 fields where aX,aY,aZ,gX,gY,gZ are expected",
			"down.csv:6: recording skipped, 3 samples where a window of 2 is expected",
		]);
		expect(report.ignored).toBe(1);
		expect(reportText(report).split("\n")).toEqual([
			"class  files  recordings  rows  seconds  groups  examples  saturated  skipped",
			"down       1           2     5      2.5       1         1          1        2",
			"up         1           2     4      2.0       1         2          1        0",
			"passed over: 1 file of other names",
		]);
	});

	it("are of one group each, or each recording is, or whose their names say", () => {
		const groups = (json: object, names: Record<string, string>) => load({ ...base, ...json }, names).examples.groups;
		expect(groups({ group: "recording" }, files)).toEqual(["up.csv:1", "up.csv:4", "down.csv:1"]);
		expect(groups({ group: "file" }, files)).toEqual(["up.csv", "up.csv", "down.csv"]);
		const named = { files: "{group}/{label}.csv" };
		expect(groups(named, { "ann/up.csv": one, "bob/up.csv": two })).toEqual(["ann", "bob"]);
	});

	it("take classes together, and leave out labels of none", () => {
		const others = { "left.csv": one, "flat.csv": two, ...files };
		const rest = load({ ...base, classes: { rising: ["up"], else: ["*"] } }, others);
		expect(rest.report.classes.map(({ name, files, examples }) => [name, files, examples])).toEqual([
			["rising", 1, 2],
			["else", 3, 3],
		]);
		const some = load({ ...base, classes: ["up", "left"] }, others);
		expect(some.examples.classes).toEqual(["up", "left"]);
		expect([...some.report.others]).toEqual([
			["flat", 1],
			["down", 2],
		]);
		expect(reportText(some.report)).toContain('left out: 2 of "down", which is in no class');
	});

	it("are refused when a class has nothing, with the first reason", () => {
		expect(() => load(base, { "up.csv": "x" })).toThrow(LoadError);
		expect(() => load(base, { "up.csv": "x" })).toThrow("up.csv:1");
		expect(() => load(base, {})).toThrow(LoadError);
		expect(() => load({ ...base, classes: ["up", "left"] }, files)).toThrow("left");
	});

	it("of the other kinds are read as well", () => {
		const { windows } = base;
		const text = { ...base, kind: "text", columns: ["aX", "aY", "aZ"], units: { acceleration: "m/s2" } };
		expect(load(text, { "up.csv": "9.80665 0 0\n0 0 0" }).examples.input.shape).toEqual([2, 3]);

		const sensors = ["x", "y", "z"].map((name) => ({ name, units: "g" }));
		const acquired = {
			device_name: "d",
			interval_ms: 500,
			sensors,
			values: [
				[0, 0, 1],
				[0, 0, 1],
			],
		};
		const edge = { kind: "edge-impulse", path: "p", label: "a", windows, sensors: { x: "aX", y: "aY", z: "aZ" } };
		const { examples } = load(edge, { "1.json": JSON.stringify({ payload: acquired }) });
		expect([examples.groups, examples.classes]).toEqual([["d"], ["a"]]);

		const window = Buffer.from(Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12).buffer).toString("base64");
		const line = (device: string, label: string) => JSON.stringify({ device, label, time: 0, rate: 2, window });
		const captures = { kind: "captures", path: "p", windows };
		const captured = `${line("w1", "b")}\n${line("w2", "a")}\n`;
		const loaded = load(captures, { "c.ndjson": captured }).examples;
		expect([loaded.groups, loaded.classes, [...loaded.labels]]).toEqual([
			["w1", "w2"],
			["a", "b"],
			[1, 0],
		]);
		expect([...loaded.rows.subarray(0, 12)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
		const apart = load({ ...captures, group: "recording" }, { "c.ndjson": captured }).examples;
		expect(apart.groups).toEqual(["c.ndjson:1", "c.ndjson:2"]);

		const images = {
			kind: "images",
			path: "p",
			files: "{label}.json",
			width: 2,
			height: 2,
			white: 1,
			reduce: { size: 1, margin: 0 },
		};
		const digits = load(images, { "0.json": '{"data":[0,0,1,1,0,0,0,0]}', "1.json": '{"data":[1,1,1,1]}' });
		expect([...digits.examples.rows]).toEqual([0, -128, 127]);
		expect(digits.examples.input).toEqual({ datatype: "INT8", shape: [1], scale: 1 / 255, zeroPoint: -128 });
		expect(digits.report.classes[0]).toMatchObject({ recordings: 2, rows: 2, seconds: 0, groups: 2, examples: 2 });
	});
});
