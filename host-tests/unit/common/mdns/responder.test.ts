/** The responder, judged by dns-packet, an implementation of DNS messages by others. */
import { group, port, Responder } from "common/mdns/responder";
import { decode, encode, type Packet, type Question } from "dns-packet";
import { beforeEach, describe, expect, test } from "vitest";
import { addGateway, bytesOf, type Gateway, Lan, type Sent } from "./lan";

const own = "10.0.0.1";
const asker = "10.0.0.9";

let lan: Lan;
let gateway: Gateway;

beforeEach(() => {
	lan = new Lan();
	gateway = addGateway(lan, own);
});

const read = ({ message }: Sent) => decode(Buffer.from(message));
const from = (address: string, time = 0) => lan.since(time).filter((sent) => sent.from === address);

interface Asked {
	readonly name: string;
	readonly type: Question["type"] | "ANY";
	readonly class?: "IN" | "CH";
	/** Answers may be unicast. */
	readonly unicast?: boolean;
}

/** dns-packet leaves the unicast bit of questions out, and its typings the type ANY. */
function encodeQuery(questions: readonly Asked[], more: Partial<Packet> = {}): Uint8Array {
	const bytes = new Uint8Array(encode({ type: "query", questions: questions as Question[], ...more }));
	let at = 12;
	for (const { name, unicast } of questions) {
		at += name.length + 2 + 2;
		if (unicast) bytes[at]! |= 0x80;
		at += 2;
	}
	return bytes;
}

function ask(questions: readonly Asked[], more: Partial<Packet> = {}, sender = asker, senderPort = port): Sent[] {
	const time = lan.now;
	gateway.responder.receive(encodeQuery(questions, more), sender, senderPort, time);
	lan.run(600);
	return from(own, time);
}

function tell(answers: NonNullable<Packet["answers"]>, sender = asker): void {
	const bytes = encode({ type: "response", answers });
	gateway.responder.receive(new Uint8Array(bytes), sender, port, lan.now);
}

/** `name type` of each record. */
const titles = (records: readonly { name: string; type: string }[] | undefined) =>
	(records ?? []).map(({ name, type }) => `${name} ${type}`).sort();

/** Announced, and so long ago that all may be said again. */
function settle(): void {
	lan.run(5000);
}

describe("a responder that starts", () => {
	test("asks three times whether its names are taken, with what it wants them for", () => {
		lan.run(900);
		const probes = from(own).map(read);
		expect(
			from(own)
				.slice(0, 3)
				.map(({ time }) => time),
		).toEqual([125, 375, 625]);
		// The first question is "gateway.local ANY": its class has the bit that allows a unicast answer.
		for (const { message } of from(own).slice(0, 3)) expect(message[12 + 15 + 2]).toBe(0x80);
		for (const probe of probes.slice(0, 3)) {
			expect(probe.type).toBe("query");
			expect(titles(probe.questions)).toEqual([
				"gateway._http._tcp.local ANY",
				"gateway._tmlaas._tcp.local ANY",
				"gateway.local ANY",
			]);
			expect(titles(probe.authorities)).toEqual([
				"gateway._http._tcp.local SRV",
				"gateway._http._tcp.local TXT",
				"gateway._tmlaas._tcp.local SRV",
				"gateway._tmlaas._tcp.local TXT",
				"gateway.local A",
			]);
		}
	});

	test("announces itself twice, a second apart, and then is silent", () => {
		lan.run(20_000);
		const sent = from(own, 800);
		expect(sent.map(({ time }) => time)).toEqual([875, 1875]);
		for (const announcement of sent) {
			const packet = read(announcement);
			expect(packet.type).toBe("response");
			expect(packet.flag_aa).toBe(true);
			expect(packet.questions).toEqual([]);
			expect(packet.answers).toEqual([
				{ name: "gateway.local", type: "A", ttl: 120, class: "IN", flush: true, data: own },
				{
					name: "_http._tcp.local",
					type: "PTR",
					ttl: 4500,
					class: "IN",
					flush: false,
					data: "gateway._http._tcp.local",
				},
				{
					...{ name: "gateway._http._tcp.local", type: "SRV", ttl: 120, class: "IN", flush: true },
					data: { priority: 0, weight: 0, port: 80, target: "gateway.local" },
				},
				{
					...{ name: "gateway._http._tcp.local", type: "TXT", ttl: 4500, class: "IN", flush: true },
					data: [Buffer.from("path=/")],
				},
				{
					...{ name: "_services._dns-sd._udp.local", type: "PTR", ttl: 4500, class: "IN", flush: false },
					data: "_http._tcp.local",
				},
				{
					...{ name: "_tmlaas._tcp.local", type: "PTR", ttl: 4500, class: "IN", flush: false },
					data: "gateway._tmlaas._tcp.local",
				},
				{
					...{ name: "gateway._tmlaas._tcp.local", type: "SRV", ttl: 120, class: "IN", flush: true },
					data: { priority: 0, weight: 0, port: 80, target: "gateway.local" },
				},
				{
					...{ name: "gateway._tmlaas._tcp.local", type: "TXT", ttl: 4500, class: "IN", flush: true },
					data: ["id=10.0.0.1", "fw=0.1.0", "api=v2", "pairing=0"].map((text) => Buffer.from(text)),
				},
				{
					...{ name: "_services._dns-sd._udp.local", type: "PTR", ttl: 4500, class: "IN", flush: false },
					data: "_tmlaas._tcp.local",
				},
			]);
			expect(packet.additionals).toEqual([
				{
					...{ name: "gateway.local", type: "NSEC", ttl: 120, class: "IN", flush: true },
					data: { nextDomain: "gateway.local", rrtypes: ["A"] },
				},
			]);
		}
	});

	test("takes another name when its own is answered for, as often as it must", () => {
		for (const name of ["gateway", "gateway-2"]) {
			lan.run(400);
			tell([{ name: `${name}.local`, type: "AAAA", ttl: 120, data: "fe80::1" }]);
		}
		lan.run(5000);
		expect(gateway.names).toEqual(["gateway-3"]);
	});

	test("takes another name when only its service's is taken", () => {
		lan.run(400);
		tell([{ name: "Gateway._http._TCP.local", type: "TXT", ttl: 120, data: ["other"] }]);
		lan.run(5000);
		expect(gateway.names).toEqual(["gateway-2"]);
	});

	test("waits longer and longer when every name is taken", () => {
		for (let i = 0; i < 60_000; i += 100) {
			const probe = from(own, lan.now - 100)
				.map(read)
				.find(({ type }) => "query" === type);
			if (probe) tell([{ name: probe.questions![0]!.name, type: "A", ttl: 120, data: "10.0.0.8" }]);
			lan.run(100);
		}
		// Fifteen at once, then one in five seconds.
		expect(from(own).length).toBeLessThan(15 + 60 / 5 + 3);
		expect(gateway.names).toEqual([]);
	});

	test("is not moved by its own records, goodbyes, other networks, or answers that do not come from port 5353", () => {
		lan.run(400);
		const record = { name: "gateway.local", type: "A", ttl: 120, data: "10.0.0.8" } as const;
		tell([{ ...record, data: own }]);
		tell([{ ...record, ttl: 0 }]);
		tell([record], "192.0.2.1");
		const bytes = new Uint8Array(encode({ type: "response", answers: [record] }));
		gateway.responder.receive(bytes, asker, 4000, lan.now);
		lan.run(5000);
		expect(gateway.names).toEqual(["gateway"]);
	});

	test.each([
		["lower", "10.0.0.0", 0],
		["equal", own, 0],
		["higher", "10.0.0.2", 1000],
	])("while another with a %s address does: gives way to the higher", (_what, address, delay) => {
		lan.run(200);
		const probe = encodeQuery([{ name: "gateway.local", type: "ANY" }], {
			authorities: [{ name: "gateway.local", type: "A", ttl: 120, data: address }],
		});
		gateway.responder.receive(probe, asker, port, lan.now);
		lan.run(5000);
		expect(gateway.names).toEqual(["gateway"]);
		const announced = from(own).find((sent) => "response" === read(sent).type)!.time;
		expect(announced).toBe(delay ? 200 + delay + 750 : 875);
	});

	test("beside its equal: one gets the name and one the next", () => {
		const other = addGateway(lan, "10.0.0.2");
		lan.run(8000);
		expect(gateway.names).toEqual(["gateway-2"]);
		expect(other.names).toEqual(["gateway"]);
	});
});

describe("a responder that is asked", () => {
	beforeEach(settle);

	test("for its address: answers at once, for all to hear", () => {
		const [answer, ...others] = ask([{ name: "GATEWAY.local", type: "A" }]);
		expect(others).toEqual([]);
		expect(answer).toMatchObject({ to: group, port, time: 5000 });
		const packet = read(answer!);
		expect(packet.answers).toEqual([
			{ name: "gateway.local", type: "A", ttl: 120, class: "IN", flush: true, data: own },
		]);
		expect(titles(packet.additionals)).toEqual(["gateway.local NSEC"]);
	});

	test("for an address of IPv6: says that there is none", () => {
		const [answer] = ask([{ name: "gateway.local", type: "AAAA" }]);
		expect(titles(read(answer!).answers)).toEqual(["gateway.local NSEC"]);
	});

	test("for services: answers after a random while, with all that is needed", () => {
		const [answer] = ask([{ name: "_tmlaas._tcp.local", type: "PTR" }]);
		expect(answer).toMatchObject({ to: group, time: 5070 });
		const packet = read(answer!);
		expect(titles(packet.answers)).toEqual(["_tmlaas._tcp.local PTR"]);
		expect(titles(packet.additionals)).toEqual([
			"gateway._tmlaas._tcp.local SRV",
			"gateway._tmlaas._tcp.local TXT",
			"gateway.local A",
			"gateway.local NSEC",
		]);
	});

	test("for the types of services: names both", () => {
		const [answer] = ask([{ name: "_services._dns-sd._udp.local", type: "PTR" }]);
		expect(read(answer!).answers!.map((record) => (record as { data: unknown }).data)).toEqual([
			"_http._tcp.local",
			"_tmlaas._tcp.local",
		]);
	});

	test("for everything of a service: gives place and texts", () => {
		const [answer] = ask([{ name: "gateway._http._tcp.local", type: "ANY" }]);
		expect(titles(read(answer!).answers)).toEqual(["gateway._http._tcp.local SRV", "gateway._http._tcp.local TXT"]);
	});

	test("for what is not its own: is silent", () => {
		expect(ask([{ name: "other.local", type: "A" }])).toEqual([]);
		expect(ask([{ name: "gateway.local.local", type: "A" }])).toEqual([]);
		expect(ask([{ name: "gateway.local", type: "A", class: "CH" }])).toEqual([]);
		expect(ask([{ name: "gateway.local", type: "A" }], {}, "192.0.2.1")).toEqual([]);
	});

	test("with the wish for a unicast answer: grants it while others have heard of it lately, and tells all otherwise", () => {
		const question = { name: "gateway.local", type: "A", unicast: true } as const;
		expect(ask([question])[0]).toMatchObject({ to: asker, port });
		lan.run(40_000);
		expect(ask([question])[0]).toMatchObject({ to: group, port });
		expect(ask([question])[0]).toMatchObject({ to: asker, port });
	});

	test("from another port, by a resolver that knows plain DNS alone: answers as it is used to", () => {
		const [answer] = ask([{ name: "gateway.local", type: "A" }], { id: 4711 }, asker, 40_000);
		expect(answer).toMatchObject({ to: asker, port: 40_000 });
		const packet = read(answer!);
		expect(packet.id).toBe(4711);
		expect(titles(packet.questions)).toEqual(["gateway.local A"]);
		expect(packet.answers).toEqual([
			{ name: "gateway.local", type: "A", ttl: 10, class: "IN", flush: false, data: own },
		]);
	});

	test("from another port, for more than an answer has room for: answers the first question alone", () => {
		settle();
		const question = [...Buffer.from("\x07gateway\x05local\0"), 0, 1, 0, 1];
		// The same once more, its name by a pointer to the first.
		const again = [0xc0, 12, 0, 1, 0, 1];
		for (const count of [2, 120, 230]) {
			const bytes = [0, 7, 0, 0, 0, count, 0, 0, 0, 0, 0, 0, ...question];
			for (let i = 1; i < count; i++) bytes.push(...again);
			const time = lan.now;
			gateway.responder.receive(Uint8Array.from(bytes), asker, 40_000, time);
			lan.run(100);
			const [answer, ...others] = from(own, time);
			expect(others).toEqual([]);
			const { id, questions, answers } = read(answer!);
			expect(id).toBe(7);
			expect(titles(questions)).toEqual(["gateway.local A"]);
			expect(titles(answers)).toEqual(["gateway.local A"]);
		}
	});

	test("from another port, for two things: answers and repeats the first", () => {
		settle();
		const questions: Asked[] = [
			{ name: "gateway.local", type: "A" },
			{ name: "_http._tcp.local", type: "PTR" },
		];
		const [answer] = ask(questions, { id: 8 }, asker, 40_000).map(read);
		expect(titles(answer!.questions)).toEqual(["gateway.local A"]);
		expect(titles(answer!.answers)).toEqual(["gateway.local A"]);
	});

	test("by one who knows: is silent, unless what is known is old or wrong", () => {
		const question = [{ name: "_tmlaas._tcp.local", type: "PTR" }] as const;
		const known = { name: "_tmlaas._tcp.local", type: "PTR", ttl: 2250, data: "gateway._tmlaas._tcp.local" } as const;
		expect(ask(question, { answers: [known] })).toEqual([]);
		expect(ask(question, { answers: [{ ...known, ttl: 2249 }] }).length).toBe(1);
		lan.run(1000);
		expect(ask(question, { answers: [{ ...known, data: "other._tmlaas._tcp.local" }] }).length).toBe(1);
	});

	test("by one whose known answers come in a second message: waits for them", () => {
		const answers = [
			{ name: "_tmlaas._tcp.local", type: "PTR", ttl: 4500, data: "gateway._tmlaas._tcp.local" } as const,
		];
		const time = lan.now;
		const first = encode({ type: "query", flags: 0x200, questions: [{ name: "_tmlaas._tcp.local", type: "PTR" }] });
		gateway.responder.receive(new Uint8Array(first), asker, port, lan.now);
		lan.run(300);
		const second = encode({ type: "query", answers });
		gateway.responder.receive(new Uint8Array(second), asker, port, lan.now);
		lan.run(1000);
		expect(from(own, time)).toEqual([]);
		gateway.responder.receive(new Uint8Array(first), asker, port, lan.now);
		lan.run(399);
		expect(from(own, time)).toEqual([]);
		lan.run(200);
		expect(from(own, time).length).toBe(1);
	});

	test("again and again: says a thing once a second", () => {
		const time = lan.now;
		for (let i = 0; i < 100; i++) {
			const query = encode({ type: "query", questions: [{ name: "_http._tcp.local", type: "PTR" }] });
			gateway.responder.receive(new Uint8Array(query), asker, port, lan.now);
			lan.run(50);
		}
		const { length } = from(own, time);
		expect(length).toBeGreaterThanOrEqual(4);
		expect(length).toBeLessThanOrEqual(6);
	});
});

describe("a responder that is known", () => {
	beforeEach(settle);

	test("defends its name at once against a probe", () => {
		const [answer] = ask([{ name: "gateway.local", type: "ANY", unicast: true }], {
			authorities: [{ name: "gateway.local", type: "A", ttl: 120, data: "10.0.0.8" }],
		});
		expect(answer).toMatchObject({ to: asker, time: 5000 });
		expect(titles(read(answer!).answers)).toContain("gateway.local A");
		expect(gateway.names).toEqual(["gateway"]);
	});

	test("whose name another uses: asks, and gives it up only to who answers", () => {
		tell([{ name: "gateway.local", type: "A", ttl: 120, data: "10.0.0.8" }]);
		lan.run(3000);
		expect(gateway.names).toEqual(["gateway", "gateway"]);
		tell([{ name: "gateway.local", type: "A", ttl: 120, data: "10.0.0.8" }]);
		lan.run(100);
		tell([{ name: "gateway.local", type: "A", ttl: 120, data: "10.0.0.8" }]);
		lan.run(5000);
		expect(gateway.names).toEqual(["gateway", "gateway", "gateway-2"]);
	});

	test("tells of other texts and another address by itself", () => {
		gateway.texts = ["id=x", "pairing=1"];
		const time = lan.now;
		gateway.responder.changed(lan.now);
		lan.run(3000);
		const [first] = from(own, time).map(read);
		expect(first!.answers).toContainEqual(
			expect.objectContaining({ type: "TXT", data: ["id=x", "pairing=1"].map((text) => Buffer.from(text)) }),
		);
		gateway.responder.start(bytesOf("10.0.0.2"), lan.now);
		lan.run(3000);
		expect(from(own, lan.now - 2000).map(read)[0]!.answers).toContainEqual(
			expect.objectContaining({ type: "A", data: "10.0.0.2" }),
		);
	});

	test("takes its leave with all its records, and says no more", () => {
		const time = lan.now;
		gateway.responder.stop();
		const [goodbye] = from(own, time).map(read);
		expect(goodbye!.answers!.length).toBe(10);
		expect(goodbye!.answers!.every((record) => 0 === (record as { ttl: number }).ttl)).toBe(true);
		ask([{ name: "gateway.local", type: "A" }]);
		gateway.responder.stop();
		expect(from(own, time).length).toBe(1);
	});

	test("with the longest name and texts still fits its message", () => {
		const sent: Uint8Array[] = [];
		const name = "n".repeat(32);
		const text = "t".repeat(40);
		const type = (label: string) => `${String.fromCharCode(label.length)}${label}\x04_tcp\x05local`;
		const responder = new Responder({
			name,
			services: [
				{ type: type("_http"), port: () => 80, texts: () => ["path=/"] },
				{ type: type("_tmlaas"), port: () => 80, texts: () => [text, text, text, text] },
			],
			random: () => 0,
			send: (message) => sent.push(message.slice()),
		});
		responder.start(bytesOf(own), 0);
		for (let now = 0; now < 5000; now += 10) responder.tick(now);
		expect(decode(Buffer.from(sent.at(-1)!)).answers!.length).toBe(9);
	});
});
