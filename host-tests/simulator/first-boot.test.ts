import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { panel } from "../../tools/simulator/fleet";
import { GatewayClient } from "../../tools/simulator/gateway-client";
import { type MachineOptions, Simulator } from "../../tools/simulator/simulator";
import { hasProgram } from "../optional";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const token = "0123456789abcdef";
/** Bytes of the manifest's stack, which are part of the 32 KiB. */
const stackLength = 384 * 16;
const available = hasProgram(
	await compiles32Bit(),
	"the memory of a wearable that looks for its gateway, with 16-byte slots",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);

let directory: string;
let simulator: Simulator;
let exits: string[];
let serial: Buffer;

beforeEach(async () => {
	await buildPage();
	directory = await mkdtemp(join(tmpdir(), "first-boot-"));
	exits = [];
	serial = Buffer.alloc(0);
});

afterEach(async () => {
	await simulator?.close();
	await rm(directory, { recursive: true, force: true });
	expect(exits).toEqual([]);
});

async function start(build: "release" | "release32" = "release", speed = 10): Promise<void> {
	simulator = await Simulator.start({ build, speed, seed: 7 });
	simulator.on("exit", ({ machine, cause, message, stack }) => {
		if ("restart" !== cause) exits.push(`${machine}: ${cause}: ${message}\n${stack}`);
	});
	simulator.on("serial", ({ machine, bytes }) => {
		if ("wearable" === machine) serial = Buffer.concat([serial, bytes]);
	});
}

function wearable(more: Partial<MachineOptions> = {}, pause = 0.5): MachineOptions {
	return {
		name: "wearable",
		app: path("firmware/wearable/manifest.json"),
		directory: join(directory, "wearable"),
		chips: [
			{
				...{ chip: "mpu6050", bus: "i2c", address: 0x68 },
				motion: { source: "gestures", kinds: ["left", "right", "other"], pause, seed: 5 },
			},
		],
		...more,
	};
}

interface Gateway {
	readonly port: number;
	readonly client: GatewayClient;
	readonly windows: () => Promise<number>;
}

/** At a port of chance, another with each start. */
async function addGateway(name: string): Promise<Gateway> {
	const listening = new Promise<number>((resolve) => {
		simulator.on("listening", (event) => {
			if (name === event.machine && "tcp" === event.protocol) resolve(event.port);
		});
	});
	await simulator.add({
		name,
		app: path("manifest.json"),
		directory: join(directory, name),
		storage: { gateway: { port: 0, name: "gateway" }, operator: { token } },
		chips: [panel],
	});
	const port = await listening;
	const client = new GatewayClient({ address: `http://127.0.0.1:${port}`, token });
	await client.ready();
	return {
		port,
		client,
		async windows() {
			const devices = (await client.request("GET", "/api/v1/devices")) as { windows: number }[];
			return devices.reduce((sum, { windows }) => sum + windows, 0);
		},
	};
}

/** The status with which a gateway answers under this name. */
function statusOf(port: number, host: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const request = get({ port, host: "127.0.0.1", path: "/v2/health/ready", headers: { Host: host } }, (response) => {
			response.resume();
			resolve(response.statusCode!);
		});
		request.on("error", reject);
	});
}

const log = () => simulator.log("wearable").join("");

async function until(condition: () => boolean | Promise<boolean>, milliseconds = 40_000): Promise<void> {
	for (const end = Date.now() + milliseconds; !(await condition()); ) {
		if (Date.now() > end) throw new Error(`not within ${milliseconds} ms; log:\n${log()}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** The id of a device that has been given none. */
const idOf = () => /TMLaaS wearable \d+\.\d+\.\d+, (wearable-[0-9a-f]{6})/.exec(log())?.[1];

test("a wearable without any setting: finds the gateway that opens pairing, joins, and sends its windows", async () => {
	await start();
	const { client, windows } = await addGateway("gateway");
	await simulator.add(wearable());
	await until(() => log().includes("looks for a gateway with pairing open"));
	await client.openPairing();
	await until(() => undefined !== idOf());
	await client.accept(idOf()!);
	await until(async () => (await windows()) >= 3);
	expect(log()).toMatch(/gateway [0-9a-f]{6} is at 127\.0\.0\.1:\d+/);
	// What a person reads on the line is what the simulator shows.
	expect(serial.toString()).toMatch(/asks to join, code \d{4}\r\n/);
});

test("a wearable whose gateway moves to another port: follows it, and sends the windows that waited", async () => {
	await start();
	const { client } = await addGateway("gateway");
	await client.openPairing();
	await simulator.add(wearable());
	await until(() => undefined !== idOf());
	await client.accept(idOf()!);
	await until(() => log().includes("window 2:"));
	await simulator.stop("gateway");
	await until(() => log().includes("waiting"));
	const { port, windows } = await addGateway("gateway");
	await until(() => log().includes(`is at 127.0.0.1:${port}`));
	const before = await windows();
	await until(async () => (await windows()) > before + 3);
});

test("a wearable between two gateways: takes the one that opens pairing, and returns to it though the other opens, too", async () => {
	await start();
	const first = await addGateway("first");
	const second = await addGateway("second");
	await simulator.add(wearable());
	await until(() => log().includes("looks for a gateway"));
	await second.client.openPairing();
	await until(() => undefined !== idOf());
	await second.client.accept(idOf()!);
	await until(async () => (await second.windows()) >= 2);
	await simulator.stop("wearable");
	await first.client.openPairing();
	await simulator.add(wearable());
	const before = await second.windows();
	await until(async () => (await second.windows()) >= before + 2);
	expect(await first.client.request("GET", "/api/v1/devices")).toEqual([]);
	// Both are called "gateway": one has the name, the other the next, and each answers to its own alone.
	const statuses = await Promise.all(
		[first, second].map(({ port }) =>
			Promise.all(["gateway.local", "gateway-2.local"].map((host) => statusOf(port, host))),
		),
	);
	expect(statuses.map((each) => each[1]).sort()).toEqual([200, 403]);
});

/** A command of Improv (https://www.improv-wifi.com/serial/): header, version, type 3, data and sum. */
function improv(command: number, ...texts: string[]): Uint8Array {
	const fields = texts.flatMap((text) => [Buffer.byteLength(text), ...Buffer.from(text)]);
	const data = [command, fields.length, ...fields];
	const bytes = [...Buffer.from("IMPROV"), 1, 3, data.length, ...data];
	return Uint8Array.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff]);
}

/** Types and data of the packets on the line so far. */
function packets(): { type: number; data: Buffer }[] {
	const found: { type: number; data: Buffer }[] = [];
	for (let at = serial.indexOf("IMPROV"); at >= 0; at = serial.indexOf("IMPROV", at + 1)) {
		const length = serial[at + 8]!;
		if (at + 9 + length < serial.length)
			found.push({ type: serial[at + 7]!, data: serial.subarray(at + 9, at + 9 + length) });
	}
	return found;
}
const has = (type: number, text: string) =>
	packets().some((packet) => type === packet.type && packet.data.toString("latin1").includes(text));

test("a wearable's first boot: a browser on the cable sees networks, gives a wrong password, then the right one", async () => {
	await start();
	const networks = [
		{ ssid: "At home", password: "correct horse", strength: -50 },
		...Array.from({ length: 30 }, (_, i) => ({ ssid: `A neighbour's network ${i}`, password: "unknown!" })),
	];
	await simulator.add(wearable({ air: { networks } }));
	await until(() => log().includes("no network is known"));
	await simulator.serial("wearable", 0, improv(3));
	await until(() => has(4, "TMLaaS wearable"));
	await simulator.serial("wearable", 0, improv(4));
	// The list ends although not all of it fits.
	await until(() => packets().some(({ type, data }) => 4 === type && 4 === data[0] && 0 === data[1]));
	expect(has(4, "At home")).toBe(true);
	await simulator.serial("wearable", 0, improv(1, "At home", "wrong horse"));
	await until(() => packets().some(({ type, data }) => 2 === type && 3 === data[0]));
	await until(() => log().includes("no network: wrong-password; trying again"));
	await simulator.serial("wearable", 0, improv(1, "At home", "correct horse"));
	await until(() => packets().some(({ type, data }) => 1 === type && 4 === data[0]));
	await until(() => log().includes("network At home: on line as wearable-"));
	// A wrong one is told at once, not when the wearable is back in the one that it knows.
	const before = packets().length;
	await simulator.serial("wearable", 0, improv(1, "A neighbour's network 7", "wrong horse"));
	const later = () =>
		packets()
			.slice(before)
			.map(({ type, data }) => [type, data[0]]);
	await until(() => later().some(([type, code]) => 2 === type && 3 === code));
	expect(later().filter(([type]) => 1 === type)).toEqual([
		[1, 3],
		[1, 2],
	]);
});

test("a wearable whose network goes for a while: loses no window as long as they have room, and sends them when it is back", async () => {
	await start();
	const { client, windows } = await addGateway("gateway");
	await client.openPairing();
	await simulator.add(wearable({}, 6));
	await until(() => undefined !== idOf());
	await client.accept(idOf()!);
	await until(async () => (await windows()) >= 2);
	await simulator.air("wearable", { networks: [] });
	await until(() => log().includes("no network: "));
	await simulator.air("wearable", { networks: [{ ssid: "simulated", password: "in the air" }] });
	const before = await windows();
	await until(async () => (await windows()) >= before + 5);
	const numbers = Array.from(log().matchAll(/window (\d+): \w+ \d/g), ([, number]) => Number(number));
	expect(numbers.length).toBeGreaterThanOrEqual(7);
	expect(numbers).toEqual(numbers.map((_, i) => i + 1));
	expect(log()).not.toContain("dropped");
});

test("a wearable without a sensor, and with settings that make no sense: says so and goes on", async () => {
	await start("release", 20);
	const storage = { wearable: { id: "My Wearable", gateway: "gateway", window: 3 } };
	await simulator.add(wearable({ chips: [], storage }));
	await until(() => log().includes("looks for a gateway with pairing open"));
	for (const name of ["id", "gateway", "window"]) expect(log()).toMatch(new RegExp(`setting ${name} is no`));
	expect(idOf()).toBeDefined();
	await until(() => /sensor: .*; trying again/.test(log()));
	await new Promise((resolve) => setTimeout(resolve, 500));
	expect(log().match(/trying again/g)!.length).toBe(1);
});

test("a wearable whose button is held: forgets network, gateway and key", async () => {
	await start("release", 20);
	const { client } = await addGateway("gateway");
	await client.openPairing();
	await simulator.add(wearable({ restarts: true }));
	await until(() => undefined !== idOf());
	await client.accept(idOf()!);
	await until(() => log().includes("joined"));
	await simulator.press("wearable", 0, 2000);
	await until(() => log().includes("window 4:"));
	expect(log()).not.toContain("no network is known");
	await simulator.press("wearable", 0, 6000);
	await until(() => log().includes("no network is known"));
});

test.skipIf(!available)(
	"a wearable that is set up and looks for its gateway: within 32 KiB with 16-byte slots",
	async () => {
		await start("release32", 20);
		await simulator.add(wearable({ air: { networks: [{ ssid: "At home", password: "correct horse" }] } }));
		await until(() => log().includes("no network is known"));
		await simulator.serial("wearable", 0, improv(4));
		await until(() => has(4, "At home"));
		await simulator.serial("wearable", 0, improv(1, "At home", "correct horse"));
		await until(() => log().includes("looks for a gateway"));
		// The windows wait by now, and a neighbour's long announcements come all the time.
		const noise = new Uint8Array(1400);
		noise.set([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 16, 0, 1, 0, 0, 0, 120, 1400 >> 8, (1400 - 23) & 0xff]);
		for (let i = 0; i < 200; i++) {
			await simulator.datagram(5353, "224.0.0.251", 5353, noise);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		const { client, windows } = await addGateway("gateway");
		await client.openPairing();
		await until(() => undefined !== idOf());
		await client.accept(idOf()!);
		await until(async () => (await windows()) >= 20);
		const { slots, chunks, stack } = await simulator.report("wearable");
		console.log(
			`wearable that has looked for its gateway: ${slots.peak + chunks.peak} B of heap at most (slots ${slots.peak}, chunks ${chunks.peak}), stack ${stack.peak} B`,
		);
		expect(slots.peak + chunks.peak + stackLength).toBeLessThanOrEqual(32 * 1024);
		expect(stack.peak).toBeLessThan(stackLength);
	},
);
