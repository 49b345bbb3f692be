import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { writeModel } from "../../tools/training/tflite/writer";
import { listGoldens } from "../native/goldens";
import { convolutional, tree } from "../unit/training/tflite/graphs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "commands-"));
beforeAll(() => () => rmSync(folder, { recursive: true }));

function npm(script: "inspect" | "export", ...parameters: string[]) {
	const command = ["--tsconfig", "tools/tsconfig.json", `tools/cli/${script}.ts`, ...parameters];
	const { status, stdout, stderr } = spawnSync("node_modules/.bin/tsx", command, { cwd: root, encoding: "utf8" });
	return { status, output: stdout, errors: stderr };
}

function fileOf(name: string, bytes: Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, bytes);
	return path;
}

const sound = writeModel({ ...convolutional(), description: "strokes", metadata: [] });

describe("npm run inspect", () => {
	it("says what a model needs", () => {
		const { status, output, errors } = npm("inspect", fileOf("strokes.tflite", sound));
		expect([status, errors]).toEqual([0, ""]);
		expect(output).toContain(`strokes.tflite, ${sound.length.toLocaleString("en")} bytes: strokes`);
		expect(output).toMatch(/^ ?2 +CONV_2D +runs/m);
		expect(output).toMatch(/^arena +\d+ {2}bytes/m);
		expect(output).toMatch(/^code +[\d,]+ {2}bytes of flash/m);
	});

	it("gives all of it as JSON", () => {
		const { status, output } = npm("inspect", fileOf("strokes.tflite", sound), "--json");
		expect(status).toBe(0);
		const { size, subgraphs, engine, code } = JSON.parse(output);
		expect(size).toBe(sound.length);
		expect(subgraphs[0].operators).toHaveLength(11);
		expect(subgraphs[0].tensors[4]).toMatchObject({ name: "conv/weights", shape: [4, 1, 3, 6], constant: 72 });
		expect(engine).toMatchObject({ size: sound.length, arena: expect.any(Number), state: expect.any(Number) });
		expect(code.bytes).toBeGreaterThan(15_000);
	});

	it("names the operators that are missing, and the one that is refused", () => {
		const custom = tree();
		const [operator] = custom.operators;
		const unknown = { ...custom, operators: [{ ...operator!, name: "Unheard" }] } as typeof custom;
		const missing = npm("inspect", fileOf("u.tflite", writeModel({ ...unknown, description: "", metadata: [] })));
		expect(missing.status).toBe(1);
		expect(missing.output).toMatch(/^0 +Unheard +missing/m);
		expect(missing.output).toContain("it does not have Unheard.");

		const tensors = custom.tensors.map((tensor, i) => (i === 0 ? { ...tensor, type: "INT32" as const } : tensor));
		const wrong = writeModel({ ...custom, tensors, description: "", metadata: [] });
		const refused = npm("inspect", fileOf("w.tflite", wrong));
		expect(refused.status).toBe(1);
		expect(refused.output).toMatch(/^0 +TMLAAS_TREES +refused/m);
		expect(refused.output).toMatch(/error 403.*operator 0, TMLAAS_TREES/);
		expect(refused.output).toMatch(/^ {2}input +picture +int32/m);
	});

	it("refuses what is no model", () => {
		for (const bytes of [new Uint8Array(0), sound.slice(0, 700), new TextEncoder().encode("{}")]) {
			const { status, errors, output } = npm("inspect", fileOf("broken.tflite", bytes));
			expect([status, output]).toEqual([2, ""]);
			expect(errors).toMatch(/broken.tflite is no model, or a damaged one: .+\n$/);
		}
		expect(npm("inspect", join(folder, "none.tflite"))).toMatchObject({ status: 2, output: "" });
		expect(npm("inspect")).toMatchObject({ status: 2, output: "" });
	});

	it("tells of models of other tools", () => {
		const { model } = listGoldens().find(({ name }) => name === "networks/gesture_cnn_int8")!;
		const { status, output } = npm("inspect", model);
		expect(status).toBe(0);
		expect(output).toContain("MAX_POOL_2D");
	});
});

describe("npm run export", () => {
	it("writes a header", () => {
		const header = join(folder, "strokes.h");
		const { status, output } = npm("export", fileOf("strokes.tflite", sound), "--out", header);
		expect([status, output]).toEqual([0, `${header}: ${sound.length.toLocaleString("en")} bytes of model\n`]);
		expect(readFileSync(header, "utf8")).toContain(`#define STROKES_MODEL_SIZE ${sound.length}u`);
	});

	it("refuses what is no model, and says how it is used", () => {
		const header = join(folder, "x.h");
		expect(npm("export", fileOf("broken.tflite", sound.slice(0, 99)), "--out", header).status).toBe(2);
		expect(npm("export", join(folder, "none.tflite"), "--out", header).status).toBe(2);
		expect(npm("export", fileOf("strokes.tflite", sound)).errors).toContain("usage:");
	});
});
