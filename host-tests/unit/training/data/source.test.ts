import { describe, expect, it } from "vitest";
import { SourceError } from "../../../../tools/training/data/fields";
import { NamePattern, PatternError } from "../../../../tools/training/data/names";
import { readSource, readSplit } from "../../../../tools/training/data/source";

const windows = { window: 119, cut: { kind: "recorded" } };
const arduino = { kind: "arduino", path: "gestures", label: "a", rate: 119, windows };
const text = {
	kind: "text",
	path: "wand",
	files: "{label}_{*}.txt",
	columns: ["aX", "aY", "aZ", "gX", "gY", "gZ"],
	units: { acceleration: "g", rotation: "rad/s" },
	rate: 100,
	rows: 150,
	windows,
};
const images = {
	kind: "images",
	path: "digits",
	files: "{label}.json",
	width: 28,
	height: 28,
	white: 1,
	reduce: { size: 8, margin: 4 },
};
const generated = {
	kind: "generated",
	classes: ["left", "right", "other"],
	window: 119,
	rate: 119,
	threshold: 500,
	release: 200,
	history: 8,
	devices: { training: 3, validation: 1, test: 2 },
	motions: 12,
};

/** The field that is refused. */
function refused(read: () => unknown): string {
	try {
		read();
	} catch (error) {
		expect(error).toBeInstanceOf(SourceError);
		const { field, message } = error as SourceError;
		expect(message.startsWith(`${field}: `)).toBe(true);
		return field;
	}
	return "nothing";
}

describe("sources of data", () => {
	it.each([[arduino], [text], [images], [generated], [{ ...arduino, group: "recording", rows: 119 }]])(
		"are taken as they are when nothing is wrong",
		(json) => {
			expect(readSource(json)).toEqual(json);
		},
	);

	it("take classes as a list or with the labels of each, in their order", () => {
		const classes = (json: unknown) => {
			const source = readSource({ ...arduino, classes: json });
			return "generated" === source.kind ? undefined : source.classes;
		};
		expect(classes(["10", "9", "a"])).toEqual(["10", "9", "a"].map((name) => ({ name, labels: [name] })));
		expect(classes({ horizontal: ["hori"], rest: ["*"] })).toEqual([
			{ name: "horizontal", labels: ["hori"] },
			{ name: "rest", labels: ["*"] },
		]);
		expect(refused(() => classes({ up: ["a"], down: ["a"] }))).toBe("data.classes");
		expect(refused(() => classes({ 1: ["a"], 0: ["b"] }))).toBe("data.classes.0");
		expect(refused(() => classes({ up: [] }))).toBe("data.classes.up");
		expect(refused(() => classes([1]))).toBe("data.classes");
		expect(refused(() => classes([]))).toBe("data.classes");
	});

	it.each([
		["data", null],
		["data", []],
		["data.kind", {}],
		["data.kind", { kind: "guess" }],
		["data.path", { ...arduino, path: undefined }],
		["data.rate", { ...arduino, rate: undefined }],
		["data.rate", { ...arduino, rate: 0 }],
		["data.rate", { ...arduino, rate: "119" }],
		["data.rate", { ...arduino, rate: Number.NaN }],
		["data.rows", { ...arduino, rows: 1.5 }],
		["data.speed", { ...arduino, speed: 1 }],
		["data.label", { ...arduino, label: undefined }],
		["data.label", { ...arduino, label: undefined, files: "{group}.csv" }],
		["data.files", { ...arduino, files: "{name}.csv" }],
		["data.group", { ...arduino, group: "person" }],
		["data.windows", { ...arduino, windows: undefined }],
		["data.windows.window", { ...arduino, windows: { ...windows, window: 0 } }],
		["data.windows.channels", { ...arduino, windows: { ...windows, channels: 4 } }],
		["data.windows.step", { ...arduino, windows: { ...windows, step: 4 } }],
		["data.windows.cut.kind", { ...arduino, windows: { ...windows, cut: { kind: "middle" } } }],
		["data.windows.cut.step", { ...arduino, windows: { ...windows, cut: { kind: "slide" } } }],
		["data.windows.cut.step", { ...arduino, windows: { ...windows, cut: { kind: "recorded", step: 1 } } }],
		[
			"data.windows.cut.history",
			{ ...arduino, windows: { ...windows, cut: { kind: "trigger", threshold: 500, release: 200, history: 119 } } },
		],
		["data.columns", { ...text, columns: ["aX", "aY"] }],
		["data.columns", { ...text, columns: "aX,aY,aZ" }],
		["data.divider", { ...text, divider: "- " }],
		["data.units", { ...text, units: undefined }],
		["data.units.acceleration", { ...text, units: { rotation: "rad/s" } }],
		["data.units.acceleration", { ...text, units: { acceleration: "rad/s", rotation: "rad/s" } }],
		["data.units.rotation", { ...text, units: { acceleration: "g" } }],
		["data.units.magnetic", { ...text, units: { ...text.units, magnetic: "T" } }],
		["data.width", { ...images, width: undefined }],
		["data.white", { ...images, white: undefined }],
		["data.reduce.size", { ...images, reduce: { size: 29, margin: 0 } }],
		["data.reduce.margin", { ...images, reduce: { size: 8, margin: 14 } }],
		["data.windows", { ...images, windows }],
		["data.classes", { ...generated, classes: ["left", "other"] }],
		["data.devices.test", { ...generated, devices: { training: 1, validation: 1 } }],
		["data.history", { ...generated, history: 119 }],
		["data.sensors.x", { kind: "edge-impulse", path: "p", label: "a", windows, sensors: { x: "up" } }],
	])("are refused by the name of the field: %s", (field, json) => {
		expect(refused(() => readSource(json))).toBe(field);
	});

	it("with anything in the place of any field are read or refused by its name, and nothing else happens", () => {
		const strange = [
			null,
			true,
			-1,
			0,
			1e300,
			Number.NaN,
			"",
			"x",
			"{label}{label}",
			[],
			[[]],
			[null],
			{},
			{ kind: {} },
		];
		const replacements = (json: object): object[] =>
			Object.entries(json).flatMap(([key, value]) => [
				...strange.map((other) => ({ ...json, [key]: other })),
				...("object" === typeof value && !Array.isArray(value)
					? replacements(value).map((other) => ({ ...json, [key]: other }))
					: []),
			]);
		let read = 0;
		let refusals = 0;
		for (const json of [arduino, text, images, generated].flatMap(replacements)) {
			try {
				readSource(json);
				read++;
			} catch (error) {
				expect(error).toBeInstanceOf(SourceError);
				refusals++;
			}
		}
		expect(read).toBeGreaterThan(10);
		expect(refusals).toBeGreaterThan(300);
	});

	it("are not led astray by names that every object has", () => {
		expect(refused(() => readSource(JSON.parse('{"kind":"arduino","__proto__":{"path":"p"}}')))).toBe("data.path");
	});
});

describe("splits of recipes", () => {
	const split = { by: "group", shares: { training: 6, validation: 2, test: 2 }, seed: 1 };

	it("are taken as they are when nothing is wrong", () => {
		expect(readSplit(split)).toEqual(split);
	});

	it.each([
		["split.by", { ...split, by: "row" }],
		["split.shares", { ...split, shares: { training: 0, validation: 0, test: 0 } }],
		["split.shares.test", { ...split, shares: { training: 1, validation: 1 } }],
		["split.seed", { ...split, seed: -1 }],
		["split.folds", { ...split, folds: 5 }],
	])("are refused by the name of the field: %s", (field, json) => {
		expect(refused(() => readSplit(json))).toBe(field);
	});
});

describe("patterns for names", () => {
	const match = (pattern: string, name: string) => new NamePattern(pattern).match(name);

	it("give label and group", () => {
		expect(match("{label}_{*}.txt", "letter_phi_12.txt")).toEqual({ label: "letter_phi" });
		expect(match("{label}/output_{label}_{group}.txt", "wing/output_wing_Sonja_Jasmin.txt")).toEqual({
			label: "wing",
			group: "Sonja_Jasmin",
		});
		expect(match("{label}.{*}.json", "idle.1e3f.json")).toEqual({ label: "idle" });
	});

	it("match whole names, folders apart, and repeat what they repeat", () => {
		expect(match("{label}.txt", "a/b.txt")).toBeUndefined();
		expect(match("{label}.txt", "b.txt.gz")).toBeUndefined();
		expect(match("{label}.txt", "btxt")).toBeUndefined();
		expect(match("{label}/output_{label}_{group}.txt", "wing/output_ring_kai.txt")).toBeUndefined();
		expect(match("(a|b)+[c]$.txt", "(a|b)+[c]$.txt")).toEqual({});
	});

	it("refuse what they do not know, and more than they can try in time", () => {
		expect(() => new NamePattern("{person}.txt")).toThrow(PatternError);
		expect(() => new NamePattern("{*}{*}{*}{*}")).toThrow(PatternError);
		expect(() => new NamePattern("x".repeat(1000))).toThrow(PatternError);
		expect(match("{*}{*}{*}!", "a".repeat(255))).toBeUndefined();
		expect(match("a{label}a{*}a{*}a!", "a".repeat(255))).toBeUndefined();
		expect(match("{*}", "a".repeat(256))).toBeUndefined();
	});
});
