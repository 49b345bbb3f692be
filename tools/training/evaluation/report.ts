/**
 * An evaluation as one HTML page that needs nothing else: no script, no font, no network. It is read on a phone, on a
 * wide screen, in the dark and on paper.
 */

import { type Examples, rowOf } from "../examples";
import { escapeText } from "../svg";
import type { Progress } from "../trainer";
import { compareModels } from "./compare";
import { assess, type Evaluation } from "./evaluation";
import { bytes, duration, integer, percent } from "./format";
import { foundClasses } from "./metrics";
import { worstMistakes } from "./mistakes";
import { learningCurves, reliabilityPlot, shareBar } from "./plots";
import { style } from "./style";
import { thumbnail } from "./thumbnail";

/** What a model takes on a device. */
export interface Cost {
	/** Of the file, without card and golden rows where that is known. */
	readonly modelBytes: number;
	/** Of the engine and the operators that the model needs. */
	readonly codeBytes?: number;
	readonly arena: number;
	readonly state: number;
	/** Memory while the model is opened. */
	readonly work?: number;
	/** Of one inference, and of which processor. */
	readonly instructions?: { readonly core: string; readonly count: number };
	/** Estimated, and on what. */
	readonly time?: { readonly seconds: number; readonly on: string };
	/** In the order in which they run. */
	readonly operators: readonly string[];
}

export interface DataSetSummary {
	readonly name: string;
	/** By class. */
	readonly rows: readonly number[];
	readonly groups: number;
}

/** Counts what is in a set. */
export function summarise(name: string, { classes, labels, groups }: Examples): DataSetSummary {
	const rows = classes.map(() => 0);
	for (const label of labels) rows[label]! += 1;
	return { name, rows, groups: new Set(groups).size };
}

export interface ReportInput {
	readonly name: string;
	readonly version: string;
	/** What the model is, in words: "dense network, 714 → 20 → 10 → 13, int8". */
	readonly kind: string;
	/** Where the data comes from and what it is. */
	readonly statement: string;
	/** Training, validation and test, as many of them as are known. */
	readonly sets: readonly DataSetSummary[];
	/** What was measured on. */
	readonly test: Examples;
	/** The engine's scores for it, rows × classes, and what they amount to. */
	readonly scores: ArrayLike<number>;
	readonly evaluation: Evaluation;
	/** Scores before quantisation, where the model was quantised. */
	readonly floatScores?: ArrayLike<number>;
	readonly progress?: readonly Progress[];
	readonly cost?: Cost;
	/** What the reader must know besides what the figures themselves show. */
	readonly limitations: readonly string[];
	/** Makes the model anew. */
	readonly command?: string;
}

const mistakesShown = 12;
/** Characters that fit above a column without being turned. */
const shortName = 3;

export function renderReport(input: ReportInput): string {
	const title = `${input.name} ${input.version}`;
	const sections = [
		header(input),
		tiles(input),
		section("Classes", perClass(input.evaluation)),
		section("What is taken for what", confusion(input.evaluation)),
		section("Can the scores be believed?", calibration(input.evaluation)),
		section("What quantisation costs", quantisation(input)),
		section("Training", training(input)),
		section("Data", data(input)),
		section("On the device", cost(input.cost)),
		section("The worst mistakes", mistakes(input)),
		section("Limits", limits(input)),
	];
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${sections.filter((part) => part !== "").join("\n")}
</main>
</body>
</html>
`;
}

function section(title: string, content: string): string {
	return content === "" ? "" : `<section><h2>${title}</h2>\n${content}</section>`;
}

function header({ name, version, kind, evaluation }: ReportInput): string {
	const { rows, groups, classes } = evaluation;
	const among = groups > 1 && groups < rows ? ` of ${integer(groups)} groups` : "";
	return `<header><p class="eyebrow">Evaluation on the inference engine</p>
<h1>${escapeText(name)} <small>${escapeText(version)}</small></h1>
<p class="lead">${escapeText(kind.charAt(0).toUpperCase() + kind.slice(1))}. Measured on ${integer(rows)} rows${among} that it was not trained on, in ${classes.length} classes.</p></header>`;
}

function tiles({ evaluation, cost }: ReportInput): string {
	const { bootstrap, balancedAccuracy, macro, calibration: calibrated } = evaluation;
	const { low, high } = bootstrap.accuracy;
	const range = (interval: { low: number; high: number }) =>
		`${(100 * interval.low).toFixed(1)} – ${(100 * interval.high).toFixed(1)} %`;
	const list: [string, string, string][] = [
		["Balanced accuracy", percent(balancedAccuracy), range(bootstrap.balancedAccuracy)],
		[
			"F1, mean of classes",
			macro.f1.toFixed(3),
			`${bootstrap.macroF1.low.toFixed(3)} – ${bootstrap.macroF1.high.toFixed(3)}`,
		],
		...(calibrated
			? [
					["Calibration error", percent(calibrated.expectedError), `log loss ${calibrated.logLoss.toFixed(3)}`] as [
						string,
						string,
						string,
					],
				]
			: []),
		...(cost
			? [
					["Memory while running", bytes(cost.arena + cost.state), `model ${bytes(cost.modelBytes)}`] as [
						string,
						string,
						string,
					],
				]
			: []),
	];
	const hero = `<div class="tile hero"><span>Accuracy</span><b>${percent(evaluation.accuracy)}</b><i>${range({ low, high })}</i>
${shareBar(evaluation.accuracy, { low, high })}<i>always the commonest class: ${percent(evaluation.baseline)}</i></div>`;
	const others = list.map(
		([label, value, note]) => `<div class="tile"><span>${label}</span><b>${value}</b><i>${note}</i></div>`,
	);
	return `<div class="tiles">${hero}${others.join("")}</div>
<p class="note">${escapeText(intervalNote(evaluation))}</p>`;
}

function intervalNote({ bootstrap, wilson, rows }: Evaluation): string {
	const { unit, units, replicates, confidence } = bootstrap;
	const drawn =
		unit === "groups"
			? `${integer(units)} whole groups drawn with replacement, since rows of one group err alike`
			: `${integer(rows)} rows drawn with replacement within each class`;
	const check = `${percent(wilson.low)} to ${percent(wilson.high)} by Wilson’s formula for independent rows`;
	return `Ranges hold the truth with ${Math.round(100 * confidence)} % confidence: percentiles of ${integer(replicates)} bootstrap samples, ${drawn}; where all samples agree, Wilson’s formula for so many ${unit}. For the accuracy: ${check}.`;
}

function perClass({ perClass: figures, bootstrap, macro, weighted, rows }: Evaluation): string {
	const three = (value: number | null) => (value === null ? "–" : value.toFixed(3));
	const body = figures.map(({ name, support, precision, recall, f1, ranking }, i) => {
		const interval = bootstrap.recalls[i] ?? null;
		const range = interval ? `${(100 * interval.low).toFixed(0)}–${(100 * interval.high).toFixed(0)} %` : "";
		return `<tr><th scope="row">${escapeText(name)}</th><td>${integer(support)}</td><td>${three(precision)}</td><td>${three(recall)}</td>
<td class="wide">${shareBar(recall, interval)}<small>${range}</small></td><td>${three(f1)}</td><td>${three(ranking?.rocArea ?? null)}</td><td>${three(ranking?.averagePrecision ?? null)}</td></tr>`;
	});
	const mean = (label: string, { precision, recall, f1 }: typeof macro) =>
		`<tr><th scope="row">${label}</th><td>${integer(rows)}</td><td>${three(precision)}</td><td>${three(recall)}</td><td class="wide"></td><td>${three(f1)}</td><td></td><td></td></tr>`;
	return `<div class="scroll"><table class="figures"><thead><tr><th scope="col">class</th><th scope="col">rows</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col" class="wide">recall’s range</th><th scope="col">F1</th><th scope="col">ROC area</th><th scope="col">PR area</th></tr></thead>
<tbody>${body.join("\n")}</tbody><tfoot>${mean("mean of classes", macro)}${mean("weighted by rows", weighted)}</tfoot></table></div>
<p class="note">Precision: how many of the rows said to be of a class are. Recall: how many of a class’s rows are found. The areas say how well the class’s score ranks its rows before all others, whatever threshold is set.</p>`;
}

function confusion({ confusion: matrix, classes }: Evaluation): string {
	const short = classes.every((name) => name.length <= shortName) ? " short" : "";
	const heads = classes.map((name) => `<th scope="col"><span>${escapeText(name)}</span></th>`).join("");
	const body = matrix.map((row, i) => {
		const all = row.reduce((sum, count) => sum + count, 0);
		const cells = row.map((count, k) => {
			const share = all === 0 ? 0 : count / all;
			// Square root, so that a single mistake among hundreds can be seen.
			const depth = count === 0 ? 0 : Math.round(8 + 92 * Math.sqrt(share));
			const kind = i === k ? "right" : "wrong";
			const strong = depth > 62 ? " strong" : "";
			const title = `${classes[i]} taken for ${classes[k]}: ${count} of ${all}, ${percent(share)}`;
			return `<td class="${kind}${strong}" style="--d:${depth}%" title="${escapeText(title)}">${count === 0 ? "" : integer(count)}</td>`;
		});
		return `<tr><th scope="row">${escapeText(classes[i]!)}</th>${cells.join("")}</tr>`;
	});
	return `<div class="scroll"><table class="confusion${short}"><thead><tr><td class="corner"><small>true ↓ found →</small></td>${heads}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>
${confusions({ matrix, classes })}`;
}

/** The commonest mistakes in words. */
function confusions({ matrix, classes }: { matrix: Evaluation["confusion"]; classes: readonly string[] }): string {
	const pairs = matrix.flatMap((row, i) =>
		row.map((count, k) => ({ i, k, count, all: row.reduce((a, b) => a + b, 0) })),
	);
	const worst = pairs.filter(({ i, k, count }) => i !== k && count > 0).sort((a, b) => b.count - a.count);
	if (worst.length === 0) return `<p class="note">No row was taken for another class.</p>`;
	const words = worst.slice(0, 3).map(({ i, k, count, all }) => {
		return `<b>${escapeText(classes[i]!)}</b> for <b>${escapeText(classes[k]!)}</b> (${count} of ${all})`;
	});
	return `<p class="note">Most often mistaken: ${words.join(", ")}.</p>`;
}

function calibration({ calibration: figures }: Evaluation): string {
	if (!figures) {
		return `<p>The model’s scores order the classes but are no shares of a whole: they cannot be read as probabilities.</p>`;
	}
	const { expectedError, greatestError, brier, logLoss, bins } = figures;
	const signed = bins.reduce((sum, { rows, confidence, accuracy }) => sum + rows * (confidence - accuracy), 0);
	const tendency = signed > 0 ? "surer than it is right" : "right more often than it is sure";
	const verdict =
		expectedError < 0.02
			? "Confidence and accuracy agree: a score of 0.9 is right nine times in ten."
			: `On average the model is ${tendency}, by ${percent(expectedError)}. Choose thresholds from the curve, not from the number.`;
	return `<div class="columns"><figure>${reliabilityPlot(figures)}<figcaption>Areas of the points: rows. On the dashed line scores mean what they say.</figcaption></figure>
<div><p>${verdict}</p><dl><dt>Expected calibration error</dt><dd>${percent(expectedError, 2)}</dd><dt>Greatest distance of a bin</dt><dd>${percent(greatestError, 1)}</dd><dt>Brier score</dt><dd>${brier.toFixed(4)}</dd><dt>Log loss</dt><dd>${logLoss.toFixed(4)} nats</dd></dl></div></div>`;
}

function quantisation({ test, scores, floatScores, evaluation }: ReportInput): string {
	if (!floatScores) return "";
	const width = test.classes.length;
	const float = assess({ classes: test.classes, labels: test.labels, groups: test.groups, scores: floatScores });
	const comparison = compareModels(test.labels, foundClasses(floatScores, width), foundClasses(scores, width));
	const { onlyFirst, onlySecond, pValue, agreement, difference } = comparison;
	const row = (name: string, of: Evaluation) =>
		`<tr><th scope="row">${name}</th><td>${percent(of.accuracy, 2)}</td><td>${percent(of.balancedAccuracy, 2)}</td><td>${of.macro.f1.toFixed(3)}</td><td>${of.calibration ? of.calibration.logLoss.toFixed(3) : "–"}</td></tr>`;
	const points = (100 * Math.abs(difference)).toFixed(2);
	const change =
		difference === 0 ? "loses nothing" : `${difference > 0 ? "loses" : "gains"} ${points} percentage points`;
	const verdict =
		onlyFirst + onlySecond === 0
			? "no row is found by one alone."
			: `${onlyFirst} rows are found in float32 alone and ${onlySecond} in int8 alone, which two equally good models would part at least as unevenly with a probability of ${pValue < 0.001 ? "less than 0.001" : pValue.toFixed(3)} (McNemar’s exact test).`;
	return `<div class="scroll"><table class="figures"><thead><tr><th scope="col"></th><th scope="col">accuracy</th><th scope="col">balanced</th><th scope="col">F1</th><th scope="col">log loss</th></tr></thead><tbody>${row("float32", float)}${row("int8, on the engine", evaluation)}</tbody></table></div>
<p>int8 ${change}. Both give the same class for ${percent(agreement, 2)} of the rows; ${verdict}</p>`;
}

function training({ progress, command }: ReportInput): string {
	const plots = progress && progress.length > 1 ? learningCurves(progress) : [];
	const figures = plots.map((plot) => `<figure>${plot}</figure>`).join("");
	const anew = command ? `<p>Made by <code>${escapeText(command)}</code></p>` : "";
	return `${figures && `<div class="columns">${figures}</div>`}${anew}`;
}

function data({ statement, sets, test }: ReportInput): string {
	const heads = sets.map(({ name }) => `<th scope="col">${escapeText(name)}</th>`).join("");
	const total = ({ rows }: DataSetSummary) => rows.reduce((sum, count) => sum + count, 0);
	const line = (label: string, cell: (set: DataSetSummary) => number) =>
		`<tr><th scope="row">${label}</th>${sets.map((set) => `<td>${integer(cell(set))}</td>`).join("")}</tr>`;
	const body = test.classes.map((name, i) => line(escapeText(name), ({ rows }) => rows[i] ?? 0));
	const { datatype, shape } = test.input;
	return `<p>${escapeText(statement)}</p><div class="scroll"><table class="figures"><thead><tr><th scope="col">rows of</th>${heads}</tr></thead><tbody>${body.join("")}</tbody>
<tfoot>${line("all", total)}${line("groups", ({ groups }) => groups)}</tfoot></table></div>
<p class="note">A row is ${shape.join(" × ")} values of ${datatype.toLowerCase()}. Groups are people, devices or sessions: whatever makes rows alike.</p>`;
}

function cost(of: Cost | undefined): string {
	if (!of) return "";
	const list: [string, string][] = [
		["Model", bytes(of.modelBytes)],
		...(of.codeBytes === undefined ? [] : [["Code of engine and operators", bytes(of.codeBytes)] as [string, string]]),
		["Arena", bytes(of.arena)],
		["State", bytes(of.state)],
		...(of.work === undefined ? [] : [["Memory while opening", bytes(of.work)] as [string, string]]),
		...(of.instructions
			? [[`Instructions, ${escapeText(of.instructions.core)}`, integer(of.instructions.count)] as [string, string]]
			: []),
		...(of.time ? [[`Time, ${escapeText(of.time.on)}`, duration(of.time.seconds)] as [string, string]] : []),
	];
	const counted = new Map<string, number>();
	for (const name of of.operators) counted.set(name, (counted.get(name) ?? 0) + 1);
	const names = [...counted].map(([name, count]) => `${count > 1 ? `${count} × ` : ""}${escapeText(name)}`);
	return `<dl class="facts">${list.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>
<p class="note">Operators: ${names.join(", ")}.</p>`;
}

function mistakes({ test, scores }: ReportInput): string {
	const worst = worstMistakes(test, scores, mistakesShown);
	if (worst.length === 0) return "<p>There is none: every row was found.</p>";
	const cards = worst.map(({ row, truth, found, score, truthScore }) => {
		const group = test.groups[row]!;
		return `<figure class="mistake">${thumbnail(test.input, rowOf(test, row))}<figcaption><b>${escapeText(test.classes[truth]!)}</b> taken for <b class="bad">${escapeText(test.classes[found]!)}</b><small>${score.toFixed(2)} against ${truthScore.toFixed(2)} · row ${row}${group === "" ? "" : `, ${escapeText(group)}`}</small></figcaption></figure>`;
	});
	const motion = test.input.shape.length > 1 && test.input.shape.at(-1)! % 3 === 0;
	const legend = motion
		? ` <span class="key x">x</span> <span class="key y">y</span> <span class="key z">z</span>; each panel is scaled to its own greatest value.`
		: "";
	return `<p class="note">Surest of the wrong class first.${legend}</p><div class="mistakes">${cards.join("")}</div>`;
}

function limits({ limitations, evaluation }: ReportInput): string {
	const all = [...limitations, ...cautions(evaluation)];
	return all.length === 0 ? "" : `<ul>${all.map((one) => `<li>${escapeText(one)}</li>`).join("")}</ul>`;
}

/** What the figures themselves say about how far they reach. */
export function cautions({ bootstrap, groups, rows, perClass: figures, baseline, classes }: Evaluation): string[] {
	const few = figures.filter(({ support }) => support > 0 && support < 30);
	const none = figures.filter(({ support }) => support === 0);
	const names = (list: typeof figures) => list.map(({ name }) => name).join(", ");
	return [
		...(bootstrap.unit === "groups" && bootstrap.units < 10
			? [`The rows come from ${bootstrap.units} groups only: with so few the ranges come out too narrow.`]
			: []),
		...(groups === 1 && rows > 1 ? ["All rows are of one group: how the model does on others was not measured."] : []),
		...(groups === rows
			? ["Each row is a group of its own: whether people of the test set were trained on too, the data does not say."]
			: []),
		...(few.length > 0
			? [`Fewer than 30 rows were measured of ${few.length === figures.length ? "each class" : names(few)}.`]
			: []),
		...(none.length > 0 ? [`No row was measured of ${names(none)}.`] : []),
		...(baseline > Math.min(0.75, 2 / classes.length)
			? [`One class holds ${percent(baseline)} of the rows: read the balanced accuracy rather than the accuracy.`]
			: []),
	];
}
