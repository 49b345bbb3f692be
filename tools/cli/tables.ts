/** `npm run tables`: the paper's two tables, each row made anew from its recipe. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compilers, isInstalled, version } from "../../host-tests/bench/engine/build";
import { run } from "../simulator/command";
import { root } from "../simulator/paths";
import { experiments, measureRecorded } from "../tables/recorded";
import { type Measured, notBetter, renderTables } from "../tables/render";
import { folder, makeRow, measureRow, readTables } from "../tables/row";
import { buildEngine } from "./engine";

const usage = `usage: npm run tables -- [options]
  --only NAME       rows and experiments whose recipe has this in its name
  --check           compares with what is kept, and keeps nothing
Writes models/paper/measured.json and the tables of models/README.md.`;

const kept = join(folder, "measured.json");

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			only: { type: "string", default: "" },
			check: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) {
		console.log(usage);
		return 0;
	}
	if (!isInstalled(compilers.esp32)) {
		console.error(`what a model takes on Xtensa cannot be counted here: ${compilers.esp32.advice}`);
		return 1;
	}
	await buildEngine();
	const before: Measured = JSON.parse(
		await readFile(kept, "utf8").catch(() => '{"compiler":"","rows":{},"recorded":{}}'),
	);
	const tables = await readTables();
	const rows = { ...before.rows };
	const recorded = { ...before.recorded };
	for (const { recipe, paper } of tables.flatMap((table) => table.rows)) {
		if (!recipe.includes(values.only)) continue;
		const row = await measureRow(await makeRow(recipe));
		const worse = notBetter(row, paper);
		const changed = before.rows[recipe] && before.rows[recipe].sha256 !== row.sha256 ? "; the bytes have changed" : "";
		console.log(
			`${recipe}: ${(100 * row.accuracy).toFixed(2)} %, ${row.instructions.esp32.toLocaleString("en")} instructions` +
				`${worse.length > 0 ? `; not better than the paper: ${worse.join(", ")}` : ""}${changed}`,
		);
		rows[recipe] = row;
	}
	for (const experiment of experiments) {
		if (!experiment.recipe.includes(values.only)) continue;
		const result = await measureRecorded(experiment, console.log);
		if (result) recorded[experiment.recipe] = result;
		else console.log(`skipped: ${experiment.recipe}; its recordings are not here, and what is kept stays`);
	}
	const measured: Measured = { compiler: version(compilers.esp32) ?? "", rows, recorded };
	const text = `${JSON.stringify(measured, undefined, "\t")}\n`;
	if (values.check) return JSON.stringify(before) === JSON.stringify(measured) ? 0 : 1;
	await writeFile(kept, text);
	await updateReadme(renderTables(tables, experiments, measured));
	await run(join(root, "node_modules/.bin/biome"), ["format", "--write", kept, resolve(root, "models/README.md")]);
	return 0;
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

process.exitCode = await main();
