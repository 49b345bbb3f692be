import { type Packet, PacketError, PacketType, Parser } from "gateway/cloud/mqtt/codec";

const bufferLength = 64;

interface Outcome {
	packets: string[];
	error: string | undefined;
	skipped: number;
}

function describePacket(packet: Packet): string {
	const { type, returnCode, sessionPresent, id, QoS, retain, duplicate, topic, payload } = packet;
	const parts: unknown[] = [type, id];
	if (PacketType.connack === type) parts.push(returnCode, sessionPresent);
	if (PacketType.publish === type) parts.push(QoS, retain, duplicate, topic);
	if (undefined !== payload) parts.push(Buffer.from(payload).toString("hex"));
	return JSON.stringify(parts);
}

/** What the parser makes of the bytes when they come in parts of the given lengths, the last as long as it is. */
export function parseInParts(bytes: Uint8Array, length: () => number, buffer = bufferLength): Outcome {
	const outcome: Outcome = { packets: [], error: undefined, skipped: 0 };
	const parser = new Parser({
		buffer: new Uint8Array(buffer),
		onPacket: (packet) => outcome.packets.push(describePacket(packet)),
	});
	try {
		for (let at = 0; at < bytes.length; ) {
			const end = Math.min(bytes.length, at + Math.max(1, length()));
			parser.parse(bytes.subarray(at, end));
			at = end;
		}
	} catch (error) {
		if (!(error instanceof PacketError)) throw error;
		outcome.error = error.code;
	}
	outcome.skipped = parser.skipped;
	return outcome;
}
