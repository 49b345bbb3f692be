import { Networks } from "common/wifi/networks";
import type { HTTPError, Request } from "gateway/web/route";
import { WiFiManager } from "gateway/wifi-routes";
import { describe, expect, test } from "vitest";
import { Air } from "../common/wifi/air";
import { MemoryStore } from "../devices/store";

/** A manager whose link is a supervisor in virtual time, and the API as a client sees it. */
function open(...kept: string[]) {
	const networks = new Networks(new MemoryStore());
	for (const ssid of kept) networks.add(ssid, "");
	const air = new Air(networks);
	const sought: { found: (ssid: string, strength: number, secure: boolean) => void; done: () => void }[] = [];
	let busy = false;
	const manager = new WiFiManager({
		now: () => air.now,
		link: {
			networks,
			supervisor: air.supervisor,
			get strength() {
				return air.online ? -50 : undefined;
			},
			address: () => air.address(),
			attempt(ssid, password) {
				const slot = networks.add(ssid, password);
				air.supervisor.attempt(slot, air.now);
				return slot;
			},
			forget(ssid) {
				if (!networks.remove(ssid)) return false;
				air.supervisor.forgot(air.now);
				return true;
			},
			look(found, done) {
				if (busy) return false;
				sought.push({ found, done });
				return true;
			},
		},
	});
	const call = (method: string, path: string, body?: unknown, parameter = "") => {
		const route = manager.routes.find((candidate) => method === candidate.method && path === candidate.path)!;
		expect(route.scope).toBe("admin");
		const text = "string" === typeof body ? body : JSON.stringify(body ?? {});
		return route.handle({ parameters: [parameter] } as unknown as Request, new TextEncoder().encode(text));
	};
	const list = () => JSON.parse(call("GET", "/api/v1/wifi").body as string);
	return { air, manager, call, list, sought, setBusy: (value: boolean) => (busy = value) };
}

describe("networks by the API", () => {
	test("how the link is", () => {
		const { air, manager, list } = open("home");
		expect(manager.status()).toEqual({ state: "waiting", ssid: "", rssi: null, address: "", failure: null });
		air.set("home", {});
		air.start();
		air.run(1000);
		expect(manager.status()).toEqual({ state: "connecting", ssid: "home", rssi: null, address: "", failure: null });
		air.run(60_000);
		const online = { state: "connected", ssid: "home", rssi: -50, address: "192.168.1.9", failure: null };
		expect(list()).toEqual({ networks: [{ ssid: "home", failure: null }], asked: null, ...online });
		air.set("home", { strength: undefined });
		air.run(120_000);
		expect(manager.status()).toMatchObject({ rssi: null, address: "", failure: "not-found" });
	});

	test("another one is kept and tried, and what came of it is told", () => {
		const { air, call, list } = open("home");
		air.set("home", {});
		air.set("other", { password: "right password" });
		air.start();
		air.run(60_000);
		expect(call("POST", "/api/v1/wifi", { ssid: "other", password: "wrong password" }).status).toBe(202);
		air.run(120_000);
		expect(list()).toMatchObject({ ssid: "home", asked: { ssid: "other", failure: "wrong-password" } });
		expect(call("POST", "/api/v1/wifi", { password: "right password", more: [1], ssid: "other" }).status).toBe(202);
		air.run(180_000);
		expect(list()).toMatchObject({ ssid: "other", asked: { ssid: "other", failure: null } });
		expect(call("DELETE", "/api/v1/wifi/*", undefined, "other").status).toBe(204);
		air.run(240_000);
		expect(list()).toMatchObject({ ssid: "home", networks: [{ ssid: "home" }] });
		expect(() => call("DELETE", "/api/v1/wifi/*", undefined, "other")).toThrow("no such network");
	});

	test.each([
		[{}, '"ssid" has'],
		[{ ssid: "x".repeat(33) }, '"ssid" has'],
		[{ ssid: "home", password: "short" }, '"password" has'],
		[{ ssid: "x".repeat(400) }, ""],
		["[]", ""],
		["{", ""],
		['{"ssid":1}', ""],
	])("%j is refused", (body, message) => {
		const { call, air } = open();
		let error: unknown;
		try {
			call("POST", "/api/v1/wifi", body);
		} catch (thrown) {
			error = thrown;
		}
		expect((error as HTTPError).status).toBe(400);
		expect((error as HTTPError).message).toContain(message);
		expect(air.networks.count).toBe(0);
	});

	test("a scan is asked for until it is over, and its findings are given once", () => {
		const { air, call, sought, setBusy } = open();
		const scan = () => call("POST", "/api/v1/wifi/scan");
		expect(scan()).toMatchObject({ status: 202, headers: { "retry-after": "3" } });
		expect(scan().status).toBe(202);
		expect(sought.length).toBe(1);
		for (let n = 0; n < 40; n++) sought[0]!.found(`"network" ${n}`, -40 - n, 0 === n % 2);
		sought[0]!.done();
		const answer = scan();
		expect(answer.status).toBe(200);
		const found = JSON.parse(answer.body as string);
		expect(found.length).toBe(16);
		expect(found[1]).toEqual({ ssid: '"network" 1', rssi: -41, secure: false });
		expect(scan().status).toBe(202);
		sought[1]!.done();
		// What nobody has asked for in time is out of date.
		air.now += 31_000;
		expect(scan().status).toBe(202);
		expect(sought.length).toBe(3);
		sought[2]!.done();
		scan();
		setBusy(true);
		expect(scan).toThrow("busy");
	});
});
