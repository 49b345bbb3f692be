import {
	encodeConnect,
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
import { describe, expect, test } from "vitest";
import { parseInParts } from "./parts";

type Encoder = (target: Uint8Array, at: number) => number;

function codeOf(call: () => void): PacketErrorCode | undefined {
	try {
		call();
	} catch (error) {
		if (error instanceof PacketError) return error.code;
		throw error;
	}
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const publish = (publication: Publication, id: number, duplicate = false): Encoder => {
	return (target, at) => encodePublish(target, at, publication, id, duplicate);
};

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
});
