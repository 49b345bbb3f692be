import { Finder, type Found } from "common/mdns/finder";
import { MessageWriter, nameOf, Section, Type } from "common/mdns/message";
import { port } from "common/mdns/responder";
import { describe, expect, test } from "vitest";
import { addGateway, gatewayType, Lan } from "./lan";

const any = () => true;

function addFinder(lan: Lan, options: { address?: string; wanted?: string } = {}): Finder {
	const { address = "10.0.0.9", wanted } = options;
	return lan.add(address, (send) => new Finder({ type: gatewayType, wanted, random: () => 0.5, send }, lan.now));
}

const place = ({ address, port }: Found) => `${address}:${port}`;

describe("a finder", () => {
	test("finds a gateway that is there already within a second", () => {
		const lan = new Lan();
		addGateway(lan, "10.0.0.1");
		lan.run(5000);
		const finder = addFinder(lan);
		lan.run(1000);
		expect(finder.find(any, lan.now)).toMatchObject({ id: "10.0.0.1", address: "10.0.0.1", port: 80, pairing: false });
	});

	test("hears of one that comes later, and that it has opened pairing, without asking", () => {
		const lan = new Lan();
		const finder = addFinder(lan);
		lan.run(40_000);
		const questions = lan.sent.filter(({ from }) => "10.0.0.9" === from).length;
		expect(questions).toBeLessThanOrEqual(6);
		const gateway = addGateway(lan, "10.0.0.1");
		lan.run(1500);
		expect(finder.find(any, lan.now)?.pairing).toBe(false);
		gateway.texts = ["id=one", "pairing=1"];
		gateway.responder.changed(lan.now);
		lan.run(10);
		expect(finder.find(({ pairing }) => pairing, lan.now)?.id).toBe("one");
		expect(lan.sent.filter(({ from }) => "10.0.0.9" === from).length).toBe(questions);
	});

	test("passes over what does not come from multicast DNS's port, and hosts whose names are too long to ask for", () => {
		const lan = new Lan();
		const finder = addFinder(lan);
		lan.run(5000);
		const name = `${nameOf("x".repeat(63))}${gatewayType}`;
		const tell = (host: string, from: number) => {
			const writer = new MessageWriter(new Uint8Array(900));
			writer.begin(0, 0x8400);
			writer.record(Section.answer, gatewayType, Type.ptr, 1, 120);
			writer.name(name);
			writer.endRecord();
			writer.record(Section.answer, name, Type.srv, 1, 120);
			for (const word of [0, 0, 80]) writer.word(word);
			writer.name(host);
			writer.endRecord();
			writer.record(Section.answer, name, Type.txt, 1, 120);
			writer.text("id=one");
			writer.endRecord();
			writer.record(Section.answer, host, Type.a, 1, 120);
			for (const byte of [10, 0, 0, 1]) writer.byte(byte);
			writer.endRecord();
			finder.receive(writer.bytes, "10.0.0.1", from, lan.now);
			lan.run(20_000);
			return finder.find(any, lan.now);
		};
		expect(tell(nameOf("one", "local"), 5354)).toBeUndefined();
		const label = "h".repeat(60);
		expect(tell(nameOf(label, label, label, label), port)).toBeUndefined();
		expect(tell(nameOf("one", "local"), port)?.id).toBe("one");
	});

	test("tells two gateways of one name apart", () => {
		const lan = new Lan();
		const first = addGateway(lan, "10.0.0.1");
		const second = addGateway(lan, "10.0.0.2");
		const finder = addFinder(lan);
		lan.run(8000);
		expect([...first.names, ...second.names].sort()).toEqual(["gateway", "gateway-2"]);
		for (const address of ["10.0.0.1", "10.0.0.2"])
			expect(place(finder.find(({ id }) => id === address, lan.now)!)).toBe(`${address}:80`);
	});

	test("forgets a gateway that takes its leave, and one that is not heard of for its time to live", () => {
		const lan = new Lan();
		const first = addGateway(lan, "10.0.0.1", "one");
		addGateway(lan, "10.0.0.2", "two");
		const finder = addFinder(lan);
		lan.run(8000);
		first.responder.stop();
		lan.run(10);
		expect(finder.find(any, lan.now)?.id).toBe("10.0.0.2");
		lan.remove("10.0.0.2");
		lan.run(121_000);
		expect(finder.find(any, lan.now)).toBeUndefined();
	});

	test("follows a gateway to another address", () => {
		const lan = new Lan();
		const gateway = addGateway(lan, "10.0.0.1");
		const finder = addFinder(lan);
		lan.run(5000);
		gateway.responder.start(Uint8Array.of(10, 0, 0, 77), lan.now);
		lan.run(3000);
		expect(finder.find(any, lan.now)?.address).toBe("10.0.0.77");
	});

	test("asks for what an answer leaves out", () => {
		const lan = new Lan();
		const asked: number[] = [];
		const finder = addFinder(lan);
		const instance = nameOf("x") + gatewayType;
		const writer = new MessageWriter(new Uint8Array(512));
		const answer = (write: () => void) => {
			writer.begin(0, 0x8400);
			write();
			writer.endRecord();
			asked.push(lan.sent.length);
			finder.receive(writer.bytes, "10.0.0.1", port, lan.now);
			lan.run(1100);
		};
		lan.run(100);
		answer(() => {
			writer.record(Section.answer, gatewayType, Type.ptr, 1, 120);
			writer.name(instance);
		});
		answer(() => {
			writer.record(Section.answer, instance, Type.txt, 1, 120);
			writer.text("id=x");
		});
		answer(() => {
			writer.record(Section.answer, instance, Type.srv, 1, 120);
			for (const word of [0, 0, 8080]) writer.word(word);
			writer.name(nameOf("there", "local"));
		});
		answer(() => {
			writer.record(Section.answer, nameOf("there", "local"), Type.a, 1, 120);
			for (const byte of [10, 0, 0, 5]) writer.byte(byte);
		});
		expect(place(finder.find(any, lan.now)!)).toBe("10.0.0.5:8080");
		expect(asked[0]).toBe(1);
		expect(asked[2]! > asked[1]! && asked[3]! > asked[2]!).toBe(true);
	});

	test("keeps the gateway that it is looking for, however many others there are", () => {
		const lan = new Lan();
		const finder = addFinder(lan, { wanted: "10.0.0.1" });
		addGateway(lan, "10.0.0.1");
		lan.run(3000);
		for (let i = 20; i < 60; i++) addGateway(lan, `10.0.0.${i}`, `g${i}`);
		lan.run(5000);
		expect(finder.find(({ id }) => "10.0.0.1" === id, lan.now)).toBeDefined();
	});
});
