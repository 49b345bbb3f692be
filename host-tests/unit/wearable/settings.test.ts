import { backoff } from "common/backoff";
import { expect, test } from "vitest";
import { defaultId, readSettings } from "wearable/settings";

/** Settings of a store that holds these values, each as what it is, and what was said of them. */
function read(values: Record<string, string | number>) {
	const complaints: string[] = [];
	const settings = readSettings({
		store: {
			text: (key) => (typeof values[key] === "string" ? values[key] : undefined),
			number: (key) => (typeof values[key] === "number" ? values[key] : undefined),
		},
		id: "wearable-a1b2c3",
		complain: (line) => complaints.push(line),
	});
	return { settings, complaints };
}

const defaults = {
	id: "wearable-a1b2c3",
	name: "wearable-a1b2c3",
	gateway: undefined,
	model: "gesture",
	window: 119,
	rate: 119,
	threshold: 500,
	release: 200,
	history: 8,
};

test("Settings of an empty store: all have defaults", () => {
	expect(read({})).toEqual({ settings: defaults, complaints: [] });
});

test("Settings: what the store has counts", () => {
	const values = { id: "wearable-1", gateway: "127.0.0.1:8080", window: 64, history: 0, name: "Réka's wrist" };
	expect(read(values)).toEqual({
		settings: { ...defaults, ...values, gateway: { address: "127.0.0.1", port: 8080 } },
		complaints: [],
	});
});

test.each<Record<string, string | number>>([
	{ id: "" },
	{ id: "Wearable" },
	{ id: "a-name-that-is-too-long" },
	{ gateway: "127.0.0.1" },
	{ gateway: ":80" },
	{ gateway: "127.0.0.1:0" },
	{ gateway: "127.0.0.1:65536" },
	{ gateway: "127.0.0.1:" },
	{ gateway: "127.0.0.1:8e1" },
	{ gateway: "127.0.0.256:80" },
	{ gateway: "127.0.0:80" },
	{ gateway: "gateway:80" },
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
	{ history: 65 },
])("Settings: %j is told of and passed over", (wrong) => {
	const { settings, complaints } = read(wrong);
	expect(settings).toEqual(defaults);
	expect(complaints.length).toBe(1);
	expect(complaints[0]).toContain(`setting ${Object.keys(wrong)[0]} `);
});

test("Settings whose limits depend on others: keep to them", () => {
	expect(read({ window: 16, history: 16 }).settings).toMatchObject({ window: 16, history: 8 });
	expect(read({ threshold: 100 }).settings).toMatchObject({ threshold: 100, release: 100 });
});

test("the id of a device that has been given none: the end of its address", () => {
	expect(defaultId("5C:CF:7F:A1:B2:C3")).toBe("wearable-a1b2c3");
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
