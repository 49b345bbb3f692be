/**
 * Random bytes, and packets with a few bytes changed, against the MQTT parser: it may refuse them with PacketError and do
 * nothing else, it must say the same however the bytes are split, and mqtt-packet must agree about every packet that is
 * accepted by both. Run by command for as long as is asked for, and by the unit tests for a fixed number of rounds.
 */

import { pathToFileURL } from "node:url";
import { PacketType } from "gateway/cloud/mqtt/codec";
import mqtt from "mqtt-packet";
import type { Random } from "../../tools/training/random";
import { parseInParts } from "../unit/cloud/parts";
import { fuzzByCommand } from "./command";

/** The same packets as mqtt-packet reads them, up to its first error. */
function parseWithOracle(bytes: Uint8Array): string[] {
	const packets: string[] = [];
	const parser = mqtt.parser({ protocolVersion: 4 });
	parser.on("packet", (packet) => {
		const type = PacketType[packet.cmd as keyof typeof PacketType];
		const parts: unknown[] = [type, packet.messageId ?? 0];
		if ("connack" === packet.cmd) parts.push(packet.returnCode, packet.sessionPresent);
		if ("publish" === packet.cmd)
			parts.push(packet.qos, packet.retain, packet.dup, packet.topic, (packet.payload as Buffer).toString("hex"));
		if ("suback" === packet.cmd) parts.push(Buffer.from(packet.granted as number[]).toString("hex"));
		packets.push(JSON.stringify(parts));
	});
	parser.on("error", () => {});
	try {
		parser.parse(Buffer.from(bytes));
	} catch {
		// It reads beyond the end of some packets that are too short.
	}
	return packets;
}

function pick<T>(random: Random, values: readonly T[]): T {
	return values[Math.floor(random() * values.length)]!;
}

function number(random: Random, below: number): number {
	return Math.floor(random() * below);
}

const texts = ["a", "tmlaas/gw/status", "/", "$SYS/x", "ü", "漢字/🜄", " ", "\ufeff", "a".repeat(50), "b".repeat(70)];

/** A packet that a server may send, as mqtt-packet writes it. */
export function serverPacket(random: Random): Buffer {
	const messageId = 1 + number(random, 0xffff);
	const cmd = pick(random, [
		"connack",
		"publish",
		"publish",
		"puback",
		"pubrec",
		"pubrel",
		"pubcomp",
		"suback",
		"unsuback",
		"pingresp",
	] as const);
	switch (cmd) {
		case "connack": {
			const returnCode = number(random, 6);
			return mqtt.generate({ cmd, returnCode, sessionPresent: 0 === returnCode && random() < 0.5 });
		}
		case "publish": {
			const qos = pick(random, [0, 1, 2] as const);
			return mqtt.generate({
				cmd,
				qos,
				messageId,
				dup: qos > 0 && random() < 0.5,
				retain: random() < 0.5,
				topic: pick(random, texts),
				payload: Buffer.from(
					Array.from({ length: random() < 0.1 ? number(random, 300) : number(random, 40) }, () => number(random, 256)),
				),
			});
		}
		case "suback":
			return mqtt.generate({
				cmd,
				messageId,
				granted: Array.from({ length: 1 + number(random, 4) }, () => pick(random, [0, 1, 2, 128])),
			});
		case "pingresp":
			return mqtt.generate({ cmd });
		default:
			return mqtt.generate({ cmd, messageId } as Parameters<typeof mqtt.generate>[0]);
	}
}

/** One round; throws when the parser misbehaves. */
export function round(random: Random): void {
	let bytes = Buffer.concat(Array.from({ length: 1 + number(random, 4) }, () => serverPacket(random)));
	const whole = parseInParts(bytes, () => bytes.length);
	if (undefined !== whole.error) throw new Error(`refused a legal packet (${whole.error}): ${bytes.toString("hex")}`);
	const kind = random();
	if (kind < 0.2) bytes = Buffer.from(Array.from({ length: 1 + number(random, 40) }, () => number(random, 256)));
	else if (kind < 0.8)
		for (let i = number(random, 4); i >= 0; i--) bytes[number(random, bytes.length)] = number(random, 256);
	else if (kind < 0.9) bytes = Buffer.concat([bytes.subarray(0, number(random, bytes.length)), serverPacket(random)]);
	const once = parseInParts(bytes, () => bytes.length);
	const split = parseInParts(bytes, () => 1 + number(random, 7));
	if (JSON.stringify(once) !== JSON.stringify(split))
		throw new Error(`depends on how it is split: ${bytes.toString("hex")}`);
	if (once.skipped > 0) return;
	const oracle = parseWithOracle(bytes);
	for (const [at, packet] of once.packets.entries())
		if (packet !== oracle[at]) throw new Error(`${packet}, but mqtt-packet: ${oracle[at]}: ${bytes.toString("hex")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) await fuzzByCommand("mqtt", round);
