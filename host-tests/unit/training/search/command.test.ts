import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../../tools/training/random";
import { readRecipe } from "../../../../tools/training/recipe";
import { type Json, samplePoint } from "../../../../tools/training/search/space";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "search-"));
afterAll(() => rmSync(folder, { recursive: true }));

const space = {
	name: "toy",
	version: "1.0.0",
	seed: 5,
	statement: "Generated.",
	data: {
		...{
			kind: "generated",
			classes: ["left", "right"],
			window: 32,
			rate: 50,
			threshold: 500,
			release: 200,
			history: 4,
		},
		...{ devices: { training: 4, validation: 3, test: 1 }, motions: 4 },
	},
	model: { kind: "decision-tree", depth: { choose: [1, 2, 3, 4, 5, 6] }, leafRows: { between: [1, 4], whole: true } },
};

/**
 * Runs the command as npm does; `onOutput` sees what was printed so far. Its `interrupt` is a terminal's Ctrl-C, which goes
 * to all processes at once.
 */
function search(words: string[], onOutput?: (printed: string, interrupt: () => void) => void) {
	return new Promise<{ code: number | null; printed: string }>((fulfil) => {
		const child = spawn(process.execPath, ["tools/cli/setup.mjs", "search", ...words], { cwd: root, detached: true });
		let printed = "";
		for (const stream of [child.stdout, child.stderr]) {
			stream.on("data", (chunk) => {
				printed += chunk;
				onOutput?.(printed, () => process.kill(-child.pid!, "SIGINT"));
			});
		}
		child.on("close", (code) => fulfil({ code, printed }));
	});
}

function write(name: string, json: unknown): string {
	const file = join(folder, `${name}.json`);
	writeFileSync(file, JSON.stringify(json));
	return file;
}

describe("npm run search", () => {
	it("writes the recipe it chose, all candidates and a picture, the same for the same seed", async () => {
		const file = write("toy", space);
		const run = (out: string) => search([file, "--target", "esp8266", "--budget", "4", "--out", join(folder, out)]);
		const { code, printed } = await run("one");
		expect(code).toBe(0);
		expect(printed).toContain("24 recipes");
		expect(printed).toMatch(/★ +\d/);
		const read = (out: string, name: string) => readFileSync(join(folder, out, name), "utf8");
		const { candidates, chosen } = JSON.parse(read("one", "candidates.json"));
		expect(candidates).toHaveLength(4);
		const recipe = JSON.parse(read("one", "toy.json"));
		expect(recipe).toEqual(candidates.find(({ number }: { number: number }) => number === chosen).recipe);
		expect(readRecipe(recipe).name).toBe("toy");
		expect(read("one", "search.svg")).toMatch(/^<svg xmlns/);
		expect((await run("two")).code).toBe(0);
		for (const name of ["candidates.json", "toy.json", "search.svg"]) expect(read("two", name)).toBe(read("one", name));
	});

	it("keeps what there is after Ctrl-C, also while the processor is busy", async () => {
		const file = write("long", {
			...space,
			data: { ...space.data, devices: { training: 60, validation: 3, test: 1 }, motions: 8 },
			model: {
				...{ kind: "dense", hidden: [64, 32], output: "softmax" },
				training: { epochs: 8, batch: 4, learningRate: { between: [0.001, 0.01] }, decay: 0.01, patience: 8 },
				quantisation: { weights: "tensor", aware: 0, inputQuantile: 0.999 },
			},
		});
		const out = join(folder, "interrupted");
		let sent = false;
		const { code, printed } = await search(
			[file, "--target", "esp8266", "--budget", "1000", "--out", out],
			(text, interrupt) => {
				if (!sent && / 1\/1000 /.test(text)) {
					sent = true;
					// In the midst of the second training.
					setTimeout(interrupt, 300);
				}
			},
		);
		expect(code).toBe(0);
		const { candidates } = JSON.parse(readFileSync(join(out, "candidates.json"), "utf8"));
		expect(candidates).toHaveLength(1);
		expect(printed).toContain("Ending with what there is");
		expect(existsSync(join(out, "long.json"))).toBe(true);
	});

	it("counts impossible recipes as failures, and refuses impossible spaces", async () => {
		const broken = write("broken", {
			...space,
			model: { ...space.model, depth: { choose: [2, "deep"] }, leafRows: 1 },
		});
		const { code, printed } = await search([broken, "--target", "esp32", "--out", join(folder, "broken")]);
		expect(code).toBe(0);
		expect(printed).toMatch(/fails: .*depth/);
		for (const [words, reason] of [
			[[write("empty", { ...space, seed: { choose: [] } }), "--target", "esp32"], /seed\.choose/],
			[[join(folder, "none.json"), "--target", "esp32"], /none\.json/],
			[[broken, "--target", "esp9000"], /no target esp9000/],
			[[broken, "--target", "esp32", "--budget", "few"], /--budget/],
			[[broken], /usage/],
		] as [string[], RegExp][]) {
			const refused = await search(words);
			expect(refused.code).toBe(2);
			expect(refused.printed).toMatch(reason);
			expect(refused.printed).not.toMatch(/\n\s+at /);
		}
	});
});

describe("models/search", () => {
	it("holds spaces whose recipes are recipes", () => {
		const folder = join(root, "models/search");
		for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
			const space = JSON.parse(readFileSync(join(folder, file), "utf8")) as Json;
			const random = createRandom(1);
			const kinds = new Set<string>();
			for (let i = 0; i < 40; i++) kinds.add(readRecipe(samplePoint(space, random).recipe).method.kind);
			expect(kinds.size).toBeGreaterThan(1);
		}
	});
});
