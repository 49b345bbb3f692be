import { encodeText } from "common/text";
import { Repository } from "gateway/inference/repository";
import { describe, expect, test } from "vitest";
import { FunctionEngine, gestureEngine } from "./models";

const card = { name: "gesture", version: "1.0.0", labels: ["left", "right", "other"] };
const load = (engine: FunctionEngine) => new Repository({ name: "gesture", open: () => engine });

describe("model repository", () => {
	test("a model serves once its golden vectors have come out", () => {
		const engine = gestureEngine();
		const repository = load(engine);
		expect(repository.model?.labels).toEqual(card.labels);
		expect(repository.reason).toBe("");
		expect(engine.invocations).toBe(2);
		expect(engine.closed).toBe(false);
		repository.close();
		expect(engine.closed).toBe(true);
		expect(repository.model).toBeUndefined();
	});

	test("a model that remembers starts anew for each request", () => {
		let sum = 0;
		const engine = new FunctionEngine({
			inputs: [{ name: "value", datatype: "FP32", shape: [1] }],
			outputs: [{ name: "sum", datatype: "FP32", shape: [1] }],
			run([input], [output]) {
				sum += input!.getFloat32(0, true);
				output!.setFloat32(0, sum, true);
			},
			reset() {
				sum = 0;
			},
		}).withCard({ ...card, labels: [] });
		const model = load(engine).model!;
		const value = new Uint8Array(Float32Array.of(2).buffer);
		for (let request = 0; request < 2; request++) {
			model.write(0, value);
			model.invoke();
			expect(model.outputView.getFloat32(0, true)).toBe(2);
		}
	});

	test("what the engine refuses is not ready, with its code", () => {
		const repository = new Repository({
			name: "gesture",
			open() {
				throw Object.assign(new Error("unsupported operator"), { code: 42 });
			},
		});
		expect(repository.model).toBeUndefined();
		expect(repository.name).toBe("gesture");
		expect(repository.reason).toBe("the engine refused the file (42): unsupported operator");
	});

	const golden = () => gestureEngine().metadataEntries.get("TMLAAS_GOLDEN")!;
	test.each<[string, (engine: FunctionEngine) => void, string]>([
		["no card", (engine) => engine.metadataEntries.delete("TMLAAS_CARD"), "card"],
		["a card that is no JSON", (engine) => engine.set("TMLAAS_CARD", encodeText("{")), "card"],
		["a card of 3 KB", (engine) => engine.withCard({ ...card, data: "x".repeat(3000) }), "card"],
		["a name that could not stand in a path", (engine) => engine.withCard({ ...card, name: "../x" }), "name"],
		["no version", (engine) => engine.withCard({ ...card, version: undefined }), "version"],
		["too few labels", (engine) => engine.withCard({ ...card, labels: ["a", "b"] }), "labels"],
		["too many labels", (engine) => engine.withCard({ ...card, labels: Array(17).fill("a") }), "labels"],
		["a label too long", (engine) => engine.withCard({ ...card, labels: ["a", "b", "c".repeat(33)] }), "card"],
		["no golden vectors", (engine) => engine.metadataEntries.delete("TMLAAS_GOLDEN"), "golden"],
		["golden vectors cut short", (engine) => engine.set("TMLAAS_GOLDEN", golden().subarray(0, 2000)), "golden"],
		["a golden count of 2^32 - 1", (engine) => engine.set("TMLAAS_GOLDEN", golden().fill(255, 0, 4)), "golden"],
		["a golden count of none", (engine) => engine.set("TMLAAS_GOLDEN", new Uint8Array(4)), "golden"],
		["golden vectors of three bytes", (engine) => engine.set("TMLAAS_GOLDEN", new Uint8Array(3)), "golden"],
		[
			"a golden vector that does not come out",
			(engine) => {
				const changed = golden();
				changed[changed.length - 2] = 0x42;
				engine.set("TMLAAS_GOLDEN", changed);
			},
			"golden vector 1 does not come out",
		],
	])("a file with %s is refused and its engine closed", (_name, change, reason) => {
		const engine = gestureEngine();
		change(engine);
		const repository = load(engine);
		expect(repository.model).toBeUndefined();
		expect(repository.reason).toContain(reason);
		expect(engine.closed).toBe(true);
	});

	test("float outputs may differ by what rounding explains, and no more", () => {
		for (const [difference, passes] of [
			[5e-6, true],
			[5e-5, false],
		] as const) {
			const engine = gestureEngine();
			const changed = golden();
			const view = new DataView(changed.buffer);
			const at = 4 + 1428;
			view.setFloat32(at, view.getFloat32(at, true) + difference, true);
			engine.set("TMLAAS_GOLDEN", changed);
			expect(undefined !== load(engine).model, String(difference)).toBe(passes);
		}
	});
});
