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
	PacketType,
	Parser,
	type Publication,
} from "gateway/cloud/mqtt/codec";
import mqtt from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { parseInParts, round, serverPacket } from "../../fuzz/mqtt";

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

describe("encoders – refused before a byte is written", () => {
	const connect = { id: "a", clean: true, keepAlive: 60 };
	const long = "x".repeat(65_536);
	const refused: [string, PacketErrorCode, Encoder][] = [
		[
			"CONNECT without id that keeps its session",
			"field",
			(t, at) => encodeConnect(t, at, { ...connect, id: "", clean: false }),
		],
		["CONNECT with a password and no user", "field", (t, at) => encodeConnect(t, at, { ...connect, password: "p" })],
		["CONNECT with a keep-alive of 65536", "field", (t, at) => encodeConnect(t, at, { ...connect, keepAlive: 65536 })],
		["CONNECT with a negative keep-alive", "field", (t, at) => encodeConnect(t, at, { ...connect, keepAlive: -1 })],
		["CONNECT with U+0000 in its id", "text", (t, at) => encodeConnect(t, at, { ...connect, id: "a\0" })],
		["CONNECT with U+0000 in its user", "text", (t, at) => encodeConnect(t, at, { ...connect, user: "\0" })],
		["CONNECT with an id of 65536 bytes", "length", (t, at) => encodeConnect(t, at, { ...connect, id: long })],
		[
			"CONNECT with a user of 65536 bytes in fewer characters",
			"length",
			(t, at) => encodeConnect(t, at, { ...connect, user: "ü".repeat(32_768) }),
		],
		[
			"CONNECT with a password of 65536 bytes",
			"length",
			(t, at) => encodeConnect(t, at, { ...connect, user: "u", password: long }),
		],
		[
			"CONNECT with a wildcard in its will's topic",
			"topic",
			(t, at) => encodeConnect(t, at, { ...connect, will: { topic: "a/#", payload: bytes(""), QoS: 0 } }),
		],
		[
			"CONNECT with a will of 65536 bytes",
			"length",
			(t, at) => encodeConnect(t, at, { ...connect, will: { topic: "a", payload: new Uint8Array(65_536), QoS: 0 } }),
		],
		["PUBLISH without a topic", "topic", publish({ topic: "", payload: bytes(""), QoS: 0 }, 0)],
		["PUBLISH to #", "topic", publish({ topic: "a/#", payload: bytes(""), QoS: 0 }, 0)],
		["PUBLISH to +", "topic", publish({ topic: "+", payload: bytes(""), QoS: 0 }, 0)],
		["PUBLISH with U+0000 in its topic", "text", publish({ topic: "a\0b", payload: bytes(""), QoS: 0 }, 0)],
		["PUBLISH with a topic of 65536 bytes", "length", publish({ topic: long, payload: bytes(""), QoS: 0 }, 0)],
		["PUBLISH at QoS 1 with id 0", "packet-id", publish({ topic: "a", payload: bytes(""), QoS: 1 }, 0)],
		["PUBLISH at QoS 1 with id 65536", "packet-id", publish({ topic: "a", payload: bytes(""), QoS: 1 }, 65_536)],
		["PUBLISH at QoS 0 as a duplicate", "flags", publish({ topic: "a", payload: bytes(""), QoS: 0 }, 0, true)],
		["PUBACK with id 0", "packet-id", (t, at) => encodePuback(t, at, 0)],
		["PUBCOMP with id 65536", "packet-id", (t, at) => encodePubcomp(t, at, 65_536)],
		["SUBSCRIBE to nothing", "field", (t, at) => encodeSubscribe(t, at, 1, [], 1)],
		["SUBSCRIBE with id 0", "packet-id", (t, at) => encodeSubscribe(t, at, 0, ["a"], 1)],
		["SUBSCRIBE to an empty filter", "topic", (t, at) => encodeSubscribe(t, at, 1, ["a", ""], 1)],
		["SUBSCRIBE to a/#/b", "topic", (t, at) => encodeSubscribe(t, at, 1, ["a/#/b"], 1)],
		["SUBSCRIBE to a#", "topic", (t, at) => encodeSubscribe(t, at, 1, ["a#"], 1)],
		["SUBSCRIBE to a+/b", "topic", (t, at) => encodeSubscribe(t, at, 1, ["a+/b"], 1)],
		["SUBSCRIBE to a filter with U+0000", "text", (t, at) => encodeSubscribe(t, at, 1, ["\0"], 1)],
		["UNSUBSCRIBE from nothing", "field", (t, at) => encodeUnsubscribe(t, at, 1, [])],
		["UNSUBSCRIBE with id 0", "packet-id", (t, at) => encodeUnsubscribe(t, at, 0, ["a"])],
		["UNSUBSCRIBE from ##", "topic", (t, at) => encodeUnsubscribe(t, at, 1, ["##"])],
	];
	for (const [name, code, encoder] of refused)
		test(`${name} – ${code}`, () => {
			const target = new Uint8Array(70_000).fill(0xee);
			expect(codeOf(() => encoder(target, 0))).toBe(code);
			expect(target.every((byte) => 0xee === byte)).toBe(true);
		});
});

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("parser – malformed", () => {
	const malformed: [string, PacketErrorCode, string][] = [
		["type 0", "type", "00 00"],
		["type 15", "type", "f0 00"],
		["CONNECT from a server", "type", "10 00"],
		["SUBSCRIBE from a server", "type", "82 00"],
		["UNSUBSCRIBE from a server", "type", "a2 00"],
		["PINGREQ from a server", "type", "c0 00"],
		["DISCONNECT from a server", "type", "e0 00"],
		["CONNACK with reserved flags", "flags", "21 02 00 00"],
		["CONNACK with all flags", "flags", "2f 02 00 00"],
		["PUBACK with reserved flags", "flags", "42 02 00 01"],
		["PUBREC with reserved flags", "flags", "51 02 00 01"],
		["PUBREL without its flag", "flags", "60 02 00 01"],
		["PUBREL with another flag", "flags", "63 02 00 01"],
		["PUBCOMP with reserved flags", "flags", "78 02 00 01"],
		["SUBACK with the flags of SUBSCRIBE", "flags", "92 03 00 01 00"],
		["UNSUBACK with reserved flags", "flags", "b2 02 00 01"],
		["PINGRESP with reserved flags", "flags", "d1 00"],
		["PUBLISH with QoS 3", "qos", "36 05 00 01 61 00 01"],
		["PUBLISH with QoS 3, DUP and RETAIN", "qos", "3f 05 00 01 61 00 01"],
		["PUBLISH with DUP at QoS 0", "flags", "38 03 00 01 61"],
		["PUBLISH with DUP and RETAIN at QoS 0", "flags", "39 03 00 01 61"],
		["remaining length of five bytes", "length", "30 80 80 80 80 01"],
		["remaining length of five bytes, all ones", "length", "30 ff ff ff ff 7f"],
		["remaining length of five bytes in CONNACK", "length", "20 82 80 80 80 00"],
		["PUBLISH of 256 MiB", "too-large", "30 ff ff ff 7f"],
		["PUBLISH of 1 MiB and a byte", "too-large", "30 81 80 40"],
		["CONNACK of 0 bytes", "length", "20 00"],
		["CONNACK of 1 byte", "length", "20 01 00"],
		["CONNACK of 3 bytes", "length", "20 03 00 00 00"],
		["CONNACK of 256 MiB", "length", "20 ff ff ff 7f"],
		["PUBACK of 0 bytes", "length", "40 00"],
		["PUBACK of 1 byte", "length", "40 01 00"],
		["PUBACK of 3 bytes, as MQTT 5 has it", "length", "40 03 00 01 00"],
		["PUBREC of 4 bytes", "length", "50 04 00 01 00 00"],
		["PUBREL of 0 bytes", "length", "62 00"],
		["PUBCOMP of 1 byte", "length", "70 01 00"],
		["SUBACK of 0 bytes", "length", "90 00"],
		["SUBACK without a code", "length", "90 02 00 01"],
		["SUBACK that exceeds the buffer", "length", "90 41"],
		["SUBACK of 256 MiB", "length", "90 ff ff ff 7f"],
		["UNSUBACK of 0 bytes", "length", "b0 00"],
		["UNSUBACK of 3 bytes", "length", "b0 03 00 01 00"],
		["PINGRESP of 1 byte", "length", "d0 01 00"],
		["PUBLISH of 0 bytes", "length", "30 00"],
		["PUBLISH of 1 byte", "length", "30 01 00"],
		["PUBLISH of 2 bytes", "length", "30 02 00 00"],
		["PUBLISH at QoS 1 without room for its id", "length", "32 04 00 01 61 00"],
		["PUBLISH with an empty topic", "topic", "30 03 00 00 61"],
		["PUBLISH whose topic exceeds it by a byte", "length", "30 05 00 04 61 62 63"],
		["PUBLISH whose topic is 65535 bytes", "length", "30 05 ff ff 61 62 63"],
		["PUBLISH whose topic leaves a byte for its id", "length", "32 06 00 03 61 62 63 00"],
		["PUBLISH whose topic leaves nothing for its id", "length", "34 05 00 03 61 62 63"],
		["PUBLISH to #", "topic", "30 03 00 01 23"],
		["PUBLISH to a/+", "topic", "30 05 00 03 61 2f 2b"],
		["PUBLISH with U+0000 in its topic", "text", "30 05 00 03 61 00 62"],
		["PUBLISH with a lone continuation byte", "text", "30 03 00 01 80"],
		["PUBLISH with an overlong slash", "text", "30 04 00 02 c0 af"],
		["PUBLISH with an overlong NUL", "text", "30 04 00 02 c0 80"],
		["PUBLISH with a truncated character", "text", "30 04 00 02 e6 bc"],
		["PUBLISH with a surrogate", "text", "30 05 00 03 ed a0 80"],
		["PUBLISH beyond U+10FFFF", "text", "30 06 00 04 f4 90 80 80"],
		["PUBLISH with the byte FF", "text", "30 03 00 01 ff"],
		["PUBLISH at QoS 1 with id 0", "packet-id", "32 05 00 01 61 00 00"],
		["PUBLISH at QoS 2 with id 0", "packet-id", "34 06 00 01 61 00 00 62"],
		["PUBACK with id 0", "packet-id", "40 02 00 00"],
		["PUBREC with id 0", "packet-id", "50 02 00 00"],
		["PUBREL with id 0", "packet-id", "62 02 00 00"],
		["PUBCOMP with id 0", "packet-id", "70 02 00 00"],
		["SUBACK with id 0", "packet-id", "90 03 00 00 00"],
		["UNSUBACK with id 0", "packet-id", "b0 02 00 00"],
		["SUBACK with code 3", "return-code", "90 03 00 01 03"],
		["SUBACK with code 127", "return-code", "90 04 00 01 00 7f"],
		["SUBACK with code 129", "return-code", "90 04 00 01 81 00"],
		["CONNACK with reserved acknowledge flags", "flags", "20 02 02 00"],
		["CONNACK with all acknowledge flags", "flags", "20 02 ff 00"],
		["CONNACK with code 6", "return-code", "20 02 00 06"],
		["CONNACK with code 255", "return-code", "20 02 00 ff"],
		["CONNACK that refuses and has a session", "flags", "20 02 01 05"],
	];
	for (const [name, code, text] of malformed)
		test(`${name} – ${code}, however it is split`, () => {
			const input = unhex(text);
			for (const part of [input.length, 1, 2, 3])
				expect(parseInParts(input, () => part)).toEqual({ packets: [], error: code, skipped: 0 });
		});

	test("error – before it the packets are told, after it nothing is looked at until the parser is reset", () => {
		const types: number[] = [];
		const parser = new Parser({ buffer: new Uint8Array(64), onPacket: (packet) => types.push(packet.type) });
		expect(codeOf(() => parser.parse(unhex("d0 00 00 00 d0 00")))).toBe("type");
		parser.parse(unhex("d0 00"));
		expect(types).toEqual([PacketType.pingresp]);
		parser.reset();
		parser.parse(unhex("40 02 00 01"));
		expect(types).toEqual([PacketType.pingresp, PacketType.puback]);
	});
});

describe("parser – legal", () => {
	const legal: [string, string, string][] = [
		["CONNACK", "20 02 00 00", "[2,0,0,false]"],
		["CONNACK with a session", "20 02 01 00", "[2,0,0,true]"],
		["CONNACK that refuses", "20 02 00 05", "[2,0,5,false]"],
		["CONNACK with a longer form of its length", "20 82 00 00 00", "[2,0,0,false]"],
		["PUBLISH with an empty payload", "30 03 00 01 61", '[3,0,0,false,false,"a",""]'],
		["PUBLISH at QoS 1 with an empty payload", "32 05 00 01 61 ff ff", '[3,65535,1,false,false,"a",""]'],
		["PUBLISH with everything set", "3d 06 00 01 61 00 07 ff", '[3,7,2,true,true,"a","ff"]'],
		[
			"PUBLISH whose topic begins with a byte order mark",
			"30 06 00 04 ef bb bf 61",
			'[3,0,0,false,false,"\ufeffa",""]',
		],
		["PUBACK", "40 02 12 34", "[4,4660]"],
		["PUBREC", "50 02 00 01", "[5,1]"],
		["PUBREL", "62 02 00 01", "[6,1]"],
		["PUBCOMP", "70 02 00 01", "[7,1]"],
		["SUBACK with every code", "90 06 00 01 00 01 02 80", '[9,1,"00010280"]'],
		["UNSUBACK", "b0 02 00 01", "[11,1]"],
		["PINGRESP", "d0 00", "[13,0]"],
	];
	for (const [name, text, expected] of legal)
		test(`${name} – as mqtt-packet, however it is split`, () => {
			const input = unhex(text);
			for (const part of [input.length, 1, 2, 3])
				expect(parseInParts(input, () => part)).toEqual({ packets: [expected], error: undefined, skipped: 0 });
		});

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
