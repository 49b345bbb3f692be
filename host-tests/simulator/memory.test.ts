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
		const viewers = [await Feed.open(fleet.address, fleet.token), await Feed.open(fleet.address, fleet.token)];
		await fleet.admit();
		const seen = () => viewers[0]!.of("result").length;
		await viewers[0]!.until(() => seen() >= windows / 5, 240_000);
		const early = await fleet.simulator.report("gateway");
		await viewers[0]!.until(() => seen() >= windows, 600_000);
		const late = await fleet.simulator.report("gateway");
		const wearable = await fleet.simulator.report("wearable-1");
		for (const viewer of viewers) viewer.close();
		console.log(
			`gateway: ${heap(early)} B at ${windows / 5} windows, ${heap(late)} B at ${windows}` +
				` (slots ${late.slots.peak}, chunks ${late.chunks.peak}, stack ${late.stack.peak}, native ${late.native.peak});` +
				` wearable: ${heap(wearable)} B (slots ${wearable.slots.peak}, chunks ${wearable.chunks.peak})`,
		);
		expect(heap(late)).toBeLessThanOrEqual(96 * 1024);
		// Flat: what is in use after a collection does not grow with the windows served.
		expect(heap(late)).toBeLessThanOrEqual(1.02 * heap(early));
		expect(heap(wearable)).toBeLessThanOrEqual(32 * 1024);
	}, 900_000);
});
