import { encodeText } from "common/text";
import { maximumGoldenRows, maximumOutput, openModel } from "gateway/inference/open-model";
import { RepositoryError } from "gateway/inference/repository-error";
import { describe, expect, test } from "vitest";
import { FunctionEngine, gestureEngine } from "./models";

const card = { name: "gesture", version: "1.0.0", labels: ["left", "right", "other"] };
const load = (engine: FunctionEngine) => openModel({ open: () => engine, memory: 65_536 });

/** The refusal that an action ends with. */
function refused(action: () => unknown): RepositoryError {
	try {
		action();
	} catch (error) {
		if (error instanceof RepositoryError) return error;
		throw error;
	}
	throw new Error("was not refused");
}

describe("opening a model", () => {
	test("a model is open once its golden vectors have come out", () => {
		const engine = gestureEngine();
		const model = load(engine);
		expect(model.labels).toEqual(card.labels);
		expect(engine.invocations).toBe(2);
		expect(engine.closed).toBe(false);
		model.close();
		expect(engine.closed).toBe(true);
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
		const model = load(engine);
		const value = new Uint8Array(Float32Array.of(2).buffer);
		for (let request = 0; request < 2; request++) {
			model.write(0, value);
			model.invoke();
			expect(model.outputView.getFloat32(0, true)).toBe(2);
		}
	});

	test("golden vectors that keep others waiting are broken off, but at a start", () => {
		let now = 0;
		const slow = (): FunctionEngine => {
			const engine = new FunctionEngine({
				inputs: [{ name: "value", datatype: "INT8", shape: [1] }],
				outputs: [{ name: "same", datatype: "INT8", shape: [1] }],
				run([input], [output]) {
					now += 700_000;
					output!.setInt8(0, input!.getInt8(0));
				},
			});
			return engine.withCard({ ...card, labels: [] }, [1, 2, 3, 4, 5, 6, 7]);
		};
		const engine = slow();
		const { code, figures } = refused(() => openModel({ open: () => engine, memory: 1, microseconds: () => now }));
		expect([code, figures, engine.closed]).toEqual([
			"golden",
			{ row: 5, rows: 7, milliseconds: 3500, maximum: 3000 },
			true,
		]);
		expect(load(slow()).version).toBe("1.0.0");
	});

	test("more golden vectors or bytes of output than a load has room for are refused before any is run", () => {
		const seeds = Array.from({ length: maximumGoldenRows + 1 }, () => 0);
		const engineOf = (bytes: number, rows: readonly number[]) =>
			new FunctionEngine({
				inputs: [{ name: "value", datatype: "INT8", shape: [1] }],
				outputs: [{ name: "many", datatype: "INT8", shape: [1, bytes] }],
				run() {},
			}).withCard({ ...card, labels: [] }, rows);
		for (const [engine, code] of [
			[engineOf(1, seeds), "golden"],
			[engineOf(maximumOutput + 1, [1]), "memory"],
		] as const) {
			expect(refused(() => load(engine)).code).toBe(code);
			expect([engine.invocations, engine.closed]).toEqual([0, true]);
		}
		expect(load(engineOf(maximumOutput, seeds.slice(1))).version).toBe("1.0.0");
	});

	const failing = (fields: object) => () => {
		throw Object.assign(new Error("no"), fields);
	};

	test("what the engine refuses comes with its code and the operators that are missing", () => {
		const operators = ["LSTM", "Trees"];
		const error = refused(() => openModel({ open: failing({ code: 400, operators }), memory: 1000 }));
		expect(error).toMatchObject({ code: "engine", message: "the engine refused the file (400): no" });
		expect(error.figures).toEqual({ engine: 400, operators });
	});

	test("a model that needs too much memory is refused with what it needs and what is at hand", () => {
		const error = refused(() => openModel({ open: failing({ code: 500, arena: 900, state: 200 }), memory: 1000 }));
		expect(error).toMatchObject({
			code: "memory",
			message: "the model needs 1100 bytes of memory, 1000 are at hand",
			figures: { needed: 1100, available: 1000, arena: 900, state: 200 },
		});
		const small = refused(() => openModel({ open: failing({ code: 500, arena: 90, state: 20 }), memory: 1000 }));
		expect(small.message).toBe("the system has no memory for the model, which needs 110 bytes");
	});

	test("a card of another name or version than was announced is refused", () => {
		for (const expected of [{ name: "wand" }, { version: "1.0.1" }]) {
			const engine = gestureEngine();
			const error = refused(() => openModel({ open: () => engine, memory: 1, ...expected }));
			expect(error).toMatchObject({ code: "card", figures: { name: "gesture", version: "1.0.0" } });
			expect(engine.closed).toBe(true);
		}
	});

	test("a card that describes the input has to describe that of the file", () => {
		const channels = ["aX", "aY", "aZ", "gX", "gY", "gZ"];
		for (const [input, accepted] of [
			[{ window: 119, channels }, true],
			[{ shape: [119, 6] }, true],
			[{ shape: [714] }, true],
			[{ window: 119 }, true],
			[{ window: 100, channels }, false],
			[{ window: 119, channels: channels.slice(3) }, false],
			[{ shape: [64] }, false],
		] as const) {
			const engine = gestureEngine().withCard({ ...card, input });
			if (accepted) load(engine);
			else expect(refused(() => load(engine)).code).toBe("card");
		}
	});

	test("windows of another shape or type than the serving version's are refused, with both", () => {
		const serving = load(gestureEngine());
		load(gestureEngine());
		openModel({ open: gestureEngine, memory: 1, serving });
		for (const [datatype, shape] of [
			["INT16", [1, 714]],
			["INT8", [1, 119, 6]],
			["INT16", [1, 60, 6]],
		] as const) {
			const engine = new FunctionEngine({
				inputs: [{ name: "window", datatype, shape }],
				outputs: [{ name: "scores", datatype: "FP32", shape: [1, 3] }],
				run() {},
			}).withCard(card);
			const error = refused(() => openModel({ open: () => engine, memory: 1, serving }));
			expect(error).toMatchObject({
				code: "interface",
				figures: { needed: [{ datatype: "INT16", shape: [1, 119, 6] }], given: [{ datatype, shape }] },
			});
		}
	});

	const binary = (datatype: "FP32" | "INT8", share: number) =>
		new FunctionEngine({
			inputs: [{ name: "window", datatype: "INT16", shape: [1, 4] }],
			outputs: [
				{
					name: "share",
					datatype,
					shape: [1, 1],
					...("INT8" === datatype ? { scale: 1 / 256, zeroPoint: -128 } : {}),
				},
			],
			run(_inputs, [output]) {
				if ("INT8" === datatype) output!.setInt8(0, Math.round(256 * share) - 128);
				else output!.setFloat32(0, share, true);
			},
		}).withCard({ name: "gesture", version: "1.0.0", labels: ["rest", "shake"] });

	test("one output and two labels: the share of the second, and what is left of 1", () => {
		for (const datatype of ["FP32", "INT8"] as const) {
			const model = load(binary(datatype, 0.75));
			expect(model.isBinary).toBe(true);
			model.invoke();
			expect([...model.readScores()]).toEqual([0.25, 0.75]);
		}
		expect(load(gestureEngine()).isBinary).toBe(false);
	});

	const golden = () => gestureEngine().metadataEntries.get("TMLAAS_GOLDEN")!.slice();
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
		const { code, message } = refused(() => load(engine));
		expect(["card", "golden"]).toContain(code);
		expect(message).toContain(reason);
		expect(engine.closed).toBe(true);
	});

	test("a golden value that does not come out is told with both values", () => {
		const engine = gestureEngine();
		const changed = golden();
		new DataView(changed.buffer).setFloat32(4 + 1428 + 4, 0.5, true);
		engine.set("TMLAAS_GOLDEN", changed);
		expect(refused(() => load(engine)).figures).toEqual({
			row: 0,
			output: "probabilities",
			element: 1,
			expected: "0.5",
			actual: "0",
		});
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
			if (passes) load(engine);
			else expect(refused(() => load(engine)).code).toBe("golden");
		}
	});
});
