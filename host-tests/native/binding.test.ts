/** The engine for JavaScript, under XS in the simulator: in 32 bits where the compiler can. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compiles32Bit } from "../../tools/simulator/build";
import { type Report, Simulator } from "../../tools/simulator/simulator";
import { readRows } from "./goldens";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "engine-"));
const build = (await compiles32Bit()) ? "release32" : "release";

let simulator: Simulator;
let said: Record<string, unknown>;
let report: Report;

beforeAll(async () => {
	simulator = await Simulator.start({ build });
	const line = new Promise<string>((resolve, reject) => {
		simulator.once("log", ({ text }) => resolve(text));
		simulator.once("exit", ({ cause, message, stack }) => reject(new Error(`${cause}: ${message}\n${stack}`)));
	});
	await simulator.add({ name: "engine", app: path("xs/manifest.json"), directory, chips: [] });
	said = JSON.parse(await line);
	report = await simulator.report("engine");
});

afterAll(async () => {
	await simulator?.close();
	rmSync(directory, { recursive: true });
});

const expected = readRows(path("goldens/handmade/window_classifier.golden"), 60, 12).outputs;

test("results are the recorded ones, from a model in place and from one in the heap", () => {
	const floats = (bytes: Uint8Array) => [...new Float32Array(Uint8Array.from(bytes).buffer)];
	for (const result of said.results as string[]) expect(floats(Buffer.from(result, "hex"))).toEqual(floats(expected));
});

test("tensors are described", () => {
	expect(said.inputs).toMatchObject([
		{ name: "tensor0", datatype: "INT16", shape: [1, 5, 6], scale: 1 / 8192, zeroPoint: 0, byteLength: 60 },
	]);
	expect(said.outputs).toMatchObject([{ name: "tensor11", datatype: "FP32", shape: [1, 3], byteLength: 12 }]);
	expect(said.arena).toBeGreaterThan(0);
	expect(said.state).toBeGreaterThan(0);
});

test("metadata comes by name, where it lies, and outlasts the engine", () => {
	expect(said).toMatchObject({
		metadata: ['{"name":"window"}', '{"name":"window"}', '{"name":"window"}'],
		readOnly: "TypeError",
		absent: true,
	});
});

test("a view is made once, keeps its engine and ends with close", () => {
	expect(said.sameView).toBe(true);
	expect(Buffer.from(said.orphan as number[]).equals(expected.subarray(-12))).toBe(true);
	expect(said.indices).toEqual(["RangeError", "RangeError", "RangeError"]);
	expect(said.closed).toEqual(["Error", "Error", "Error", "TypeError"]);
	expect(said.detached).toEqual([true, 0]);
});

test("reset lets a model forget", () => {
	const [first, second, anew] = said.remembered as string[];
	expect(second).not.toBe(first);
	expect(anew).toBe(first);
});

test("a refused model is an EngineError with its number", () => {
	expect(said.refused).toEqual([
		expect.stringMatching(/^EngineError 100: /),
		expect.stringMatching(/^EngineError 102: the file identifier is not TFL3/),
		expect.stringMatching(/^EngineError 102: /),
		"TypeError",
		expect.stringMatching(/Error$/),
	]);
});

test("a model that needs more memory than it may take is refused with what it needs", () => {
	const { arena, state } = said as { arena: number; state: number };
	expect(said.tooLarge).toEqual({ code: 500, arena, state, operators: [] });
	expect(said.justRight).toBe("nothing");
});

test("operators that are not at hand are told by their names", () => {
	expect(said.unsupported).toMatchObject({ code: 400, operators: ["LSTM"] });
});

test("close gives the memory back", () => {
	/* the engine that only its view holds is still there */
	expect(report.native.peak).toBeGreaterThan(report.native.current);
	expect(report.native.current).toBeLessThan(8192);
});
