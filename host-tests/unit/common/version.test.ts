import { compareVersions } from "common/version";
import { describe, expect, test } from "vitest";

describe("order of versions", () => {
	// Each is older than the next.
	const ascending = [
		"0.9",
		"1.0.0-alpha",
		"1.0.0-alpha.1",
		"1.0.0-alpha.beta",
		"1.0.0-beta",
		"1.0.0-beta.2",
		"1.0.0-beta.11",
		"1.0.0-rc.1",
		"1.0.0",
		"1.0.1",
		"1.2",
		"1.10.0",
		"2",
		"2.0.0.1",
		"20260101",
		"99999999999999999998",
		"99999999999999999999",
		"a",
		"b_1",
	];

	test("each comes before all that follow it, and after all before", () => {
		ascending.forEach((a, i) => {
			ascending.forEach((b, j) => {
				expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j));
			});
		});
	});

	test.each([
		["1", "1.0.0"],
		["1.2", "1.2.0"],
		["01.2", "1.2"],
		["1.0.0-1", "1.0-01"],
	])("%s and %s are of one age", (a, b) => {
		expect(compareVersions(a, b)).toBe(0);
		expect(compareVersions(b, a)).toBe(0);
	});
});
