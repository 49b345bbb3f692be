import { Outbox } from "gateway/cloud/outbox";
import { type CloudStatus, Uplink } from "gateway/cloud/uplink";
import type { Result } from "gateway/result";
import type mqtt from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../../../tools/training/random";
import { PowerCut, SimulatedFlash, tears } from "../resources/flash";
import { FakeBroker, type Link, VirtualTime } from "./world";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

function result(window: number): Result {
	const device = `wearable-${1 + (window % 3)}`;
	return {
		id: `${device}:${window}`,
		device,
		window,
		model: "gesture",
		version: "1.0.0",
		label: "left",
		confidence: 0.75,
		probabilities: [0.75, 0.125, 0.125],
		time: 1_700_000_000_000 + window,
	};
}

/** A gateway's way to the cloud, on a flash that outlives it. */
class Gateway {
	readonly time: VirtualTime;
	readonly broker: FakeBroker;
	readonly flash: SimulatedFlash;
	readonly #random: Random;
	outbox!: Outbox;
	uplink!: Uplink<unknown>;
	statuses: CloudStatus[] = [];
	/** Ids of the results that were taken. */
	readonly taken: string[] = [];
	#window = 0;

	constructor({ seed = 1, blocks = 8, offset = 0 } = {}) {
		this.time = new VirtualTime(offset);
		this.broker = new FakeBroker(this.time);
		this.flash = new SimulatedFlash(blocks);
		this.#random = createRandom(seed);
		this.boot();
	}

	boot(): void {
		this.outbox = new Outbox({ flash: this.flash });
		this.uplink = new Uplink({
			tcp: this.broker.tcp,
			timer: this.time.timer,
			now: this.time.now,
			random: this.#random,
			outbox: this.outbox,
			gateway: "gw1",
			version: "0.1.0",
			broker: { address: "127.0.0.1", port: 1883, user: "u", password: "p" },
			onStatus: (status) => this.statuses.push(status),
		});
		this.uplink.start();
	}

	/** The power is lost: nothing is closed in order. */
	unplug(): void {
		this.time.stop();
		this.broker.link?.close();
		this.flash.restore();
	}

	append(): boolean {
		const next = result(++this.#window);
		const isTaken = this.outbox.append(next);
		if (isTaken) this.taken.push(next.id);
		return isTaken;
	}
}

describe("uplink", () => {
	test("connects – CONNECT with will, birth retained, results in order, acknowledged and forgotten", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		for (let i = 0; i < 20; i++) gateway.append();
		time.advance(second);
		for (let i = 0; i < 20; i++) gateway.append();
		time.advance(second);
		expect(broker.connects).toHaveLength(1);
		expect(broker.connects[0]).toMatchObject({
			clientId: "gw1",
			clean: false,
			keepalive: 60,
			username: "u",
			password: Buffer.from("p"),
			will: { topic: "tmlaas/gw1/status", payload: Buffer.from('{"online":false}'), qos: 1, retain: true },
		});
		expect(broker.deliveries[0]).toMatchObject({
			topic: "tmlaas/gw1/status",
			payload: '{"online":true,"version":"0.1.0"}',
			retain: true,
		});
		expect(broker.firsts).toEqual(gateway.taken);
		expect(broker.results).toHaveLength(40);
		expect(broker.deliveries[1]!.topic).toBe("tmlaas/gw1/devices/wearable-2/result");
		expect(JSON.parse(broker.deliveries[1]!.payload)).toEqual(result(1));
		expect(gateway.uplink.status).toEqual({
			state: "connected",
			broker: "127.0.0.1:1883",
			queued: 0,
			acknowledged: 40,
			capacity: 8 * 51,
		});
	});

	test("packet ids – never 0, never one that is in flight, over 70,000 messages and one that is never acknowledged", () => {
		// The block of the one cannot be used again.
		const gateway = new Gateway({ blocks: 1500 });
		const { broker, time } = gateway;
		time.advance(second);
		const unacknowledged = new Set<number>();
		let first: number | undefined;
		let count = 0;
		broker.fault = (packet, link) => {
			if ("publish" !== packet.cmd) return false;
			const id = packet.messageId!;
			if (0 === id || unacknowledged.has(id)) throw new Error(`packet id ${id}`);
			first ??= id;
			unacknowledged.add(id);
			count++;
			if (8 === unacknowledged.size)
				for (const messageId of unacknowledged) {
					if (first === messageId) continue;
					link.send({ cmd: "puback", messageId });
					unacknowledged.delete(messageId);
				}
			return true;
		};
		while (count < 70_000) {
			for (let i = 0; i < 70; i++) gateway.append();
			time.advance(second);
		}
		expect(broker.connects).toHaveLength(1);
	});

	test("broker that acknowledges one message in 15 s – slow, not silent", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		const unacknowledged: number[] = [];
		broker.fault = (packet) =>
			"publish" === packet.cmd && packet.topic.endsWith("/result") && unacknowledged.push(packet.messageId!) > 0;
		for (let i = 0; i < 20; i++) gateway.append();
		for (let i = 0; i < 12; i++) {
			time.advance(15 * second);
			broker.link!.send({ cmd: "puback", messageId: unacknowledged.shift()! });
		}
		expect(broker.connects).toHaveLength(1);
	});

	for (const proof of ["acknowledged message", "answered ping"])
		test(`connection that proved itself by an ${proof} – the waits begin anew`, () => {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			broker.network = "refusing";
			broker.link!.drop();
			time.advance(10 * minute);
			broker.network = "up";
			while ("connected" !== gateway.uplink.status.state) time.advance(100);
			if ("answered ping" === proof) time.advance(50 * second);
			else {
				gateway.append();
				time.advance(second);
			}
			expect(broker.pings).toBe("answered ping" === proof ? 1 : 0);
			expect(gateway.outbox.acknowledged).toBe("answered ping" === proof ? 0 : 1);
			const attempts = broker.attempts.length;
			const end = time.elapsed;
			broker.link!.drop();
			time.advance(2.1 * second);
			expect(broker.attempts.length).toBe(attempts + 1);
			expect(broker.attempts.at(-1)! - end).toBeGreaterThanOrEqual(second);
		});

	test("window – at most 8 unacknowledged messages", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		const unacknowledged: number[] = [];
		broker.fault = (packet) =>
			"publish" === packet.cmd && packet.topic.endsWith("/result") && unacknowledged.push(packet.messageId!) > 0;
		for (let i = 0; i < 30; i++) gateway.append();
		time.advance(second);
		expect(unacknowledged).toHaveLength(8);
		expect(new Set(unacknowledged).size).toBe(8);
		// In any order: the broker decides.
		broker.link!.send({ cmd: "puback", messageId: unacknowledged[5]! });
		broker.link!.send({ cmd: "puback", messageId: unacknowledged[2]! });
		broker.link!.send({ cmd: "puback", messageId: 4711 });
		time.advance(second);
		expect(unacknowledged).toHaveLength(10);
		expect(gateway.outbox.acknowledged).toBe(2);
	});

	test("broker drops after PUBLISH before PUBACK, session kept – sent again as duplicate with the same id", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		let drops = 3;
		broker.fault = (packet, link) => {
			if ("publish" !== packet.cmd || !packet.topic.endsWith("/result") || 0 === drops) return false;
			drops--;
			broker.deliver(packet, link);
			link.drop();
			return true;
		};
		for (let i = 0; i < 5; i++) gateway.append();
		time.advance(minute);
		expect(broker.firsts).toEqual(gateway.taken);
		const first = broker.deliveries.filter(({ payload }) => payload.includes(`"${gateway.taken[0]}"`));
		expect(first.map(({ duplicate }) => duplicate)).toEqual([false, true, true, true]);
		expect(new Set(first.map(({ id }) => id)).size).toBe(1);
		expect(gateway.outbox.queued).toBe(0);
	});

	test("broker drops after PUBLISH before PUBACK, session lost – sent again as new", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		let drops = 3;
		broker.fault = (packet, link) => {
			if ("publish" !== packet.cmd || !packet.topic.endsWith("/result") || 0 === drops) return false;
			drops--;
			broker.deliver(packet, link);
			broker.restart();
			return true;
		};
		for (let i = 0; i < 5; i++) gateway.append();
		time.advance(minute);
		expect(broker.firsts).toEqual(gateway.taken);
		expect(broker.deliveries.some(({ duplicate }) => duplicate)).toBe(false);
		expect(gateway.outbox.queued).toBe(0);
	});

	test("birth unacknowledged – a duplicate only in the same session", () => {
		for (const isKept of [true, false]) {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			let drops = 1;
			broker.fault = (packet, link) => {
				if ("publish" !== packet.cmd || 0 === drops) return false;
				drops--;
				broker.deliver(packet, link);
				if (isKept) link.drop();
				else broker.restart();
				return true;
			};
			time.advance(minute);
			const births = broker.deliveries.filter(({ topic }) => topic.endsWith("/status"));
			expect(births.map(({ duplicate }) => duplicate)).toEqual([false, isKept]);
		}
	});

	test("broker restart – will while away, birth and what was unacknowledged again", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		time.advance(second);
		expect(broker.retained.get("tmlaas/gw1/status")).toBe('{"online":true,"version":"0.1.0"}');
		broker.link!.drop();
		expect(broker.retained.get("tmlaas/gw1/status")).toBe('{"online":false}');
		broker.restart();
		for (let i = 0; i < 5; i++) gateway.append();
		time.advance(minute);
		expect(broker.retained.get("tmlaas/gw1/status")).toBe('{"online":true,"version":"0.1.0"}');
		expect(broker.firsts).toEqual(gateway.taken);
	});

	test("two hours away – everything kept and delivered in order; no attempt sooner than a second after the last", () => {
		for (const network of ["refusing", "silent"] as const) {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			time.advance(second);
			broker.network = network;
			broker.link!.drop();
			for (let i = 0; i < 240; i++) {
				expect(gateway.append()).toBe(true);
				time.advance(30 * second);
			}
			expect(gateway.uplink.status).toMatchObject({ queued: 240, reason: "refusing" === network ? "lost" : "silent" });
			const attempts = broker.attempts.slice(1);
			const waits = attempts.slice(1).map((at, index) => at - attempts[index]!);
			expect(Math.min(...waits)).toBeGreaterThanOrEqual(second);
			expect(Math.max(...waits)).toBeLessThanOrEqual(71 * second);
			expect(attempts.length).toBeLessThan(400);
			expect(attempts.length).toBeGreaterThan(100);
			broker.network = "up";
			time.advance(2 * minute);
			expect(broker.firsts).toEqual(gateway.taken);
			expect(gateway.outbox.queued).toBe(0);
		}
	});

	test("outbox full – not taken; what was taken is delivered", () => {
		const gateway = new Gateway({ blocks: 2 });
		const { broker, time } = gateway;
		broker.network = "refusing";
		let refused = 0;
		for (let i = 0; i < 200; i++) if (!gateway.append()) refused++;
		expect(refused).toBe(200 - gateway.taken.length);
		expect(gateway.taken.length).toBeGreaterThanOrEqual(gateway.uplink.status.capacity);
		broker.network = "up";
		time.advance(2 * minute);
		expect(broker.firsts).toEqual(gateway.taken);
		expect(gateway.append()).toBe(true);
	});

	test("ticks jump – connected it asks the broker at most, waiting it tries at once; nothing is lost", () => {
		for (const jump of [2 * hour, -2 * hour, 2 ** 31, -10]) {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			for (let i = 0; i < 3; i++) gateway.append();
			time.advance(second);
			time.offset += jump;
			time.advance(minute);
			expect(broker.connects).toHaveLength(1);
			broker.network = "refusing";
			broker.link!.drop();
			time.advance(minute);
			time.offset += jump;
			const attempts = broker.attempts.length;
			time.advance(10 * minute);
			expect(broker.attempts.length - attempts).toBeLessThan(40);
			broker.network = "up";
			gateway.append();
			time.advance(2 * minute);
			expect(broker.firsts).toEqual(gateway.taken);
			expect(gateway.uplink.status.state).toBe("connected");
		}
	});

	test("ticks wrap at 31 and 32 bits – no connection is lost, no ping left out", () => {
		for (const offset of [2 ** 31 - 90 * second, 2 ** 32 - 90 * second]) {
			const gateway = new Gateway({ offset });
			const { broker, time } = gateway;
			time.advance(10 * minute);
			expect(broker.connects).toHaveLength(1);
			expect(broker.pings).toBe(13);
		}
	});

	test("idle – a PINGREQ within the keep-alive; no PINGRESP – closed and connected again", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		time.advance(50 * second);
		expect(broker.pings).toBe(1);
		broker.fault = (packet) => "pingreq" === packet.cmd;
		time.advance(minute);
		expect(broker.connects.length).toBe(2);
		expect(gateway.statuses.map(({ state }) => state)).toEqual([
			"connecting",
			"connected",
			"waiting",
			"connecting",
			"connected",
		]);
		expect(gateway.statuses[2]!.reason).toBe("silent");
		expect(gateway.statuses[4]!.reason).toBeUndefined();
	});

	test("no PUBACK though pings are answered – closed, connected and sent again", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		broker.fault = (packet) => "publish" === packet.cmd && 1 === broker.connects.length;
		gateway.append();
		time.advance(minute);
		expect(broker.connects).toHaveLength(2);
		expect(gateway.statuses.find(({ state }) => "waiting" === state)!.reason).toBe("silent");
		expect(broker.firsts).toEqual(gateway.taken);
	});

	test("no CONNACK – given up after ten seconds", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		broker.fault = (packet) => "connect" === packet.cmd;
		time.advance(9 * second);
		expect(gateway.uplink.status.state).toBe("connecting");
		time.advance(1.1 * second);
		expect(gateway.uplink.status).toMatchObject({ state: "waiting", reason: "silent" });
	});

	for (const [code, reason] of [
		[1, "refused"],
		[2, "refused"],
		[3, "unavailable"],
		[4, "refused"],
		[5, "refused"],
	] as const)
		test(`CONNACK with code ${code} – ${reason}, asks again and connects when it is admitted`, () => {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			broker.returnCode = code;
			time.advance(100);
			expect(gateway.uplink.status).toMatchObject({ state: "waiting", reason });
			time.advance(hour);
			const waits = broker.attempts.slice(1).map((at, index) => at - broker.attempts[index]!);
			expect(Math.min(...waits)).toBeGreaterThanOrEqual("refused" === reason ? 30 * second : second);
			expect(Math.max(...waits)).toBeLessThanOrEqual(61 * second);
			broker.returnCode = 0;
			time.advance(2 * minute);
			expect(gateway.uplink.status.state).toBe("connected");
			expect(gateway.uplink.status.reason).toBeUndefined();
		});

	test("broker that greets and hangs up – the waits still grow", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		broker.fault = (packet, link) => {
			if ("publish" !== packet.cmd) return false;
			if (packet.topic.endsWith("/status")) link.send({ cmd: "puback", messageId: packet.messageId! });
			time.timer.set(() => link.drop(), 50);
			return true;
		};
		gateway.append();
		time.advance(hour);
		expect(broker.attempts.length).toBeLessThan(200);
	});

	test("backoff – over its whole interval, which doubles up to a minute", () => {
		const waits: number[][] = [];
		for (let seed = 0; seed < 200; seed++) {
			const gateway = new Gateway({ seed });
			gateway.broker.network = "refusing";
			gateway.time.advance(10 * minute);
			const { attempts } = gateway.broker;
			attempts.slice(1, 9).forEach((at, index) => {
				waits[index] ??= [];
				waits[index].push(at - attempts[index]!);
			});
		}
		waits.forEach((values, index) => {
			const longest = Math.min(60, 2 ** (index + 1)) * second;
			expect(Math.min(...values)).toBeGreaterThanOrEqual(second);
			expect(Math.min(...values)).toBeLessThan(second + 0.1 * (longest - second) + 20);
			expect(Math.max(...values)).toBeLessThanOrEqual(longest + 20);
			expect(Math.max(...values)).toBeGreaterThan(0.9 * longest);
		});
	});

	test("no socket to be had – waits and tries again", () => {
		const gateway = new Gateway();
		gateway.uplink.close();
		let attempts = 0;
		const statuses: CloudStatus[] = [];
		const uplink = new Uplink({
			tcp: class {
				constructor() {
					attempts++;
					throw new Error("no memory");
				}
				read = () => undefined;
				write() {}
				close() {}
			},
			timer: gateway.time.timer,
			now: gateway.time.now,
			random: createRandom(1),
			outbox: gateway.outbox,
			gateway: "gw1",
			version: "0.1.0",
			broker: { address: "127.0.0.1", port: 1883 },
			onStatus: (status) => statuses.push(status),
		});
		uplink.start();
		expect(uplink.status).toMatchObject({ state: "waiting", reason: "lost" });
		gateway.time.advance(10 * minute);
		expect(attempts).toBeGreaterThan(10);
		expect(attempts).toBeLessThan(60);
	});

	test("close – the broker publishes the will; nothing stays planned; start goes on where it was", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		time.advance(second);
		gateway.uplink.close();
		gateway.uplink.close();
		expect(gateway.uplink.status.state).toBe("off");
		expect(broker.retained.get("tmlaas/gw1/status")).toBe('{"online":false}');
		gateway.append();
		time.advance(hour);
		expect(broker.attempts).toHaveLength(1);
		gateway.uplink.start();
		time.advance(second);
		expect(broker.firsts).toEqual(gateway.taken);
	});

	test("garbage, a second CONNACK, PUBLISH at QoS 2, SUBACK out of nothing – closed as a violation", () => {
		const violations: (Uint8Array | mqtt.Packet)[] = [
			Uint8Array.of(0x36, 5, 0, 1, 0x61, 0, 1),
			Uint8Array.of(0),
			{ cmd: "connack", returnCode: 0, sessionPresent: false },
			{ cmd: "publish", topic: "a", payload: "b", qos: 2, dup: false, retain: false, messageId: 1 },
			{ cmd: "suback", messageId: 2, granted: [1] },
		];
		for (const violation of violations) {
			const gateway = new Gateway();
			const { broker, time } = gateway;
			time.advance(second);
			broker.link!.send(violation);
			time.advance(20);
			expect(gateway.uplink.status).toMatchObject({ state: "waiting", reason: "violation" });
			gateway.append();
			time.advance(minute);
			expect(broker.firsts).toEqual(gateway.taken);
		}
	});

	test("any packet ahead of CONNACK – a violation", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		broker.fault = (packet, link) => {
			if ("connect" !== packet.cmd) return false;
			link.send({ cmd: "pingresp" });
			return true;
		};
		time.advance(second);
		expect(gateway.statuses[1]).toMatchObject({ state: "waiting", reason: "violation" });
	});

	test("broker that floods and does not read – closed, not grown", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		time.advance(second);
		for (let messageId = 1; messageId < 2000; messageId++)
			broker.link?.send({ cmd: "publish", topic: "x", payload: "y", qos: 1, dup: false, retain: false, messageId });
		time.advance(6);
		expect(gateway.uplink.status).toMatchObject({ state: "waiting", reason: "silent" });
	});

	test("PUBREL – PUBCOMP; PUBREC, PUBCOMP and UNSUBACK – nothing", () => {
		const gateway = new Gateway();
		const { broker, time } = gateway;
		time.advance(second);
		for (const cmd of ["pubrel", "pubrec", "pubcomp", "unsuback"] as const)
			broker.link!.send({ cmd, messageId: 77 } as mqtt.Packet);
		time.advance(second);
		expect(broker.acknowledged.map(({ cmd, messageId }) => [cmd, messageId])).toEqual([["pubcomp", 77]]);
		expect(gateway.uplink.status.state).toBe("connected");
	});

	test("status – at once when the state changes, once a second for counts", () => {
		const gateway = new Gateway();
		const { time, statuses } = gateway;
		time.advance(second);
		expect(statuses.map(({ state }) => state)).toEqual(["connecting", "connected"]);
		for (let i = 0; i < 100; i++) {
			gateway.append();
			time.advance(100);
		}
		expect(statuses.length).toBeGreaterThanOrEqual(2 + 9);
		expect(statuses.length).toBeLessThanOrEqual(2 + 11);
		time.advance(minute);
		expect(statuses.at(-1)).toMatchObject({ queued: 0, acknowledged: 100 });
	});

	test("gateway id of more than 32 bytes – RangeError", () => {
		const gateway = new Gateway();
		expect(
			() =>
				new Uplink({
					tcp: gateway.broker.tcp,
					timer: gateway.time.timer,
					now: gateway.time.now,
					random: Math.random,
					outbox: gateway.outbox,
					gateway: "g".repeat(33),
					version: "0.1.0",
					broker: { address: "127.0.0.1", port: 1883 },
					onStatus() {},
				}),
		).toThrow(RangeError);
	});
});

describe("conservation – broker, network and power fail at random; every result that was taken arrives, in order", () => {
	for (let seed = 1; seed <= 40; seed++)
		test(`seed ${seed}`, () => {
			const random = createRandom(seed);
			const gateway = new Gateway({ seed, blocks: 3 });
			const { broker, time, flash } = gateway;
			let reboots = 0;
			let stalled: Link | undefined;
			broker.fault = (packet, link) => {
				if (link === stalled) return true;
				const chance = random();
				if (chance < 0.01) {
					if ("publish" === packet.cmd) broker.deliver(packet, link);
					if (random() < 0.5) broker.restart();
					else link.drop();
					return true;
				}
				// Nothing more comes through on this connection, and neither side is told.
				if (chance < 0.012) stalled = link;
				return link === stalled;
			};
			for (let round = 0; round < 60; round++) {
				broker.network = random() < 0.7 ? "up" : random() < 0.5 ? "refusing" : "silent";
				if (random() < 0.4) flash.cutAt(Math.floor(random() * 40), tears[Math.floor(random() * 4)]!, random);
				try {
					for (let i = 0; i < 10; i++) {
						gateway.append();
						time.advance(random() < 0.5 ? 20 : random() * 20 * second);
					}
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
					reboots++;
					gateway.unplug();
					gateway.boot();
				}
			}
			flash.restore();
			broker.network = "up";
			broker.fault = undefined;
			time.advance(10 * minute);
			expect(gateway.outbox.queued).toBe(0);
			expect(reboots).toBeGreaterThan(0);
			// A record whose append was cut off after its last bit may arrive too; it was made all the same.
			const taken = new Set(gateway.taken);
			expect(broker.firsts.filter((id) => taken.has(id))).toEqual(gateway.taken);
			expect(broker.firsts.length - gateway.taken.length).toBeLessThanOrEqual(reboots);
			expect(gateway.taken.length).toBeGreaterThan(100);
		});
});
