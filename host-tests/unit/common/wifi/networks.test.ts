import { checkCredentials } from "common/wifi/credentials";
import { maximumNetworks, Networks } from "common/wifi/networks";
import { describe, expect, test } from "vitest";
import { MemoryStore, PowerCut } from "../../devices/store";

const names = ["home", " two  spaces ", `"quotes' \\ ;:,`, "<img onerror=alert(1)>", "Café 日本 😀", "x".repeat(32)];
const passwords = ["", "12345678", `p"a's\\s;:,<>&`, "påsswörd 日本", "y".repeat(63), "0123456789abcdef".repeat(4)];

describe("credentials", () => {
	test("any characters pass", () => {
		for (const ssid of names)
			for (const password of passwords) expect(checkCredentials(ssid, password)).toBeUndefined();
	});

	test("what no network can have is told apart", () => {
		for (const ssid of ["", "x".repeat(33), "é".repeat(17), "a\0b", "😀".repeat(9)])
			expect(checkCredentials(ssid, "12345678")).toBe("ssid");
		for (const password of ["1", "1234567", "z".repeat(64), "y".repeat(65), "é".repeat(32), "12345678\0"])
			expect(checkCredentials("home", password)).toBe("password");
		// Bytes count, not characters.
		expect(checkCredentials("home", "éééé")).toBeUndefined();
	});
});

describe("Networks", () => {
	test("all characters come back from the store, and every value fits the ESP8266's", () => {
		const store = new MemoryStore();
		for (const ssid of names)
			for (const password of passwords) {
				const slot = new Networks(store).add(ssid, password);
				const networks = new Networks(store);
				expect(networks.ssid(slot)).toBe(ssid);
				expect(networks.password(slot)).toBe(password);
				for (const value of store.entries.values()) expect(value.byteLength).toBeLessThanOrEqual(63);
				networks.remove(ssid);
				expect(store.entries.size).toBe(0);
			}
	});

	test("a new password stands beside the old one until one of them works", () => {
		for (const good of [0, 1]) {
			const networks = new Networks(new MemoryStore());
			const slots = [networks.add("home", "old password"), networks.add("home", "new password")];
			expect(networks.count).toBe(2);
			networks.settle(slots[good]!);
			expect(networks.count).toBe(1);
			expect(networks.last).toBe(slots[good]);
			expect(networks.password(slots[good]!)).toBe(["old password", "new password"][good]);
		}
	});

	test("the same again takes no room", () => {
		const networks = new Networks(new MemoryStore());
		expect(networks.add("home", "12345678")).toBe(networks.add("home", "12345678"));
		expect(networks.count).toBe(1);
	});

	test("a fifth network takes the place of one that was not on line last, a password's of its own name first", () => {
		const networks = new Networks(new MemoryStore());
		for (const name of ["a", "b", "c", "d"]) networks.add(name, "");
		networks.settle(0);
		expect(networks.add("e", "")).toBe(1);
		expect(networks.add("d", "12345678")).toBe(3);
		expect(networks.ssid(0)).toBe("a");
		expect(networks.count).toBe(maximumNetworks);
	});

	test("an open network does not inherit a password", () => {
		const store = new MemoryStore();
		store.entries.set("p0", new TextEncoder().encode("left over").buffer as ArrayBuffer);
		store.entries.set("k0", new Uint8Array(32).buffer);
		const networks = new Networks(store);
		expect(networks.count).toBe(0);
		expect(networks.password(networks.add("open", ""))).toBe("");
	});

	test("what takes the place of the network that was on line last was not on line itself", () => {
		const store = new MemoryStore();
		const networks = new Networks(store);
		networks.settle(networks.add("home", ""));
		networks.remove("home");
		networks.add("never", "");
		expect(new Networks(store).last).toBeUndefined();
		// The power went between the two deletions.
		const cut = new MemoryStore();
		cut.entries.set("last", Uint8Array.of(0).buffer);
		new Networks(cut).add("never", "");
		expect(new Networks(cut).last).toBeUndefined();
	});

	test("bytes that are no text, and entries that are no bytes, are no networks", () => {
		const store = new MemoryStore();
		store.entries.set("s0", Uint8Array.of(0xff, 0xfe).buffer);
		store.entries.set("s1", new ArrayBuffer(0));
		store.entries.set("s2", new ArrayBuffer(65));
		store.entries.set("last", Uint8Array.of(2).buffer);
		const networks = new Networks(store);
		expect(networks.count).toBe(0);
		expect(networks.last).toBeUndefined();
		const wrong = new Networks({
			read() {
				throw new TypeError("not bytes");
			},
			write() {},
			delete() {},
		});
		expect(wrong.count).toBe(0);
	});

	test("power cut at every write: what was kept is kept, and no network has another's password", () => {
		const steps: ((networks: Networks) => void)[] = [
			(networks) => networks.add("home", "old password"),
			(networks) => networks.settle(0),
			(networks) => networks.add("home", "new password"),
			(networks) => networks.settle(1),
			(networks) => networks.add("office", ""),
			(networks) => networks.add("key", "0123456789abcdef".repeat(4)),
			(networks) => networks.add("cafe", ""),
			(networks) => networks.add("fifth", "password 5"),
			(networks) => networks.remove("home"),
			(networks) => networks.add("open", ""),
		];
		const right: Record<string, string[]> = {
			home: ["old password", "new password"],
			office: [""],
			key: ["0123456789abcdef".repeat(4)],
			cafe: [""],
			fifth: ["password 5"],
			open: [""],
		};
		for (let step = 0; step < steps.length; step++)
			for (let cut = 0; ; cut++) {
				const store = new MemoryStore();
				const networks = new Networks(store);
				for (const before of steps.slice(0, step)) before(networks);
				const { last } = networks;
				const kept = undefined === last ? undefined : networks.ssid(last);
				store.remaining = cut;
				let done = false;
				try {
					steps[step]!(networks);
					done = true;
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
				}
				store.remaining = Number.POSITIVE_INFINITY;
				const after = new Networks(store);
				const found: string[] = [];
				for (let slot = 0; slot < maximumNetworks; slot++) {
					const ssid = after.ssid(slot);
					if (undefined === ssid) continue;
					found.push(ssid);
					expect(right[ssid]).toContain(after.password(slot));
				}
				// Only the step that removes it takes away what was on line, and that it was.
				if (undefined !== kept && 8 !== step) {
					expect(found).toContain(kept);
					expect(after.ssid(after.last!)).toBe(kept);
				}
				// A network that was never on line is not taken for one that was.
				if (8 <= step) expect(after.last === undefined || "home" === after.ssid(after.last)).toBe(true);
				if (done) break;
			}
	});
});
