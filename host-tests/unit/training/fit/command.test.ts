import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { microcontrollers } from "../../../../tools/training/fit/catalogue";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const model = join(root, "models/gesture.tflite");
const folder = mkdtempSync(join(tmpdir(), "fit-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fit(...words: string[]) {
	const parameters = ["--tsconfig", "tools/tsconfig.json", "tools/cli/fit.ts", ...words];
	const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/tsx"), parameters, {
		cwd: root,
		encoding: "utf8",
	});
	return { status, stdout, stderr };
}

describe("npm run fit", () => {
	it("places the shipped model on every microcontroller", () => {
		const { status, stdout } = fit(model, "--json");
		expect(status).toBe(0);
		const { facts, fits } = JSON.parse(stdout);
		expect(fits).toHaveLength(microcontrollers.length);
		expect(facts).toMatchObject({ stack: 1536, inputBytes: 1428, floatInput: false });
		expect(facts.arena).toBeGreaterThan(700);
		expect(facts.codeBytes).toBeGreaterThan(8000);
		expect(facts.codeBytes).toBeLessThan(40_000);
		expect(facts.layers[0]).toMatchObject({ kind: "FULLY_CONNECTED", units: 20, floatBytes: 0 });
	});

	it("fails where the board is too small, and says why", () => {
		const { status, stdout } = fit(model, "--board", "ch32v003");
		expect(status).toBe(1);
		expect(stdout).toMatch(/CH32V003: does not fit/);
		expect(stdout).toMatch(/of RAM too much/);
		expect(fit(model, "--board", "esp8266").status).toBe(0);
	});

	it("refuses what is no model or no board", () => {
		const file = join(folder, "noise.tflite");
		writeFileSync(file, "nothing of the kind");
		for (const words of [[file], [model, "--board", "esp9000"]]) {
			const { status, stderr } = fit(...words);
			expect(status).toBe(2);
			expect(stderr).not.toMatch(/\n\s+at /);
			expect(stderr.length).toBeGreaterThan(10);
		}
	});
});
