/**
 * `npm run coverage`: what the unit tests reach, in Node and inside XS together, of the code as it is written.
 * Writes build/coverage/html/index.html and build/coverage/lcov.info, and a table to the terminal.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import coverage, { type CoverageMap, type FileCoverageData } from "istanbul-lib-coverage";
import report from "istanbul-lib-report";
import reports from "istanbul-reports";
import { instrument, isCounted } from "../../host-tests/instrumentation/instrument";
import { filesBelow } from "../simulator/files";
import { root } from "../simulator/paths";

type Counters = Pick<FileCoverageData, "path" | "s" | "f" | "b">;

const output = join(root, "build/coverage");
const raw = join(output, "raw");

function runTests(parameters: readonly string[]): Promise<number> {
	const tests = parameters.length > 0 ? parameters : ["host-tests/unit", "host-tests/simulator/xs.test.ts"];
	const vitest = join(root, "node_modules/.bin/vitest");
	const configuration = join(root, "host-tests/instrumentation/config.ts");
	return new Promise((resolve, reject) => {
		spawn(vitest, ["run", "--config", configuration, "--root", root, ...tests], {
			cwd: root,
			stdio: "inherit",
			env: { ...process.env, COVERAGE: raw },
		})
			.on("error", reject)
			.on("close", (code) => resolve(code ?? 1));
	});
}

/** Every counted file with no hit, so that a file that no test loads is seen too. */
function readSources(): Map<string, FileCoverageData> {
	const sources = new Map<string, FileCoverageData>();
	for (const directory of ["firmware", "native", "tools"])
		for (const path of filesBelow(join(root, directory)))
			if (isCounted(path)) sources.set(path, instrument(readFileSync(path, "utf8"), path).coverage);
	return sources;
}

/** Whether counters were made from the file as it is now. */
function isOf(source: FileCoverageData, counters: Counters): boolean {
	const shape = ({ s, f, b }: Counters) =>
		JSON.stringify([Object.keys(s), Object.keys(f), Object.values(b).map(({ length }) => length)]);
	return shape(source) === shape(counters);
}

function readRuns(prefix: string, sources: ReadonlyMap<string, FileCoverageData>): CoverageMap {
	const map = coverage.createCoverageMap({});
	for (const name of readdirSync(raw)) {
		if (!name.startsWith(prefix)) continue;
		const counters = Object.values(JSON.parse(readFileSync(join(raw, name), "utf8")) as Record<string, Counters>);
		for (const { path, s, f, b } of counters) {
			const source = sources.get(path);
			if (source === undefined) continue;
			if (isOf(source, { path, s, f, b })) map.merge({ [path]: { ...source, s, f, b } });
			else console.error(`${path} changed while the tests ran: not counted`);
		}
	}
	return map;
}

async function main(): Promise<void> {
	rmSync(output, { recursive: true, force: true });
	const code = await runTests(process.argv.slice(2));
	const sources = readSources();
	const inNode = readRuns("node-", sources);
	const inXS = readRuns("xs-", sources);
	const all = coverage.createCoverageMap(structuredClone(Object.fromEntries(sources)));
	all.merge(inNode);
	all.merge(inXS);
	const context = report.createContext({ dir: output, coverageMap: all });
	reports.create("text").execute(context);
	reports.create("html", { subdir: "html" }).execute(context);
	reports.create("lcovonly").execute(context);
	for (const [name, map] of Object.entries({ Node: inNode, XS: inXS, both: all })) {
		const { covered, total, pct } = map.getCoverageSummary().statements;
		console.log(`${name}: ${covered} of ${total} statements (${pct} %) in ${map.files().length} files`);
	}
	console.log("build/coverage/html/index.html shows it line by line, build/coverage/lcov.info is for other programs");
	process.exitCode = code;
}

await main();
