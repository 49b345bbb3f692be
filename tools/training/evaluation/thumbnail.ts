/** A row small enough to look at many: lines of a window's channels, or a picture. */

import { type InputFormat, rowLength, type Stored } from "../examples";
import { element, linearScale, polyline } from "../svg";

/** More samples than this are drawn one in several: a drawing is 150 units wide. */
const drawn = 150;
const axes = ["x", "y", "z"];

/** `row` as stored. Three channels share a panel, which is scaled to its own greatest value. */
export function thumbnail(input: InputFormat, row: Stored): string {
	const { shape } = input;
	const side = Math.sqrt(rowLength(input));
	if (shape.length === 1 && Number.isInteger(side) && side <= 32 && input.datatype === "INT8") {
		return picture(row, side);
	}
	const channels = shape.length > 1 ? shape.at(-1)! : 1;
	return waveform(row, channels);
}

function waveform(row: Stored, channels: number): string {
	const samples = row.length / channels;
	const together = channels % 3 === 0 ? 3 : channels;
	const panels = channels / together;
	const height = panels > 1 ? 38 : 64;
	const stride = Math.ceil(samples / drawn);
	const x = linearScale({ from: 0, to: Math.max(1, samples - 1), start: 2, end: 148 });
	const parts: string[] = [];
	for (let panel = 0; panel < panels; panel++) {
		const middle = panel * (height + 4) + height / 2;
		let greatest = 1e-12;
		for (let i = 0; i < samples; i++) {
			for (let k = 0; k < together; k++) {
				greatest = Math.max(greatest, Math.abs(row[i * channels + panel * together + k]!));
			}
		}
		const y = linearScale({
			from: -greatest,
			to: greatest,
			start: middle + height / 2 - 1,
			end: middle - height / 2 + 1,
		});
		parts.push(element("line", { class: "grid", x1: 2, x2: 148, y1: middle, y2: middle }));
		for (let k = 0; k < together; k++) {
			const points: [number, number][] = [];
			for (let i = 0; i < samples; i += stride) {
				points.push([Math.round(10 * x(i)) / 10, Math.round(10 * y(row[i * channels + panel * together + k]!)) / 10]);
			}
			parts.push(polyline(points, { class: `wave ${axes[k % 3]}` }));
		}
	}
	const full = panels * (height + 4) - 4;
	return element("svg", { class: "thumbnail", viewBox: `0 0 150 ${full}`, "aria-hidden": "true" }, parts);
}

/** Stored −128 is paper, 127 is ink. */
function picture(row: Stored, side: number): string {
	const parts: string[] = [element("rect", { class: "paper", width: side, height: side })];
	row.forEach((value: number, i: number) => {
		const ink = (value + 128) / 255;
		if (ink > 0.01) {
			const place = { x: i % side, y: Math.floor(i / side) };
			parts.push(element("rect", { class: "ink", ...place, width: 1, height: 1, opacity: Number(ink.toFixed(2)) }));
		}
	});
	const attributes = { class: "thumbnail", viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" };
	return element("svg", { ...attributes, "aria-hidden": "true" }, parts);
}
