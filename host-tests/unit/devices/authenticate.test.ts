import { toHex } from "common/hex";
import { hmac } from "common/hmac";
import { Device, DeviceTable } from "gateway/devices/device";
import { describe, expect, test } from "vitest";
import { refusal } from "../inference/client";
import { Bench, keyOf, type Signed, sha256, sign } from "./bench";
import { MemoryStore, PowerCut } from "./store";

const key = keyOf("w-1");

function bench(store?: MemoryStore): Bench {
	const bench = new Bench(store);
	if (!bench.registry.get("w-1")) bench.registry.admit("w-1", "One", "0.1.0", key);
	return bench;
}

const reasonOf = (action: () => unknown) => {
	const { status, extra } = refusal(action);
	return [status, extra?.reason];
};

describe("HMAC-SHA-256", () => {
	// RFC 4231, section 4; test case 5 is the truncated one, 6 and 7 have keys longer than a device's.
	test.each([
		[1, "0b".repeat(20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
		[
			2,
			"4a656665",
			"7768617420646f2079612077616e7420666f72206e6f7468696e673f",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		],
		[3, "aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
		[
			4,
			"0102030405060708090a0b0c0d0e0f10111213141516171819",
			"cd".repeat(50),
			"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
		],
	])(
		"RFC 4231 test case %i, by the pads that a device makes and by the one-shot function",
		(_case, keyHex, dataHex, macHex) => {
			const secret = new Uint8Array(Buffer.from(keyHex, "hex"));
			const data = new Uint8Array(Buffer.from(dataHex, "hex"));
			const pads = new Uint8Array(128).fill(0xff);
			new Device(new DeviceTable(1), 0, "x", "x", "", secret).pad(new Int32Array(pads.buffer));
			const inner = sha256();
			inner.write(pads.subarray(0, 64));
			inner.write(data);
			const outer = sha256();
			outer.write(pads.subarray(64));
			outer.write(new Uint8Array(inner.close()));
			expect(toHex(new Uint8Array(outer.close()))).toBe(macHex);
			expect(toHex(hmac(sha256, secret, "", data))).toBe(macHex);
		},
	);

	test("a record gives the key back", () => {
		const { registry, store } = bench();
		expect(registry.get("w-1")!.key).toEqual(key);
		expect([...new Uint8Array(store.entries.get("w-1")!).subarray(1, 33)]).toEqual([...key]);
	});
});

describe("signed requests", () => {
	test("a known device's request is believed and its status taken over", () => {
		const { authenticator, now, registry } = bench();
		const status = "window=17;battery=87;signal=-61;rate=119.4;firmware=0.2.0";
		const device = authenticator.authenticate(...sign(key, { id: "w-1", counter: "5", status }));
		expect(device).toBe(registry.get("w-1"));
		expect(device).toMatchObject({
			window: 17,
			battery: 87,
			signal: -61,
			rate: 119.4,
			firmware: "0.2.0",
			lastSeen: now,
			counter: 5,
			rejected: 0,
		});
	});

	test("an unknown device: 401, counted, nothing kept", () => {
		const b = bench();
		for (let i = 0; i < 100; i++)
			expect(reasonOf(() => b.authenticate(key, { id: `x-${i}`, counter: "1" }))).toEqual([401, "unknown-device"]);
		expect(b.authenticator.strangers).toBe(100);
		expect(b.registry.size).toBe(1);
	});

	test.each<[string, Partial<Signed>]>([
		["body", { body: Uint8Array.from([0, 0, 0, 1, 0, 0, 0, 0]) }],
		["shorter body", { body: new Uint8Array(7) }],
		["method", { method: "PUT" }],
		["path", { path: "/v2/models/other/infer" }],
		["counter", { counter: "8" }],
		["status", { status: "window=2" }],
		["empty signature", { signature: "" }],
		["short signature", { signature: "0".repeat(63) }],
		["signature of zeros", { signature: "0".repeat(64) }],
		["signature that is no number", { signature: "z".repeat(64) }],
	])("an altered %s: 401, counted on the twin, the counter stays", (_name, change) => {
		const b = bench();
		expect(reasonOf(() => b.authenticate(key, { id: "w-1", counter: "7" }, change))).toEqual([401, "signature"]);
		expect(b.registry.get("w-1")).toMatchObject({ rejected: 1, counter: 0, windows: 0 });
		expect(b.events).toEqual(["rejected w-1"]);
		b.authenticate(key, { id: "w-1", counter: "7" });
	});

	test("each single bit of the signature counts", () => {
		const b = bench();
		const [request] = sign(key, { id: "w-1", counter: "1" });
		const signature = Buffer.from(request.headers.get("tmlaas-signature")!, "hex");
		for (let bit = 0; bit < 256; bit++) {
			const changed = Buffer.from(signature);
			changed[bit >> 3]! ^= 1 << (bit & 7);
			const change = { signature: changed.toString("hex") };
			expect(reasonOf(() => b.authenticate(key, { id: "w-1", counter: "1" }, change))).toEqual([401, "signature"]);
		}
	});

	test("another device's key is not this one's", () => {
		const b = bench();
		expect(reasonOf(() => b.authenticate(keyOf("w-2"), { id: "w-1", counter: "1" }))).toEqual([401, "signature"]);
	});

	test("a replay and an older counter: 401 with the least that would do", () => {
		const b = bench();
		b.authenticate(key, { id: "w-1", counter: "10" });
		for (const counter of ["10", "9", "1", "0"]) {
			const error = refusal(() => b.authenticate(key, { id: "w-1", counter }));
			expect(error.status).toBe(401);
			expect(error.extra).toEqual({ reason: "stale-counter", minimum: 11 });
		}
		expect(b.registry.get("w-1")!.rejected).toBe(4);
		b.authenticate(key, { id: "w-1", counter: "11" });
	});

	test("the least counter is told only to who has the key", () => {
		const b = bench();
		b.authenticate(key, { id: "w-1", counter: "10" });
		expect(refusal(() => b.authenticate(keyOf("x"), { id: "w-1", counter: "1" })).extra).toEqual({
			reason: "signature",
		});
	});

	test.each(["", "-1", "+1", "1.5", "1e3", "01", "0x10", " 1", "9007199254740993", "NaN", "Infinity"])(
		"400 for the counter '%s', though it is signed",
		(counter) => {
			expect(refusal(() => bench().authenticate(key, { id: "w-1", counter })).status).toBe(400);
		},
	);

	test.each([
		"",
		"battery=5",
		"window",
		"window=",
		"window=-1",
		"window=1.5",
		"window=x",
		`window=1;${"x=y;".repeat(30)}`,
	])("400 for the status '%s'", (status) => {
		const b = bench();
		expect(refusal(() => b.authenticate(key, { id: "w-1", counter: "1", status })).status).toBe(400);
		expect(b.registry.get("w-1")!.counter).toBe(0);
	});

	test("measures that no sensor tells are left out", () => {
		const b = bench();
		const status = "window=1;battery=900;signal=abc;rate=0;firmware=é;colour=red";
		expect(b.authenticate(key, { id: "w-1", counter: "1", status })).toMatchObject({
			battery: undefined,
			signal: undefined,
			rate: undefined,
			firmware: "0.1.0",
		});
	});
});

describe("counters over restarts", () => {
	test("the store is written once for 256 requests", () => {
		const b = bench();
		const before = b.store.writes;
		for (let counter = 1; counter <= 256; counter++) b.authenticate(key, { id: "w-1", counter: String(counter) });
		expect(b.store.writes - before).toBe(1);
		b.authenticate(key, { id: "w-1", counter: "257" });
		expect(b.store.writes - before).toBe(2);
	});

	test("after a restart the device is told where to go on, and no old counter passes", () => {
		const first = bench();
		for (let counter = 1; counter <= 300; counter++) first.authenticate(key, { id: "w-1", counter: String(counter) });
		const second = bench(first.store);
		const { extra } = refusal(() => second.authenticate(key, { id: "w-1", counter: "301" }));
		expect(extra).toEqual({ reason: "stale-counter", minimum: 513 });
		second.authenticate(key, { id: "w-1", counter: "513" });
	});

	test("power cut at every write: no counter that was accepted is accepted again", () => {
		const counters = [1, 2, 255, 256, 257, 258, 600, 601, 5000, 5001, 5255, 5256];
		for (let cut = 0; cut < 12; cut++) {
			const store = new MemoryStore();
			const accepted: number[] = [];
			let b = bench(store);
			store.remaining = cut;
			for (const counter of counters) {
				try {
					b.authenticate(key, { id: "w-1", counter: String(counter) });
					accepted.push(counter);
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
					break;
				}
				if (0 === counter % 3) b.registry.flush();
			}
			store.remaining = Number.POSITIVE_INFINITY;
			b = new Bench(store);
			for (const counter of accepted)
				expect(reasonOf(() => b.authenticate(key, { id: "w-1", counter: String(counter) }))).toEqual([
					401,
					"stale-counter",
				]);
			b.authenticate(key, { id: "w-1", counter: "9000" });
		}
	});

	test("a store that fails for a while: nothing is accepted that it does not know of", () => {
		const b = bench();
		b.store.remaining = 0;
		expect(() => b.authenticate(key, { id: "w-1", counter: "1" })).toThrow(PowerCut);
		expect(() => b.authenticate(key, { id: "w-1", counter: "2" })).toThrow(PowerCut);
		expect(() => b.registry.rename(b.registry.get("w-1")!, "x")).toThrow(PowerCut);
		expect(b.registry.get("w-1")).toMatchObject({ counter: 0, ceiling: 0, name: "One" });
		b.store.remaining = Number.POSITIVE_INFINITY;
		b.authenticate(key, { id: "w-1", counter: "1" });
		expect(new Bench(b.store).registry.get("w-1")!.counter).toBe(256);
	});

	test("random requests, losses and restarts: accepted counters strictly increase", () => {
		const store = new MemoryStore();
		let b = bench(store);
		let last = 0;
		let state = 7;
		const random = (below: number) => {
			state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
			return Math.floor((state / 2 ** 32) * below);
		};
		let next = 1;
		let accepted = 0;
		for (let step = 0; step < 3000; step++) {
			if (0 === random(20)) b = new Bench(store);
			const old = 0 === random(4);
			if (!old) next += 1 + random(3);
			const counter = old ? random(next) : next;
			try {
				b.authenticate(key, { id: "w-1", counter: String(counter) });
				expect(counter).toBeGreaterThan(last);
				last = counter;
				accepted++;
			} catch (error) {
				const minimum = (error as { extra?: { minimum: number } }).extra?.minimum;
				if (undefined === minimum) throw error;
				next = Math.max(next, minimum);
			}
		}
		expect(accepted).toBeGreaterThan(1000);
	});
});

test("the signature is the one that any HMAC makes of the signed text", () => {
	const [request, body] = sign(key, { id: "w-1", counter: "1", status: "window=3" });
	expect(request.headers.get("tmlaas-signature")).toBe(
		toHex(hmac(sha256, key, "POST\n/v2/models/gesture/infer\nw-1\n1\nwindow=3\n", body)),
	);
});
