import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { importCaptures } from "../../../../tools/training/import/captures";
import { quantise } from "../../../../tools/training/sensor";

const counts = Int16Array.from([0, 1, -1, 8192, -32768, 32767, 100, -200, 300, -16, 17, 12345]);

function line(changes: object = {}): string {
	const window = Buffer.from(counts.buffer).toString("base64");
	return JSON.stringify({ device: "wearable-1", label: "left", time: 1700000000, rate: 119, window, ...changes });
}

function read(text: string, options = {}) {
	return importCaptures({ name: "captures.ndjson", bytes: encodeText(text) }, options);
}

describe("a gateway's captures", () => {
	it("gives back the counts that the wearable sent", () => {
		const { items, problems } = read(`${line({ model: "gesture" })}\n\n${line({ device: "w2", label: "right" })}\n`);
		expect(problems).toEqual([]);
		expect(
			items.map(({ label, group, rate, channels, source }) => [label, group, rate, channels, source.line]),
		).toEqual([
			["left", "wearable-1", 119, 6, 1],
			["right", "w2", 119, 6, 3],
		]);
		const { samples } = items[0]!;
		expect([...quantise(samples.subarray(0, 6)), ...quantise(samples.subarray(6))]).toEqual([...counts]);
	});

	it("gives back every count", () => {
		for (let count = -32768; count < 32768; count += 6) {
			const window = Int16Array.from({ length: 6 }, (_, i) => Math.min(32767, count + i));
			const { items } = read(line({ window: Buffer.from(window.buffer).toString("base64") }));
			expect(quantise(items[0]!.samples)).toEqual(window);
		}
	});

	it("names the line of each that is none and keeps the others", () => {
		const bad = [
			"{",
			"[]",
			"null",
			line().slice(0, -20),
			line({ window: undefined }),
			line({ window: "" }),
			line({ window: "AAAA" }),
			line({ window: "AAAAAAAAAAAAAAA" }),
			line({ window: "AAAA*AAAAAAAAAAA" }),
			line({ window: "AA==AAAAAAAAAAAA" }),
			line({ window: 7 }),
			line({ rate: 0 }),
			line({ rate: null }),
			line({ rate: "119" }),
			line({ device: "" }),
			line({ device: "x".repeat(65) }),
			line({ label: undefined }),
			line().replace("119", "NaN"),
			`${line()} ${line()}`,
		];
		const { items, problems } = read([...bad, line()].join("\n"));
		expect(items.map(({ source }) => source.line)).toEqual([bad.length + 1]);
		expect(problems.map((problem) => problem.line)).toEqual(bad.map((_, i) => i + 1));
	});

	it("leaves out windows of another length than stated", () => {
		expect(read(line(), { rows: 2 }).items.length).toBe(1);
		expect(read(line(), { rows: 119 }).problems.map(({ reason }) => reason)).toEqual(["2 rows where 119 are expected"]);
	});

	it("says that a file is empty", () => {
		expect(read("").problems.map(({ reason }) => reason)).toEqual(["the file is empty"]);
	});
});
