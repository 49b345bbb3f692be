/** `npm run inspect`: what a model file is made of, whether the engine runs it, and what it needs. */

import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { root } from "../simulator/paths";
import { type CodeSizes, codeBytes } from "../training/tflite/code-size";
import { describeModel, operatorName, optionWords } from "../training/tflite/describe";
import { type ModelFile, ModelFormatError, readModel } from "../training/tflite/reader";
import { alignColumns, printable } from "../training/tflite/table";
import { greatestModel, InputError, readInput, runCommand, UsageError } from "./command-line";
import { examine, type ModelNeeds, type Refusal } from "./engine";

const usage = `usage: npm run inspect -- FILE.tflite [--json]
  --json            everything, for programs
  --help            prints this
Ends with 1 when the engine does not run the model, with 2 when the file is none.`;

await runCommand({
	usage,
	options: { json: { type: "boolean", default: false } },
	words: 1,
	async run({ json }, [file]) {
		if (file === undefined) throw new UsageError("one model file is to be named, as in models/gesture.tflite");
		return await inspect(file, json);
	},
});

async function inspect(path: string, json: boolean): Promise<number> {
	const bytes = await readInput(path, greatestModel);
	let model: ModelFile;
	try {
		model = readModel(bytes);
	} catch (error) {
		if (!(error instanceof ModelFormatError)) throw error;
		if (json) console.log(JSON.stringify({ file: path, error: error.code, text: error.message }));
		throw new InputError(`${path} is no model, or a damaged one: ${error.message}`);
	}
	const [{ bits, verdict }, sizes] = await Promise.all([examine(path), recordedSizes()]);
	const lx106 = codeBytes(sizes, model);
	if (json) console.log(JSON.stringify(summary(path, bytes.length, model), undefined, "\t"));
	else {
		const notes = notesOf(model, verdict);
		console.log(
			[`${basename(path)}, ${describeModel(model, bytes.length, notes).join("\n")}`, "", ...engineLines()].join("\n"),
		);
	}
	return isRefusal(verdict) ? 1 : 0;

	function engineLines(): string[] {
		if (isRefusal(verdict)) return refusalLines(model, verdict);
		const narrow = "as on a microcontroller of 32 bits";
		const wide = "as on this machine: its compiler makes no programs for 32 bits, where the state is smaller";
		const rows = [
			["engine", "runs it", bits === 32 ? narrow : wide],
			["arena", verdict.arena, "bytes of memory for tensors"],
			["state", verdict.state, "bytes of memory for what the operators keep"],
			["opening", verdict.work, "bytes of memory besides, for a moment"],
			["model", bytes.length, "bytes of flash"],
			["code", lx106, `bytes of flash in an application that runs this model alone: ${sizes.target}`],
		];
		return alignColumns(rows);
	}

	function summary(file: string, size: number, model: ModelFile): unknown {
		return {
			file,
			size,
			description: model.description,
			subgraphs: model.subgraphs.map(({ name, inputs, outputs, tensors, operators }) => ({
				name,
				inputs,
				outputs,
				tensors: tensors.map(({ data, ...tensor }) => ({ ...tensor, constant: data?.length ?? 0 })),
				operators: operators.map(({ customOptions, ...operator }) => ({
					...operator,
					...(customOptions && { customOptions: customOptions.length }),
				})),
			})),
			metadata: model.metadata.map(({ name, data }) => ({ name, bytes: data.length })),
			signatures: model.signatures,
			engine: { bits, ...verdict },
			code: { target: sizes.target, bytes: lx106 },
		};
	}
}

async function recordedSizes(): Promise<CodeSizes> {
	return JSON.parse(await readFile(resolve(root, "native/engine/code-sizes.json"), "utf8")) as CodeSizes;
}

function isRefusal(verdict: ModelNeeds | Refusal): verdict is Refusal {
	return "error" in verdict;
}

/** For each operator whether the engine runs it. What comes after one that it refuses it has not looked at. */
function notesOf(model: ModelFile, verdict: ModelNeeds | Refusal): string[] {
	const operators = model.subgraphs[0]?.operators ?? [];
	if (!isRefusal(verdict)) return operators.map(() => "runs");
	return operators.map((_, i) => {
		if (verdict.missing.includes(i)) return "missing";
		if (verdict.operator === i) return "refused";
		const isChecked = verdict.missing.length === 0 && verdict.operator !== undefined && i < verdict.operator;
		return isChecked ? "fits" : "known";
	});
}

function refusalLines(model: ModelFile, { error, text, operator, tensor, missing }: Refusal): string[] {
	const graph = model.subgraphs[0];
	const name = (index: number) => (graph?.operators[index] ? operatorName(graph.operators[index]) : "");
	if (missing.length > 0) {
		const names = new Set(missing.map(name));
		return [
			`The engine does not run it: it does not have ${[...names].join(", ")}.`,
			"native/engine/README.md lists what it has, CONTRIBUTING.md says how an operator is added.",
		];
	}
	const place = [
		...(operator === undefined ? [] : [`operator ${operator}, ${name(operator)}`]),
		...(tensor === undefined ? [] : [`tensor ${tensor}, ${printable(graph?.tensors[tensor]?.name ?? "")}`]),
	];
	return [
		`The engine does not run it (error ${error}): ${text}${place.length > 0 ? `: ${place.join("; ")}` : ""}.`,
		...(operator === undefined ? [] : operandLines(model, operator)),
	];
}

/** What the operator that is refused works on, since its types and shapes are what it is refused for. */
function operandLines(model: ModelFile, index: number): string[] {
	const graph = model.subgraphs[0];
	const operator = graph?.operators[index];
	if (!graph || !operator) return [];
	const line = (role: string, tensor: number) => {
		const known = graph.tensors[tensor];
		if (tensor === -1 || !known) return [role, tensor === -1 ? "left out" : `no tensor ${tensor}`];
		return [
			role,
			printable(known.name, 40),
			known.type.toLowerCase(),
			`[${known.shape.join(", ")}]`,
			known.data ? "constant" : "",
		];
	};
	return alignColumns([
		...operator.inputs.map((tensor) => line("  input", tensor)),
		...operator.outputs.map((tensor) => line("  output", tensor)),
		...(optionWords(operator) === "" ? [] : [["  options", optionWords(operator)]]),
	]);
}
