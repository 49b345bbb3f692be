/** The tables as Markdown: each cell beside the paper's, bold where it is not better. */
import { architectures, type Experiment, type Recorded } from "./recorded";
import type { PaperFigures, PaperTable, Row } from "./row";

/** What `npm run tables` keeps. */
export interface Measured {
	/** Of sizes and instructions. */
	readonly compiler: string;
	/** Whose exponentials, logarithms and sines the models were made with: another's last bits may differ. */
	readonly mathematics: string;
	readonly rows: Readonly<Record<string, Row>>;
	readonly recorded: Readonly<Record<string, Recorded>>;
}

const clock = 240e6;

/** Where this program runs. */
export const mathematics = `V8 ${process.versions.v8}, ${process.arch}`;

/** In the paper's units. */
export function inPaperUnits({ arena, state, modelBytes, codeBytes, cycles, accuracy }: Row): PaperFigures {
	return {
		ram: (arena + state) / 1000,
		flash: (modelBytes + codeBytes) / 1000,
		milliseconds: (1000 * cycles) / clock,
		accuracy: 100 * accuracy,
	};
}

/** Figures of which ours is not better than the paper's. */
export function notBetter(row: Row, paper: PaperFigures): (keyof PaperFigures)[] {
	const ours = inPaperUnits(row);
	const worse = (["ram", "flash", "milliseconds"] as const).filter((name) => ours[name] >= paper[name]);
	return ours.accuracy > paper.accuracy ? worse : [...worse, "accuracy"];
}

function line(cells: readonly string[]): string {
	return `| ${cells.join(" | ")} |`;
}

function renderTable({ title, rows }: PaperTable, measured: Measured): string {
	const head = ["Model", "RAM, kB", "Flash, kB", "Time, ms", "Accuracy, %", "95 %", "float32, %", "Instructions"];
	const body = rows.flatMap(({ recipe, model, paper }) => {
		const row = measured.rows[recipe];
		if (!row) return [];
		const ours = inPaperUnits(row);
		const worse = notBetter(row, paper);
		const cell = (name: keyof PaperFigures, digits: number, theirs = String(paper[name])) => {
			const text = `${ours[name].toFixed(digits)} / ${theirs}`;
			return worse.includes(name) ? `**${text}**` : text;
		};
		return [
			line([
				`[${model}](paper/${recipe}.json)`,
				cell("ram", 2),
				cell("flash", 1),
				cell("milliseconds", ours.milliseconds < 0.01 ? 4 : 3),
				cell("accuracy", 2),
				row.interval.map((share) => (100 * share).toFixed(1)).join("–"),
				(100 * row.floatAccuracy).toFixed(2),
				row.instructions.esp32.toLocaleString("en"),
			]),
		];
	});
	return [`### ${title}`, "", line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...body].join("\n");
}

function renderRecorded(experiments: readonly Experiment[], measured: Measured): string {
	const known = experiments.filter(({ recipe }) => measured.recorded[recipe]);
	const head = ["Hidden layers", ...known.map(({ title }) => title)];
	const body = architectures.map((hidden, i) =>
		line([
			hidden.join(" → "),
			...known.map(({ recipe }) => {
				const { accuracy, interval, balancedAccuracy } = measured.recorded[recipe]!.networks[i]!;
				const [low, high] = interval.map((share) => (100 * share).toFixed(1));
				return `${(100 * accuracy).toFixed(1)} (${low}–${high}), balanced ${(100 * balancedAccuracy).toFixed(1)}`;
			}),
		]),
	);
	const notes = known.map(({ recipe, title, heldOut }) => {
		const { rows, groups, baseline } = measured.recorded[recipe]!;
		const people = heldOut === "each person in turn" ? ` of ${groups} people` : "";
		const commonest = `always saying the commonest is right in ${(100 * baseline).toFixed(1)} %`;
		return `- **${title}** ([recipe](paper/${recipe}.json)): ${rows} windows${people}, held out ${heldOut}; ${commonest}.`;
	});
	return ["### On recordings of people", "", ...notes, "", line(head), line(head.map(() => "---")), ...body].join("\n");
}

export function renderTables(
	tables: readonly PaperTable[],
	experiments: readonly Experiment[],
	measured: Measured,
): string {
	const rows = tables.flatMap((table) => table.rows).filter(({ recipe }) => measured.rows[recipe]);
	const cells = rows.flatMap(({ recipe, paper }) => notBetter(measured.rows[recipe]!, paper));
	const all = 4 * rows.length;
	const kinds = { ram: "RAM", flash: "flash", milliseconds: "time", accuracy: "accuracy" } as const;
	const counts = Object.entries(kinds).flatMap(([name, text]) => {
		const count = cells.filter((cell) => cell === name).length;
		return count > 0 ? [`${count} of ${text}`] : [];
	});
	const summary =
		cells.length === 0
			? `All ${all} cells are better than the paper's.`
			: `**${all - cells.length} of ${all} cells are better than the paper's.** The others are bold: ${counts.join(", ")}.`;
	const parts = tables.map((table) => renderTable(table, measured));
	const recorded = Object.keys(measured.recorded).length > 0 ? [renderRecorded(experiments, measured)] : [];
	return [summary, ...parts, ...recorded].join("\n\n");
}
