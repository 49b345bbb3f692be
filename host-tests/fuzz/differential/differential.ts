/**
 * `npm run fuzz:differential -- --seconds N --seed S`: random graphs through the engine and through TensorFlow Lite Micro.
 * Graph i of a run is that of the seed S + i. A difference, and the first refusal of a kind, is left in
 * build/native/differential as a model with its rows.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildEngine, nativeDirectory, runEngine } from "../../native/build";
import { compareRows, type Info } from "../../native/compare";
import { Oracle } from "./oracle";
import { randomGraph } from "./random-graph";

/** Of a float32 value, or of 1 where it is smaller: what a few roundings in another order make of it. */
const floatTolerance = 2 ** -20;

const folder = `${nativeDirectory}/differential`;

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

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Leaves a model and its rows in a folder and says how to run it again. */
function keep(seed: number, model: Uint8Array, inputs: Buffer, expected: Buffer): string {
	const path = `${folder}/${seed}`;
	writeFileSync(`${path}.tflite`, model);
	writeFileSync(`${path}.in`, inputs);
	writeFileSync(`${path}.expected`, expected);
	return `build/native/engine-run ${path}.tflite < ${path}.in | cmp -l - ${path}.expected`;
}

/** Runs graphs from a seed on for so many seconds. */
export async function compareGraphs(seconds: number, seed: number): Promise<Report> {
	mkdirSync(folder, { recursive: true });
	const engine = buildEngine();
	const report: Report = {
		compared: 0,
		operators: new Map(),
		floats: 0,
		inexact: 0,
		refusedByOracle: 0,
		refused: new Map(),
		differences: [],
	};
	let oracle = new Oracle();
	const end = performance.now() + seconds * 1000;
	for (let current = seed; performance.now() < end; current++) {
		const { model, inputs, operators } = randomGraph(current);
		let answer = await oracle.run(model, inputs);
		if ("refused" in answer) {
			report.refusedByOracle++;
			continue;
		}
		const path = `${folder}/current.tflite`;
		writeFileSync(path, model);
		const described = runEngine(engine, ["--info", path]);
		if (described.status !== 0) {
			const said = described.errors.replace(/; at hand are .*/s, "").replace(/operator \d+ is/, "operator is");
			const seeds = report.refused.get(said.trim());
			if (seeds) seeds.push(current);
			else {
				report.refused.set(said.trim(), [current]);
				keep(current, model, inputs, answer.outputs);
			}
			continue;
		}
		const info: Info = JSON.parse(described.output.toString());
		const { output, status, errors } = runEngine(engine, [path], inputs);
		const compare = (expected: Buffer) => compareRows(expected, output, info.outputs, floatTolerance);
		let comparison = compare(answer.outputs);
		if (comparison.differences.length > 0) {
			// an earlier graph may have harmed the oracle's memory: a new one decides
			await oracle.close();
			oracle = new Oracle();
			answer = await oracle.run(model, inputs);
			if ("refused" in answer) {
				report.refusedByOracle++;
				continue;
			}
			comparison = compare(answer.outputs);
		}
		report.compared++;
		report.floats += comparison.floats;
		report.inexact += comparison.inexact;
		for (const name of operators) count(report.operators, name);
		if (status !== 0 || comparison.differences.length > 0)
			report.differences.push(
				[
					`seed ${current}: ${operators.join(" ")}`,
					...(status === 0 ? comparison.differences : [`status ${status}: ${errors}`]),
					keep(current, model, inputs, answer.outputs),
				].join("\n\t"),
			);
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
