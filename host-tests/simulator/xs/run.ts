import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { root } from "../../../tools/simulator/paths";
import { type Exit, type Log, Simulator } from "../../../tools/simulator/simulator";
import { lineStarts } from "../../../tools/simulator/sourcemap";
import { type BundledTest, bundleOf } from "./bundle";
import { type Line, MARK } from "./lines";

export interface Result {
	readonly names: readonly string[];
	readonly state: "passed" | "failed" | "skipped";
	readonly message?: string;
	/** Of TypeScript files and lines. */
	readonly stack?: string;
}

export interface Run {
	readonly results: readonly Result[];
	/** Counters by path. */
	readonly coverage: readonly {
		readonly path: string;
		readonly s: unknown;
		readonly f: unknown;
		readonly b: unknown;
	}[];
	/** Why the machine ended before its tests did. */
	readonly fault?: string;
}

/** Milliseconds; XS is some fifty times slower than Node. */
const TIMEOUT = 120_000;

/** Runs a bundled test file on a simulator of its own, so that no file can spoil or hold up another. */
export async function runTest(test: BundledTest): Promise<Run> {
	const directory = mkdtempSync(join(tmpdir(), "xs-test-"));
	const simulator = await Simulator.start({ build: "debug" });
	try {
		return await runOn(simulator, test, directory);
	} finally {
		simulator.kill();
		await simulator.ended;
		rmSync(directory, { recursive: true });
	}
}

function runOn(simulator: Simulator, test: BundledTest, directory: string): Promise<Run> {
	const name = test.file;
	const results: Result[] = [];
	const coverage: { path: string; s: unknown; f: unknown; b: unknown }[] = [];
	let running: readonly string[] | undefined;
	return new Promise((settle) => {
		const end = (fault?: string) => {
			clearTimeout(timer);
			if (fault && running) results.push({ names: running, state: "failed", message: fault });
			settle({ results, coverage, fault });
		};
		const onLog = ({ machine, text }: Log) => {
			if (machine !== name || !text.startsWith(MARK)) return;
			const line = JSON.parse(text.slice(MARK.length)) as Line;
			switch (line.kind) {
				case "start":
					running = line.names;
					break;
				case "test":
					running = undefined;
					results.push({ ...line, stack: line.stack && mapStack(line.stack, test) });
					break;
				case "coverage":
					coverage.push(line);
					break;
				case "end":
					end();
					break;
			}
		};
		const onExit = (exit: Exit) => {
			if (exit.machine === name) end(`${exit.cause}: ${exit.message}\n${mapStack(exit.stack, test)}`);
		};
		const timer = setTimeout(() => end(`did not end within ${TIMEOUT / 1000} s`), TIMEOUT);
		simulator.on("log", onLog);
		simulator.on("exit", onExit);
		simulator.add({ name, app: test.manifest, directory }).catch((error: Error) => end(error.message));
	});
}

/** XS's stack with lines of the bundle, as one with lines of the sources. */
export function mapStack(stack: string, test: BundledTest): string {
	const bundle = bundleOf(test);
	const starts = lineStarts(test.map.mappings);
	return stack.replace(/([^\s(]+):(\d+)/g, (whole, path: string, line: string) => {
		if (resolve(root, path) !== bundle) return whole;
		const start = starts[Number(line) - 1];
		const source = start && test.map.sources[start.source];
		return source ? `${relative(root, new URL(source, `file://${bundle}`).pathname)}:${start.line}` : whole;
	});
}
