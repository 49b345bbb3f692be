/** Recorded windows as the texts of an export, each some hundred bytes, so that any number of them needs no more. */
import type { Capture } from "gateway/inference/captures";
import { viewOf } from "gateway/inference/tensor";

/** Counts of an MPU-6050 per g at ±4 g and per degree a second at ±2000 °/s. */
const countsPerG = 8192;
const countsPerDegree = 16.4;
const channels = 6;
/** Rows of one text, and bytes: base64 has no padding within a window when they are a multiple of 3. */
const rowsAtOnce = 8;
const bytesAtOnce = 384;

/** A line of JSON for each window: its counts are base64 of int16, little-endian. */
export function* formatLines(
	captures: Iterable<Capture>,
	encode: (bytes: Uint8Array) => string,
): Generator<string, void> {
	for (const { device, label, time, rate, window, part } of captures) {
		const { length } = window;
		yield `${JSON.stringify({ device, label, time, rate: rounded(rate) }).slice(0, -1)},"window":"`;
		for (let at = 0; at < length; at += bytesAtOnce) yield encode(part(at, at + bytesAtOnce));
		yield '"}\n';
	}
}

/** As Arduino's capture sketches print recordings: g and °/s, a blank line between windows. */
export function* formatTable(captures: Iterable<Capture>): Generator<string, void> {
	yield "aX,aY,aZ,gX,gY,gZ\n";
	for (const { window, part } of captures) {
		const { length } = window;
		for (let at = 0; at < length; at += 2 * rowsAtOnce * channels)
			yield formatRows(viewOf(part(at, at + 2 * rowsAtOnce * channels)));
		yield "\n";
	}
}

function formatRows(counts: DataView): string {
	let text = "";
	for (let i = 0; 2 * i < counts.byteLength; i++) {
		const axis = i % channels;
		const count = counts.getInt16(2 * i, true);
		text += axis < 3 ? (count / countsPerG).toFixed(5) : (count / countsPerDegree).toFixed(3);
		text += axis === channels - 1 ? "\n" : ",";
	}
	return text;
}

function rounded(rate: number): number {
	return Math.round(rate * 100) / 100;
}

// A generator has an object of its own for a prototype: frozen, it stays in flash.
Object.freeze(formatLines.prototype);
Object.freeze(formatTable.prototype);
