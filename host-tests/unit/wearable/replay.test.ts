import { expect, test } from "vitest";
import { hasRecordings, readRecordings } from "../../recordings";
import { toCounts, wear } from "./wear";

test.skipIf(!hasRecordings("the replay of real recordings"))(
	"IMU: every one of 98 real recordings comes out as one window, count by count",
	() => {
		const recordings = readRecordings();
		expect(recordings.length).toBe(98);
		const windows = wear(recordings, { history: 0 }).run(98 * 2550);
		expect(windows.length).toBe(98);
		for (let i = 0; i < 98; i++) expect(windows[i]).toEqual(toCounts(recordings[i]!));
	},
);
