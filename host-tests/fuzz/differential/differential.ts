/**
 * `npm run fuzz:differential -- --seconds N --seed S`: random graphs through the engine and through TensorFlow Lite Micro.
 * Graph i of a run is that of the seed S + i. A difference, and the first refusal of a kind, is left in
 * build/native/differential as a model with its rows.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Build, buildEngine, canBuild, nativeDirectory, runEngine, sanitizers } from "../../native/build";
import { compareRows, type Info } from "../../native/compare";
import { Oracle } from "./oracle";
import { type RandomGraph, randomGraph } from "./random-graph";

/** Of a float32 value, or of 1 where it is smaller: what a few roundings in another order make of it. */
const floatTolerance = 2 ** -20;

const folder = `${nativeDirectory}/differential`;

/** Take turns. All for 64 bits, whose C library is the oracle's, so that float32 values are the same to the bit. */
const builds: readonly Build[] = [
	{ flags: "-O2 -g" },
	{ name: "word-reads", flags: "-O2 -g -DENGINE_WORD_READS" },
	{ name: "sanitizers", compiler: "clang", flags: sanitizers },
];

export interface Report {
	/** Graphs that both ran. */
	compared: number;
	/** How often each operator was among them. */
	operators: Map<string, number>;
	/** float32 values that were compared, and those whose bits differ within the tolerance. */
	floats: number;
	inexact: number;
	/** Graphs that the oracle did not run. */
	refusedByOracle: number;
	/** Graphs that the oracle ran and the engine refused: what it said, without the operator's number, and their seeds. */
	refused: Map<string, number[]>;
	/** A paragraph for each graph whose outputs differ. */
	differences: string[];
}

/** What the engine made of a graph. */
type Outcome = { refused: string } | { failed: string } | { outputs: Buffer; info: Info };

function runGraph(engine: string, { model, inputs }: RandomGraph): Outcome {
	const path = `${folder}/current.tflite`;
	writeFileSync(path, model);
	const described = runEngine(engine, ["--info", path]);
	if (described.status === 2)
		return {
			refused: described.errors
				.replace(/; at hand are .*/s, "")
				.replace(/operator \d+ is/, "operator is")
				.trim(),
		};
	if (described.status !== 0) return { failed: described.errors };
	const info: Info = JSON.parse(described.output.toString());
	const { output, status, errors } = runEngine(engine, [path], inputs);
	return status === 0 ? { outputs: output, info } : { failed: errors };
}

/** Leaves a model and its rows in a folder and says how to run it again. */
function keep(seed: number, engine: string, { model, inputs }: RandomGraph, expected: Buffer): string {
	const path = `${folder}/${seed}`;
	writeFileSync(`${path}.tflite`, model);
	writeFileSync(`${path}.in`, inputs);
	writeFileSync(`${path}.expected`, expected);
	return `${engine}/engine-run ${path}.tflite < ${path}.in | cmp -l - ${path}.expected`;
}

const compare = (expected: Buffer, { outputs, info }: { outputs: Buffer; info: Info }) =>
	compareRows(expected, outputs, info.outputs, floatTolerance);

/** Runs graphs from a seed on for so many seconds. */
export async function compareGraphs(seconds: number, seed: number): Promise<Report> {
	mkdirSync(folder, { recursive: true });
	const engines = builds.filter(canBuild).map(buildEngine);
	const oracle = new Oracle();
	const report: Report = {
		compared: 0,
		operators: new Map(),
		floats: 0,
		inexact: 0,
		refusedByOracle: 0,
		refused: new Map(),
		differences: [],
	};
	const end = performance.now() + seconds * 1000;
	for (let current = seed; performance.now() < end; current++) {
		const graph = randomGraph(current);
		const engine = engines[current % engines.length]!;
		const answer = await oracle.run(graph.model, graph.inputs);
		if ("refused" in answer) {
			report.refusedByOracle++;
			continue;
		}
		const expected = answer.outputs;
		const differ = (lines: readonly string[]) => {
			const replay = keep(current, engine, graph, expected);
			report.differences.push([`seed ${current}: ${graph.operators.join(" ")}`, ...lines, replay].join("\n\t"));
		};
		const outcome = runGraph(engine, graph);
		if ("refused" in outcome) {
			const seeds = report.refused.get(outcome.refused);
			if (seeds) seeds.push(current);
			else {
				report.refused.set(outcome.refused, [current]);
				keep(current, engine, graph, expected);
			}
			continue;
		}
		report.compared++;
		for (const name of graph.operators) report.operators.set(name, (report.operators.get(name) ?? 0) + 1);
		if ("failed" in outcome) {
			differ([outcome.failed]);
			continue;
		}
		const comparison = compare(expected, outcome);
		if (comparison.differences.length > 0) {
			// an earlier graph may have harmed the oracle's memory: a new one decides
			await oracle.close();
			const again = await oracle.run(graph.model, graph.inputs);
			if ("outputs" in again && again.outputs.equals(expected)) differ(comparison.differences);
			else report.refusedByOracle++;
		}
		report.floats += comparison.floats;
		report.inexact += comparison.inexact;
	}
	await oracle.close();
	return report;
}

export function summary({ compared, operators, floats, inexact, refusedByOracle, differences }: Report): string {
	return (
		`${compared} graphs of ${operators.size} operators compared, ${differences.length} differ; ` +
		`${refusedByOracle} that the oracle does not run; ${inexact} of ${floats} float32 values differ in their bits`
	);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { values } = parseArgs({
		options: {
			seconds: { type: "string", default: "60" },
			seed: { type: "string", default: `${Date.now() % 2 ** 31}` },
		},
	});
	console.log(`fuzz:differential: seed ${values.seed}, ${values.seconds} s`);
	const report = await compareGraphs(Number(values.seconds), Number(values.seed));
	for (const difference of report.differences) console.log(difference);
	for (const [said, seeds] of report.refused)
		console.log(`refused ${seeds.length} times: ${said} (${folder}/${seeds[0]}.tflite)`);
	console.log(summary(report));
	process.exitCode = report.differences.length > 0 ? 1 : 0;
}
