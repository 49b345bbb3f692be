import { expect, test } from "vitest";
import { type Kernel, KernelMatrix } from "../../../../tools/training/classical/kernel";
import { Smo } from "../../../../tools/training/classical/smo";
import {
	supportVectorMachineDefaults,
	trainSupportVectorMachine,
} from "../../../../tools/training/classical/support-vector-machine";
import { realRows, select } from "../../../../tools/training/examples";
import { blobs } from "./blobs";
import { taskOf } from "./methods";

function solve(kernel: Kernel, options: { rows: number[][]; signs: number[]; c: number; tolerance?: number }) {
	const { rows, signs, c, tolerance = 1e-6 } = options;
	const matrix = new KernelMatrix(kernel, Float32Array.from(rows.flat()), rows[0]!.length);
	const limits = new Float64Array(rows.length).fill(c);
	const problem = { signs: Int8Array.from(signs), limits, kernelRow: matrix.row, diagonal: matrix.diagonal };
	const smo = new Smo(problem, tolerance);
	for (let i = 0; i < 100 && smo.run(1000); i++);
	const { coefficients, intercept } = smo.solution();
	const decisions = rows.map((_, row) =>
		coefficients.reduce((sum, coefficient, other) => sum + coefficient * matrix.row(other)[row]!, intercept),
	);
	return { coefficients: Array.from(coefficients), intercept, decisions };
}

test("two points: the widest margin lies between them", () => {
	// Distance 2: |weights| = 2 / distance = 1, so each coefficient is 1/2.
	const { coefficients, intercept } = solve({ kind: "linear" }, { rows: [[3], [1]], signs: [1, -1], c: 100 });
	expect(coefficients[0]).toBeCloseTo(0.5, 9);
	expect(coefficients[1]).toBeCloseTo(-0.5, 9);
	expect(intercept).toBeCloseTo(-2, 9);
});

test("the price is a row's greatest coefficient", () => {
	const { coefficients } = solve({ kind: "linear" }, { rows: [[3], [1]], signs: [1, -1], c: 0.125 });
	expect(coefficients).toEqual([0.125, -0.125]);
});

test("separable rows all lie beyond the margin, and vectors on it", () => {
	const rows = [
		[0, 3],
		[1, 4],
		[-2, 5],
		[0, 1],
		[2, -1],
		[-3, 0],
	];
	const signs = [1, 1, 1, -1, -1, -1];
	const { coefficients, decisions } = solve({ kind: "linear" }, { rows, signs, c: 1000 });
	decisions.forEach((decision, row) => {
		expect(decision * signs[row]!).toBeGreaterThan(1 - 1e-4);
		if (coefficients[row] !== 0) expect(decision * signs[row]!).toBeCloseTo(1, 4);
	});
});

test.each<Kernel>([{ kind: "linear" }, { kind: "radial", gamma: 0.2 }])(
	"$kind: the optimality conditions hold",
	(kernel) => {
		const examples = blobs({ datatype: "FLOAT32", classes: 2, rows: 120, seed: 5, apart: 0.5 });
		const values = realRows(examples);
		const rows = Array.from(examples.labels, (_, row) =>
			Array.from(values.subarray(row * 6, row * 6 + 6), (x) => 10 * x),
		);
		const signs = Array.from(examples.labels, (label) => (label === 0 ? 1 : -1));
		const c = 2;
		const tolerance = 1e-4;
		const { coefficients, decisions } = solve(kernel, { rows, signs, c, tolerance });
		expect(coefficients.reduce((sum, coefficient) => sum + coefficient, 0)).toBeCloseTo(0, 9);
		const kinds = new Set<string>();
		coefficients.forEach((coefficient, row) => {
			const alpha = coefficient * signs[row]!;
			const margin = decisions[row]! * signs[row]!;
			expect(alpha).toBeGreaterThanOrEqual(0);
			expect(alpha).toBeLessThanOrEqual(c);
			if (alpha === 0) expect(margin).toBeGreaterThan(1 - 2 * tolerance);
			else if (alpha === c) expect(margin).toBeLessThan(1 + 2 * tolerance);
			else expect(Math.abs(margin - 1)).toBeLessThan(2 * tolerance);
			kinds.add(alpha === 0 ? "beyond" : alpha === c ? "inside" : "on");
		});
		// The blobs overlap, so that all three conditions are tried.
		expect([...kinds].sort()).toEqual(["beyond", "inside", "on"]);
	},
);

test("rows of a rare class weigh as much as the others when balanced", async () => {
	const all = blobs({ datatype: "INT8", classes: 2, rows: 800, seed: 1, apart: 0.35 });
	const training = select(
		all,
		Array.from(all.labels.keys()).filter((row) => all.labels[row] === 0 || row % 20 === 1),
	);
	const held = blobs({ datatype: "INT8", classes: 2, rows: 800, seed: 2, apart: 0.35 });
	const found = async (balanced: boolean) => {
		const options = { ...supportVectorMachineDefaults, kernel: "linear", c: 0.1, balanced } as const;
		const scores = (await trainSupportVectorMachine(options, taskOf(training, { validation: held }))).scores(held);
		return held.labels.filter((label, row) => label === 1 && scores[2 * row + 1]! > scores[2 * row]!).length;
	};
	expect(await found(true)).toBeGreaterThan(1.05 * (await found(false)));
});
