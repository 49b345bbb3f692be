import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { hasProgram } from "../../optional";
import { compareGraphs, summary } from "./differential";
import { python } from "./oracle";
import { growers, randomGraph } from "./random-graph";

const possible = hasProgram(
	spawnSync(python, ["-c", "import tflite_micro"]).status === 0,
	"random graphs against TensorFlow Lite Micro",
	"`pip install tflite-micro` brings it; PYTHON names the Python that has it",
);

const seconds = 20;

test.skipIf(!possible)(
	`random graphs give what TensorFlow Lite Micro gives, for ${seconds} s`,
	async () => {
		const report = await compareGraphs(seconds, 1);
		console.log(`random graphs: ${summary(report)}`);
		expect(report.differences).toEqual([]);
		expect([...report.refused]).toEqual([]);
		expect(report.compared).toBeGreaterThan(50);
		expect(report.operators.size).toBeGreaterThan(0.9 * Object.keys(growers).length);
	},
	// the engine may have to be built first
	(seconds + 180) * 1000,
);

test("a seed stands for one graph", () => {
	expect(randomGraph(7)).toEqual(randomGraph(7));
	expect(randomGraph(8)).not.toEqual(randomGraph(7));
});
