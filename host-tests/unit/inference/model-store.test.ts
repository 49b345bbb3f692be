import { type Identity, ModelStore, maximumStored, type StoredModel } from "gateway/inference/model-store";
import { RepositoryError } from "gateway/inference/repository-error";
import { Upload } from "gateway/inference/upload";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tools/training/random";
import { blockLength, PowerCut, SimulatedFlash, tears } from "../resources/flash";
import { content } from "./models";
import { identityOf, sha256 } from "./repository-bench";

const open = (flash: SimulatedFlash) => new ModelStore({ flash, hash: sha256 });

function upload(store: ModelStore, identity: Identity): { model: StoredModel; upload: Upload } {
	const model = store.allocate(identity);
	return { model, upload: new Upload({ store, model, onEnd() {} }) };
}

function put(store: ModelStore, name: string, version: string, bytes: Uint8Array): StoredModel {
	const { model, upload: into } = upload(store, identityOf(name, version, bytes));
	into.write(bytes);
	into.finish();
	return model;
}

function read(flash: SimulatedFlash, store: ModelStore, name: string, version: string): Uint8Array {
	const model = store.find(name, version)!;
	const start = store.contentOf(model);
	return flash.bytes.slice(start, start + model.size);
}

describe("model store", () => {
	test("a new flash is empty", () => {
		const store = open(new SimulatedFlash(8));
		expect([...store.models()]).toEqual([]);
		expect(store.usage()).toEqual({ total: 32_768, available: 32_768, largest: 32_768 });
		expect(store.maximumSize).toBe(32_768 - 256);
	});

	// Around words, the first block's room (3840), and whole blocks.
	test.each([1, 2, 3, 4, 5, 255, 256, 3839, 3840, 3841, 3840 + 4096, 3840 + 4097, 20_000])(
		"a model of %i bytes comes back as it was written, in parts of any length",
		(size) => {
			const bytes = content(size, size);
			for (const part of [1, 3, 4, 7, 536, 1460, 4096, size]) {
				const flash = new SimulatedFlash(8);
				const store = open(flash);
				const { upload: into } = upload(store, identityOf("wand", "1.0.0", bytes));
				for (let at = 0; at < size; at += part) {
					expect(into.offset).toBe(at);
					into.write(bytes.subarray(at, at + part));
				}
				into.finish();
				for (const again of [store, open(flash)]) {
					expect(again.find("wand", "1.0.0")).toMatchObject({
						...identityOf("wand", "1.0.0", bytes),
						complete: true,
						failed: false,
						stored: size,
					});
					expect(Buffer.compare(read(flash, again, "wand", "1.0.0"), bytes)).toBe(0);
				}
			}
		},
	);

	test("the content lies in one piece at a multiple of 16, for an engine that reads it in place", () => {
		const store = open(new SimulatedFlash(8));
		put(store, "a", "1", content(1, 5000));
		put(store, "b", "1", content(2, 5000));
		for (const model of store.models()) expect(store.contentOf(model) % 16).toBe(0);
	});

	test("names and versions of 32 characters", () => {
		const flash = new SimulatedFlash(4);
		put(open(flash), "n".repeat(32), "v".repeat(32), content(1, 10));
		expect(open(flash).find("n".repeat(32), "v".repeat(32))).toBeDefined();
	});

	test("more than was announced is refused, and the upload goes on", () => {
		const store = open(new SimulatedFlash(4));
		const bytes = content(1, 100);
		const { upload: into } = upload(store, identityOf("a", "1", bytes));
		into.write(bytes.subarray(0, 50));
		expect(() => into.write(bytes.subarray(0, 51))).toThrow(expect.objectContaining({ code: "size" }));
		into.write(bytes.subarray(50));
		into.finish();
	});

	test("less than was announced is not finished", () => {
		const store = open(new SimulatedFlash(4));
		const bytes = content(1, 100);
		const { upload: into } = upload(store, identityOf("a", "1", bytes));
		into.write(bytes.subarray(0, 99));
		expect(() => into.finish()).toThrow(
			expect.objectContaining({ code: "incomplete", figures: { offset: 99, size: 100 } }),
		);
		expect(store.find("a", "1")!.complete).toBe(false);
	});

	test("another content than was announced is thrown away", () => {
		const store = open(new SimulatedFlash(4));
		const identity = identityOf("a", "1", content(1, 100));
		const { upload: into } = upload(store, identity);
		into.write(content(2, 100));
		let error: unknown;
		try {
			into.finish();
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBeInstanceOf(RepositoryError);
		expect(error).toMatchObject({ code: "hash", figures: { expected: identity.sha256 } });
		expect([...store.models()]).toEqual([]);
		expect(store.usage().available).toBe(16_384);
	});

	test("what was interrupted goes on at the last block that is written, after a restart too", () => {
		const bytes = content(3, 15_000);
		const identity = identityOf("a", "1", bytes);
		for (const restart of [false, true])
			for (const [written, offset] of [
				[0, 0],
				[3839, 0],
				[3840, 3840],
				[7935, 3840],
				[7936, 7936],
				[12_033, 12_032],
				[15_000, 15_000],
			] as const) {
				const flash = new SimulatedFlash(8);
				let store = open(flash);
				const { upload: first } = upload(store, identity);
				first.write(bytes.subarray(0, written));
				first.close();
				expect(() => first.write(bytes.subarray(0, 1))).toThrow(expect.objectContaining({ code: "busy" }));
				if (restart) store = open(flash);
				const model = store.find("a", "1")!;
				expect(model.stored).toBe(offset);
				if (0 === offset) continue;
				const second = new Upload({ store, model, onEnd() {} });
				expect(second.offset).toBe(offset);
				second.write(bytes.subarray(offset));
				second.finish();
				expect(Buffer.compare(read(flash, store, "a", "1"), bytes)).toBe(0);
			}
	});

	test("a model that is removed leaves its room", () => {
		const flash = new SimulatedFlash(8);
		const store = open(flash);
		put(store, "a", "1", content(1, 9000));
		put(store, "a", "2", content(2, 9000));
		store.remove(store.find("a", "1")!);
		expect([...open(flash).models()].map(({ version }) => version)).toEqual(["2"]);
		expect(store.usage()).toEqual({ total: 32_768, available: 20_480, largest: 12_288 });
	});

	test("no room in one piece is told with what there is", () => {
		const store = open(new SimulatedFlash(8));
		for (const version of ["1", "2", "3", "4"]) put(store, "a", version, content(1, 5000));
		store.remove(store.find("a", "1")!);
		store.remove(store.find("a", "3")!);
		expect(() => store.allocate(identityOf("a", "5", content(1, 9000)))).toThrow(
			expect.objectContaining({ code: "room", figures: { needed: 12_288, available: 16_384, largest: 8192 } }),
		);
	});

	test("the seventeenth model is refused", () => {
		const store = open(new SimulatedFlash(32));
		for (let i = 0; i < maximumStored; i++) put(store, "a", String(i), content(i, 10));
		expect(() => store.allocate(identityOf("a", "x", content(1, 10)))).toThrow(
			expect.objectContaining({ code: "room", figures: { models: 16, maximum: 16 } }),
		);
	});

	test("blocks wear alike when versions follow one another", () => {
		const flash = new SimulatedFlash(16);
		let before: StoredModel | undefined;
		for (let i = 0; i < 300; i++) {
			const store = open(flash);
			put(store, "a", String(i), content(i, 1000 + 4000 * (i % 3)));
			if (before) store.remove(before);
			before = store.find("a", String(i));
		}
		const mean = flash.erasures.reduce((sum, count) => sum + count, 0) / 16;
		expect(mean).toBeGreaterThan(35);
		expect(Math.max(...flash.erasures)).toBeLessThan(1.2 * mean);
	});

	/** A store with a model "b" whose second block is the first one of the model "a", which is there besides. */
	function disguised(): { flash: SimulatedFlash; store: ModelStore } {
		const flash = new SimulatedFlash(8);
		const store = open(flash);
		const model = put(store, "a", "1", content(1, 3000));
		const carrier = new Uint8Array(3840 + 4096);
		carrier.set(flash.bytes.subarray(model.block * blockLength, (model.block + 1) * blockLength), 3840);
		put(store, "b", "1", carrier);
		store.remove(model);
		return { flash, store };
	}
	const names = (flash: SimulatedFlash) => [...open(flash).models()].map(({ name }) => name);

	test("content that looks like a header is none, and none once its model is gone", () => {
		const { flash, store } = disguised();
		expect(names(flash)).toEqual(["b"]);
		store.remove(store.find("b", "1")!);
		expect(names(flash)).toEqual([]);
		put(store, "c", "1", content(2, 10));
		expect(names(flash)).toEqual(["c"]);
	});

	test("nor when the power is cut while its model is removed", () => {
		for (const tear of tears)
			for (let at = 0; ; at++) {
				const { flash, store } = disguised();
				flash.cutAt(at, tear, createRandom(at));
				try {
					store.remove(store.find("b", "1")!);
					expect(at).toBe(3);
					break;
				} catch (error) {
					if (!(error instanceof PowerCut)) throw error;
				}
				flash.restore();
				// Its first write says that it is gone.
				if (at > 0 || "after" === tear) expect(names(flash)).toEqual([]);
				else expect([[], ["b"]]).toContainEqual(names(flash));
				const again = open(flash);
				const left = again.find("b", "1");
				if (left) again.remove(left);
				// All blocks are used, and what was begun in them is left.
				again.remove(again.allocate(identityOf("c", "1", content(1, 8 * blockLength - 256))));
				expect(names(flash)).toEqual([]);
			}
	});

	test("bits that the flash loses: a header is none any more, a content has another hash", () => {
		const flash = new SimulatedFlash(8);
		const store = open(flash);
		const first = put(store, "a", "1", content(1, 100));
		const second = put(store, "b", "1", content(2, 100));
		flash.bytes[first.block * blockLength + 60] = 0;
		flash.bytes[store.contentOf(second) + 50]! ^= 0xff;
		expect([...open(flash).models()].map(({ name }) => name)).toEqual(["b"]);
		expect(store.digest(second)).not.toBe(second.sha256);
	});

	test("flash with anything in it opens, and holds models again", () => {
		for (let seed = 1; seed <= 20; seed++) {
			const random = createRandom(seed);
			const flash = new SimulatedFlash(6);
			for (let i = 0; i < flash.bytes.length; i++) flash.bytes[i] = random() * 256;
			const store = open(flash);
			const bytes = content(seed, 9000);
			put(store, "a", "1", bytes);
			expect(Buffer.compare(read(flash, open(flash), "a", "1"), bytes)).toBe(0);
		}
	});
});
