/**
 * A gateway and a wearable live through random WiFi weathers in virtual time: their networks vanish and return, access
 * points change their passwords and back, DHCP dies. `WEATHERS` in the environment asks for more or fewer, `SEED` for others.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { recoveryTime } from "../../firmware/common/wifi/supervisor";
import { compiles32Bit } from "../../tools/simulator/build";
import { panel } from "../../tools/simulator/fleet";
import { GatewayClient } from "../../tools/simulator/gateway-client";
import { root } from "../../tools/simulator/paths";
import { type Network, type Report, Simulator } from "../../tools/simulator/simulator";
import { createRandom } from "../../tools/training/random";
import { hasProgram } from "../optional";
import { freePort } from "./ports";

const weathers = Number(process.env.WEATHERS ?? 100);
const seed = Number(process.env.SEED ?? 1);
const token = "weather-".padEnd(32, "0");
const temporary = mkdtempSync(join(tmpdir(), "weather-"));
afterAll(() => rmSync(temporary, { recursive: true }));
const available = hasProgram(
	await compiles32Bit(),
	"the weathers, with 16-byte slots",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);

const home = { ssid: "Zuhause 🏠", password: 'h"ome sweet home', channel: 1 } as const;
const attic = { ssid: "attic", password: "under the roof", channel: 6 } as const;
const neighbour: Network = { ssid: "neighbour", password: "not ours", strength: -80, channel: 11 };

/** What each of a machine's networks may be like for a while; undefined: it is not there. */
const conditions: readonly ((network: Network, random: () => number) => Network | undefined)[] = [
	(network) => network,
	(network, random) => ({ ...network, strength: -90 + 60 * random() }),
	(network, random) => ({ ...network, association: 4000 * random(), dhcp: 5000 * random() }),
	() => undefined,
	() => undefined,
	(network) => ({ ...network, password: "changed by somebody" }),
	(network) => ({ ...network, dhcp: false }),
];

interface Span {
	readonly at: number;
	readonly networks: readonly Network[];
}

/** Networks change some times; from the last time on all are there. Milliseconds. */
function createWeather(known: readonly Network[], random: () => number): Span[] {
	const spans: Span[] = [];
	let at = 0;
	const count = 2 + Math.floor(6 * random());
	for (let i = 0; i < count; i++) {
		const present = known.flatMap((network) => {
			const condition = conditions[Math.floor(conditions.length * random())]!;
			return condition(network, random) ?? [];
		});
		spans.push({ at, networks: random() < 0.5 ? [...present, neighbour] : present });
		// From less than a beacon's silence to some minutes.
		at += 500 * 400 ** random();
	}
	spans.push({ at, networks: known });
	return spans;
}

const isSound = (network: Network, known: readonly Network[]) =>
	network.dhcp !== false && known.some(({ ssid, password }) => ssid === network.ssid && password === network.password);

/** Milliseconds until a station gives up a network that it hears nothing of. */
const silence = 6000;
/** Until a wearable that is on line has made a window, and brought it to its gateway. */
const delivery = 120_000;

class Board {
	readonly name: string;
	readonly known: readonly Network[];
	/** Milliseconds within which it is back on line. */
	readonly bound: number;
	/** The longest that it has taken. */
	longest = 0;
	readonly #radio: { readonly at: number; readonly onLine: boolean }[] = [];

	constructor(simulator: Simulator, name: string, known: readonly Network[]) {
		this.name = name;
		this.known = known;
		// A network that it hears nothing of any more is given up before another is looked for.
		this.bound = recoveryTime(known.length) + silence;
		simulator.on("radio", ({ machine, at, station }) => {
			if (machine === name) this.#radio.push({ at, onLine: station?.addressed === true });
		});
	}

	/** What its key-value store has of them. */
	get storage() {
		const encode = (text: string) => Uint8Array.from(Buffer.from(text));
		return {
			...Object.fromEntries(
				this.known.flatMap(({ ssid, password }, slot) => [
					[`s${slot}`, encode(ssid as string)],
					[`p${slot}`, encode(password!)],
				]),
			),
			last: Uint8Array.of(0),
		};
	}

	get isOnLine(): boolean {
		return this.#radio.at(-1)?.onLine === true;
	}

	/**
	 * Checks a weather that began at `start`: in each span in which one of its networks was there and sound, it is on line
	 * in time and stays so.
	 */
	check(spans: readonly Span[], start: number, end: number): void {
		spans.forEach(({ at, networks }, index) => {
			const from = start + at;
			const to = index + 1 < spans.length ? start + spans[index + 1]!.at : end;
			const due = from + this.bound;
			if (to <= due || !networks.some((network) => isSound(network, this.known))) return;
			const offLine = this.#radio.filter((it) => it.at > due && it.at < to - 1 && !it.onLine);
			expect(offLine, `${this.name} stays on line`).toEqual([]);
			const then = this.#radio.filter((it) => it.at <= due).at(-1);
			expect(then?.onLine, `${this.name} is back in time`).toBe(true);
		});
		const last = start + spans.at(-1)!.at;
		const back = this.#radio.filter((it) => it.onLine).at(-1)?.at ?? last;
		this.longest = Math.max(this.longest, back - last);
		this.#radio.splice(0, this.#radio.length - 1);
	}
}

/** Virtual milliseconds pass until it is settled. */
async function during<Result>(simulator: Simulator, promise: Promise<Result>): Promise<Result> {
	let settled = false;
	const done = promise.finally(() => {
		settled = true;
	});
	done.catch(() => {});
	while (!settled) {
		await simulator.run(20);
		await new Promise((resolve) => setImmediate(resolve));
	}
	return done;
}

/** Bytes in use. */
const used = (report: Report) => report.slots.current + report.chunks.current + report.native.current;

describe.skipIf(!available)("WiFi weathers", () => {
	it(`brings a gateway and a wearable back on line after each of ${weathers}, with a flat heap`, async () => {
		const simulator = await Simulator.start({ build: "release32", clock: "stepped", seed: 7, progress: () => {} });
		const exits: unknown[] = [];
		simulator.on("exit", (exit) => exits.push(exit));
		try {
			const port = await freePort();
			const gateway = new Board(simulator, "gateway", [home, attic]);
			const wearable = new Board(simulator, "wearable", [home]);
			const client = new GatewayClient({ address: `http://127.0.0.1:${port}`, token });
			await simulator.add({
				name: "gateway",
				app: join(root, "manifest.json"),
				directory: join(temporary, "gateway"),
				storage: { gateway: { port, name: "gateway" }, operator: { token }, wifi: gateway.storage },
				chips: [panel],
				air: { networks: gateway.known },
			});
			await during(simulator, client.ready());
			await during(simulator, client.openPairing());
			await simulator.add({
				name: "wearable",
				app: join(root, "firmware/wearable/manifest.json"),
				directory: join(temporary, "wearable"),
				storage: {
					// A slow sensor, so that a day takes the computer a minute.
					wearable: { id: "wearable", name: "wearable", gateway: `127.0.0.1:${port}`, rate: 12 },
					wifi: wearable.storage,
				},
				chips: [
					{
						chip: "mpu6050",
						bus: "i2c",
						address: 0x68,
						motion: { source: "gestures", kinds: ["left", "right", "other"], pause: 10 },
					},
				],
				air: { networks: wearable.known },
			});
			await during(simulator, client.accept("wearable"));
			const windows = async () => {
				const devices = (await client.request("GET", "/api/v1/devices")) as { windows: number }[];
				return devices[0]!.windows;
			};
			// It has its key, then.
			while ((await during(simulator, windows())) === 0) await simulator.run(1000);

			const random = createRandom(seed);
			const began = Date.now();
			const boards = [gateway, wearable];
			/** After each weather, what lives on each board. */
			const live: number[][] = [];
			let now = await simulator.run(0);
			const first = now;
			for (let i = 0; i < weathers; i++) {
				const start = now;
				const spans = boards.map(({ known }) => createWeather(known, random));
				for (const [index, { name }] of boards.entries())
					await simulator.air(name, { networks: spans[index]![0]!.networks, later: spans[index]!.slice(1) });
				now = await simulator.run(Math.max(...spans.map((it) => it.at(-1)!.at)));
				const clear = now;
				while (!boards.every((board) => board.isOnLine || now > clear + board.bound)) now = await simulator.run(1000);
				for (const [index, board] of boards.entries()) {
					expect(board.isOnLine, `${board.name} is on line after weather ${i}`).toBe(true);
					board.check(spans[index]!, start, now);
				}
				// The gateway answers, and windows reach it.
				const before = await during(simulator, windows());
				const deadline = (await simulator.run(0)) + delivery;
				while ((await during(simulator, windows())) === before) {
					now = await simulator.run(1000);
					expect(now, `windows arrive after weather ${i}`).toBeLessThan(deadline);
				}
				now = await simulator.run(0);
				const reports = await Promise.all(boards.map(({ name }) => simulator.report(name, { collect: true })));
				live.push(reports.map(used));
			}
			const half = Math.ceil(weathers / 2);
			const lives = (index: number, from: number, to: number) =>
				Math.min(...live.slice(from, to).map((it) => it[index]!));
			for (const [index, { name, longest, bound }] of boards.entries())
				console.log(
					`${name}: back on line after ${(longest / 1000).toFixed(1)} s at most, of ${bound / 1000};` +
						` ${lives(index, 0, half)} B live in the first half, ${lives(index, half, weathers)} B in the second`,
				);
			console.log(`${((now - first) / 3_600_000).toFixed(1)} simulated hours in ${(Date.now() - began) / 1000} s`);
			for (const index of boards.keys()) {
				// Flat: what lives does not grow with the weathers.
				expect(lives(index, half, weathers)).toBeLessThanOrEqual(1.02 * lives(index, 0, half));
			}
			expect(exits).toEqual([]);
		} finally {
			await simulator.close();
		}
	}, 300_000);
});
