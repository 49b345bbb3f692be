import type { Found } from "common/mdns/finder";
import { describe, expect, test } from "vitest";
import { Locator } from "wearable/locator";

const one: Found = { id: "one", pairing: false, address: "10.0.0.1", port: 80 };
const two: Found = { id: "two", pairing: false, address: "10.0.0.2", port: 80 };

/** A locator in a network with `lan.gateways`, which are found with each tick. */
function locate(options: { kept?: string; joined?: boolean } = {}) {
	const lan = { gateways: [] as Found[], away: false, searches: 0, open: 0, wanted: [] as (string | undefined)[] };
	const places: string[] = [];
	const kept: string[] = [];
	const lines: string[] = [];
	const locator = new Locator({
		kept: options.kept,
		joined: options.joined ?? undefined !== options.kept,
		begin(wanted) {
			if (lan.away) throw new Error("no network");
			lan.searches++;
			lan.open++;
			lan.wanted.push(wanted);
			return { find: (fits) => lan.gateways.find(fits), tick() {}, close: () => lan.open-- };
		},
		keep: (id) => kept.push(id),
		onFound: (address, port) => places.push(`${address}:${port}`),
		log: (line) => lines.push(line),
	});
	return { lan, locator, places, kept, lines };
}

describe("a device that belongs to no gateway", () => {
	test("waits for one that lets devices in, and keeps it once it is in", () => {
		const { lan, locator, places, kept, lines } = locate();
		lan.gateways = [one, two];
		locator.tick(true, 0);
		expect(locator.found).toBe(false);
		lan.gateways = [one, { ...two, pairing: true }];
		locator.tick(true, 0);
		expect(places).toEqual(["10.0.0.2:80"]);
		expect(kept).toEqual([]);
		locator.joined();
		expect(kept).toEqual(["two"]);
		expect(lan).toMatchObject({ searches: 1, open: 0, wanted: [undefined] });
		expect(lines).toEqual(["looks for a gateway with pairing open", "gateway two is at 10.0.0.2:80"]);
	});

	test("turns away from one that has closed in the meantime, and comes back when it opens", () => {
		const { lan, locator, places } = locate();
		lan.gateways = [{ ...one, pairing: true }];
		locator.tick(true, 0);
		lan.gateways = [one];
		locator.closed();
		locator.tick(true, 0);
		expect(locator.found).toBe(false);
		lan.gateways = [{ ...one, pairing: true }];
		locator.tick(true, 0);
		expect(places).toEqual(["10.0.0.1:80", "10.0.0.1:80"]);
	});

	test("but has a key: takes the first", () => {
		const { lan, locator, places } = locate({ joined: true });
		lan.gateways = [one, two];
		locator.tick(true, 0);
		locator.closed();
		expect([places, locator.found]).toEqual([["10.0.0.1:80"], true]);
	});
});

describe("a device that belongs to a gateway", () => {
	test("takes no other", () => {
		const { lan, locator, places, kept } = locate({ kept: "two" });
		lan.gateways = [{ ...one, pairing: true }];
		locator.tick(true, 0);
		expect(places).toEqual([]);
		lan.gateways.push(two);
		locator.tick(true, 0);
		locator.joined();
		expect([places, kept, lan.wanted]).toEqual([["10.0.0.2:80"], [], ["two"]]);
	});

	test("follows it to another address when it does not answer, and meanwhile tries the old one", () => {
		const { lan, locator, places } = locate({ kept: "one" });
		lan.gateways = [one];
		locator.tick(true, 0);
		lan.gateways = [];
		locator.tick(true, 1);
		expect(lan.open).toBe(0);
		locator.tick(true, 2);
		expect([lan.open, locator.found]).toEqual([1, true]);
		lan.gateways = [{ ...one, address: "10.0.0.7", port: 8080 }];
		locator.tick(true, 3);
		expect([places, lan.open]).toEqual([["10.0.0.1:80", "10.0.0.7:8080"], 0]);
	});

	test("that is found where it was and answers nothing: looks again only after further attempts", () => {
		const { lan, locator, places } = locate({ kept: "one" });
		lan.gateways = [one];
		for (let unanswered = 0; unanswered < 9; unanswered++) locator.tick(true, unanswered);
		expect(lan.searches).toBe(5);
		expect(places).toEqual(["10.0.0.1:80"]);
		locator.tick(true, 0);
		locator.tick(true, 2);
		expect(lan.searches).toBe(6);
	});

	test("looks for it in each network, and stops when there is none", () => {
		const { lan, locator } = locate({ kept: "one" });
		locator.tick(true, 0);
		expect(lan.open).toBe(1);
		locator.tick(false, 0);
		locator.tick(false, 5);
		expect(lan.open).toBe(0);
		lan.away = true;
		locator.tick(true, 0);
		lan.away = false;
		locator.tick(true, 0);
		expect(lan.open).toBe(1);
	});
});
