import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { DeviceClient } from "../device-client";
import { freePort } from "./ports";

/** How often the gateway's process is killed; `KILLS` in the environment asks for more or fewer. */
const kills = Number(process.env.KILLS ?? 200);

it(`what was answered with success reaches the broker, over ${kills} kills`, async () => {
	await buildPage();
	const broker = await Broker.start([0]);
	const published = new Set<string>();
	broker.onPublish((topic, payload) => {
		if (topic.endsWith("/result")) published.add(JSON.parse(payload.toString()).id);
	});
	const directory = await mkdtemp(join(tmpdir(), "tmlaas-kill-"));
	const port = await freePort();
	const start = () =>
		Fleet.start({ build: "release", port, directory, broker: broker.address, wearables: [], token: "operator" });
	let fleet = await start();
	await fleet.client.openPairing();
	const device = new DeviceClient({ id: "killer", address: fleet.address });
	await device.join(() => fleet.client.accept(device.id));

	const answered = new Set<string>();
	let number = 0;
	let random = 12345;
	for (let kill = 0; kill < kills; kill++) {
		random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
		const lifetime = 5 + (random % 150);
		let alive = true;
		const sending = (async () => {
			while (alive) {
				number++;
				const window = Buffer.alloc(1_428, number & 0xff);
				const answer = await device.infer(window, number).catch(() => undefined);
				if (200 === answer?.status) answered.add(`killer:${number}`);
				else if (alive) await wait(5);
			}
		})();
		await wait(lifetime);
		fleet.simulator.kill();
		await fleet.simulator.ended;
		alive = false;
		await sending;
		fleet = await start();
	}
	await expect
		.poll(() => [...answered].filter((id) => !published.has(id)).length, { timeout: 30_000, interval: 200 })
		.toBe(0);
	console.log(`${kills} kills: ${answered.size} windows answered with success, ${published.size} ids published`);
	expect(answered.size).toBeGreaterThan(kills);
	device.close();
	await fleet.close();
	await broker.close();
	await rm(directory, { recursive: true });
}, 600_000);
