import { expect, test } from "vitest";
import { clusterMiddles } from "../../../../tools/training/classical/clusters";
import { solvePrimal } from "../../../../tools/training/classical/primal";
import {
	supportVectorMachineDefaults,
	trainSupportVectorMachine,
} from "../../../../tools/training/classical/support-vector-machine";
import { accuracyOf } from "../../../../tools/training/classical/task";
import { createRandom, normal } from "../../../../tools/training/random";
import { blobs } from "./blobs";
import { taskOf } from "./methods";

test("clusters that lie apart are found, each by its mean", () => {
	const random = createRandom(3);
	const rows = Float32Array.from({ length: 400 }, (_, i) => (Math.floor(i / 2) % 2) * 100 + normal(random));
	const middles = clusterMiddles(rows, { features: 2, count: 2, random });
	const sorted = [middles[0]!, middles[2]!].sort((a, b) => a - b);
	expect(Math.abs(sorted[0]!)).toBeLessThan(0.4);
	expect(Math.abs(sorted[1]! - 100)).toBeLessThan(0.4);
});

test("no more middles than rows", () => {
	const rows = Float32Array.of(1, 2, 3);
	expect(clusterMiddles(rows, { features: 1, count: 5, random: createRandom(1) })).toEqual(rows);
});

test("the gradient of the primal is zero at its solution", () => {
	const random = createRandom(1);
	const [rows, vectors] = [40, 5];
	const signs = Int8Array.from({ length: rows }, (_, row) => (row % 2 ? 1 : -1));
	const kernels = Float64Array.from({ length: rows * vectors }, (_, i) => {
		return normal(random) + 0.4 * signs[Math.floor(i / vectors)]!;
	});
	const between = Float64Array.from({ length: vectors * vectors }, (_, i) => (i % (vectors + 1) === 0 ? 1 : 0.2));
	const prices = Float64Array.from(signs, () => 0.7);
	const solution = solvePrimal({ kernels, between, signs, prices });
	const gradient = new Float64Array(vectors + 1);
	for (let i = 0; i < vectors; i++) {
		for (let k = 0; k < vectors; k++) gradient[i]! += between[i * vectors + k]! * solution[k]!;
	}
	let active = 0;
	signs.forEach((sign, row) => {
		let decision = solution[vectors]!;
		for (let i = 0; i < vectors; i++) decision += solution[i]! * kernels[row * vectors + i]!;
		if (sign * decision >= 1) return;
		active++;
		const slope = -2 * 0.7 * sign * (1 - sign * decision);
		gradient[vectors]! += slope;
		for (let i = 0; i < vectors; i++) gradient[i]! += slope * kernels[row * vectors + i]!;
	});
	expect(active).toBeGreaterThan(5);
	expect(active).toBeLessThan(rows);
	for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-6);
});

test("a limit on the vectors is kept, and costs little accuracy", async () => {
	const training = blobs({ datatype: "INT8", classes: 4, rows: 800, seed: 1, apart: 0.8 });
	const held = blobs({ datatype: "INT8", classes: 4, rows: 800, seed: 2, apart: 0.8 });
	const train = async (vectors: number) => {
		const model = await trainSupportVectorMachine({ ...supportVectorMachineDefaults, c: 1, vectors }, taskOf(training));
		const { shape } = model.graph("int8").tensors.find(({ name }) => name === "vectors")!;
		return { vectors: shape[0]!, accuracy: accuracyOf(model.scores(held), held.labels, 4) };
	};
	const [all, few] = [await train(0), await train(22)];
	expect(few.vectors).toBe(20);
	expect(all.vectors).toBeGreaterThan(100);
	expect(few.accuracy).toBeGreaterThan(all.accuracy - 0.03);
});
