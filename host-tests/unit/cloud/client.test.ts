import { Client, type ClientOptions, type Message } from "gateway/cloud/mqtt/client";
import { PacketError } from "gateway/cloud/mqtt/codec";
import mqtt from "mqtt-packet";
import { describe, expect, test } from "vitest";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** A client with the other end of its connection, step by step. */
class Bench {
	/** Messages that wait, by token. */
	readonly queue = new Map<number, Message | undefined>();
	readonly acknowledged: number[] = [];
	readonly messages: [string, string][] = [];
	readonly client: Client;
	now = 0;

	constructor(options: Partial<ClientOptions> = {}) {
		const { queue, acknowledged } = this;
		this.client = new Client({
			connect: { id: "c", clean: false, keepAlive: 60 },
			birth: { topic: "birth", payload: bytes("1"), retain: true },
			source: {
				next: (token) => [...queue.keys()].find((other) => undefined === token || other > token),
				message(token) {
					const message = queue.get(token);
					if (undefined === message) queue.delete(token);
					return message;
				},
				acknowledge(token) {
					queue.delete(token);
					acknowledged.push(token);
				},
			},
			subscriptions: ["commands/#"],
			onMessage: ({ topic, payload }) => this.messages.push([topic, Buffer.from(payload).toString()]),
			random: () => 0.5,
			...options,
		});
	}

	/** What the client puts out until it has no more, as packets. */
	sent(): mqtt.Packet[] {
		const packets: mqtt.Packet[] = [];
		const parser = mqtt.parser({ protocolVersion: 4 });
		parser.on("packet", (packet) => packets.push(packet));
		while (this.client.output.length > 0) {
			parser.parse(Buffer.from(this.client.output));
			this.client.consume(this.client.output.length, this.now);
		}
		return packets;
	}

	send(...packets: mqtt.Packet[]): void {
		this.client.receive(Buffer.concat(packets.map((packet) => mqtt.generate(packet))), this.now);
	}

	/** Up to CONNACK; returns what follows it. */
	connect(sessionPresent: boolean): mqtt.Packet[] {
		this.client.start(this.now);
		this.client.opened(this.now);
		expect(this.sent().map(({ cmd }) => cmd)).toEqual(["connect"]);
		this.send({ cmd: "connack", returnCode: 0, sessionPresent });
		return this.sent();
	}

	/** Loses the connection and waits until the client wants the next one. */
	lose(): void {
		this.client.lost(this.now);
		this.now += this.client.delay(this.now)!;
		this.client.tick(this.now);
		expect(this.client.state).toBe("connecting");
	}
}

const commands = (packets: mqtt.Packet[]) => packets.map(({ cmd }) => cmd);

describe("client", () => {
	test("subscribes – on the first connection, after a lost session, after a SUBSCRIBE without SUBACK; else not", () => {
		const bench = new Bench();
		expect(bench.connect(true)[0]).toMatchObject({
			cmd: "subscribe",
			messageId: 2,
			subscriptions: [{ topic: "commands/#", qos: 1 }],
		});
		bench.lose();
		expect(commands(bench.connect(true))).toEqual(["subscribe", "publish"]);
		bench.send({ cmd: "suback", messageId: 2, granted: [1] });
		bench.lose();
		expect(commands(bench.connect(true))).toEqual(["publish"]);
		bench.lose();
		expect(commands(bench.connect(false))).toEqual(["subscribe", "publish"]);
	});

	test("PUBLISH from the broker – told; QoS 1 acknowledged; too long – skipped and acknowledged", () => {
		const bench = new Bench();
		bench.connect(false);
		const publish = { cmd: "publish", dup: false, retain: false } as const;
		bench.send(
			{ ...publish, topic: "commands/a", payload: "x", qos: 0 },
			{ ...publish, topic: "commands/b", payload: "y", qos: 1, messageId: 9 },
			{ ...publish, topic: "commands/c", payload: Buffer.alloc(5000), qos: 1, messageId: 10 },
			{ ...publish, topic: "commands/d", payload: "", qos: 0 },
		);
		expect(bench.messages).toEqual([
			["commands/a", "x"],
			["commands/b", "y"],
			["commands/d", ""],
		]);
		expect(bench.sent().map(({ cmd, messageId }) => [cmd, messageId])).toEqual([
			["puback", 9],
			["puback", 10],
		]);
	});

	test("lost message – left out, on its first way and on its second", () => {
		const bench = new Bench();
		for (let token = 1; token <= 5; token++) bench.queue.set(token, { topic: `t${token}`, payload: bytes("") });
		bench.queue.set(2, undefined);
		const topics = (packets: mqtt.Packet[]) =>
			packets.flatMap((packet) => ("publish" === packet.cmd ? [`${packet.topic}${packet.dup ? "+" : ""}`] : []));
		expect(topics(bench.connect(false))).toEqual(["birth", "t1", "t3", "t4", "t5"]);
		bench.queue.set(4, undefined);
		bench.lose();
		expect(topics(bench.connect(true))).toEqual(["birth+", "t1+", "t3+", "t5+"]);
		bench.queue.set(6, { topic: "t6", payload: bytes("") });
		bench.client.pump(bench.now);
		expect(topics(bench.sent())).toEqual(["t6"]);
	});

	test("PUBACK ahead of the message's second way – ignored, the message goes out again", () => {
		const bench = new Bench({ subscriptions: [] });
		bench.queue.set(1, { topic: "t", payload: bytes("") });
		expect(bench.connect(false).at(-1)).toMatchObject({ messageId: 3, dup: false });
		bench.lose();
		bench.client.opened(bench.now);
		bench.sent();
		bench.send({ cmd: "connack", returnCode: 0, sessionPresent: true }, { cmd: "puback", messageId: 3 });
		expect(bench.acknowledged).toEqual([]);
		expect(bench.sent().at(-1)).toMatchObject({ messageId: 3, dup: true });
		bench.send({ cmd: "puback", messageId: 3 });
		expect(bench.acknowledged).toEqual([1]);
	});

	test("output – taken in parts of any size, the same packets", () => {
		const bench = new Bench();
		for (let token = 1; token <= 4; token++) bench.queue.set(token, { topic: "t", payload: new Uint8Array(300) });
		bench.connect(false);
		for (let id = 3; id <= 6; id++) bench.send({ cmd: "puback", messageId: id });
		expect(bench.acknowledged).toEqual([1, 2, 3, 4]);
		for (let token = 5; token <= 8; token++)
			bench.queue.set(token, { topic: "t", payload: new Uint8Array(300).fill(token) });
		bench.client.pump(bench.now);
		const packets: mqtt.Packet[] = [];
		const parser = mqtt.parser({ protocolVersion: 4 });
		parser.on("packet", (packet) => packets.push(packet));
		for (let part = 1; bench.client.output.length > 0; part = (part % 7) + 1) {
			const count = Math.min(part, bench.client.output.length);
			parser.parse(Buffer.from(bench.client.output.subarray(0, count)));
			bench.client.consume(count, bench.now);
		}
		expect(packets.map((packet) => "publish" === packet.cmd && (packet.payload as Buffer)[299])).toEqual([5, 6, 7, 8]);
	});

	test("out of place – ignored: bytes before the connection, a second opening, a loss while waiting", () => {
		const bench = new Bench();
		bench.client.receive(Uint8Array.of(0), 0);
		bench.client.opened(0);
		bench.client.lost(0);
		bench.client.tick(0);
		bench.client.pump(0);
		expect(bench.client.state).toBe("off");
		expect(bench.client.delay(0)).toBeUndefined();
		bench.connect(false);
		bench.client.opened(1);
		bench.client.start(1);
		expect(bench.client.output).toHaveLength(0);
		bench.client.lost(2);
		const delay = bench.client.delay(2);
		bench.client.lost(3);
		bench.client.receive(Uint8Array.of(0), 3);
		expect(bench.client.delay(2)).toBe(delay);
	});

	test("CONNACK that refuses, and packets in the same bytes – the refusal alone counts", () => {
		const bench = new Bench();
		bench.client.start(0);
		bench.client.opened(0);
		bench.send(
			{ cmd: "connack", returnCode: 5, sessionPresent: false },
			{ cmd: "pingresp" },
			{ cmd: "puback", messageId: 1 },
		);
		expect(bench.client.state).toBe("waiting");
		expect(bench.client.reason).toBe("refused");
	});

	test("settings that cannot be sent – PacketError at once, not when the broker is there", () => {
		for (const options of [
			{ connect: { id: "", clean: false, keepAlive: 60 } },
			{ connect: { id: "c".repeat(1100), clean: true, keepAlive: 60 } },
			{ birth: { topic: "#", payload: bytes("") } },
			{ birth: { topic: "b", payload: new Uint8Array(1020) } },
			{ subscriptions: ["a/#/b"] },
		])
			expect(() => new Bench(options)).toThrow(PacketError);
	});
});
