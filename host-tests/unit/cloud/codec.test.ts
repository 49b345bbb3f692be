import {
	encodeConnect,
	encodeDisconnect,
	encodePingreq,
	encodePuback,
	encodePubcomp,
	encodePublish,
	encodeSubscribe,
	encodeUnsubscribe,
	PacketError,
	type PacketErrorCode,
	type Publication,
} from "gateway/cloud/mqtt/codec";
import mqtt from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { round, serverPacket } from "../../fuzz/mqtt";
import { parseInParts } from "./parts";

type Encoder = (target: Uint8Array, at: number) => number;

/** What the encoder writes; also that it writes nothing at all into a buffer that is one byte too short. */
function encode(encoder: Encoder): Buffer {
	const target = new Uint8Array(2048).fill(0xee);
	const end = encoder(target, 3);
	expect(target.subarray(0, 3)).toEqual(new Uint8Array(3).fill(0xee));
	expect(target.subarray(end).every((byte) => 0xee === byte)).toBe(true);
	const short = new Uint8Array(end - 1).fill(0xee);
	expect(codeOf(() => encoder(short, 3))).toBe("overflow");
	expect(short.every((byte) => 0xee === byte)).toBe(true);
	return Buffer.from(target.subarray(3, end));
}

function codeOf(call: () => void): PacketErrorCode | undefined {
	try {
		call();
	} catch (error) {
		if (error instanceof PacketError) return error.code;
		throw error;
	}
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const publish = (publication: Publication, id: number, duplicate = false): Encoder => {
	return (target, at) => encodePublish(target, at, publication, id, duplicate);
};

describe("encoders – byte for byte as mqtt-packet", () => {
	const wills: (Publication | undefined)[] = [
		undefined,
		{ topic: "tmlaas/gw/status", payload: bytes('{"online":false}'), QoS: 1, retain: true },
		{ topic: "w", payload: new Uint8Array(), QoS: 0 },
		{ topic: "ü/漢", payload: new Uint8Array(200), QoS: 1, retain: false },
	];
	for (const [number, will] of wills.entries())
		for (const clean of [true, false])
			for (const [user, password] of [[], ["user"], ["user", "pass🜄"], ["", ""]])
				for (const keepAlive of [0, 60, 65535])
					test(`CONNECT – will ${number}, clean ${clean}, user ${user}, password ${password}, ${keepAlive} s`, () => {
						const id = "gateway-1";
						const written = encode((target, at) =>
							encodeConnect(target, at, { id, clean, keepAlive, user, password, will }),
						);
						expect(hex(written)).toBe(
							hex(
								mqtt.generate({
									cmd: "connect",
									protocolId: "MQTT",
									protocolVersion: 4,
									clientId: id,
									clean,
									keepalive: keepAlive,
									...(undefined === user ? {} : { username: user }),
									...(undefined === password ? {} : { password: Buffer.from(password) }),
									...(undefined === will
										? {}
										: {
												will: {
													topic: will.topic,
													payload: Buffer.from(will.payload),
													qos: will.QoS,
													retain: will.retain ?? false,
												},
											}),
								}),
							),
						);
					});

	test("CONNECT – an empty id with a clean session", () => {
		const written = encode((target, at) => encodeConnect(target, at, { id: "", clean: true, keepAlive: 1 }));
		expect(hex(written)).toBe(
			hex(
				mqtt.generate({
					cmd: "connect",
					clientId: "",
					clean: true,
					keepalive: 1,
					protocolVersion: 4,
					protocolId: "MQTT",
				}),
			),
		);
	});

	// Lengths on both sides of where the remaining length takes one byte more.
	for (const length of [0, 1, 117, 118, 119, 120, 121, 122, 123, 500, 1000, 1900])
		for (const QoS of [0, 1] as const)
			for (const duplicate of QoS ? [false, true] : [false])
				for (const retain of [false, true])
					test(`PUBLISH – ${length} bytes, QoS ${QoS}, DUP ${duplicate}, RETAIN ${retain}`, () => {
						const payload = new Uint8Array(length).fill(0x5a);
						const written = encode(publish({ topic: "a/b", payload, QoS, retain }, 0x1234, duplicate));
						expect(hex(written)).toBe(
							hex(
								mqtt.generate({
									cmd: "publish",
									topic: "a/b",
									payload: Buffer.from(payload),
									qos: QoS,
									dup: duplicate,
									retain,
									messageId: 0x1234,
								}),
							),
						);
					});

	test("PUBLISH – remaining lengths of two, three and four bytes", () => {
		for (const length of [16_378, 16_379, 16_380, 2_097_146, 2_097_147, 2_097_148]) {
			const payload = new Uint8Array(length);
			const target = new Uint8Array(length + 20);
			const end = encodePublish(target, 0, { topic: "a/b", payload, QoS: 0 }, 0, false);
			const expected = mqtt.generate({
				cmd: "publish",
				topic: "a/b",
				payload: Buffer.from(payload),
				qos: 0,
				dup: false,
				retain: false,
			});
			expect(Buffer.compare(target.subarray(0, end), expected)).toBe(0);
		}
	});

	for (const id of [1, 255, 256, 65535]) {
		test(`PUBACK, PUBCOMP – ${id}`, () => {
			expect(hex(encode((target, at) => encodePuback(target, at, id)))).toBe(
				hex(mqtt.generate({ cmd: "puback", messageId: id })),
			);
			expect(hex(encode((target, at) => encodePubcomp(target, at, id)))).toBe(
				hex(mqtt.generate({ cmd: "pubcomp", messageId: id })),
			);
		});
		for (const filters of [["a"], ["#"], ["+/a/+", "a/#", "ü/漢字", "/"], ["x".repeat(300)]])
			test(`SUBSCRIBE, UNSUBSCRIBE – ${id}, ${filters.length} filters`, () => {
				for (const QoS of [0, 1] as const)
					expect(hex(encode((target, at) => encodeSubscribe(target, at, id, filters, QoS)))).toBe(
						hex(
							mqtt.generate({
								cmd: "subscribe",
								messageId: id,
								subscriptions: filters.map((topic) => ({ topic, qos: QoS })),
							}),
						),
					);
				expect(hex(encode((target, at) => encodeUnsubscribe(target, at, id, filters)))).toBe(
					hex(mqtt.generate({ cmd: "unsubscribe", messageId: id, unsubscriptions: filters })),
				);
			});
	}

	test("PINGREQ, DISCONNECT", () => {
		expect(hex(encode(encodePingreq))).toBe(hex(mqtt.generate({ cmd: "pingreq" })));
		expect(hex(encode(encodeDisconnect))).toBe(hex(mqtt.generate({ cmd: "disconnect" })));
	});

	test("2,000 random PUBLISH – mqtt-packet reads what was put in", () => {
		const random = createRandom(311);
		for (let i = 0; i < 2000; i++) {
			const QoS = random() < 0.5 ? 0 : 1;
			const publication: Publication = {
				topic: Array.from({ length: 1 + Math.floor(random() * 30) }, () =>
					String.fromCodePoint(0x24 + Math.floor(random() ** 6 * 0x1f600)),
				)
					.join("")
					.replace(/[#+\ud800-\udfff]/gu, "."),
				payload: Uint8Array.from({ length: Math.floor(random() * 300) }, () => random() * 256),
				QoS,
				retain: random() < 0.5,
			};
			const id = 1 + Math.floor(random() * 65535);
			const duplicate = QoS > 0 && random() < 0.5;
			const packets: mqtt.Packet[] = [];
			const parser = mqtt.parser({ protocolVersion: 4 });
			parser.on("packet", (packet) => packets.push(packet));
			parser.parse(encode(publish(publication, id, duplicate)));
			expect(packets).toHaveLength(1);
			expect(packets[0]).toMatchObject({
				cmd: "publish",
				topic: publication.topic,
				payload: Buffer.from(publication.payload),
				qos: QoS,
				retain: publication.retain,
				dup: duplicate,
				...(QoS > 0 ? { messageId: id } : {}),
			});
		}
	});
});

describe("parser – beside mqtt-packet", () => {
	test("PUBLISH too long for the buffer – skipped and counted, its topic and id told, what follows is read", () => {
		for (const [topic, told] of [
			["t", "t"],
			["u".repeat(62), "u".repeat(62)],
			["v".repeat(63), ""],
			["w".repeat(900), ""],
		] as const)
			for (const qos of [0, 1] as const) {
				const input = Buffer.concat([
					mqtt.generate({
						cmd: "publish",
						topic,
						payload: Buffer.alloc(3000, 1),
						qos,
						dup: false,
						retain: false,
						messageId: 0xabcd,
					}),
					mqtt.generate({ cmd: "pingresp" }),
				]);
				for (const part of [input.length, 1, 7, 64, 65])
					expect(parseInParts(input, () => part)).toEqual({
						packets: [JSON.stringify([3, qos ? 0xabcd : 0, qos, false, false, told]), "[13,0]"],
						error: undefined,
						skipped: 1,
					});
			}
	});

	test("PUBLISH of 1 MiB – skipped", () => {
		const input = new Uint8Array(4 + 0x100000);
		input.set([0x30, 0x80, 0x80, 0x40, 0, 1, 0x61]);
		expect(parseInParts(input, () => 1460).skipped).toBe(1);
	});

	test("every split of four packets – the same", () => {
		const random = createRandom(4);
		for (let round = 0; round < 20; round++) {
			const input = Buffer.concat([1, 2, 3, 4].map(() => serverPacket(random)));
			const whole = parseInParts(input, () => input.length);
			for (let at = 1; at < input.length; at++) {
				const lengths = [at, input.length - at];
				expect(parseInParts(input, () => lengths.shift()!)).toEqual(whole);
			}
		}
	});
});

test("fuzz – 20,000 rounds: only PacketError, any split the same, mqtt-packet agrees", () => {
	const random = createRandom(27);
	for (let i = 0; i < 20_000; i++) round(random);
});
