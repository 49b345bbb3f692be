import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildEngine, runEngine } from "./build";
import { byteLength, type Info, type TensorInfo } from "./compare";
import { readRows } from "./goldens";

/* Classifiers of scikit-learn: the class that the engine's scores tell is the one that scikit-learn predicts. */

interface Scores extends TensorInfo {
	scale: number;
	zeroPoint: number;
}

const folder = fileURLToPath(new URL("goldens/classical", import.meta.url));
const classes: Record<string, number[]> = JSON.parse(readFileSync(`${folder}/classes.json`, "utf8"));
const directory = buildEngine();

function realValues(bytes: Buffer, { datatype, scale, zeroPoint }: Scores): number[] {
	return datatype === "FP32"
		? Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
		: Array.from(bytes, (_, i) => scale * (bytes.readInt8(i) - zeroPoint));
}

const greatest = (scores: number[]) => scores.indexOf(Math.max(...scores));

/** Decisions for all pairs of classes (0, 1), (0, 2) ... (1, 2) ...: positive for the first. */
function vote(decisions: number[]): number {
	const votes: number[] = Array(Math.round((1 + Math.sqrt(1 + 8 * decisions.length)) / 2)).fill(0);
	let pair = 0;
	for (let first = 0; first < votes.length; first++)
		for (let second = first + 1; second < votes.length; second++) votes[decisions[pair++]! > 0 ? first : second]!++;
	return greatest(votes);
}

/** One score is that of the second of two classes: a probability, or a machine's decision. */
function classOf(scores: number[], name: string): number {
	if (scores.length === 1) return scores[0]! > (name.includes("svm") ? 0 : 0.5) ? 1 : 0;
	return name === "digits_svm_poly" ? vote(scores) : greatest(scores);
}

test.each(Object.entries(classes))("%s", (name, predicted) => {
	const model = `${folder}/${name}.tflite`;
	const info: Info = JSON.parse(runEngine(directory, ["--info", model]).output.toString());
	const scores = info.outputs[0] as Scores;
	const { inputs } = readRows(`${folder}/${name}.golden`, byteLength(info.inputs), scores.byteLength);
	const { output } = runEngine(directory, [model], inputs);
	const told = predicted.map((_, row) =>
		classOf(realValues(output.subarray(row * scores.byteLength, (row + 1) * scores.byteLength), scores), name),
	);
	expect(told).toEqual(predicted);
});
