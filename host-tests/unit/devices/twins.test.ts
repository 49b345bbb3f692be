import { Device, DeviceTable, decodeDevice, encodeDevice, recordLength } from "gateway/devices/device";
import type { Result } from "gateway/result";
import { describe, expect, test } from "vitest";
import { Bench, keyOf } from "./bench";
import { MemoryStore, PowerCut } from "./store";

const result = (window: number): Result => ({
	id: `w-1:${window}`,
	device: "w-1",
	window,
	model: "gesture",
	version: "1.0.0",
	label: "left",
	confidence: 0.75,
	probabilities: Float32Array.from([0.75, 0.25, 0]),
	time: 1_700_000_000_123,
});

const create = (id: string, name: string, firmware: string, key: Uint8Array) =>
	new Device(new DeviceTable(1), 0, id, name, firmware, key);
const decode = (id: string, bytes: Uint8Array) => decodeDevice(new DeviceTable(1), 0, id, bytes);

function full(): Device {
	const device = create("w-1", "Käthes ⌚", "0.1.0", keyOf("w-1"));
	device.ceiling = 2 ** 40;
	device.counter = device.ceiling;
	device.rejected = 3;
	device.lastSeen = 1_700_000_000_456;
	device.battery = 87;
	device.signal = -61;
	device.rate = 119.4;
	device.accept(result(17));
	device.changed = false;
	return device;
}

describe("records", () => {
	test("come back as they were, with and without a result", () => {
		// A rate is told with each window, and not stored.
		const stored = full();
		stored.rate = undefined;
		expect(decode("w-1", encodeDevice(full()))).toEqual(stored);
		const fresh = create("w-2", "Two", "", keyOf("w-2"));
		expect(decode("w-2", encodeDevice(fresh))).toEqual(fresh);
	});

	test("the greatest fits into 512 bytes", () => {
		const device = create("a".repeat(15), "😀".repeat(32), "9".repeat(24), keyOf("x"));
		device.result = {
			...result(Number.MAX_SAFE_INTEGER),
			model: "m".repeat(32),
			version: "9".repeat(32),
			label: "l".repeat(32),
			probabilities: new Float32Array(16),
		};
		const bytes = encodeDevice(device);
		expect(bytes.length).toBeLessThanOrEqual(recordLength);
		expect(decode(device.id, bytes)?.result?.probabilities).toHaveLength(16);
	});

	test("every truncation and every flipped bit is refused or read, never thrown at the gateway", () => {
		const bytes = encodeDevice(full());
		for (let end = 0; end < bytes.length; end++) {
			const device = decode("w-1", bytes.slice(0, end));
			// What ends right after the texts is a record without a result.
			if (device) expect(device.result).toBeUndefined();
		}
		for (let bit = 0; bit < 8 * bytes.length; bit++) {
			const changed = bytes.slice();
			changed[bit >> 3]! ^= 1 << (bit & 7);
			decode("w-1", changed);
		}
		expect(decode("w-1", new Uint8Array(600).fill(1))).toBeUndefined();
		// With a counter that is none, every counter would be new.
		for (const offset of [33, 41, 49])
			for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 53]) {
				const changed = bytes.slice();
				new DataView(changed.buffer).setFloat64(offset, value);
				expect(decode("w-1", changed), `${value} at ${offset}`).toBeUndefined();
			}
		expect(decode("w-1", Uint8Array.from([2, ...bytes.subarray(1)]))).toBeUndefined();
	});
});

describe("twins", () => {
	test("tell the last window, result, counts, battery, signal and firmware", () => {
		expect(JSON.parse(full().format())).toEqual({
			id: "w-1",
			name: "Käthes ⌚",
			firmware: "0.1.0",
			battery: 87,
			signal: -61,
			rate: 119.4,
			windows: 1,
			rejected: 3,
			lastSeen: 1_700_000_000_456,
			result: {
				id: "w-1:17",
				label: "left",
				confidence: 0.75,
				probabilities: [0.75, 0.25, 0],
				model: "gesture",
				version: "1.0.0",
				time: 1_700_000_000_123,
			},
		});
	});

	test("an entry that has no bytes is passed over, and the others are known", () => {
		class MixedStore extends MemoryStore {
			override read(key: string): ArrayBuffer | undefined {
				if ("text" === key) throw new TypeError("mismatch");
				return super.read(key);
			}
		}
		const store = new MixedStore();
		store.write("text", Uint8Array.of(1));
		new Bench(store).registry.admit("w-1", "One", "0.1.0", keyOf("w-1"));
		expect([...new Bench(store).registry.values()].map(({ id }) => id)).toEqual(["w-1"]);
	});

	test("survive a restart once flushed; many changes make one write", () => {
		const bench = new Bench();
		const device = bench.registry.admit("w-1", "One", "0.1.0", keyOf("w-1"))!;
		const before = bench.store.writes;
		for (let window = 1; window <= 50; window++) device.accept(result(window));
		bench.registry.flush();
		bench.registry.flush();
		expect(bench.store.writes - before).toBe(1);
		const restarted = new Bench(bench.store).registry.get("w-1")!;
		expect(restarted.windows).toBe(50);
		expect(JSON.parse(restarted.format())).toEqual(JSON.parse(device.format()));
		expect(restarted.result).toEqual(result(50));
	});

	test("power cut at every write of a life: the store holds the device before or after, or not yet", () => {
		const life = (bench: Bench) => {
			const one = bench.registry.admit("w-1", "One", "0.1.0", keyOf("w-1"))!;
			one.accept(result(1));
			bench.registry.flush();
			bench.registry.admit("w-2", "Two", "0.1.0", keyOf("w-2"));
			bench.registry.rename(one, "Eins");
			bench.registry.remove("w-2");
			one.accept(result(2));
			bench.registry.flush();
		};
		const states = [
			"",
			"w-1 One 0",
			"w-1 One 1",
			"w-1 One 1,w-2 Two 0",
			"w-1 Eins 1,w-2 Two 0",
			"w-1 Eins 1",
			"w-1 Eins 2",
		];
		for (const [cut, state] of states.entries()) {
			const store = new MemoryStore();
			store.remaining = cut;
			try {
				life(new Bench(store));
				expect(cut).toBe(states.length - 1);
			} catch (error) {
				expect(error).toBeInstanceOf(PowerCut);
			}
			const { registry } = new Bench(store);
			expect([...registry.values()].map(({ id, name, windows }) => `${id} ${name} ${windows}`).join()).toBe(state);
		}
	});

	test("damaged and foreign entries are passed over", () => {
		const store = new MemoryStore();
		store.entries.set("w-1", new ArrayBuffer(5));
		store.entries.set("w-2", encodeDevice(create("w-2", "Two", "", keyOf("w-2"))).slice().buffer as ArrayBuffer);
		expect([...new Bench(store).registry.values()].map(({ id }) => id)).toEqual(["w-2"]);
	});
});
