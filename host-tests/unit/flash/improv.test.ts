import { Improv } from "common/improv";
import { describe, expect, test } from "vitest";
import { joinNetwork, PacketReader } from "../../../tools/flash/improv";
import { LineError } from "../../../tools/flash/line";
import { SimulatedLine } from "../../../tools/simulator/rom-loader/simulated-line";

/** What a board says, as the firmware's own codec writes it. */
function said(): Uint8Array {
	const bytes: number[] = [];
	const improv = new Improv(
		{
			information: { firmware: "TMLaaS gateway", version: "1.2.3", chip: "ESP32", name: "kitchen" },
			connected: true,
			url: () => "http://192.0.2.7/",
			join() {},
			look: () => false,
		},
		{ room: Number.POSITIVE_INFINITY, write: (packet) => bytes.push(...packet) },
	);
	improv.receive(Uint8Array.of(0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 1, 3, 2, 2, 0, 0xe5));
	return Uint8Array.from(bytes);
}

describe("packets", () => {
	test("are found among what else a board says, in whatever pieces", () => {
		const text = Buffer.from("IMPROboot: IMPROV 7\r\n");
		const stream = Buffer.concat([text, said(), text, said()]);
		for (const piece of [1, 5, stream.length]) {
			const reader = new PacketReader();
			const packets = [];
			for (let at = 0; at < stream.length; at += piece) packets.push(...reader.push(stream.subarray(at, at + piece)));
			expect(packets.map(({ type }) => type)).toEqual([1, 4, 1, 4]);
			expect(packets[0]!.data).toEqual(Uint8Array.of(4));
			expect(Buffer.from(packets[1]!.data.subarray(3)).toString()).toBe("http://192.0.2.7/");
		}
	});

	test("that are damaged are passed over", () => {
		const good = said();
		for (let at = 0; at < 11; at++) {
			const damaged = good.slice();
			damaged[at]! ^= 0x40;
			const types = new PacketReader().push(Buffer.concat([damaged, Buffer.alloc(300), good])).map(({ type }) => type);
			expect(types.slice(-2)).toEqual([1, 4]);
			expect(types.length).toBeLessThan(5);
		}
	});
});

describe("a board", () => {
	const options = { ssid: "home", password: "password", patience: 50, trial: 50 };

	test("that is silent is told so", async () => {
		const line = new SimulatedLine({ chip: "ESP32" });
		await expect(joinNetwork({ line, ...options })).rejects.toMatchObject({ name: "NetworkError", code: "silent" });
	});

	test("that never says what came of it is given up", async () => {
		const improv = new Improv(
			{
				information: { firmware: "TMLaaS gateway", version: "1.2.3", chip: "ESP32", name: "kitchen" },
				connected: false,
				url: () => undefined,
				join() {},
				look: () => false,
			},
			{ room: Number.POSITIVE_INFINITY, write: (packet) => line.board.say(packet) },
		);
		const line = new SimulatedLine({
			chip: "ESP32",
			firmware: { start() {}, receive: (bytes) => improv.receive(bytes) },
		});
		await expect(joinNetwork({ line, ...options })).rejects.toMatchObject({ code: "slow" });
	});

	test("that refuses the network's name as none says so", async () => {
		const improv = new Improv(
			{
				information: { firmware: "TMLaaS gateway", version: "1.2.3", chip: "ESP32", name: "kitchen" },
				connected: false,
				url: () => undefined,
				join() {},
				look: () => false,
			},
			{ room: Number.POSITIVE_INFINITY, write: (packet) => line.board.say(packet) },
		);
		const line = new SimulatedLine({
			chip: "ESP32",
			firmware: { start() {}, receive: (bytes) => improv.receive(bytes) },
		});
		const short = { ...options, password: "short" };
		await expect(joinNetwork({ line, ...short })).rejects.toMatchObject({ code: "misunderstood" });
	});

	test("that is unplugged ends the waiting", async () => {
		const line = new SimulatedLine({ chip: "ESP32" });
		setTimeout(() => line.onLost(), 10);
		const error = await joinNetwork({ line, ...options, patience: 10_000 }).catch((problem) => problem);
		expect(error).toBeInstanceOf(LineError);
	});
});
