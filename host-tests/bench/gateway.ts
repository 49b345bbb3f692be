/**
 * `npm run bench:gateway`: authenticated inferences beside a bare hello server on the same simulator, in the same run,
 * and the time from a window's sending to its result in the live feed, from 1 to 32 devices.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Broker } from "../../tools/cli/broker";
import { buildPage } from "../../tools/page/build";
import { DeviceClient } from "../../tools/simulator/device-client";
import { Fleet } from "../../tools/simulator/fleet";
import { Simulator } from "../../tools/simulator/simulator";
import { Feed } from "../simulator/feed";
import { freePort } from "../simulator/ports";
import { Closed, Connection } from "./connection";

const seconds = 2;
const rounds = 5;
const window = Buffer.alloc(1_428);
for (let i = 0; i < 714; i++) window.writeInt16LE(Math.round(3_000 * Math.sin(i / 9)), 2 * i);

const quantile = (sorted: readonly number[], q: number) =>
	sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const sort = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** Answers per second that `connections` get, each sending as soon as it is answered. */
async function rate(port: number, senders: readonly (() => Buffer)[]): Promise<number> {
	const connections = senders.map(() => new Connection({ port }));
	const begin = performance.now();
	const end = begin + 1_000 * seconds;
	let answers = 0;
	await Promise.all(
		connections.map(async (connection, index) => {
			while (performance.now() < end) {
				try {
					const status = await connection.exchange(senders[index]!());
					if (200 !== status) throw new Error(`answered ${status}`);
					answers++;
				} catch (error) {
					if (!(error instanceof Closed)) throw error;
				}
			}
		}),
	);
	const elapsed = (performance.now() - begin) / 1_000;
	for (const connection of connections) connection.close();
	return answers / elapsed;
}

const broker = await Broker.start([0]);
await buildPage();
const helloPort = await freePort();
const hello = await Simulator.start({ build: "release" });
await hello.add({
	name: "hello",
	app: fileURLToPath(new URL("hello/manifest.json", import.meta.url)),
	directory: await mkdtemp(join(tmpdir(), "tmlaas-hello-")),
	storage: { hello: { port: String(helloPort) } },
	chips: [],
});
const port = await freePort();
const fleet = await Fleet.start({ build: "release", port, broker: broker.address, wearables: [] });

const devices = Array.from(
	{ length: 32 },
	(_, index) => new DeviceClient({ id: `device-${index + 1}`, address: fleet.address }),
);
await fleet.client.openPairing();
for (const device of devices) {
	await device.join(() => fleet.client.accept(device.id));
	device.close();
}

const helloRequest = Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
const helloSenders = (count: number) => Array.from({ length: count }, () => () => helloRequest);
const inferSenders = (count: number) => devices.slice(0, count).map((device) => () => device.inferRequest(window));

const ratios: number[] = [];
const hellos: number[] = [];
const infers: number[] = [];
for (let round = 0; round < rounds; round++) {
	const a = await rate(helloPort, helloSenders(4));
	const b = await rate(port, inferSenders(4));
	hellos.push(a);
	infers.push(b);
	ratios.push(b / a);
}
const ratio = quantile(sort(ratios), 0.5);
console.log(
	`Authenticated inferences beside a bare hello server, 4 connections, ${rounds} rounds of ${seconds} s each:`,
);
console.log(`  hello      ${quantile(sort(hellos), 0.5).toFixed(0)} answers/s (median)`);
console.log(`  inference  ${quantile(sort(infers), 0.5).toFixed(0)} answers/s (median)`);
console.log(
	`  ratio      ${ratio.toFixed(3)} (median; ${sort(ratios)[0]!.toFixed(3)} to ${sort(ratios).at(-1)!.toFixed(3)})`,
);

console.log(
	"\nDevices  inferences/s  beside hello   window sent to result in the feed, 4 windows/s per device: median, 99 %",
);
for (const count of [1, 2, 4, 8, 16, 32]) {
	const helloRate = await rate(helloPort, helloSenders(Math.min(4, count)));
	const throughput = await rate(port, inferSenders(count));
	const feed = await Feed.open(fleet.address, fleet.token);
	const sent = new Map<string, number>();
	await Promise.all(
		devices.slice(0, count).map(async (device, index) => {
			const connection = new Connection({ port });
			await wait((250 * index) / count);
			for (let i = 0; i < 20; i++) {
				const next = performance.now() + 250;
				const request = device.inferRequest(window);
				sent.set(`${device.id}:${device.lastWindow}`, performance.now());
				for (;;) {
					try {
						await connection.exchange(request);
						break;
					} catch (error) {
						if (!(error instanceof Closed)) throw error;
					}
				}
				await wait(Math.max(0, next - performance.now()));
			}
			connection.close();
		}),
	);
	await feed.until(() => feed.of("result").filter((event) => sent.has(event.data.id)).length >= sent.size, 10_000);
	const latencies = sort(
		feed.of("result").flatMap((event) => {
			const begin = sent.get(event.data.id);
			return undefined === begin ? [] : [event.arrived - begin];
		}),
	);
	feed.close();
	console.log(
		`${String(count).padStart(7)}  ${throughput.toFixed(0).padStart(12)}  ${(throughput / helloRate).toFixed(3).padStart(12)}   ` +
			`${quantile(latencies, 0.5).toFixed(2).padStart(8)} ms  ${quantile(latencies, 0.99).toFixed(2).padStart(8)} ms`,
	);
}
console.log(0.4 <= ratio ? "\nThe ratio is at least 0.4." : "\nThe ratio is below 0.4.");

await fleet.close();
await hello.close();
await broker.close();
process.exit(0.4 <= ratio ? 0 : 1);
