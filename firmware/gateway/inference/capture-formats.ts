/** Recorded windows as the texts of an export, each at most some kilobytes, so that any number of them needs no more. */
import type { Capture } from "gateway/inference/captures";

/** Counts of an MPU-6050 per g at ±4 g and per degree a second at ±2000 °/s. */
const countsPerG = 8192;
const countsPerDegree = 16.4;
const channels = 6;
/** Rows of one text. */
const rowsAtOnce = 16;

/** A line of JSON for each window: its counts are base64 of int16, little-endian. */
export function* formatLines(
	captures: Iterable<Capture>,
	encode: (bytes: Uint8Array) => string,
): Generator<string, void> {
	for (const { device, label, time, rate, window } of captures) {
		yield `${JSON.stringify({ device, label, time, rate: rounded(rate), window: encode(window) })}\n`;
	}
}

/** As Arduino's capture sketches print recordings: g and °/s, a blank line between windows. */
export function* formatTable(captures: Iterable<Capture>): Generator<string, void> {
	yield "aX,aY,aZ,gX,gY,gZ\n";
	for (const { window } of captures) {
		// A copy: the record's place is used for the next one while the client takes its time.
		const counts = new Int16Array(window.slice().buffer);
		for (let at = 0; at < counts.length; at += rowsAtOnce * channels) yield formatRows(counts, at);
		yield "\n";
	}
}

function formatRows(counts: Int16Array, start: number): string {
	const end = Math.min(counts.length, start + rowsAtOnce * channels);
	let text = "";
	for (let i = start; i < end; i++) {
		const axis = i % channels;
		text += axis < 3 ? (counts[i]! / countsPerG).toFixed(5) : (counts[i]! / countsPerDegree).toFixed(3);
		text += axis === channels - 1 ? "\n" : ",";
	}
	return text;
}

function rounded(rate: number): number {
	return Math.round(rate * 100) / 100;
}
