/**
 * Memory against power of the catalogue's microcontrollers, and where a model fits among them: towards the upper left
 * there is more memory for less power.
 */

import { bytes } from "../evaluation/format";
import { element, logScale, logTicks, text } from "../svg";
import type { Microcontroller } from "./catalogue";
import type { Fit } from "./fit";

const width = 760;
const height = 520;
const plot = { left: 66, right: 740, top: 58, bottom: 456 };
const letter = 6.3;

const style = `
.f{--paper:#fff;--ink:#1c1f23;--soft:#667078;--rule:#e4e4e0;--yes:#0b7a75;--no:#c2412d;--need:#d9730d}
@media (prefers-color-scheme:dark){.f{--paper:#1d2125;--ink:#e8e9ea;--soft:#98a2ab;--rule:#343a40;--yes:#2bb3a3;--no:#ef6a55;--need:#f0a04b}}
.f{background:var(--paper);font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.f text{fill:var(--soft);font-size:11px}
.f .title{fill:var(--ink);font-size:15px;font-weight:600}
.f .name{fill:var(--ink);font-size:11px}
.f .grid{stroke:var(--rule)}
.f .axis{stroke:var(--soft)}
.f .yes{fill:var(--yes)}
.f .no{fill:none;stroke:var(--no);stroke-width:1.6}
.f .need{stroke:var(--need);stroke-width:1.4;stroke-dasharray:6 4}
.f .needed{fill:var(--need);font-weight:600}
.f .paper{fill:var(--paper)}`;

/** In watts, while it computes at its full clock; undefined where no current is known. */
export function activePower({ current, megahertz }: Microcontroller): number | undefined {
	return current && (current.milliamperes / 1000) * current.volts * (megahertz / current.megahertz);
}

/** A complete SVG document of those whose power is known; filled: the model fits. */
export function plotFits(fits: readonly Fit[], title: string): string {
	const shown = fits.flatMap((fit) => {
		const watts = activePower(fit.microcontroller);
		return watts === undefined ? [] : [{ ...fit, watts }];
	});
	const needed = fits[0]!.ram.needed;
	const powers = shown.map(({ watts }) => watts);
	const memories = [needed, ...shown.map(({ ram }) => ram.available)];
	const [leastPower, mostPower] = [Math.min(...powers) / 1.6, Math.max(...powers) * 2.2];
	const [leastMemory, mostMemory] = [Math.min(...memories) / 1.7, Math.max(...memories) * 1.7];
	const x = logScale({ from: leastPower, to: mostPower, start: plot.left, end: plot.right });
	const y = logScale({ from: leastMemory, to: mostMemory, start: plot.bottom, end: plot.top });
	const dots = shown.map(({ microcontroller, fits: fit, ram, watts }) => {
		const note = `${microcontroller.name}: ${bytes(ram.available)} of RAM, ${milliwatts(watts)}`;
		const attributes = { class: fit ? "yes" : "no", cx: x(watts), cy: y(ram.available), r: 5 };
		return element("circle", attributes, [element("title", {}, note)]);
	});
	const names = placeNames(
		shown.map(({ microcontroller, ram, watts }) => ({ name: microcontroller.name, x: x(watts), y: y(ram.available) })),
	);
	const parts = [
		element("style", {}, style),
		element("rect", { class: "paper", width, height }),
		text(title, { class: "title", x: 16, y: 26 }),
		text("filled: fits; ring: does not", { x: plot.right, y: 26, "text-anchor": "end" }),
		...logTicks(leastPower * 1000, mostPower * 1000).flatMap((tick) => [
			element("line", { class: "grid", x1: x(tick / 1000), x2: x(tick / 1000), y1: plot.top, y2: plot.bottom }),
			text(milliwatts(tick / 1000), { x: x(tick / 1000), y: plot.bottom + 18, "text-anchor": "middle" }),
		]),
		...binaryTicks(leastMemory, mostMemory).flatMap((tick) => [
			element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }),
			text(bytes(tick).replace(/\.0+ /, " "), { x: plot.left - 8, y: y(tick) + 4, "text-anchor": "end" }),
		]),
		element("line", { class: "axis", x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom }),
		element("line", { class: "need", x1: plot.left, x2: plot.right, y1: y(needed), y2: y(needed) }),
		text(`the model needs ${bytes(needed)}`, {
			class: "needed",
			x: plot.right,
			y: y(needed) - 6,
			"text-anchor": "end",
		}),
		text("power while computing, radios off, by data sheets", {
			x: (plot.left + plot.right) / 2,
			y: plot.bottom + 42,
			"text-anchor": "middle",
		}),
		text("RAM", { x: plot.left - 8, y: plot.top - 12, "text-anchor": "end" }),
		...names,
		...dots,
	];
	const attributes = {
		xmlns: "http://www.w3.org/2000/svg",
		class: "f",
		viewBox: `0 0 ${width} ${height}`,
		role: "img",
		"aria-label": title,
	};
	return `${element("svg", attributes, parts)}\n`;
}

function milliwatts(watts: number): string {
	return `${Number((watts * 1000).toPrecision(3))} mW`;
}

/** Powers of four times 1 KiB: what memories come in. */
function binaryTicks(low: number, high: number): number[] {
	const ticks: number[] = [];
	for (let tick = 1024; tick <= high; tick *= 4) if (tick >= low) ticks.push(tick);
	return ticks;
}

interface Spot {
	readonly name: string;
	readonly x: number;
	readonly y: number;
}

interface Box {
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
}

/** Each name beside its dot, where it covers no dot and no other name if there is such a place. */
function placeNames(spots: readonly Spot[]): string[] {
	const taken: Box[] = spots.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
	return spots.map(({ name, x, y }) => {
		const long = letter * name.length;
		const places = [
			[x + 9, y + 4],
			[x - 9 - long, y + 4],
			[x - long / 2, y - 10],
			[x - long / 2, y + 18],
			[x + 7, y - 8],
			[x + 7, y + 15],
			[x - 7 - long, y - 8],
			[x - 7 - long, y + 15],
			[x - long / 2, y - 24],
			[x - long / 2, y + 32],
		] as const;
		const boxOf = ([left, base]: readonly [number, number]) => ({
			left,
			right: left + long,
			top: base - 10,
			bottom: base + 3,
		});
		const cost = (place: readonly [number, number]) => {
			const box = boxOf(place);
			const outside = box.left < plot.left || box.right > plot.right || box.top < plot.top ? 10 : 0;
			return outside + taken.filter((other) => overlap(box, other)).length;
		};
		const best = places.reduce((least, place) => (cost(place) < cost(least) ? place : least));
		taken.push(boxOf(best));
		return text(name, { class: "name", x: best[0], y: best[1] });
	});
}

function overlap(a: Box, b: Box): boolean {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
