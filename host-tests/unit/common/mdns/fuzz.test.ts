import { Finder } from "common/mdns/finder";
import { group, port } from "common/mdns/responder";
import { expect, test } from "vitest";
import { addGateway, gatewayType, Lan } from "./lan";

/** Uniform in [0, 1), the same each time (xorshift32, Marsaglia 2003). */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 0x100000000;
	};
}

test("damaged messages neither stop a responder and a finder nor make them lose what they know for long", () => {
	const random = seeded(42);
	const sources = new Lan();
	addGateway(sources, "10.0.0.1", "gateway");
	addGateway(sources, "10.0.0.2", "gateway");
	sources.add("10.0.0.9", (send) => new Finder({ type: gatewayType, random, send }, sources.now));
	sources.run(10_000);
	const samples = sources.sent.map(({ message }) => message);
	expect(samples.length).toBeGreaterThan(10);

	const lan = new Lan();
	const gateway = addGateway(lan, "10.0.0.3", "gateway", random);
	const open = () => lan.add("10.0.0.9", (send) => new Finder({ type: gatewayType, random, send }, lan.now));
	open();
	let lengths = 0;
	for (let i = 0; i < 3000; i++) {
		const message = samples[Math.floor(random() * samples.length)]!.slice();
		for (let damage = Math.floor(random() * 4); damage > 0; damage--)
			message[Math.floor(random() * message.length)] = random() * 256;
		lengths += message.length;
		const cut = random() < 0.2 ? Math.floor(random() * message.length) : message.length;
		lan.put({ from: "10.0.0.66", to: group, port, time: lan.now, message: message.subarray(0, cut) });
		lan.run(3);
	}
	// For every byte of theirs no more than a few of ours.
	const own = lan.sent.filter(({ from }) => "10.0.0.66" !== from);
	expect(own.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(lengths);

	lan.run(20_000);
	const finder = open();
	lan.run(3000);
	expect(finder.find(({ id }) => "10.0.0.3" === id, lan.now)?.address).toBe("10.0.0.3");
	expect(gateway.names.length).toBeGreaterThan(0);
});
