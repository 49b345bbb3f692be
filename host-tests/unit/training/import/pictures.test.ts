import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { importPictures, type PictureFormat } from "../../../../tools/training/import/pictures";
import { FormatError } from "../../../../tools/training/import/text";

const format: PictureFormat = { width: 2, height: 2, white: 1 };

function read(json: unknown, options: Partial<PictureFormat & { label: string }> = {}) {
	const text = "string" === typeof json ? json : JSON.stringify(json, null, 1);
	return importPictures({ name: "7.json", bytes: encodeText(text) }, { label: "7", ...format, ...options });
}

describe("pictures in JSON", () => {
	it("takes the pixels of all pictures of a label one after another", () => {
		const { items, problems } = read({ data: [0, 0.25, 0.5, 1, 1, 0, 0, 0] });
		expect(problems).toEqual([]);
		expect(items.map(({ label, group, pixels }) => [label, group, ...pixels])).toEqual([
			["7", "7.json#0", 0, 0.25, 0.5, 1],
			["7", "7.json#1", 1, 0, 0, 0],
		]);
	});

	it("takes pictures with a label of their own, flat or in rows", () => {
		const pictures = [
			{ label: 3, pixels: [0, 51, 102, 255] },
			{
				label: "four",
				pixels: [
					[0, 0],
					[255, 0],
				],
			},
		];
		const { items } = read(pictures, { white: 255 });
		expect(items.map(({ label, pixels }) => [label, ...pixels])).toEqual([
			["3", 0, Math.fround(0.2), Math.fround(0.4), 1],
			["four", 0, 0, 1, 0],
		]);
	});

	it("names the line of each that cannot be used and keeps the others", () => {
		const text = [
			"[",
			'{"label":1,"pixels":[0,0,0]},',
			'{"label":1,"pixels":[0,0,0,0,0]},',
			'{"label":1,"pixels":[0,0,0,1.5]},',
			'{"label":1,"pixels":[0,0,null,0]},',
			'{"label":1,"pixels":[0,0,-1,0]},',
			'{"label":"","pixels":[0,0,0,0]},',
			'{"label":1},',
			'{"label":1,"pixels":[0,0,0,0]}',
			"]",
		].join("\n");
		const { items, problems } = read(text, { label: "" });
		expect(items.length).toBe(1);
		expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
	});

	it("reports pixels that are left over, and pixels out of range", () => {
		expect(read({ data: [0, 0, 0, 0, 0, 0] }).problems.map(({ reason }) => reason)).toEqual([
			"2 pixels where 4 are expected",
		]);
		const { items, problems } = read({ data: [0, 0, 0, 255, 0, 0, 0, 1] });
		expect(items.length).toBe(1);
		expect(problems.map(({ reason }) => reason)).toEqual(["pixel 255 is not from 0 to 1"]);
	});

	it("refuses truncated text, NaN and other JSON with the line", () => {
		expect(read('{"data":[0,0,0,0\n,0').problems).toMatchObject([{ line: 2, skipped: "file" }]);
		expect(read('{"data":[0,\nNaN]}').problems).toMatchObject([{ line: 2, skipped: "file" }]);
		expect(read('{"data":[0,\r0,\r\nNaN]}').problems).toMatchObject([{ line: 3, skipped: "file" }]);
		expect(read("7").problems).toMatchObject([{ line: 1, skipped: "file" }]);
		expect(read("").problems).toMatchObject([{ line: 1, skipped: "file" }]);
		expect(read("{}").problems).toMatchObject([{ line: 1, skipped: "file" }]);
	});

	it("refuses to guess sizes and brightness", () => {
		expect(() => read({ data: [] }, { width: Number.NaN })).toThrow(FormatError);
		expect(() => read({ data: [] }, { height: 100_000 })).toThrow(FormatError);
		expect(() => read({ data: [] }, { white: 0 })).toThrow(FormatError);
	});
});
