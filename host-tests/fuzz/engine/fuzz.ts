/**
 * `npm run fuzz:engine -- --seconds N` or `--mutations N`: changed models through the verifier and, where it accepts
 * them, through two inferences, under AddressSanitizer and UndefinedBehaviorSanitizer. `--seed N` chooses the changes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRandom } from "../../../tools/training/random";
import { engineDirectory, nativeDirectory, sanitizers } from "../../native/build";
import { listGoldens } from "../../native/goldens";
import { randomGraph } from "./graphs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = `${nativeDirectory}/fuzz`;
const target = `${folder}/target`;

/** Bytes of a model; the large ones only make it slow. */
const longest = 16384;

/** Inputs that once failed. */
export const crashes = `${here}crashes`;

/** Builds the target and writes the models to start from. */
export function prepare(): void {
	for (const name of ["seeds", "corpus", "found"]) mkdirSync(`${folder}/${name}`, { recursive: true });
	const sources = readdirSync(engineDirectory).filter((file) => file.endsWith(".c"));
	const operators = readdirSync(`${engineDirectory}/operators`).filter((file) => file.endsWith(".c"));
	execFileSync("clang", [
		"-std=c99",
		...sanitizers.split(" "),
		"-fsanitize=fuzzer",
		/* mutate.c finds numbers that matter by itself, ten times as fast */
		"-fno-sanitize-coverage=trace-cmp",
		`-I${engineDirectory}`,
		...sources.map((file) => `${engineDirectory}/${file}`),
		...operators.map((file) => `${engineDirectory}/operators/${file}`),
		`${here}target.c`,
		`${here}mutate.c`,
		"-lm",
		"-o",
		target,
	]);
	for (const { name, model } of listGoldens())
		if (statSync(model).size <= longest) copyFileSync(model, `${folder}/seeds/${name.replace("/", "_")}`);
	const next = createRandom(1);
	for (let i = 0; i < 100; i++) writeFileSync(`${folder}/seeds/graph_${i}`, randomGraph(next));
}

export interface Outcome {
	failed: boolean;
	/** What libFuzzer printed. */
	report: string;
}

function run(parameters: string[], limit: number): Outcome {
	const { status, stderr } = spawnSync(target, parameters, { timeout: limit * 1000, maxBuffer: 64 << 20 });
	return { failed: status !== 0, report: stderr.toString() };
}

/** Inputs as they are, without a change. */
export function replay(paths: readonly string[]): Outcome {
	return run(["-runs=0", ...paths], 60);
}

/** How long: whichever comes first. */
export interface Budget {
	seconds: number;
	/** Files tried. */
	mutations?: number;
}

/** Changes of the seeds. What makes the engine fail is left in build/native/fuzz/found. */
export function fuzz({ seconds, mutations = -1 }: Budget, seed: number): Outcome {
	return run(
		[
			`-max_total_time=${seconds}`,
			`-runs=${mutations}`,
			`-seed=${seed}`,
			`-max_len=${longest}`,
			"-timeout=10",
			"-rss_limit_mb=2048",
			"-print_final_stats=1",
			`-artifact_prefix=${folder}/found/`,
			`${folder}/corpus`,
			`${folder}/seeds`,
		],
		seconds + 60,
	);
}

/** The models that prepare() wrote. */
export const seeds = () => readdirSync(`${folder}/seeds`).map((file) => `${folder}/seeds/${file}`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { values } = parseArgs({
		options: { seconds: { type: "string" }, mutations: { type: "string" }, seed: { type: "string" } },
	});
	prepare();
	const mutations = values.mutations === undefined ? undefined : Number(values.mutations);
	const seconds = Number(values.seconds ?? (mutations === undefined ? 60 : 86_400));
	const { failed, report } = fuzz({ seconds, mutations }, Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)));
	console.log(
		report
			.split("\n")
			.slice(failed ? -60 : -12)
			.join("\n"),
	);
	process.exitCode = failed ? 1 : 0;
}
