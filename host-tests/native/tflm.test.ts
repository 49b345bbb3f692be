import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine, engineDirectory, runEngine } from "./build";
import { byteLength, compareRows, type Info } from "./compare";
import { int32s, type Node, text, vector } from "./flatbuffer";
import { listGoldens, readRows } from "./goldens";
import { buildModel, codes, fullyConnected, type ModelDescription, type OperatorDescription, types } from "./model";
import { buildOver, findLibrary } from "./tflm";

/*
 * The same interface over TensorFlow Lite Micro: what it runs, it runs to the bit as the project's own kernels do; what
 * it does not, it refuses when the model is opened; and nothing makes it fall over.
 */

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** As in goldens.test.ts. */
const floatTolerance = 2 ** -22;

/**
 * TensorFlow Lite Micro until autumn 2026 multiplies or divides scales in single precision before it makes a fixed-point
 * multiplier of them; the recording one does in double precision. These are made to tell the two apart.
 */
const precision = new Set([
	"activations/hard_swish_rounding",
	"activations/relu_int16_rounding",
	"arithmetic/chain",
	"arithmetic/sub_int8_relu_n1_to_1",
	"fully_connected/int16_near_halves",
	"fully_connected/near_halves",
	"functions/abs_int16_precise",
	"functions/rsqrt_int16_precise",
	"recurrent/svdf_near_half",
]);

/** goldens/FAMILY/litert.txt: those that TensorFlow Lite Micro's own kernels do not run. */
function isBeyond(model: string): boolean {
	const list = `${dirname(model)}/litert.txt`;
	const name = model.split("/").at(-1)!.replace(".tflite", "");
	return (
		existsSync(list) &&
		readFileSync(list, "utf8")
			.split("\n")
			.some((line) => line.split(/[\s:]/)[0] === name)
	);
}

/** The greatest distance between two integers of two runs. */
function distance(datatype: string, a: Buffer, b: Buffer): number {
	const wide = datatype === "INT16";
	let greatest = 0;
	for (let i = 0; i + (wide ? 1 : 0) < a.length; i += wide ? 2 : 1)
		greatest = Math.max(greatest, Math.abs(wide ? a.readInt16LE(i) - b.readInt16LE(i) : a.readInt8(i) - b.readInt8(i)));
	return greatest;
}

const layer: OperatorDescription = {
	code: codes.FULLY_CONNECTED,
	inputs: [0, 1, 2],
	outputs: [3],
	options: fullyConnected(),
};

/** int8 [1,4] → FULLY_CONNECTED → [1,3], with something changed. */
const dense = (change: Partial<ModelDescription>) =>
	buildModel({
		tensors: [
			{ type: types.INT8, shape: [1, 4], scale: 0.1 },
			{ type: types.INT8, shape: [3, 4], scale: 0.01, data: new Int8Array(12).fill(1) },
			{ type: types.INT32, shape: [3], scale: 0.001, data: new Int32Array(3) },
			{ type: types.INT8, shape: [1, 3], scale: 0.2 },
		],
		operators: [layer],
		inputs: [0],
		outputs: [3],
		...change,
	});

const changed = (change: Partial<OperatorDescription>) => dense({ operators: [{ ...layer, ...change }] });

/** float [1] is kept in a variable, whose handle has these options, and read again. */
const variable = (fields: Record<number, Node>) =>
	buildModel({
		tensors: [
			{ type: types.FLOAT32, shape: [1] },
			{ type: 13, shape: [] },
			{ type: types.FLOAT32, shape: [1] },
		],
		operators: [
			{ code: codes.VAR_HANDLE, inputs: [], outputs: [1], options: { type: 111, fields } },
			{ code: codes.ASSIGN_VARIABLE, inputs: [1, 0], outputs: [] },
			{ code: codes.READ_VARIABLE, inputs: [1], outputs: [2] },
		],
		inputs: [0],
		outputs: [2],
	});

const library = findLibrary("the engine over TensorFlow Lite Micro");

describe.skipIf(!library)("over TensorFlow Lite Micro", () => {
	const goldens = listGoldens();
	let own: string;
	let directory: string;
	let same = 0;
	let refused = 0;
	let rounded = 0;

	beforeAll(() => {
		own = buildEngine();
		directory = buildOver(library!);
	}, 300_000);

	test.each(goldens)("$name", ({ name, model, rows: path, tolerance = floatTolerance }) => {
		const info: Info = JSON.parse(runEngine(own, ["--info", model]).output.toString());
		const expected = readRows(path, byteLength(info.inputs), byteLength(info.outputs));
		const { status, output, errors } = runEngine(directory, [model], expected.inputs);
		if (status === 2 && isBeyond(model)) {
			expect(errors).toMatch(/^error 40[89]: .*: operator \d+ is /);
			refused++;
			return;
		}
		expect(errors).toBe("");
		expect(status).toBe(0);
		const { differences } = compareRows(expected.outputs, output, info.outputs, tolerance);
		if (differences.length > 0 && precision.has(name)) {
			expect(distance(info.outputs[0]!.datatype, expected.outputs, output)).toBe(1);
			rounded++;
			return;
		}
		expect(differences).toEqual([]);
		same++;
	});

	afterAll(() => {
		console.log(
			`over TensorFlow Lite Micro: ${same} of ${goldens.length} models as recorded, ${rounded} off by one from ` +
				`single precision, ${refused} refused that its kernels lack`,
		);
	});

	function build(name: string): string {
		const program = `${directory}/${name}`;
		const flags = ["-O2", "-g", ...library!.flags.split(" ").filter(Boolean)];
		execFileSync("cc", [...flags, "-std=c99", `-I${engineDirectory}`, "-c", path(`${name}.c`), "-o", `${program}.o`]);
		const archives = [`${directory}/libengine.a`, library!.library];
		execFileSync("c++", [...flags, `${program}.o`, ...archives, "-lm", "-o", program]);
		return program;
	}

	test("a caller who errs is answered as by the project's own engine", () => {
		const { status, stderr } = spawnSync(build("api"), [path("goldens/handmade/window_classifier.tflite")]);
		expect(stderr.toString()).toBe("");
		expect(status).toBe(0);
	});

	test("models with a memory forget it when they are reset, and share it with no other", () => {
		const program = build("reset");
		const remembering = goldens.filter(({ name, model }) => /^(recurrent|variables)\//.test(name) && !isBeyond(model));
		expect(remembering.length).toBeGreaterThan(20);
		for (const { model, rows, name } of remembering) {
			const info: Info = JSON.parse(runEngine(own, ["--info", model]).output.toString());
			const { count, inputs } = readRows(rows, byteLength(info.inputs), byteLength(info.outputs));
			writeFileSync(`${directory}/reset.inputs`, inputs);
			const answers = execFileSync(program, [model, `${directory}/reset.inputs`]);
			const size = count * byteLength(info.outputs);
			expect(answers.length).toBe(3 * size);
			for (const part of [1, 2])
				expect(answers.subarray(part * size, (part + 1) * size).equals(answers.subarray(0, size)), name).toBe(true);
		}
	});

	test("what a model needs is told to the byte", () => {
		const { model } = goldens.find(({ name }) => name === "networks/gest6_int8")!;
		const info = JSON.parse(runEngine(directory, ["--info", model]).output.toString());
		expect(info.arena).toBeGreaterThan(0);
		expect(info.state).toBeGreaterThan(0);
	});

	/** What TensorFlow Lite Micro reads unseen, and the project's own kernels do not: [what, file, number of the error] */
	const dangerous: [string, Uint8Array, number][] = [
		["a plan of the arena", dense({ metadata: { OfflineMemoryAllocation: int32s([1, 0, 4, 0, 0, 0, 0]).bytes } }), 109],
		["custom options of a builtin operator", changed({ fields: { 5: vector(new Uint8Array(4), 1) } }), 402],
		["an intermediate 999", changed({ fields: { 8: int32s([999]) } }), 202],
		["intermediates beyond the file", changed({ fields: { 8: { ...int32s([0]), count: 0x40000000 } } }), 106],
		["a variable without a name", variable({ 0: text("") }), 408],
		["a variable of any container", variable({ 1: text("count") }), 408],
		["a variable of a container", variable({ 0: text("a"), 1: text("count") }), 408],
		["a variable whose name ends twice", variable({ 0: text(""), 1: text("count\0er") }), 408],
	];

	test.each(dangerous)("%s is refused before TensorFlow Lite Micro sees it", (name, file, code) => {
		mkdirSync(`${directory}/hostile`, { recursive: true });
		const place = `${directory}/hostile/${name.replaceAll(/[^a-z0-9]/g, "_")}.tflite`;
		writeFileSync(place, file);
		const { status, errors } = runEngine(directory, ["--info", place]);
		expect({ status, code: Number(/^error (\d+):/.exec(errors)?.[1]) }).toEqual({ status: 2, code });
	});

	test("files that once made a verifier fail are refused or run", () => {
		const crashes = path("../fuzz/engine/crashes");
		for (const name of readdirSync(crashes))
			expect([0, 2], name).toContain(runEngine(directory, ["--info", `${crashes}/${name}`]).status);
	});
});
