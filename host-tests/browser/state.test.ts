/** What the page makes of the feed's events, and its own SHA-256, without a browser. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type FeedEvent, initialState, reduce, type Snapshot, type State, versionKey } from "../../firmware/ui/model";
import { sha256 } from "../../firmware/ui/sha256";
import { createRandom } from "../../tools/training/random";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

it("hashes as FIPS 180-4 does", () => {
	// The examples of NIST for one and for two blocks.
	expect(hex(sha256(Buffer.from("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect(hex(sha256(Buffer.from("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")))).toBe(
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	);
});

it("hashes texts of every length around the blocks' ends, and a long one, as Node does", () => {
	const random = createRandom(1);
	const bytes = Uint8Array.from({ length: 70_000 }, () => Math.floor(256 * random()));
	for (const length of [...Array(200).keys(), bytes.length]) {
		const part = bytes.subarray(0, length);
		expect(hex(sha256(part))).toBe(createHash("sha256").update(part).digest("hex"));
	}
});

const snapshot: Snapshot = {
	gateway: { name: "gateway", version: "1" },
	models: [{ name: "gesture", version: "1.0.0", labels: ["left", "right"] }],
	devices: [],
	pairing: { open: false, remaining: 0, requests: [] },
	cloud: { state: "off", broker: "", queued: 0, acknowledged: 0, capacity: 0 },
	captures: { windows: 0, capacity: 224, recordings: [] },
	system: {
		name: "gateway",
		version: "1",
		mode: "serve",
		uptime: 60,
		reason: "power",
		failedBoots: 0,
		wifi: { state: "connected", ssid: "Home", rssi: -50, address: "192.0.2.7", failure: null },
		firmware: { slot: "ota_0", state: "valid", confirmIn: null, room: 1_507_328, last: null },
		notices: [],
	},
};

const after = (...events: FeedEvent[]): State =>
	events.reduce<State>(reduce, reduce(initialState, { type: "snapshot", data: snapshot }));

const modelEvent = (type: "live" | "unloaded" | "shadow", version: string, labels?: string[]): FeedEvent => ({
	type: "model",
	data: { type, name: "gesture", version, reason: "", ...(labels && { labels }) },
});

it("keeps the labels of a version that was replaced, for results that it gave", () => {
	const { snapshot: now, labels } = after(modelEvent("live", "2.0.0", ["up", "down", "none"]));
	expect(now!.models.map(({ version }) => version)).toEqual(["2.0.0"]);
	expect(labels).toEqual({
		[versionKey("gesture", "1.0.0")]: ["left", "right"],
		[versionKey("gesture", "2.0.0")]: ["up", "down", "none"],
	});
});

it("takes a model out of what serves only when it is unloaded", () => {
	expect(after(modelEvent("shadow", "2.0.0")).snapshot!.models).toEqual(snapshot.models);
	expect(after(modelEvent("unloaded", "1.0.0")).snapshot!.models).toEqual([]);
});

const captures = (remaining: number, label = "left"): FeedEvent => ({
	type: "captures",
	data: { windows: 1, capacity: 224, recordings: [{ device: "wearable-1", label, remaining }] },
});

it("counts a recording from where it began, and one that begins anew from there", () => {
	expect(after(captures(20), captures(19), captures(18)).totals).toEqual({ "wearable-1": 20 });
	expect(after(captures(20), captures(5), captures(10)).totals).toEqual({ "wearable-1": 10 });
	expect(after(captures(20), captures(5), captures(5, "right")).totals).toEqual({ "wearable-1": 5 });
});

it("takes what the gateway tells of itself for what it is now", () => {
	const lost = {
		...snapshot.system,
		wifi: { ...snapshot.system.wifi, state: "waiting", failure: "not-found" },
	} as const;
	const { snapshot: now } = after({ type: "system", data: lost });
	expect(now).toEqual({ ...snapshot, system: lost });
	expect(reduce(initialState, { type: "system", data: lost }).snapshot).toBeUndefined();
});
