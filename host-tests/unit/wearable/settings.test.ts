import { backoff } from "common/backoff";
import { expect, test } from "vitest";
import { readSettings, SettingsError } from "wearable/settings";

const minimal = { id: "wearable-1", gateway: "127.0.0.1:8080" };

/** Settings of a store that holds these values, each as what it is. */
const read = (values: Record<string, string | number>) =>
	readSettings({
		text: (key) => (typeof values[key] === "string" ? values[key] : undefined),
		number: (key) => (typeof values[key] === "number" ? values[key] : undefined),
	});

test("Settings: id and gateway suffice, the rest has defaults", () => {
	expect(read(minimal)).toEqual({
		id: "wearable-1",
		name: "wearable-1",
		address: "127.0.0.1",
		port: 8080,
		model: "gesture",
		window: 119,
		rate: 119,
		threshold: 500,
		release: 200,
		history: 8,
	});
});

test("Settings: what the store has counts", () => {
	const settings = read({ ...minimal, window: 64, history: 0, name: "Réka's wrist" });
	expect([settings.window, settings.history, settings.name]).toEqual([64, 0, "Réka's wrist"]);
});

test.each<Record<string, string | number>>([
	{ id: "" },
	{ id: "Wearable" },
	{ id: "a-name-that-is-too-long" },
	{ gateway: "127.0.0.1" },
	{ gateway: ":80" },
	{ gateway: "127.0.0.1:0" },
	{ gateway: "127.0.0.1:65536" },
	{ name: "x".repeat(33) },
	{ model: "" },
	{ model: "a/b" },
	{ model: "x".repeat(33) },
	{ window: 15 },
	{ window: 201 },
	{ window: 99.5 },
	{ rate: 501 },
	{ threshold: 0 },
	{ release: 501 },
	{ window: 16, history: 16 },
])("Settings: %j is refused", (wrong) => {
	expect(() => read({ ...minimal, ...wrong })).toThrow(SettingsError);
});

test("Settings without an id or a gateway are refused", () => {
	expect(() => read({ id: "a" })).toThrow(SettingsError);
	expect(() => read({ gateway: "127.0.0.1:80" })).toThrow(SettingsError);
});

test("backoff: doubles up to the limit, between half of it and all", () => {
	for (let attempt = 0; attempt < 100; attempt++) {
		const full = Math.min(30_000, 500 * 2 ** attempt);
		expect(backoff(attempt, 500, 30_000, () => 0)).toBe(full);
		const least = backoff(attempt, 500, 30_000, () => 0.999999);
		expect(least).toBeGreaterThan(full / 2 - 1);
		expect(least).toBeLessThan(full / 2 + 1);
	}
});
