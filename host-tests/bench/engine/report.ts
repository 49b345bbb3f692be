/** The results as Markdown: beside the goals, beside others, and what is linked. */
import { baselines, sizeBaselines } from "./baselines";
import type { Name } from "./build";
import type { Results } from "./results";

const number = (value: number) => value.toLocaleString("en");

/** Columns are aligned, so that it is read on a terminal as well. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i]!.length)));
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
	const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
	return [line(head), rule, ...rows.map(line)].join("\n");
}

interface Goal {
	title: string;
	/** What the others take. */
	peer: string;
	limit: number;
	value(results: Results): number | undefined;
}

const invoke = (model: string, target: Name) => (results: Results) => results.models[model]?.[target]?.invoke;

function inferenceGoal(model: string, target: Name, limit: number): Goal {
	const { peer = "TFLM", [target]: count } = baselines[model] ?? {};
	return {
		title: `${model}, ${target}: instructions`,
		peer: count === undefined ? "" : `${number(count)} (${peer})`,
		limit,
		value: invoke(model, target),
	};
}

/** The same with weights that are widened when the model is opened. */
const widenedGoal = (model: string, limit: number): Goal => ({
	...inferenceGoal(model, "esp32", limit),
	title: `${model}, esp32, weights widened: instructions`,
	value: (results) => results.widened[model]?.invoke,
});

const dense = "FULLY_CONNECTED, LOGISTIC: int8";

const goals: Goal[] = [
	inferenceGoal("gest20_int8", "lx106", 75_000),
	inferenceGoal("gest20_int8", "esp32", 37_000),
	widenedGoal("gest20_int8", 37_000),
	inferenceGoal("gest6_int8", "lx106", 24_000),
	inferenceGoal("gest6_int8", "esp32", 11_500),
	widenedGoal("gest6_int8", 11_500),
	inferenceGoal("mnist56_int8", "lx106", 33_000),
	inferenceGoal("mnist56_int8", "esp32", 14_000),
	widenedGoal("mnist56_int8", 14_000),
	inferenceGoal("mnist32_int8", "lx106", 24_000),
	inferenceGoal("mnist32_int8", "esp32", 10_000),
	widenedGoal("mnist32_int8", 10_000),
	inferenceGoal("digits_tree", "lx106", 250),
	inferenceGoal("digits_forest10", "lx106", 1_500),
	inferenceGoal("gesture_logistic", "lx106", 6_000),
	inferenceGoal("gesture_bayes", "lx106", 40_000),
	{
		title: "gest20_int8, lx106: verify and open",
		peer: "51,058, nothing verified (TFLM)",
		limit: 90_000,
		value: ({ models: { gest20_int8: model } }) => model?.lx106 && model.lx106.verify + model.lx106.open,
	},
	{
		title: "gest20_int8, 32 bits: bytes of arena and state",
		peer: "2,188 (TFLM)",
		limit: 1_100,
		value: ({ models: { gest20_int8: model } }) => model?.lx106 && model.lx106.arena + model.lx106.state,
	},
	{
		title: `${dense}, lx106: bytes of code`,
		peer: "29,604, no verifier (TFLM)",
		limit: 12_288,
		value: ({ sizes }) => sizes.lx106?.[dense]?.code,
	},
	{
		title: "all operators, lx106: bytes of code",
		peer: "",
		limit: 49_152,
		value: ({ sizes }) => sizes.lx106?.["all operators"]?.code,
	},
];

function goalTable(results: Results): string {
	const rows = goals.map(({ title, peer, limit, value }) => {
		const reached = value(results);
		const cell = reached === undefined ? "–" : `${number(reached)}${reached <= limit ? "" : " ✗"}`;
		return [title, peer, `≤ ${number(limit)}`, cell];
	});
	return table(["", "others", "goal", "engine"], rows);
}

/** Ours, and how many times as much the other takes. */
function beside(value: number | undefined, other: number | undefined): string {
	if (value === undefined) return "–";
	return other === undefined ? number(value) : `${number(value)} (${(other / value).toFixed(1)}×)`;
}

function modelTable({ models }: Results): string {
	const head = ["", "lx106", "ESP32 ISA", "x86-64", "to open", "arena", "state", "work", "stack"];
	const rows = Object.entries(models).map(([name, { lx106, esp32, x86 }]) => {
		const other = baselines[name];
		const memory = [lx106 && beside(lx106.arena, other?.arena), lx106 && number(lx106.state)];
		const rest = [lx106 && number(lx106.work), lx106 && number(Math.max(lx106.openStack, lx106.invokeStack))];
		return [
			name,
			beside(lx106?.invoke, other?.lx106),
			beside(esp32?.invoke, other?.esp32),
			beside(x86?.invoke, other?.x86),
			lx106 ? number(lx106.verify + lx106.open) : "–",
			...[...memory, ...rest].map((cell) => cell ?? "–"),
		];
	});
	return table(head, rows);
}

function sizeTable({ sizes }: Results): string {
	const titles = Object.keys(sizes.lx106 ?? sizes.x86 ?? {});
	const rows = titles.map((title) => [
		title,
		beside(sizes.lx106?.[title]?.code, sizeBaselines[title]?.lx106),
		beside(sizes.x86?.[title]?.code, sizeBaselines[title]?.x86),
	]);
	return table(["", "lx106", "x86-64"], rows);
}

function widenedTable({ models, widened }: Results): string {
	const rows = Object.entries(widened).map(([name, { invoke, state, verify, open }]) => {
		const { esp32 } = models[name]!;
		return [
			name,
			beside(invoke, baselines[name]?.esp32),
			number(verify + open),
			number(state),
			...(esp32 ? [number(esp32.invoke), number(esp32.verify + esp32.open), number(esp32.state)] : ["–", "–", "–"]),
		];
	});
	return table(["", "widened", "to open", "state", "packed", "to open", "state"], rows);
}

/** The first sentences tell how it was counted. */
export function report(results: Results): string {
	return [
		"Counted by `npm run bench:engine`, the same in each run: instructions of one `engine_invoke` on the recorded rows (the",
		"mean), after its outputs were found right. lx106 is the ESP8266 under QEMU, the model read by words; ESP32 ISA is the",
		"same compiler's code with the engine's MAC16 and loop instructions on QEMU's `de233_fpu` (integers alone: that compiler",
		"does not use the floating-point unit); x86-64 is callgrind's. Operators and what they compute with at `-O2`, the rest at",
		"`-Os` (x86-64: all at `-O2`), sizes at `-Os`. In parentheses: how many times as much TensorFlow Lite Micro takes with the",
		"same compiler and flags; for trees emlearn's compiled C, for the other classical models micromlgen's.",
		"",
		goalTable(results),
		"",
		"Arena, state, work (only while opening) and stack are bytes on lx106; to open: verification included.",
		"",
		modelTable(results),
		"",
		"ESP32 ISA, with `engine_fully_connected_int8_expanded`, which keeps the weights in memory with 16 bits each:",
		"",
		widenedTable(results),
		"",
		"Bytes of code and constants of an image with these operators, the verifier, and what is used of the C library and the",
		"compiler's arithmetic (x86-64: without the C library), at `-Os`.",
		"",
		sizeTable(results),
	].join("\n");
}
