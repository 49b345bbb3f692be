import { describe, expect, it } from "vitest";
import { SourceError } from "../../../../tools/training/data/fields";
import type { InputFormat } from "../../../../tools/training/examples";
import { planLayers } from "../../../../tools/training/networks/layers";
import { readNetworkOptions } from "../../../../tools/training/networks/options";
import { quick } from "./examples";

const convolution = {
	...quick,
	kind: "convolution",
	filters: [{ filters: 8, kernel: 5, stride: 2, pool: 2 }],
} as const;
const motion: InputFormat = { datatype: "INT16", shape: [119, 6], scale: 1 / 32768, zeroPoint: 0 };

function refusedField(action: () => unknown): string {
	try {
		action();
	} catch (error) {
		if (error instanceof SourceError) return error.field;
		throw error;
	}
	return "accepted";
}

describe("options of a network", () => {
	it("are taken as they are stated", () => {
		const full = { ...quick, pool: 2, training: { ...quick.training, smoothing: 0.1 } };
		for (const options of [quick, full, convolution]) {
			expect(readNetworkOptions(JSON.parse(JSON.stringify(options)))).toEqual(options);
		}
	});

	it.each([
		["model", null],
		["model", []],
		["model.kind", { ...quick, kind: "recurrent" }],
		["model.pool", { ...quick, pool: 0 }],
		["model.hidden", { ...quick, hidden: 20 }],
		["model.hidden", { ...quick, hidden: new Array(17).fill(1) }],
		["model.hidden[1]", { ...quick, hidden: [20, 1.5] }],
		["model.hidden[0]", { ...quick, hidden: [1e9] }],
		["model.output", { ...quick, output: undefined }],
		["model.training", { ...quick, training: undefined }],
		["model.training.epochs", { ...quick, training: { ...quick.training, epochs: "25" } }],
		["model.training.learningRate", { ...quick, training: { ...quick.training, learningRate: Number.NaN } }],
		["model.training.patience", { ...quick, training: { ...quick.training, patience: 0 } }],
		["model.training.momentum", { ...quick, training: { ...quick.training, momentum: 0.9 } }],
		["model.quantisation.weights", { ...quick, quantisation: { ...quick.quantisation, weights: "row" } }],
		["model.quantisation.inputQuantile", { ...quick, quantisation: { ...quick.quantisation, inputQuantile: 2 } }],
		["model.filters", { ...convolution, filters: [] }],
		["model.filters[0].kernel", { ...convolution, filters: [{ filters: 8 }] }],
		["model.filters[0].padding", { ...convolution, filters: [{ filters: 8, kernel: 3, padding: "SAME" }] }],
		["model.filters", { ...quick, filters: [] }],
	])("are refused with the place: %s", (field, options) => {
		expect(refusedField(() => readNetworkOptions(options))).toBe(field);
	});
});

describe("layers", () => {
	it("fit the rows and the classes", () => {
		const plan = planLayers({ ...convolution, pool: 2, hidden: [20] }, motion, 3);
		expect(plan).toMatchObject({ length: 59, channels: 6, outputs: 3 });
		expect(plan.layers).toEqual([
			{ kind: "convolution", length: 59, channels: 6, kernel: 5, stride: 2, outputs: 8, rectified: true },
			{ kind: "pool", length: 28, channels: 8, size: 2 },
			{ kind: "dense", inputs: 112, outputs: 20, rectified: true },
			{ kind: "dense", inputs: 20, outputs: 3, rectified: false },
		]);
	});

	it.each([
		["model.output", { ...quick, output: "logistic" }, motion, 3],
		["model.pool", { ...quick, pool: 120 }, motion, 3],
		["model.pool", { ...quick, pool: 2 }, { ...motion, shape: [64] }, 3],
		["model.kind", convolution, { ...motion, shape: [64] }, 3],
		["model.kind", quick, { ...motion, shape: [2, 119, 6] }, 3],
		["model.filters[0].kernel", { ...convolution, filters: [{ filters: 1, kernel: 120 }] }, motion, 3],
		["model.filters[0].pool", { ...convolution, filters: [{ filters: 1, kernel: 119, pool: 2 }] }, motion, 3],
	] as const)("are refused where they do not: %s", (field, options, input, classes) => {
		expect(refusedField(() => planLayers(options, input, classes))).toBe(field);
	});
});
