import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildEngine } from "../../tools/cli/engine";
import { Gateway } from "../../tools/cli/gateway";
import { uploadModel } from "../../tools/cli/upload";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import type { Report } from "../../tools/simulator/simulator";
import { DeviceClient } from "../device-client";
import { hasProgram } from "../optional";
import { Feed } from "./feed";
import { makeFile } from "./model-files";
import { freePort } from "./ports";

const { creation } = JSON.parse(
	await readFile(new URL("../../firmware/targets/heltec_wireless_stick/manifest.json", import.meta.url), "utf8"),
);
const maximumDevices = 32;
const windows = 3;
const memory = 96 * 1024;
const window = Buffer.alloc(1428, 3);
const available = hasProgram(
	await compiles32Bit(),
	"the gateway's capacity with 16-byte slots",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);

describe.skipIf(!available)("capacity, with the device's 16-byte slots", () => {
	let fleet: Fleet;
	let broker: Broker;
	let ended = "";
	const devices: DeviceClient[] = [];
	/** Of the newest window of each device. */
	let number = 0;
	const viewers: Feed[] = [];

	beforeAll(async () => {
		await buildPage();
		broker = await Broker.start([0]);
		fleet = await Fleet.start({ build: "release32", port: await freePort(), broker: broker.address, wearables: [] });
		fleet.simulator.on("exit", ({ cause, stack }) => {
			ended = `${cause}${stack}`;
		});
		for (let i = 0; i < 2; i++) viewers.push(await Feed.open(fleet.address, fleet.token));
	});

	afterAll(async () => {
		for (const viewer of viewers) viewer.close();
		for (const device of devices) device.close();
		await fleet?.close();
		await broker?.close();
	});

	async function admit(count: number): Promise<void> {
		await fleet.client.openPairing();
		while (devices.length < count) {
			const device = new DeviceClient({ id: `device-${devices.length + 1}`, address: fleet.address });
			await device.join(() => fleet.client.accept(device.id));
			devices.push(device);
		}
	}

	/** As `infer`, and each result reaches all viewers. */
	async function inferBeforeViewers(): Promise<Report> {
		const answered = viewers[0]!.of("result").length + windows * devices.length;
		const least = await infer();
		for (const viewer of viewers) await viewer.until(() => viewer.of("result").length >= answered, 10_000);
		return least;
	}

	/** All send at once, again and again; what lives then. */
	async function infer(): Promise<Report> {
		for (let i = 0; i < windows; i++) {
			number++;
			const answers = await Promise.all(devices.map((device) => device.infer(window, number)));
			expect(answers.map(({ status }) => status)).toEqual(devices.map(() => 200));
			await fetch(`${fleet.address}/v2/health/live`);
		}
		return fleet.simulator.report("gateway", { collect: true });
	}

	it("a third of slots and chunks is to spare with 8 devices and 2 viewers", async () => {
		await admit(8);
		const { slots, chunks } = await inferBeforeViewers();
		console.log(`8 devices: ${slots.current} B of slots, ${chunks.current} B of chunks in use`);
		expect(ended).toBe("");
		expect(slots.current).toBeLessThanOrEqual((2 / 3) * 16 * creation.heap.initial);
		expect(chunks.current).toBeLessThanOrEqual((2 / 3) * creation.chunk.initial);
	}, 120_000);

	it("32 devices join and infer, each result reaches both viewers, and the list of all is whole", async () => {
		await admit(maximumDevices);
		const { slots, chunks } = await inferBeforeViewers();
		console.log(`32 devices: ${slots.current} B of slots, ${chunks.current} B of chunks in use`);
		expect(ended).toBe("");
		expect(16 * creation.heap.initial + creation.chunk.initial).toBeLessThanOrEqual(memory);
		const report = await fleet.simulator.report("gateway");
		expect(report.slots.peak + report.chunks.peak).toBeLessThanOrEqual(memory);
		const lists = await Promise.all([1, 2, 3, 4].map(() => fleet.client.request("GET", "/api/v1/devices")));
		for (const list of lists as { id: string; windows: number }[][])
			expect(list.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
		const late = await Feed.open(fleet.address, fleet.token);
		viewers.push(late);
		expect(late.of("snapshot")[0]!.data.devices).toHaveLength(maximumDevices);
	}, 120_000);

	it("with as many models open as there may be, one of them a shadow, it serves on", async () => {
		await buildEngine();
		const gateway = new Gateway({ address: new URL(fleet.address), token: fleet.token });
		for (const [name, version, shadow] of [
			["wand", "1.0.0", false],
			["strap", "1.0.0", false],
			["gesture", "1.1.0", true],
		] as const) {
			const content = await makeFile({ name, version, seed: 1 });
			await uploadModel({ gateway, name, version, content, onProgress() {}, onRetry() {}, sleep: () => wait(50) });
			await gateway.request("POST", `/v2/repository/models/${name}/load`, { parameters: { version, shadow } });
		}
		const { slots, chunks } = await infer();
		console.log(`4 models: ${slots.current} B of slots, ${chunks.current} B of chunks in use`);
		expect(ended).toBe("");
		const lists = await Promise.all([1, 2, 3, 4].map(() => gateway.stock()));
		for (const { models } of lists)
			expect(models.map(({ name, role }) => `${name} ${role}`)).toEqual([
				"gesture live",
				"wand live",
				"strap live",
				"gesture shadow",
			]);
		expect(ended).toBe("");
	}, 120_000);

	it("the 33rd is told that there is no room, and the others are served on", async () => {
		const one = new DeviceClient({ id: "one-too-many", address: fleet.address });
		await expect(one.join(() => fleet.client.accept("one-too-many"))).rejects.toThrow(
			/409 .*no room for another device/,
		);
		one.close();
		expect((await devices[0]!.infer(window, 99_999)).status).toBe(200);
		expect(ended).toBe("");
	}, 60_000);
});
