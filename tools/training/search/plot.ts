/** A search as a picture: accuracy against flash, RAM and time, and the front of each. */

import { bytes, duration } from "../evaluation/format";
import { element, linearScale, linearTicks, logScale, logTicks, polyline, text } from "../svg";
import type { Candidate, Limits, SearchResult } from "./search";
import { choicesText, commonChoices } from "./table";

const width = 380;
const height = 350;
const plot = { left: 58, right: 366, top: 64, bottom: 294 };
/** The greatest part of a panel's height that the worst candidates may take. */
const widest = 0.35;
/** Labels nearer to one another than this would overlap. */
const labelSpace = 17;
/** The same of an axis. */
const tickSpace = 46;

const style = `
.p{--paper:#fff;--ink:#1c1f23;--soft:#667078;--rule:#e4e4e0;--one:#0b6e99;--best:#d9730d;--over:#b9bfc4}
@media (prefers-color-scheme:dark){.p{--paper:#1d2125;--ink:#e8e9ea;--soft:#98a2ab;--rule:#343a40;--one:#5bb8e0;--best:#f0a04b;--over:#596068}}
.p{background:var(--paper);font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.p text{fill:var(--soft);font-size:11px}
.p .title{fill:var(--ink);font-size:15px;font-weight:600}
.p .panel{fill:var(--ink);font-size:13px;font-weight:600}
.p .label{fill:var(--ink);font-size:10.5px;font-weight:600}
.p .chosen-label{fill:var(--best)}
.p .grid{stroke:var(--rule)}
.p .axis{stroke:var(--soft)}
.p .front{stroke:var(--one);stroke-width:1.8;fill:none}
.p .on{fill:var(--one);stroke:var(--paper);stroke-width:1}
.p .off{fill:none;stroke:var(--one);stroke-width:1.2;opacity:.55}
.p .over{stroke:var(--over);stroke-width:1.6}
.p .chosen{fill:var(--best);stroke:var(--paper);stroke-width:1}
.p .limit{stroke:var(--best);stroke-dasharray:5 4;stroke-width:1.3}
.p .paper{fill:var(--paper)}`;

interface Measure {
	readonly title: string;
	readonly limit: number | undefined;
	of(candidate: Candidate): number | undefined;
	format(value: number): string;
	/** What ticks are round multiples of. */
	readonly unit: number;
}

/** A complete SVG document. There must be a candidate. */
export function plotSearch(result: SearchResult, limits: Limits, title: string): string {
	const { candidates } = result;
	const measures: Measure[] = [
		{ title: "flash", limit: limits.flash, of: ({ flash }) => flash, format: bytes, unit: 1024 },
		{ title: "RAM", limit: limits.ram, of: ({ ram }) => ram, format: bytes, unit: 1024 },
		{ title: "time of an inference", limit: limits.seconds, of: ({ seconds }) => seconds, format: duration, unit: 1 },
	];
	const shown = measures.filter(({ of }) => candidates.every((one) => (of(one) ?? 0) > 0));
	const lines = legendLines(result);
	const all = { width: shown.length * width, height: height + 24 + 17 * lines.length };
	const parts = [
		element("style", {}, style),
		element("rect", { class: "paper", width: all.width, height: all.height }),
		text(title, { class: "title", x: 16, y: 24 }),
		...shown.map((measure, i) => element("g", { transform: `translate(${i * width} 14)` }, panel(result, measure))),
		...lines.map((line, i) => text(line, { x: 16, y: height + 26 + 17 * i, style: "font-size:12px" })),
	];
	const attributes = {
		xmlns: "http://www.w3.org/2000/svg",
		class: "p",
		viewBox: `0 0 ${all.width} ${all.height}`,
		role: "img",
		"aria-label": title,
	};
	return `${element("svg", attributes, parts)}\n`;
}

function legendLines({ candidates, chosen, front }: SearchResult): string[] {
	const common = commonChoices(candidates);
	const best = candidates.find(({ number }) => number === chosen);
	const marks = `${candidates.length} tried, ${front.length} on the front (filled); rings: beaten by others; crosses: beyond a limit`;
	return [
		...(best ? [`chosen: ${best.number}, ${choicesText(best.choices, common)}`] : ["none is within the limits"]),
		marks,
	];
}

function panel({ candidates, front, chosen }: SearchResult, measure: Measure): string[] {
	const { of, format, limit, unit } = measure;
	const values = candidates.map((one) => of(one)!);
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const [from, to] = [least / 1.06, Math.max(most * 1.06, least * 1.3)];
	const isWide = to / from > 5;
	const x = (isWide ? logScale : linearScale)({ from, to, start: plot.left, end: plot.right });
	const y = accuracyScale(candidates);
	const steps = frontSteps(candidates, of);
	const ticks = (isWide ? logTicks(from / unit, to / unit) : linearTicks(from / unit, to / unit, 4))
		.map((tick) => tick * unit)
		.filter((tick, i, list) => i === 0 || x(tick) - x(list[i - 1]!) > tickSpace);
	const dots = candidates.flatMap((one) => {
		const [cx, cy] = [x(of(one)!), y.scale(Math.max(y.low, one.accuracy))];
		const label = `${one.number}: ${(100 * one.accuracy).toFixed(2)} %, ${format(of(one)!)}`;
		const name = [element("title", {}, label)];
		if (one.over.length > 0) return element("path", { class: "over", d: cross(cx, cy) }, name);
		const kind = one.number === chosen ? "chosen" : front.includes(one.number) ? "on" : "off";
		return element("circle", { class: kind, cx, cy, r: kind === "chosen" ? 6 : 4 }, name);
	});
	return [
		text(`accuracy against ${measure.title}`, { class: "panel", x: plot.left, y: plot.top - 20 }),
		...y.ticks.flatMap((tick) => [
			element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y.scale(tick), y2: y.scale(tick) }),
			text(`${Number((100 * tick).toFixed(2))} %`, { x: plot.left - 7, y: y.scale(tick) + 4, "text-anchor": "end" }),
		]),
		element("line", { class: "axis", x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom }),
		...ticks.map((tick) =>
			text(format(tick).replace(/\.0+ /, " "), { x: x(tick), y: plot.bottom + 17, "text-anchor": "middle" }),
		),
		text(measure.title, { x: (plot.left + plot.right) / 2, y: plot.bottom + 36, "text-anchor": "middle" }),
		...limitLine(limit, x, from, to, format),
		frontLine(steps, of, x, y),
		...dots,
		...labels(steps, chosen, (one) => [x(of(one)!), y.scale(one.accuracy)]),
	];
}

/** From a little below the lowest accuracy worth seeing: outliers far below the others lie on the lower edge. */
function accuracyScale(candidates: readonly Candidate[]) {
	const sorted = candidates.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
	const best = sorted.at(-1)!;
	const middle = sorted[Math.floor(sorted.length / 2)]!;
	const lowest = Math.max(sorted[0]!, best - Math.max(0.02, (best - middle) / widest));
	const margin = (best - lowest || 0.02) * 0.08;
	const [low, high] = [Math.max(0, lowest - margin), Math.min(1, best + margin)];
	const scale = linearScale({ from: low, to: high > low ? high : low + 0.01, start: plot.bottom, end: plot.top });
	return { scale, low, ticks: linearTicks(low, high, 5) };
}

/** The front of this one measure, cheapest first. */
function frontSteps(candidates: readonly Candidate[], of: Measure["of"]): Candidate[] {
	const within = candidates.filter(({ over }) => over.length === 0);
	const sorted = [...within].sort((a, b) => of(a)! - of(b)! || b.accuracy - a.accuracy);
	let best = -1;
	return sorted.filter(({ accuracy }) => {
		if (accuracy <= best) return false;
		best = accuracy;
		return true;
	});
}

function frontLine(
	steps: readonly Candidate[],
	of: Measure["of"],
	x: (value: number) => number,
	{ scale, low }: ReturnType<typeof accuracyScale>,
): string {
	const points = steps.flatMap((one, i): [number, number][] => {
		const at: [number, number] = [x(of(one)!), scale(Math.max(low, one.accuracy))];
		const before = steps[i - 1];
		return before ? [[at[0], scale(Math.max(low, before.accuracy))], at] : [at];
	});
	const last = points.at(-1);
	return polyline(last ? [...points, [plot.right, last[1]]] : [], { class: "front" });
}

function limitLine(
	limit: number | undefined,
	x: (value: number) => number,
	from: number,
	to: number,
	format: (value: number) => string,
): string[] {
	if (limit === undefined) return [];
	if (limit > to || limit < from) {
		return [text(`limit ${format(limit)}`, { x: plot.right, y: plot.top - 20, "text-anchor": "end" })];
	}
	return [
		element("line", { class: "limit", x1: x(limit), x2: x(limit), y1: plot.top, y2: plot.bottom }),
		text(`limit ${format(limit)}`, { x: plot.right, y: plot.top - 20, "text-anchor": "end" }),
	];
}

/** Numbers at the front's points, as many as there is room for; always the chosen one's. */
function labels(
	steps: readonly Candidate[],
	chosen: number | undefined,
	place: (one: Candidate) => readonly [number, number],
): string[] {
	const placed: (readonly [number, number])[] = [];
	const sorted = [...steps].sort((a, b) => Number(b.number === chosen) - Number(a.number === chosen));
	return sorted.flatMap((one) => {
		const [x, y] = place(one);
		if (placed.some((other) => Math.abs(other[0] - x) < labelSpace && Math.abs(other[1] - y) < labelSpace)) return [];
		placed.push([x, y]);
		const kind = one.number === chosen ? "label chosen-label" : "label";
		return [text(String(one.number), { class: kind, x: x - 6, y: y - 7, "text-anchor": "end" })];
	});
}

function cross(x: number, y: number): string {
	const [left, top, right, bottom] = [x - 3.5, y - 3.5, x + 3.5, y + 3.5].map((value) => Math.round(10 * value) / 10);
	return `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
}
