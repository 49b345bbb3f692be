/**
 * `npm run bench:gateway`: authenticated inferences, with and without a cloud, beside two servers that say hello on the
 * same simulator in the same run, and the time from a window's sending to its result in the live feed, from 1 to 32
 * devices. Fails when the gateway without a cloud answers less than 0.4 times as often as its own server says hello.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildPage } from "../../tools/page/build";
import { Fleet } from "../../tools/simulator/fleet";
import { Simulator } from "../../tools/simulator/simulator";
import { DeviceClient } from "../device-client";
import { Feed } from "../simulator/feed";
import { freePort } from "../simulator/ports";
import { startBroker } from "./broker";
import { Closed, Connection } from "./connection";

const seconds = 2;
const rounds = 5;
const window = Buffer.alloc(1_428);
for (let i = 0; i < 714; i++) window.writeInt16LE(Math.round(3_000 * Math.sin(i / 9)), 2 * i);

const quantile = (sorted: readonly number[], q: number) =>
	sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const sort = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** Inferences beside greetings that are claimed at least. */
const claim = 0.4;

/** Successful answers per second that `senders.length` connections get, each sending as soon as it is answered. */
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
					// 503: the outbox is full, since the broker is slower than the gateway.
					if (200 === status) answers++;
					else if (503 !== status) throw new Error(`answered ${status}`);
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

/** Starts one of the servers that say hello; its port. */
async function startHello(name: string): Promise<{ port: number; simulator: Simulator }> {
	const port = await freePort();
	const simulator = await Simulator.start({ build: "release" });
	await simulator.add({
		name,
		app: fileURLToPath(new URL(`${name}/manifest.json`, import.meta.url)),
		directory: await mkdtemp(join(tmpdir(), `tmlaas-${name}-`)),
		storage: { [name]: { port: String(port) } },
		chips: [],
	});
	return { port, simulator };
}

/** Starts a gateway that knows `count` devices. */
async function startGateway(count: number, broker?: string) {
	const port = await freePort();
	const fleet = await Fleet.start({ build: "release", port, wearables: [], ...(broker ? { broker } : {}) });
	const devices = Array.from(
		{ length: count },
		(_, index) => new DeviceClient({ id: `device-${index + 1}`, address: fleet.address }),
	);
	await fleet.client.openPairing();
	for (const device of devices) {
		await device.join(() => fleet.client.accept(device.id));
		device.close();
	}
	return { port, fleet, devices };
}

const helloRequest = Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
const helloSenders = (count: number) => Array.from({ length: count }, () => () => helloRequest);
const inferSenders = (devices: readonly DeviceClient[], count: number) =>
	devices.slice(0, count).map((device) => () => device.inferRequest(window));

await buildPage();
const broker = await startBroker();
const responder = await startHello("responder");
const hello = await startHello("hello-server");
const offline = await startGateway(4);
const gateway = await startGateway(32, broker.address);
const { fleet, devices, port } = gateway;

const measured = {
	"socket responder": () => rate(responder.port, helloSenders(4)),
	"hello server": () => rate(hello.port, helloSenders(4)),
	"inference, no broker": () => rate(offline.port, inferSenders(offline.devices, 4)),
	"inference, broker": () => rate(port, inferSenders(devices, 4)),
} as const;
type Name = keyof typeof measured;
const names = Object.keys(measured) as Name[];
const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
for (let round = 0; round < rounds; round++) for (const name of names) found[name].push(await measured[name]());

console.log(`4 connections, ${rounds} interleaved rounds of ${seconds} s each, ${broker.name} in its own process:`);
for (const name of names)
	console.log(`  ${name.padEnd(22)} ${quantile(sort(found[name]), 0.5).toFixed(0).padStart(6)} answers/s (median)`);
/** The median of the rounds' ratios. */
function compare(name: Name, other: Name): number {
	const ratios = sort(found[name].map((value, round) => value / found[other][round]!));
	const median = quantile(ratios, 0.5);
	console.log(
		`  ${`${name} / ${other}`.padEnd(42)} ${median.toFixed(3)} (${ratios[0]!.toFixed(3)} to ${ratios.at(-1)!.toFixed(3)})`,
	);
	return median;
}
const ratio = compare("inference, no broker", "hello server");
compare("inference, broker", "hello server");
compare("inference, no broker", "socket responder");
compare("inference, broker", "socket responder");

console.log(
	"\nDevices  inferences/s  / hello server   window sent to result in the feed, 4 windows/s per device: median, 99 %",
);
for (const count of [1, 2, 4, 8, 16, 32]) {
	const helloRate = await rate(hello.port, helloSenders(Math.min(4, count)));
	const throughput = await rate(port, inferSenders(devices, count));
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
		`${String(count).padStart(7)}  ${throughput.toFixed(0).padStart(12)}  ${(throughput / helloRate).toFixed(3).padStart(14)}   ` +
			`${quantile(latencies, 0.5).toFixed(2).padStart(8)} ms  ${quantile(latencies, 0.99).toFixed(2).padStart(8)} ms`,
	);
}
const holds = claim <= ratio;
console.log(`\nWithout a broker the ratio to the hello server is ${holds ? "at least" : "below"} ${claim}.`);

await fleet.close();
await offline.fleet.close();
await hello.simulator.close();
await responder.simulator.close();
broker.close();
process.exit(holds ? 0 : 1);
