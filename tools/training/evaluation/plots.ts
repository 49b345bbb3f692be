/** The report's drawings. */

import { element, linearScale, linearTicks, polyline, type Scale, text } from "../svg";
import type { Progress } from "../trainer";
import type { Calibration } from "./calibration";
import type { Interval } from "./intervals";

interface Frame {
	readonly width: number;
	readonly height: number;
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
}

const frame: Frame = { width: 360, height: 260, left: 56, right: 340, top: 14, bottom: 216 };

interface Axis {
	readonly scale: Scale;
	readonly ticks: readonly number[];
	readonly label: string;
	format(value: number): string;
}

/** Grid, tick marks and names of the axes, and what is drawn inside. */
function chart(title: string, x: Axis, y: Axis, content: readonly string[]): string {
	const { left, right, top, bottom, width, height } = frame;
	const grid = y.ticks.map((tick) =>
		element("line", { class: "grid", x1: left, x2: right, y1: y.scale(tick), y2: y.scale(tick) }),
	);
	const xTicks = x.ticks.map((tick) =>
		text(x.format(tick), { class: "tick", x: x.scale(tick), y: bottom + 16, "text-anchor": "middle" }),
	);
	const yTicks = y.ticks.map((tick) =>
		text(y.format(tick), { class: "tick", x: left - 7, y: y.scale(tick) + 3.5, "text-anchor": "end" }),
	);
	const names = [
		text(x.label, { class: "name", x: (left + right) / 2, y: bottom + 35, "text-anchor": "middle" }),
		text(y.label, {
			class: "name",
			x: 0,
			y: 0,
			"text-anchor": "middle",
			transform: `translate(11 ${(top + bottom) / 2}) rotate(-90)`,
		}),
	];
	const axis = element("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom });
	return element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, [
		...grid,
		...content,
		axis,
		...xTicks,
		...yTicks,
		...names,
	]);
}

const share = (value: number) => `${Math.round(100 * value)} %`;

/** Accuracy against confidence: what is sure and right lies on the diagonal. Areas of the points are rows. */
export function reliabilityPlot({ bins }: Calibration): string {
	const x: Axis = {
		scale: linearScale({ from: 0, to: 1, start: frame.left, end: frame.right }),
		ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
		label: "confidence: the greatest share",
		format: share,
	};
	const y: Axis = { ...x, scale: linearScale({ from: 0, to: 1, start: frame.bottom, end: frame.top }), label: "right" };
	const most = Math.max(...bins.map(({ rows }) => rows));
	const filled = bins.filter(({ rows }) => rows > 0);
	const place = ({ confidence, accuracy }: { confidence: number; accuracy: number }) =>
		[x.scale(confidence), y.scale(accuracy)] as const;
	return chart("Reliability", x, y, [
		element("line", { class: "ideal", x1: x.scale(0), y1: y.scale(0), x2: x.scale(1), y2: y.scale(1) }),
		...filled.map((bin) =>
			element("line", {
				class: "gap",
				x1: x.scale(bin.confidence),
				x2: x.scale(bin.confidence),
				y1: y.scale(bin.confidence),
				y2: y.scale(bin.accuracy),
			}),
		),
		polyline(filled.map(place), { class: "line one" }),
		...filled.map((bin) => {
			const [cx, cy] = place(bin);
			const title = `${bin.rows} rows: confidence ${share(bin.confidence)}, right ${share(bin.accuracy)}`;
			return element("circle", { class: "dot one", cx, cy, r: 2.5 + 7 * Math.sqrt(bin.rows / most) }, [
				element("title", {}, title),
			]);
		}),
	]);
}

interface Curve {
	readonly name: string;
	readonly values: readonly (number | undefined)[];
}

/** Losses, and the validation accuracy, by step; each is left out when the method has none. */
export function learningCurves(progress: readonly Progress[]): string[] {
	const losses = [
		{ name: "training", values: progress.map(({ loss }) => loss) },
		{ name: "validation", values: progress.map(({ validationLoss }) => validationLoss) },
	];
	const accuracies = [{ name: "validation", values: progress.map(({ validationAccuracy }) => validationAccuracy) }];
	const steps = progress.map(({ step }) => step);
	return [
		curvePlot("loss in nats", steps, losses, (value) => String(value)),
		curvePlot("validation accuracy", steps, accuracies, (value) => `${Number((100 * value).toFixed(1))} %`),
	].filter((plot) => plot !== "");
}

function curvePlot(
	label: string,
	steps: readonly number[],
	curves: readonly Curve[],
	format: (value: number) => string,
): string {
	const known = curves.filter(({ values }) => values.some((value) => value !== undefined));
	const values = known.flatMap((curve) =>
		curve.values.filter((value) => value !== undefined && Number.isFinite(value)),
	);
	if (values.length === 0) return "";
	const numbers = values as number[];
	const low = Math.min(...numbers);
	const high = Math.max(...numbers);
	const margin = (high - low || Math.abs(high) || 1) * 0.06;
	const from = Math.max(0, low - margin);
	const to = label.includes("accuracy") ? Math.min(1, high + margin) : high + margin;
	const first = steps[0]!;
	const last = Math.max(steps.at(-1)!, first + 1);
	const x: Axis = {
		scale: linearScale({ from: first, to: last, start: frame.left, end: frame.right }),
		ticks: linearTicks(first, last, 6).filter(Number.isInteger),
		label: "step",
		format: String,
	};
	const y: Axis = {
		scale: linearScale({ from, to: to > from ? to : from + 1, start: frame.bottom, end: frame.top }),
		ticks: linearTicks(from, to, 5),
		label,
		format,
	};
	const kinds = ["one", "two"];
	const lines = known.map((curve, i) =>
		polyline(
			curve.values.map((value, k) => [x.scale(steps[k]!), y.scale(value ?? Number.NaN)] as const),
			{ class: `line ${kinds[i]}` },
		),
	);
	const legend =
		known.length < 2
			? []
			: known.map(({ name }, i) =>
					text(name, {
						class: `legend ${kinds[i]}`,
						x: frame.right - 4,
						y: frame.top + 12 + 15 * i,
						"text-anchor": "end",
					}),
				);
	return chart(label, x, y, [...lines, ...legend]);
}

/** A share from 0 to 1 on a track, with its interval. */
export function shareBar(value: number | null, interval: Interval | null): string {
	const scale = linearScale({ from: 0, to: 1, start: 4, end: 116 });
	const parts = [element("line", { class: "track", x1: scale(0), x2: scale(1), y1: 8, y2: 8 })];
	if (interval) {
		const [x1, x2] = [scale(interval.low), scale(interval.high)];
		parts.push(element("line", { class: "span", x1, x2: Math.max(x2, x1 + 0.01), y1: 8, y2: 8 }));
	}
	if (value !== null) parts.push(element("circle", { class: "dot one", cx: scale(value), cy: 8, r: 4 }));
	return element(
		"svg",
		{ class: "bar", viewBox: "0 0 120 16", preserveAspectRatio: "xMinYMid", "aria-hidden": "true" },
		parts,
	);
}
