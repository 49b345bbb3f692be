import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { importEdgeImpulse } from "../../../../tools/training/import/edge-impulse";

const accelerometer = ["accX", "accY", "accZ"].map((name) => ({ name, units: "m/s2" }));
const gyroscope = ["gyrX", "gyrY", "gyrZ"].map((name) => ({ name, units: "rad/s" }));

/** A file as the format has it, with other members of its payload where they are given. */
function fileOf(payload: object = {}, indent = 0) {
	const whole = {
		protected: { ver: "v1", alg: "HS256", iat: 1700000000 },
		signature: "ab".repeat(32),
		payload: {
			device_name: "ac:87:a3:0a:2d:1b",
			device_type: "NODEMCU",
			interval_ms: 10,
			sensors: accelerometer,
			values: [
				[9.80665, 0, 0],
				[0, 19.6133, 0],
			],
			...payload,
		},
	};
	return { name: "idle.1.json", bytes: encodeText(JSON.stringify(whole, null, indent)) };
}

function problemsOf(payload: object): string[] {
	return importEdgeImpulse(fileOf(payload), { label: "idle" }).problems.map(({ reason }) => reason);
}

describe("Edge Impulse's data acquisition format", () => {
	it("takes rate, units and group from the file", () => {
		expect(importEdgeImpulse(fileOf(), { label: "idle" })).toEqual({
			items: [
				{
					label: "idle",
					group: "ac:87:a3:0a:2d:1b",
					source: { file: "idle.1.json", line: 1 },
					rate: 100,
					channels: 3,
					samples: Float32Array.of(1, 0, 0, 0, 2, 0),
				},
			],
			problems: [],
		});
	});

	it("takes sensors in any order, values before sensors, and °/s as well as rad/s", () => {
		const sensors = [...gyroscope, ...accelerometer.map(({ name }) => ({ name, units: "mg" }))];
		const values = [[Math.PI, 0, 0, 1000, 0, -1000]];
		const { items } = importEdgeImpulse(fileOf({ sensors, values }), { label: "turn" });
		const later = { name: "f", bytes: encodeText(JSON.stringify({ payload: { values, interval_ms: 10, sensors } })) };
		expect(importEdgeImpulse(later, { label: "turn" }).items[0]!.samples).toEqual(items[0]!.samples);
		expect(items[0]!.channels).toBe(6);
		expect(Array.from(items[0]!.samples)).toEqual([1, 0, -1, 180, 0, 0]);
		const degrees = gyroscope.map(({ name }) => ({ name, units: "deg/s" }));
		const inDegrees = importEdgeImpulse(
			fileOf({ sensors: [...accelerometer, ...degrees], values: [[0, 0, 0, 1, 2, 3]] }),
			{
				label: "turn",
			},
		);
		expect(Array.from(inDegrees.items[0]!.samples)).toEqual([0, 0, 0, 1, 2, 3]);
	});

	it("needs to be told of sensors by other names", () => {
		const sensors = ["x", "y", "z", "battery"].map((name) => ({ name, units: "g" }));
		const file = fileOf({ sensors, values: [[1, 2, 3, 99]] });
		expect(importEdgeImpulse(file, { label: "idle" }).problems[0]!.reason).toContain('"x"');
		const named = { x: "aX", y: "aY", z: "aZ", battery: "-" } as const;
		const { items } = importEdgeImpulse(file, { label: "idle", sensors: named });
		expect(Array.from(items[0]!.samples)).toEqual([1, 2, 3]);
	});

	it("names the line of each dirty row and keeps the others", () => {
		const values = [[0, 0, 1], [0, 0], [0, 0, 1, 2], [0, null, 1], [0, "1", 1], 7, [[0], 0, 1], [0, 0, 2]];
		const { items, problems } = importEdgeImpulse(fileOf({ values }, 1), { label: "idle" });
		expect(items[0]!.samples.length).toBe(6);
		const lines = new TextDecoder().decode(fileOf({ values }, 1).bytes).split("\n");
		expect(problems.map(({ skipped }) => skipped)).toEqual(new Array(6).fill("row"));
		expect(problems.map(({ reason }) => reason)).toEqual([
			"2 numbers where 3 sensors are",
			"4 numbers where 3 sensors are",
			"null where a number is expected",
			"string where a number is expected",
			"number where a row of numbers is expected",
			"array where a number is expected",
		]);
		// Indented JSON has each row's bracket on a line of its own.
		expect(lines[problems[0]!.line - 1]).toBe("   [");
		expect(lines[problems[0]!.line + 2]).toBe("   ],");
		expect(lines[problems[4]!.line - 1]).toBe("   7,");
	});

	it("refuses NaN and truncated text with the line", () => {
		const text = new TextDecoder().decode(fileOf({}, 1).bytes);
		const nan = encodeText(text.replace("19.6133", "NaN"));
		const line = text.slice(0, text.indexOf("19.6133")).split("\n").length;
		expect(importEdgeImpulse({ name: "n", bytes: nan }, { label: "idle" }).problems).toMatchObject([
			{ line, skipped: "file" },
		]);
		for (let length = 0; length < text.length; length += 7) {
			const { items, problems } = importEdgeImpulse(
				{ name: "n", bytes: encodeText(text.slice(0, length)) },
				{ label: "idle" },
			);
			expect(items).toEqual([]);
			expect(problems[0]).toMatchObject({
				skipped: "file",
				line: Math.max(1, text.slice(0, length).split("\n").length),
			});
		}
	});

	it("refuses units that it does not know, that mix, or that belong to another quantity", () => {
		const mixed = (units: string) => [...accelerometer.slice(0, 2), { name: "accZ", units }];
		expect(problemsOf({ sensors: mixed("ft/s2") })[0]).toContain('"ft/s2" is no unit of acceleration');
		expect(problemsOf({ sensors: mixed("rad/s") })[0]).toContain('"rad/s" is no unit of acceleration');
		const { items } = importEdgeImpulse(fileOf({ sensors: mixed("g"), values: [[9.80665, 0, 1]] }), { label: "idle" });
		expect(Array.from(items[0]!.samples)).toEqual([1, 0, 1]);
	});

	it.each([
		["interval_ms", { interval_ms: 0 }],
		["interval_ms", { interval_ms: undefined }],
		["sensors", { sensors: undefined }],
		["values", { values: undefined }],
		["no row", { values: [] }],
		["column", { sensors: accelerometer.slice(0, 2), values: [[1, 2]] }],
	])("says that %s is missing", (named, payload) => {
		expect(problemsOf(payload)[0]).toContain(named);
	});

	it("leaves out a recording of another length than stated", () => {
		const { items, problems } = importEdgeImpulse(fileOf(), { label: "idle", rows: 3 });
		expect(items).toEqual([]);
		expect(problems.map(({ reason }) => reason)).toEqual(["2 rows where 3 are expected"]);
	});
});
