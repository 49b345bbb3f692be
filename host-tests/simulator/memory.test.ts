import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { Broker } from "../../tools/cli/broker";
import { buildPage } from "../../tools/page/build";
import { compiles32Bit } from "../../tools/simulator/build";
import { Fleet } from "../../tools/simulator/fleet";
import type { Report } from "../../tools/simulator/simulator";
import { hasProgram } from "../optional";
import { Feed } from "./feed";
import { freePort } from "./ports";

/** How many windows the gateway takes; `WINDOWS` in the environment asks for more or fewer. */
const windows = Number(process.env.WINDOWS ?? 10_000);
const available = hasProgram(
	await compiles32Bit(),
	"memory with 16-byte slots",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);

const heap = (report: Report) => report.slots.peak + report.chunks.peak;

/** Bytes that live; the least of some looks, for what requests under way take is not there for long. */
async function live(fleet: Fleet): Promise<number> {
	let least = Number.POSITIVE_INFINITY;
	for (let look = 0; look < 50; look++) {
		const { slots, chunks } = await fleet.simulator.report("gateway", { collect: true });
		least = Math.min(least, slots.current + chunks.current);
		await wait(20);
	}
	return least;
}

/** A viewer that comes back when the gateway lets it go, as the page does; gives how many results it saw. */
async function view(fleet: Fleet, signal: AbortSignal): Promise<number> {
	let seen = 0;
	while (!signal.aborted) {
		const feed = await Feed.open(fleet.address, fleet.token);
		const close = () => feed.close();
		if (signal.aborted) close();
		signal.addEventListener("abort", close);
		await feed.ended;
		signal.removeEventListener("abort", close);
		seen += feed.of("result").length;
	}
	return seen;
}

describe.skipIf(!available)("memory, with the device's 16-byte slots", () => {
	let fleet: Fleet | undefined;
	let broker: Broker | undefined;

	afterAll(async () => {
		await fleet?.close();
		await broker?.close();
	});

	it(`holds over ${windows} windows of 8 wearables with 2 viewers`, async () => {
		await buildPage();
		broker = await Broker.start([0]);
		let published = 0;
		broker.onPublish((topic) => {
			if (topic.endsWith("/result")) published++;
		});
		const wearables = Array.from({ length: 8 }, (_, index) => ({
			id: `wearable-${index + 1}`,
			name: `Wearable ${index + 1}`,
			motion: { source: "gestures", kinds: ["left", "right", "other"], pause: 0.3 } as const,
		}));
		fleet = await Fleet.start({
			build: "release32",
			speed: 24,
			port: await freePort(),
			broker: broker.address,
			wearables,
		});
		const stop = new AbortController();
		const viewers = Promise.all([view(fleet, stop.signal), view(fleet, stop.signal)]);
		await fleet.admit();
		await expect.poll(() => published, { timeout: 240_000, interval: 100 }).toBeGreaterThanOrEqual(windows / 5);
		const early = await live(fleet);
		await expect.poll(() => published, { timeout: 600_000, interval: 100 }).toBeGreaterThanOrEqual(windows);
		const grown = await live(fleet);
		const late = await fleet.simulator.report("gateway");
		const wearable = await fleet.simulator.report("wearable-1");
		stop.abort();
		const seen = await viewers;
		console.log(
			`gateway: ${early} B live at ${windows / 5} windows, ${grown} B at ${windows}; ${heap(late)} B at most` +
				` (slots ${late.slots.peak}, chunks ${late.chunks.peak}, stack ${late.stack.peak}, native ${late.native.peak});` +
				` wearable: ${heap(wearable)} B (slots ${wearable.slots.peak}, chunks ${wearable.chunks.peak});` +
				` viewers saw ${seen.join(" and ")} results`,
		);
		expect(heap(late)).toBeLessThanOrEqual(96 * 1024);
		// Flat: what lives does not grow with the windows served.
		expect(grown).toBeLessThanOrEqual(1.05 * early);
		expect(heap(wearable)).toBeLessThanOrEqual(32 * 1024);
		for (const results of seen) expect(results).toBeGreaterThan(0.9 * windows);
	}, 900_000);
});
