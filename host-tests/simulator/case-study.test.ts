import { afterEach, describe, expect, it } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildPage } from "../../tools/page/build";
import { Fleet, type FleetOptions } from "../../tools/simulator/fleet";
import { hasRecordings, readRecordings } from "../recordings";
import { Feed } from "./feed";
import { freePort } from "./ports";

/** A recording like a person's: a sharp start, as one that was cut at its trigger. */
function drawnRecordings(count: number): number[][] {
	return Array.from({ length: count }, (_, recording) =>
		Array.from({ length: 119 * 6 }, (_, index) => {
			const sample = Math.floor(index / 6);
			const channel = index % 6;
			const wave = Math.cos(sample / (5 + recording) + channel) * Math.exp(-sample / 60);
			return channel < 3 ? 1.2 * wave + (2 === channel ? 1 : 0) : 150 * wave;
		}),
	);
}

describe("the case study", () => {
	let fleet: Fleet | undefined;
	let broker: Broker | undefined;
	let feed: Feed | undefined;

	afterEach(async () => {
		feed?.close();
		await fleet?.close();
		await broker?.close();
		fleet = undefined;
	});

	async function start(
		options: Pick<FleetOptions, "wearables" | "speed">,
	): Promise<{ topic: string; result: { id: string } }[]> {
		await buildPage();
		broker = await Broker.start([0]);
		const published: { topic: string; result: { id: string } }[] = [];
		broker.onPublish((topic, payload) => {
			if (topic.endsWith("/result")) published.push({ topic, result: JSON.parse(payload.toString()) });
		});
		fleet = await Fleet.start({
			build: "debug",
			seed: 1,
			port: await freePort(),
			broker: broker.address,
			...options,
		});
		feed = await Feed.open(fleet.address, fleet.token);
		await fleet.admit();
		return published;
	}

	it("recognises generated gestures of three wearables and publishes each result", async () => {
		const published = await start({
			speed: 8,
			wearables: [
				{ id: "wearable-1", name: "Left", motion: { source: "gestures", kinds: ["left"] } },
				{ id: "wearable-2", name: "Right", motion: { source: "gestures", kinds: ["right"] } },
				{ id: "wearable-3", name: "Other", motion: { source: "gestures", kinds: ["other"] } },
			],
		});
		await feed!.until(() => feed!.of("result").length >= 30, 40_000);
		const results = feed!.of("result").map((event) => event.data);
		const right = results.filter(
			(result) => ["left", "right", "other"][Number(result.device.slice(-1)) - 1] === result.label,
		);
		expect(right.length / results.length).toBeGreaterThan(0.9);
		await expect.poll(() => published.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(results.length);
		const ids = new Set(published.map(({ result }) => result.id));
		for (const result of results) expect(ids).toContain(result.id);
	});

	async function replay(recordings: readonly number[][]): Promise<void> {
		const published = await start({
			speed: 10,
			wearables: [
				{
					id: "wearable-1",
					name: "Replay",
					motion: { source: "rows", recordings, rest: 240 },
					settings: { history: 0 },
				},
			],
		});
		await feed!.until(() => feed!.of("result").length >= recordings.length, 120_000);
		const windows = feed!.of("result").map((event) => Buffer.from(event.data.window, "base64"));
		expect(windows.length).toBe(recordings.length);
		for (const [index, window] of windows.entries()) {
			const recording = recordings[index]!;
			for (let i = 0; i < recording.length; i++) {
				// Half a count of the sensor's quantisation: ±4 g and ±2000 °/s over 16 bits.
				const scale = i % 6 < 3 ? 8_192 : 16.4;
				expect(Math.abs(window.readInt16LE(2 * i) - recording[i]! * scale)).toBeLessThanOrEqual(0.51);
			}
		}
		await expect.poll(() => published.length, { timeout: 10_000 }).toBe(recordings.length);
		expect(new Set(published.map(({ result }) => result.id)).size).toBe(recordings.length);
	}

	it("replays recordings exactly", () => replay(drawnRecordings(5)));

	it.skipIf(!hasRecordings("the case study with real recordings"))(
		"replays 98 real recordings exactly",
		async () => {
			const recordings = readRecordings();
			expect(recordings.length).toBe(98);
			await replay(recordings);
		},
		180_000,
	);
});
