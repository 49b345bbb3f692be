import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { trainNetwork } from "../../../../tools/training/networks/train";
import { createRandom } from "../../../../tools/training/random";
import { writeModel } from "../../../../tools/training/tflite/writer";
import type { Train } from "../../../../tools/training/trainer";
import { quick, waves } from "./examples";

const folder = fileURLToPath(new URL("../../../../tools/training/", import.meta.url));

test("trains the same bytes where there is neither Node nor a page, as in a browser's worker", async () => {
	const { outputFiles } = await build({
		stdin: {
			contents: `export { trainNetwork } from "./networks/train"; export { createRandom } from "./random";`,
			resolveDir: folder,
		},
		tsconfig: `${folder}tsconfig.json`,
		bundle: true,
		platform: "browser",
		format: "iife",
		globalName: "training",
		write: false,
		logLevel: "error",
	});
	// What a worker has and TensorFlow.js asks for; the language's own globals are the context's.
	const self: Record<string, unknown> = { WorkerGlobalScope: class {}, performance, TextEncoder, TextDecoder };
	self.self = self;
	const context = createContext(self);
	runInContext(outputFiles[0]!.text, context);
	const inside = runInContext("training", context) as {
		trainNetwork: Train<typeof quick>;
		createRandom: typeof createRandom;
	};
	const options = { ...quick, training: { ...quick.training, epochs: 3 } };
	const sets = { training: waves(120, 1), validation: waves(60, 2) };
	const models = [
		await inside.trainNetwork(options, { ...sets, random: inside.createRandom(1) }),
		await trainNetwork(options, { ...sets, random: createRandom(1) }),
	];
	const [here, there] = models.map((model) => writeModel({ ...model.graph("int8"), description: "", metadata: [] }));
	expect(Buffer.compare(here!, there!)).toBe(0);
});
