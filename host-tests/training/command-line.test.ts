import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
/** By the script's name, the file below tools/cli; all but those that run tests, whose words are the test runner's. */
const commands = new Map(
	Object.entries(scripts).flatMap(([name, script]) => {
		const [, file] = /node tools\/cli\/setup\.mjs ([\w-]+)$/.exec(script) ?? [];
		return file === undefined || ["test", "coverage"].includes(file) ? [] : [[name, file] as const];
	}),
);

function run(...words: string[]): Promise<{ code: number; printed: string }> {
	const { TMLAAS_TOKEN: _, ...env } = process.env;
	return new Promise((fulfil) => {
		execFile(process.execPath, ["tools/cli/setup.mjs", ...words], { cwd: root, env }, (error, output, errors) => {
			fulfil({ code: error ? Number(error.code) : 0, printed: output + errors });
		});
	});
}

function fileOf(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

const timeout = 60_000;

describe("commands", () => {
	it("print with --help all options that they take", { timeout }, async () => {
		expect(commands.size).toBeGreaterThan(10);
		for (const [name, file] of commands) {
			const { code, printed } = await run(file, "--help");
			expect([name, code]).toEqual([name, 0]);
			expect(printed).toMatch(name === "start" ? /^usage: npm start -- / : new RegExp(`^usage: npm run ${name} `));
			const source = readFileSync(join(root, `tools/cli/${file}.ts`), "utf8");
			for (const [, option] of source.matchAll(/^\t+"?([\w-]+)"?: \{ type: "(?:string|boolean)"/gm)) {
				expect(printed).toContain(`--${option}`);
			}
		}
	});

	it("refuse an unknown option with their usage, and end with 2", { timeout }, async () => {
		for (const [name, file] of commands) {
			const { code, printed } = await run(file, "--nonsense");
			expect([name, code]).toEqual([name, 2]);
			expect(printed).toMatch(/usage: npm /);
			expect(printed).not.toMatch(/\n\s+at /);
		}
	});

	const text = fileOf("text.tflite", "no model at all");
	const missing = join(folder, "missing");
	const recipe = (name: string, json: unknown) => fileOf(`${name}.json`, JSON.stringify(json));
	const token = ["--token", "abc"];
	const named = ["--name", "a", "--version", "1"];

	it.each<[string, string[], RegExp]>([
		["a folder", ["inspect", folder], /this is a folder/],
		["a word too many", ["inspect", text, "--json", "more"], /"more" is one word too many/],
		["what is no model", ["inspect", text], /no model, or a damaged one/],
		["a missing file", ["fit", missing], /missing: there is no such file/],
		["an output that is none", ["export", "models/gesture.tflite", "--out", join(text, "x.h")], /no folder/],
		["a missing file", ["adopt", missing, ...named], /missing: there is no such file/],
		["a folder", ["adopt", folder, ...named], /this is a folder/],
		["what is no model", ["deploy", text, ...token], /no model, or a damaged one/],
		["no token", ["deploy", text], /TMLAAS_TOKEN/],
		["a token that no header holds", ["models", "--token", "a\nb"], /token/],
		["no address", ["models", ...token, "--gateway", "nowhere"], /--gateway/],
		["a missing key", ["sign", text, "--key", missing], /--new makes one/],
		["what is no key", ["sign", text, "--key", text], /no private key/],
		["a key that is there", ["sign", "--new", "--key", text], /there already/],
		["a recipe that is not there", ["train", "nothing"], /no recipe nothing/],
		["a recipe of null", ["train", recipe("null", null), "--seed", "1"], /no JSON object/],
		["a recipe that is cut off", ["train", fileOf("cut.json", '{"name": "a"')], /cut\.json/],
		[
			"a model that nothing can be written to",
			["train", "gesture", "--out", join(text, "x.tflite")],
			/no folder|in the way/,
		],
		["a report that is a folder", ["train", "gesture", "--report", folder], /this is a folder/],
		["a seed that is none", ["train", "gesture", "--seed", "1e3"], /--seed takes a whole number/],
		["a space of null", ["search", recipe("none", null), "--target", "esp32"], /no JSON object/],
		["no limit", ["search", text, "--target", "esp32", "--ram", "-1"], /ram/],
		["rows that there are not", ["tables", "--only", "nothing"], /has nothing in its name/],
		["a port that is none", ["start", "--port", "70000"], /--port takes a whole number/],
	])("say what is wrong with %s: %s", { timeout }, async (_what, words, reason) => {
		const { code, printed } = await run(...words);
		expect(printed).toMatch(reason);
		expect(printed).not.toMatch(/\n\s+at /);
		expect(code).toBe(2);
	});
});
