/** `npm run tables`: the paper's two tables, each row made anew from its recipe. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { compilers, isInstalled, version } from "../../host-tests/bench/engine/build";
import { run } from "../simulator/command";
import { root } from "../simulator/paths";
import { experiments, measureRecorded, type Recorded } from "../tables/recorded";
import { type Measured, mathematics, notBetter, renderTables } from "../tables/render";
import { folder, makeRow, measureRow, type Row, readTables } from "../tables/row";
import { FailedError, runCommand, UsageError } from "./command-line";
import { buildEngine } from "./engine";

const usage = `usage: npm run tables -- [options]
  --only NAME       rows and experiments whose recipe has this in its name
  --check           compares with what is kept, and keeps nothing; ends with 1 when something differs
  --help            prints this
Writes models/paper/measured.json and the tables of models/README.md.`;

const kept = join(folder, "measured.json");

await runCommand({
	usage,
	options: { only: { type: "string", default: "" }, check: { type: "boolean", default: false } },
	words: 0,
	run: makeTables,
});

async function makeTables({ only, check }: { only: string; check: boolean }): Promise<number> {
	const tables = await readTables();
	const rows = tables.flatMap((table) => table.rows).filter(({ recipe }) => recipe.includes(only));
	const chosen = experiments.filter(({ recipe }) => recipe.includes(only));
	if (rows.length + chosen.length === 0) throw new UsageError(`no row and no experiment has ${only} in its name`);
	if (!isInstalled(compilers.esp32))
		throw new FailedError(`what a model takes on Xtensa cannot be counted here: ${compilers.esp32.advice}`);
	await buildEngine();
	const compiler = version(compilers.esp32) ?? "";
	const before = await readKept();
	const isAsBefore = before.compiler === compiler && before.mathematics === mathematics;
	let changes = 0;
	/** At once: a run that is broken off leaves what it has found, and two runs may each make some of the rows. */
	const keep = async (part: "rows" | "recorded", name: string, value: Row | Recorded) => {
		if (JSON.stringify(before[part][name]) === JSON.stringify(value) && isAsBefore) return;
		changes++;
		if (check) return;
		const now = await readKept();
		const entries = Object.entries({ ...now[part], [name]: value }).sort(([a], [b]) => (a < b ? -1 : 1));
		const measured: Measured = { ...now, compiler, mathematics, [part]: Object.fromEntries(entries) };
		await writeFile(kept, `${JSON.stringify(measured, undefined, "\t")}\n`);
	};
	for (const { recipe, paper } of rows) {
		const row = await measureRow(await makeRow(recipe));
		const worse = notBetter(row, paper);
		const changed = before.rows[recipe] && before.rows[recipe].sha256 !== row.sha256 ? "; the bytes have changed" : "";
		console.log(
			`${recipe}: ${(100 * row.accuracy).toFixed(2)} %, ${row.instructions.esp32.toLocaleString("en")} instructions` +
				`${worse.length > 0 ? `; not better than the paper: ${worse.join(", ")}` : ""}${changed}`,
		);
		await keep("rows", recipe, row);
	}
	for (const experiment of chosen) {
		const result = await measureRecorded(experiment, console.log);
		if (result) await keep("recorded", experiment.recipe, result);
		else console.log(`skipped: ${experiment.recipe}; its recordings are not here, and what is kept stays`);
	}
	if (check) {
		console.log(changes === 0 ? "all as it is kept" : `${changes} differ from what is kept`);
		return changes === 0 ? 0 : 1;
	}
	await updateReadme(renderTables(tables, experiments, await readKept()));
	await run(join(root, "node_modules/.bin/biome"), ["format", "--write", kept, resolve(root, "models/README.md")]);
	return 0;
}

async function readKept(): Promise<Measured> {
	return JSON.parse(
		await readFile(kept, "utf8").catch(() => '{"compiler":"","mathematics":"","rows":{},"recorded":{}}'),
	);
}

/** Replaces what lies between the marks. */
async function updateReadme(text: string): Promise<void> {
	const path = resolve(root, "models/README.md");
	const readme = await readFile(path, "utf8");
	const marked = /(<!-- tables -->\n)[\s\S]*(<!-- end of tables -->)/;
	if (!marked.test(readme)) throw new Error(`${path} has no place for the tables`);
	await writeFile(
		path,
		readme.replace(marked, (_all, begin, end) => `${begin}\n${text}\n\n${end}`),
	);
}
