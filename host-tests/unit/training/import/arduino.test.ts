import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import { importArduino, readArduino } from "../../../../tools/training/import/arduino";

describe("recordings as Arduino sketches print them", () => {
	it("splits at blank lines and passes over the header", () => {
		const { recordings, problems } = readArduino(
			"aX,aY,aZ,gX,gY,gZ\n1,2,3,4,5,6\n-1,0,1.5,1e2,0,0\n\n7,8,9,10,11,12\n",
		);
		expect(recordings.map((recording) => Array.from(recording))).toEqual([
			[1, 2, 3, 4, 5, 6, -1, 0, 1.5, 100, 0, 0],
			[7, 8, 9, 10, 11, 12],
		]);
		expect(problems).toEqual([]);
	});

	it("reports malformed rows with their line and keeps the others", () => {
		const { recordings, problems } = readArduino(
			"1,2,3,4,5,6\r\n1,2,3\r\n1,2,x,4,5,6\r\n1,2,,4,5,6\r\n1,2,NaN,4,5,6\r\n1,2,3,4,5,1e99\r\n",
		);
		expect(recordings.length).toBe(1);
		expect(recordings[0]!.length).toBe(6);
		expect(problems.map((problem) => problem.line)).toEqual([2, 3, 4, 5, 6]);
	});

	it("gives nothing for an empty file", () => {
		expect(readArduino("\n\n")).toEqual({ recordings: [], problems: [] });
	});

	it("gives each recording its label, rate and place", () => {
		const bytes = encodeText("aX,aY,aZ,gX,gY,gZ\n1,2,3,4,5,6\n\n7,8,9,10,11,12\n");
		const { items } = importArduino({ name: "punch.csv", bytes }, { label: "punch", rate: 119 });
		expect(items).toEqual([
			{
				label: "punch",
				group: "punch.csv:2",
				source: { file: "punch.csv", line: 2 },
				rate: 119,
				channels: 6,
				samples: Float32Array.of(1, 2, 3, 4, 5, 6),
			},
			{
				label: "punch",
				group: "punch.csv:4",
				source: { file: "punch.csv", line: 4 },
				rate: 119,
				channels: 6,
				samples: Float32Array.of(7, 8, 9, 10, 11, 12),
			},
		]);
	});
});
