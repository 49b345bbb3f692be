import { readBroker, readGateway, readOr, SettingsError } from "gateway/settings";
import { describe, expect, test } from "vitest";

const from = (values: Record<string, string | number>) => (key: string) => values[key];

describe("settings", () => {
	test("name and port, and what they are when nothing says otherwise", () => {
		const notices: string[] = [];
		expect(readGateway(from({ name: "Hall-2", port: "8080" }), notices)).toEqual({ name: "Hall-2", port: 8080 });
		expect(readGateway(from({ port: 0 }), notices)).toEqual({ name: "gateway", port: 0 });
		expect(readGateway(from({}), notices)).toEqual({ name: "gateway", port: 80 });
		expect(notices).toEqual([]);
	});

	test.each<Record<string, string | number>>([
		{ name: "" },
		{ name: "a/b" },
		{ name: "a+b" },
		{ name: "x".repeat(33) },
		{ name: "ö" },
		{ port: 65536 },
		{ port: -1 },
		{ port: "http" },
		{ port: 80.5 },
	])("%o makes no sense – the rest counts, and a notice says so", (values) => {
		const notices: string[] = [];
		expect(readGateway(from({ name: "hall", port: 8080, ...values }), notices)).toEqual({
			name: "name" in values ? "gateway" : "hall",
			port: "port" in values ? 80 : 8080,
		});
		expect(notices).toHaveLength(1);
		expect(notices[0]).toMatch(/^a setting is left out: (name|port) /);
	});

	test("a store that cannot be read – as if nothing were set", () => {
		const notices: string[] = [];
		const broken = () => {
			throw new Error("flash");
		};
		expect(readGateway(broken, notices)).toEqual({ name: "gateway", port: 80 });
		expect(readOr(() => readBroker(broken), undefined, notices)).toBeUndefined();
		expect(notices).toHaveLength(3);
	});

	test.each([
		["mqtt://127.0.0.1:1884", { address: "127.0.0.1", port: 1884 }],
		["mqtt://10.0.0.2", { address: "10.0.0.2", port: 1883 }],
		["mqtt://10.0.0.2/", { address: "10.0.0.2", port: 1883 }],
		["mqtt://u@10.0.0.2", { address: "10.0.0.2", port: 1883, user: "u" }],
		["mqtt://u:p%40%3A:x@10.0.0.2:1", { address: "10.0.0.2", port: 1, user: "u", password: "p@::x" }],
	])("broker %s", (broker, expected) => {
		expect(readBroker(from({ broker }))).toEqual(expected);
	});

	test("user and password may stand by themselves", () => {
		expect(readBroker(from({ broker: "mqtt://10.0.0.2", user: "u", password: 1234 }))).toEqual({
			address: "10.0.0.2",
			port: 1883,
			user: "u",
			password: "1234",
		});
	});

	test("no broker is no uplink", () => {
		expect(readBroker(from({}))).toBeUndefined();
		expect(readBroker(from({ broker: "" }))).toBeUndefined();
	});

	test("a password without a user is refused by its name, not by MQTT", () => {
		expect(() => readBroker(from({ broker: "mqtt://10.0.0.9", password: "x" }))).toThrow(SettingsError);
	});

	test.each(["10.0.0.2", "http://10.0.0.2", "mqtt://", "mqtt://:1883", "mqtt://a:x", "mqtt://%zz@a"])(
		"refuses %s",
		(broker) => {
			expect(() => readBroker(from({ broker }))).toThrow(SettingsError);
		},
	);
});
