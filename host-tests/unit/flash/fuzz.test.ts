import { describe, expect, test } from "vitest";
import { PacketReader } from "../../../tools/flash/improv";
import { FrameReader, frame } from "../../../tools/flash/slip";
import { FlashChip } from "../../../tools/simulator/rom-loader/flash-chip";
import { RomLoader } from "../../../tools/simulator/rom-loader/rom-loader";
import { createRandom } from "../../../tools/training/random";

/** Whole numbers below a limit. */
function createDice(seed: number): (limit: number) => number {
	const random = createRandom(seed);
	return (limit) => Math.floor(limit * random());
}

function randomBytes(random: (limit: number) => number, length: number): Uint8Array {
	// Bytes that mean something to a frame come often.
	const special = [0xc0, 0xdb, 0xdc, 0xdd, 0, 1];
	return Uint8Array.from({ length }, () => (random(3) === 0 ? special[random(special.length)]! : random(256)));
}

describe("whatever a line says", () => {
	test("frames stay within their bounds, and the next sound one is read", () => {
		const random = createDice(1);
		const reader = new FrameReader(64);
		const sound = Uint8Array.of(1, 0xc0, 2, 0xdb);
		for (let round = 0; round < 2000; round++) {
			for (const packet of reader.push(randomBytes(random, random(200)))) {
				expect(packet.length).toBeGreaterThan(0);
				expect(packet.length).toBeLessThanOrEqual(64);
			}
			expect(reader.push(frame(sound)).at(-1)).toEqual(sound);
		}
	});

	test("Improv packets are found or not, and the next sound one is read", () => {
		const random = createDice(2);
		const header = [...Buffer.from("IMPROV"), 1];
		const body = [...header, 1, 1, 2];
		const sound = Uint8Array.from([...body, body.reduce((total, byte) => total + byte, 0) & 0xff]);
		for (let round = 0; round < 500; round++) {
			const reader = new PacketReader();
			for (let piece = random(5); piece > 0; piece--) {
				const noise = randomBytes(random, random(300));
				// Parts of a header, and whole ones with any length behind.
				const part = header.slice(0, random(header.length + 1));
				if (noise.length >= part.length) noise.set(part, random(noise.length - part.length + 1));
				for (const { data } of reader.push(noise)) expect(data.length).toBeLessThanOrEqual(255);
			}
			// A header in the noise may claim as much as a packet can have.
			reader.push(new Uint8Array(300));
			expect(reader.push(sound)).toEqual([{ type: 1, data: Uint8Array.of(2) }]);
		}
	});
});

describe("whatever a host says", () => {
	test.each(["ESP32", "ESP8266", "ESP32-S3"] as const)("a simulated %s answers in whole packets", (chip) => {
		const random = createDice(3);
		const flash = new FlashChip({ size: 1 << 20 });
		const answers = new FrameReader(1024);
		let answered = 0;
		for (let round = 0; round < 40; round++) {
			const loader = new RomLoader({
				chip,
				flash,
				startsInLoader: true,
				send(bytes) {
					for (const packet of answers.push(bytes)) {
						// The stub says so when it starts, the ROM what it starts.
						if (packet[0] !== 1) continue;
						answered++;
						expect(packet.length - 8).toBe(packet[2]! | (packet[3]! << 8));
					}
				},
			});
			for (let command = 0; command < 60; command++) {
				const data = randomBytes(random, 4 * random(12));
				const view = new DataView(data.buffer);
				// Small numbers go further than any.
				for (let at = 0; at < data.length; at += 4) if (random(4) > 0) view.setUint32(at, random(3) * 4096, true);
				const packet = new Uint8Array(8 + data.length);
				packet[1] = random(8) === 0 ? random(256) : random(0x16);
				packet[2] = random(10) === 0 ? random(256) : data.length;
				packet[4] = data.subarray(16).reduce((sum, byte) => sum ^ byte, 0xef);
				packet.set(data, 8);
				loader.receive(frame(packet));
			}
			expect(flash.bytes.length).toBe(1 << 20);
		}
		expect(answered).toBeGreaterThan(1000);
	});
});
