import { type Lack, type Running, type StartReason, UpdateHistory } from "gateway/update/update-history";
import { describe, expect, test } from "vitest";

class MemoryStorage {
	readonly entries = new Map<string, string>();
	/** Writes until one fails; not counted by default. */
	left = Number.POSITIVE_INFINITY;
	read(key: string): unknown {
		return this.entries.get(key);
	}
	write(key: string, value: string): void {
		if (0 === this.left--) throw new Error("no room");
		this.entries.set(key, value);
	}
	delete(key: string): void {
		this.entries.delete(key);
	}
}

const start = (storage: MemoryStorage, running: Partial<Running> = {}) =>
	new UpdateHistory({ storage, running: { slot: "ota_0", pending: false, reason: "restart", ...running } });

/** A storage as an update to 0.2.0 leaves it, when ota_0 runs. */
function updated(): MemoryStorage {
	const storage = new MemoryStorage();
	const history = start(storage);
	history.switching("0.2.0");
	history.switched("0.2.0");
	return storage;
}

describe("what became of an update", () => {
	test("none was there – nothing is told, nothing written", () => {
		const storage = new MemoryStorage();
		expect(start(storage).last).toBeUndefined();
		expect(storage.entries.size).toBe(0);
	});

	test("on trial, then confirmed – installed, now and after each restart", () => {
		const storage = updated();
		const history = start(storage, { slot: "ota_1", pending: true });
		expect(history.last).toBeUndefined();
		history.confirmed();
		expect(history.last).toEqual({ version: "0.2.0", outcome: "installed", reason: "", detail: "" });
		for (const reason of ["power", "watchdog"] as const)
			expect(start(storage, { slot: "ota_1", reason }).last).toMatchObject({ outcome: "installed" });
	});

	test("confirmed just before the power is cut – installed", () => {
		expect(start(updated(), { slot: "ota_1", reason: "power" }).last).toMatchObject({ outcome: "installed" });
	});

	test.each<StartReason>(["panic", "watchdog", "brownout", "power", "button", "restart", "other"])(
		"on trial, then %s, and the bootloader went back – rolled back, and why; after each restart too",
		(reason) => {
			const storage = updated();
			start(storage, { slot: "ota_1", pending: true });
			const told = { version: "0.2.0", outcome: "rolled-back", reason };
			const { last } = start(storage, { reason });
			expect(last).toMatchObject(told);
			expect(last!.detail).not.toBe("");
			expect(start(storage, { reason: "power" }).last).toEqual(last);
		},
	);

	test.each<Lack>(["no-network", "not-listening", "no-model", "stalled", "exception"])(
		"gave itself up for %s – rolled back, and what it lacked",
		(lack) => {
			const storage = updated();
			start(storage, { slot: "ota_1", pending: true }).failing(lack);
			const { last } = start(storage, { reason: "restart" });
			expect(last).toMatchObject({ version: "0.2.0", outcome: "rolled-back", reason: lack });
			expect(last!.detail).not.toBe("");
		},
	);

	test("what is on trial without an update that is known – nothing is told of an older one", () => {
		const storage = updated();
		start(storage, { reason: "panic" });
		const history = start(storage, { pending: true });
		history.confirmed();
		expect(history.last).toMatchObject({ version: "0.2.0", outcome: "rolled-back", reason: "panic" });
	});

	test("the power was cut before the slots were changed – refused", () => {
		const storage = new MemoryStorage();
		start(storage).switching("0.2.0");
		for (let i = 0; i < 2; i++)
			expect(start(storage, { reason: "power" }).last).toMatchObject({ outcome: "refused", reason: "interrupted" });
	});

	test("the power was cut just after the slots were changed – on trial", () => {
		const storage = new MemoryStorage();
		start(storage).switching("0.2.0");
		expect(start(storage, { slot: "ota_1", pending: true, reason: "power" }).last).toBeUndefined();
		expect(start(storage, { reason: "panic" }).last).toMatchObject({ outcome: "rolled-back", reason: "panic" });
	});

	test("the slots could not be changed – as if nothing had been", () => {
		const storage = new MemoryStorage();
		const history = start(storage);
		history.switching("0.2.0");
		history.kept();
		expect(start(storage).last).toBeUndefined();
	});

	test("refused – told until the next restart, and nothing is written", () => {
		const storage = new MemoryStorage();
		const history = start(storage);
		history.refused({ version: "0.2.0", code: "signature", message: "it was changed" });
		expect(history.last).toEqual({
			version: "0.2.0",
			outcome: "refused",
			reason: "signature",
			detail: "it was changed",
		});
		expect(storage.entries.size).toBe(0);
	});

	test("an update back and forth – each is told of by itself", () => {
		const storage = updated();
		const second = start(storage, { slot: "ota_1" });
		second.switching("0.3.0");
		second.switched("0.3.0");
		start(storage, { slot: "ota_0", pending: true });
		expect(start(storage, { slot: "ota_1", reason: "panic" }).last).toMatchObject({
			version: "0.3.0",
			outcome: "rolled-back",
		});
	});

	test("a store that takes nothing more – it starts all the same, and tells the same", () => {
		const storage = updated();
		storage.left = 0;
		expect(start(storage, { reason: "panic" }).last).toMatchObject({ outcome: "rolled-back", reason: "panic" });
	});

	test("a store that takes nothing more on the way – the slots say what runs", () => {
		const storage = new MemoryStorage();
		const history = start(storage);
		storage.left = 0;
		expect(() => history.switching("0.2.0")).toThrow("no room");
		storage.left = 1;
		history.switching("0.2.0");
		history.switched("0.2.0");
		const next = start(storage, { slot: "ota_1", pending: true });
		storage.left = 0;
		next.confirmed();
		expect(next.last).toMatchObject({ outcome: "installed" });
		storage.left = 0;
		next.failing("no-model");
		expect(start(storage, { slot: "ota_1" }).last).toMatchObject({ outcome: "installed" });
	});

	test.each(["", "trial", "trial 0.2.0 ota_0", "trial 0.2.0 ota_0 - -", "lost 0.2.0 ota_0 -", "trial 0.2.0 o/a -"])(
		"an entry that nobody could have written, %j – nothing is told",
		(text) => {
			const storage = new MemoryStorage();
			storage.entries.set("update", text);
			expect(start(storage).last).toBeUndefined();
		},
	);
});
