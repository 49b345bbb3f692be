import { Networks } from "common/wifi/networks";
import { recoveryTime, Supervisor } from "common/wifi/supervisor";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../devices/store";
import { Air } from "./air";

/** A radio among networks, of which these are kept: name and password. */
function among(kept: readonly (readonly [string, string])[], last?: number, random?: () => number): Air {
	const networks = new Networks(new MemoryStore());
	for (const [ssid, password] of kept) networks.add(ssid, password);
	if (undefined !== last) networks.settle(last);
	return new Air(networks, random);
}

const minute = 60_000;

describe("one network", () => {
	test("joins without a scan", () => {
		const air = among([["home", "12345678"]]);
		air.set("home", { password: "12345678" });
		expect(air.supervisor.state).toBe("waiting");
		air.start();
		expect(air.supervisor.state).toBe("connecting");
		air.run(minute);
		expect(air.online).toBe(true);
		expect(air.log).toEqual(["join home"]);
		expect(air.supervisor.failure).toBeNull();
		expect(air.networks.last).toBe(0);
	});

	test.each([
		["wrong-password", { password: "another password" }],
		["not-found", { strength: undefined }],
		["no-address", { leases: false }],
	] as const)("%s is told apart, retried, and over when it ends", (failure, weather) => {
		const air = among([["home", "12345678"]]);
		air.set("home", { password: "12345678", ...weather });
		air.start();
		air.run(10 * minute);
		expect(air.supervisor.failure).toBe(failure);
		expect(air.supervisor.failureOf(0)).toBe(failure);
		// At least every 51 s, and not all the time.
		const attempts = air.log.filter((entry) => "join home" === entry).length;
		expect(attempts).toBeGreaterThan(11);
		expect(attempts).toBeLessThan(60);
		air.set("home", { password: "12345678", strength: -60, leases: true });
		air.run(air.now + recoveryTime(1), () => air.online);
		expect(air.online).toBe(true);
		expect(air.supervisor.failure).toBeNull();
	});

	test("a radio that says nothing is asked again", () => {
		const air = among([["home", ""]]);
		air.set("home", {});
		air.mute = true;
		air.start();
		air.run(5 * minute);
		expect(air.supervisor.failure).toBe("lost");
		air.mute = false;
		air.run(air.now + recoveryTime(1), () => air.online);
		expect(air.online).toBe(true);
	});

	test("a handshake that fails once is made again at once", () => {
		const air = among([["home", ""]]);
		air.mute = true;
		air.start();
		air.run(500);
		air.supervisor.joined(500);
		expect(air.supervisor.state).toBe("connecting");
		const again = among([["home", ""]]);
		again.mute = true;
		again.start();
		again.run(100);
		again.supervisor.failed(100, "lost");
		again.run(700);
		expect(again.log).toEqual(["join home", "join home"]);
		again.supervisor.failed(700, "wrong-password");
		again.run(1300);
		expect(again.log.length).toBe(2);
		expect(again.supervisor.state).toBe("waiting");
		expect(again.supervisor.failure).toBe("wrong-password");
	});

	test("a link without an address is found out", () => {
		const air = among([["home", ""]]);
		air.set("home", {});
		air.start();
		air.run(minute);
		air.set("home", { leases: false });
		air.run(air.now + 6000);
		expect(air.online).toBe(false);
		expect(air.supervisor.failure).toBe("lost");
		expect(air.log).toContain("leave");
		air.run(air.now + minute);
		expect(air.supervisor.failure).toBe("no-address");
		air.set("home", { leases: true });
		air.run(air.now + recoveryTime(1), () => air.online);
		expect(air.online).toBe(true);
	});

	test("an address that nobody told of counts when the time for it is over", () => {
		const air = among([["home", ""]]);
		air.set("home", { leases: false, latency: 10 });
		air.start();
		air.run(1000);
		air.address = () => "10.0.0.2";
		air.run(20_000);
		expect(air.online).toBe(true);
	});

	test("events of what was before change nothing", () => {
		const air = among([["home", ""]]);
		const { supervisor } = air;
		supervisor.failed(0, "lost");
		supervisor.joined(0);
		supervisor.addressed(0);
		supervisor.unaddressed(0);
		supervisor.scanned(0);
		supervisor.found("home", -1);
		supervisor.tick(0);
		expect(supervisor.state).toBe("waiting");
		expect(supervisor.due).toBeUndefined();
		air.set("home", { strength: undefined });
		air.start();
		air.run(minute, () => "waiting" === supervisor.state);
		supervisor.addressed(air.now);
		supervisor.joined(air.now);
		expect(supervisor.state).toBe("waiting");
	});
});

describe("several networks", () => {
	const kept = [
		["near", ""],
		["far", ""],
		["absent", ""],
	] as const;

	test("without a last one, the strongest first", () => {
		const air = among(kept);
		air.set("near", { strength: -40 });
		air.set("far", { strength: -80 });
		air.start();
		air.run(minute);
		expect(air.log).toEqual(["scan", "join near"]);
	});

	test("the last one first, and without a scan", () => {
		const air = among(kept, 1);
		air.set("near", { strength: -40 });
		air.set("far", { strength: -80 });
		air.start();
		air.run(minute);
		expect(air.log).toEqual(["join far"]);
	});

	test("when the last one is gone, the others by strength; those unseen last", () => {
		const air = among(kept, 2);
		air.set("near", { strength: -60, password: "changed password" });
		air.set("far", { strength: -50, password: "changed password" });
		air.start();
		air.run(minute, () => "waiting" === air.supervisor.state);
		expect(air.log).toEqual([
			"join absent",
			"scan",
			...["join far", "join far"],
			...["join near", "join near"],
			"join absent",
		]);
		expect(air.supervisor.failure).toBe("wrong-password");
	});

	test("a little weaker than another, the last one is still the first", () => {
		for (const [strength, first] of [
			[-55, "far"],
			[-70, "near"],
		] as const) {
			const air = among(kept, 1);
			air.set("near", { strength: -50, latency: 10 });
			air.set("far", { strength, leases: false, latency: 10 });
			air.start();
			air.run(minute, () => air.log.includes("scan"));
			air.log.length = 0;
			air.run(minute, () => air.log.length > 0 || air.online);
			expect(air.log[0]).toBe(`join ${first}`);
		}
	});

	test("a hidden network is found", () => {
		const air = among(kept);
		air.set("far", { hidden: true });
		air.start();
		air.run(2 * minute);
		expect(air.ssid).toBe("far");
		expect(air.online).toBe(true);
	});

	test("a scan that does not end holds nothing up", () => {
		const air = among(kept);
		air.scan = () => air.log.push("scan");
		air.set("near", {});
		air.start();
		air.run(2 * minute);
		expect(air.online).toBe(true);
	});
});

describe("a network that is asked for", () => {
	test("is tried before all others, after a farewell; the old one again when it fails", () => {
		const air = among([["home", ""]]);
		air.set("home", {});
		air.set("other", { password: "right password" });
		air.start();
		air.run(minute);
		const slot = air.networks.add("other", "wrong password");
		air.supervisor.attempt(slot, air.now);
		const { log } = air;
		log.length = 0;
		air.run(air.now + 1000);
		expect(log).toEqual([]);
		air.run(air.now + 2 * minute);
		expect(log[0]).toBe("join other");
		expect(air.ssid).toBe("home");
		expect(air.online).toBe(true);
		expect(air.supervisor.failureOf(slot)).toBe("wrong-password");
		expect(air.supervisor.failure).toBeNull();
	});

	test("a new password that is wrong does not cost the old one", () => {
		const air = among([["home", "old password"]], 0);
		air.set("home", { password: "old password" });
		air.start();
		air.run(minute);
		air.supervisor.attempt(air.networks.add("home", "bad password"), air.now);
		air.run(air.now + 2 * minute);
		expect(air.online).toBe(true);
		expect(air.networks.count).toBe(1);
		expect(air.networks.password(0)).toBe("old password");
	});

	test("a new password that is right replaces the old one", () => {
		const air = among([["home", "old password"]], 0);
		air.set("home", { password: "new password" });
		air.start();
		air.supervisor.attempt(air.networks.add("home", "new password"), air.now);
		air.run(air.now + minute);
		expect(air.online).toBe(true);
		expect(air.networks.count).toBe(1);
		expect(air.networks.password(1)).toBe("new password");
	});

	test("the first ever", () => {
		const air = among([]);
		air.start();
		expect(air.supervisor.due).toBeUndefined();
		air.set("home", {});
		air.supervisor.attempt(air.networks.add("home", ""), 0);
		air.run(minute);
		expect(air.online).toBe(true);
	});

	test("a link that was lost is told of as that, whatever others failed with before", () => {
		const kept = [
			["home", ""],
			["wrong", "12345678"],
		] as const;
		const air = among(kept, 0);
		air.set("home", {});
		air.set("wrong", { password: "another password" });
		air.start();
		air.supervisor.attempt(1, air.now);
		air.run(air.now + minute, () => air.online);
		expect(air.supervisor.failureOf(1)).toBe("wrong-password");
		air.set("home", { strength: undefined });
		air.supervisor.failed(air.now, "lost");
		expect(air.supervisor.failure).toBe("lost");
	});

	test("what is forgotten is left", () => {
		const air = among(
			[
				["home", ""],
				["other", ""],
			],
			0,
		);
		air.set("home", {});
		air.set("other", {});
		air.start();
		air.run(minute);
		air.networks.remove("home");
		air.supervisor.forgot(air.now);
		air.run(air.now + minute);
		expect(air.ssid).toBe("other");
		expect(air.online).toBe(true);
		air.networks.remove("other");
		air.supervisor.forgot(air.now);
		air.run(air.now + minute);
		expect(air.supervisor.state).toBe("waiting");
		expect(air.supervisor.due).toBeUndefined();
	});

	test("stopped, it leaves and stays away", () => {
		const air = among([["home", ""]]);
		air.set("home", {});
		air.start();
		air.run(minute);
		air.supervisor.stop();
		expect(air.log.at(-1)).toBe("leave");
		expect(air.supervisor.due).toBeUndefined();
		air.supervisor.stop();
		expect(air.log.filter((entry) => "leave" === entry).length).toBe(1);
	});
});

/** A generator of 32-bit steps, so that what fails can be made to fail again. */
function sequence(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

describe("weather", () => {
	test("two hundred times: on line again within the stated time after a network is back", () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = sequence(seed);
			const count = 1 + Math.floor(random() * 4);
			const kept = Array.from({ length: count }, (_, n) => [`network ${n}`, `password ${n}`] as const);
			const air = among(kept, random() < 0.5 ? 0 : undefined, random);
			const spoil = (ssid: string, password: string) => {
				const kind = Math.floor(random() * 4);
				air.set(ssid, {
					password: 0 === kind ? "changed since" : password,
					strength: 1 === kind ? undefined : -30 - Math.floor(60 * random()),
					leases: 2 !== kind,
					hidden: random() < 0.2,
					latency: Math.floor(random() * 14_000),
				});
				if (3 === kind && random() < 0.5) air.drop();
			};
			for (const [ssid, password] of kept) spoil(ssid, password);
			air.start();
			for (let turn = 0; turn < 12; turn++) {
				air.mute = random() < 0.2;
				for (const [ssid, password] of kept) if (random() < 0.7) spoil(ssid, password);
				air.run(air.now + Math.floor(random() * 5 * minute));
				air.mute = false;
				const [ssid, password] = kept[Math.floor(random() * count)]!;
				air.set(ssid, { password, strength: -60, leases: true, latency: 7000 });
				air.run(air.now + recoveryTime(count), () => air.online);
				expect(air.online, `seed ${seed}, turn ${turn}`).toBe(true);
			}
		}
	});

	test("every order of four events, from nothing, joining, online and waiting", () => {
		const events: ((supervisor: Supervisor, now: number) => void)[] = [
			(supervisor, now) => supervisor.joined(now),
			(supervisor, now) => supervisor.addressed(now),
			(supervisor, now) => supervisor.failed(now, "lost"),
			(supervisor, now) => supervisor.failed(now, "wrong-password"),
			(supervisor, now) => supervisor.failed(now, "not-found"),
			(supervisor, now) => supervisor.unaddressed(now),
			(supervisor, now) => supervisor.scanned(now),
			(supervisor) => supervisor.tick(supervisor.due ?? 0),
			(supervisor, now) => supervisor.attempt(0, now),
		];
		// By the numbers of events.
		const beginnings = [[], [7], [7, 0, 1], [7, 4, 7, 7, 4, 7]];
		let orders = 0;
		for (const kept of [1, 2])
			for (const beginning of beginnings)
				for (let order = 0; order < events.length ** 4; order += 1 === kept ? 1 : 7) {
					orders++;
					const networks = new Networks(new MemoryStore());
					for (let n = 0; n < kept; n++) networks.add(`network ${n}`, "");
					let joins = 0;
					let leaves = 0;
					const supervisor = new Supervisor({
						networks,
						random: () => 0.5,
						radio: {
							join: () => joins++,
							leave: () => leaves++,
							scan() {},
							address: () => undefined,
							changed() {},
						},
					});
					supervisor.start(0);
					let now = 0;
					const rest = [0, 1, 2, 3].map((place) => Math.floor(order / events.length ** place) % events.length);
					for (const event of [...beginning, ...rest]) {
						now = Math.max(now, supervisor.due ?? 0);
						const before = supervisor.state;
						joins = 0;
						leaves = 0;
						events[event]!(supervisor, now);
						// One thing at a time, and there is always a next.
						if (joins + leaves > 1 || undefined === supervisor.due) throw new Error(`${beginning} ${rest}`);
						// On line only by an address, and never without the network that gave it.
						const { state, slot } = supervisor;
						if ("connected" === state && "connected" !== before && 1 !== event) throw new Error(`${beginning} ${rest}`);
						if ("connected" === state && slot !== networks.last) throw new Error(`${beginning} ${rest}`);
					}
				}
		expect(orders).toBe(4 * 6561 + 4 * 938);
	});

	test("any events in any order: always something to wait for", () => {
		let calls = 0;
		for (let seed = 1; seed <= 300; seed++) {
			const random = sequence(seed);
			const networks = new Networks(new MemoryStore());
			for (let n = 0; n < seed % 5; n++) networks.add(`network ${n}`, "");
			const supervisor = new Supervisor({
				networks,
				random,
				radio: {
					join(slot) {
						calls++;
						expect(networks.ssid(slot)).toBeDefined();
					},
					leave: () => calls++,
					scan: () => calls++,
					address: () => (random() < 0.5 ? "10.0.0.1" : undefined),
					changed() {},
				},
			});
			let now = 0;
			supervisor.start(now);
			for (let step = 0; step < 400; step++) {
				now += Math.floor(random() * 3000);
				switch (Math.floor(random() * 10)) {
					case 0:
						supervisor.joined(now);
						break;
					case 1:
						supervisor.addressed(now);
						break;
					case 2:
						supervisor.failed(now, (["lost", "wrong-password", "not-found"] as const)[Math.floor(random() * 3)]!);
						break;
					case 3:
						supervisor.unaddressed(now);
						break;
					case 4:
						supervisor.scanned(now);
						break;
					case 5:
						supervisor.found(`network ${Math.floor(random() * 5)}`, -Math.floor(random() * 200));
						break;
					case 6:
						if (random() < 0.1) supervisor.attempt(networks.add(`network ${Math.floor(random() * 6)}`, ""), now);
						break;
					case 7:
						if (random() < 0.1) {
							networks.remove(`network ${Math.floor(random() * 6)}`);
							supervisor.forgot(now);
						}
						break;
					default:
						supervisor.tick(now);
				}
				// With something to join it always has something to wait for.
				if (networks.count > 0) expect(supervisor.due).toBeDefined();
				if ("connected" === supervisor.state) expect(networks.ssid(supervisor.slot!)).toBeDefined();
			}
		}
		expect(calls).toBeGreaterThan(300);
	});
});
