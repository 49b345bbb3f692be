import { JSONError, JSONReader } from "common/json";
import { encodeText } from "common/text";
import { type Identity, type Imported, type ImportFile, limits, type Problem, type Recording } from "../data/recording";
import { countsPerDegree, countsPerG } from "../sensor";
import { readLines } from "./rows";
import { empty, FormatError, tooLarge } from "./text";

const channels = 6;

/**
 * Reads what a gateway has captured: text in UTF-8, one JSON object a line (NDJSON), each one window of a device:
 *
 * `{"device":"wearable-1","label":"left","time":1700000000000,"rate":119,"model":"gesture","window":"…"}`
 *
 * - `device`: the device's id, 1 to 64 bytes; the recording's group unless one is given.
 * - `label`: what was captured, 1 to 64 bytes; a label that is given counts in its stead.
 * - `time`: when the window was answered, milliseconds since 1970-01-01 UTC.
 * - `rate`: samples a second, above 0.
 * - `model`: optional, for which model it was captured.
 * - `window`: base64 (RFC 4648, section 4, padded) of int16 counts, little endian, sample by sample aX, aY, aZ, gX, gY,
 *   gZ, of an MPU-6050 at ±4 g and ±2000 °/s: the very bytes that the wearable sent.
 *
 * Other members are passed over. A line that is none of this is reported and left out.
 */
export function importCaptures(
	file: ImportFile,
	options: Partial<Identity> & { rows?: number } = {},
): Imported<Recording> {
	if (file.bytes.length > limits.file) return { items: [], problems: [tooLarge(file)] };
	const items: Recording[] = [];
	const problems: Problem[] = [];
	for (const { line, text, reason } of readLines(file.bytes)) {
		if ("" === text) continue;
		if (problems.length === limits.problems) {
			const reason = `more than ${limits.problems} malformed lines; the rest is not read`;
			problems.push({ file: file.name, line, skipped: "file", reason });
			break;
		}
		try {
			if (undefined === text) throw new FormatError(reason);
			const { label, device, rate, window } = readCapture(text);
			const samples = toSamples(decodeBase64(window));
			const count = samples.length / channels;
			if (undefined !== options.rows && options.rows !== count)
				throw new FormatError(`${count} rows where ${options.rows} are expected`);
			items.push({
				label: options.label ?? label,
				group: options.group ?? device,
				source: { file: file.name, line },
				rate,
				channels,
				samples,
			});
		} catch (error) {
			if (!(error instanceof JSONError || error instanceof FormatError)) throw error;
			problems.push({ file: file.name, line, skipped: "recording", reason: error.message });
		}
	}
	if (0 === items.length && 0 === problems.length) problems.push(empty(file));
	return { items, problems };
}

const longestName = 64;

function readCapture(text: string): { device: string; label: string; rate: number; window: string } {
	let device: string | undefined;
	let label: string | undefined;
	let rate: number | undefined;
	let window: string | undefined;
	const reader = new JSONReader(encodeText(text));
	reader.object();
	for (let key = reader.key(); undefined !== key; key = reader.key()) {
		if ("device" === key) device = reader.string(longestName);
		else if ("label" === key) label = reader.string(longestName);
		else if ("rate" === key) rate = reader.number();
		else if ("window" === key) window = reader.string(limits.line);
		else reader.skip();
	}
	reader.end();
	if (!device) throw new FormatError('"device" is missing');
	if (!label) throw new FormatError('"label" is missing');
	if (undefined === rate || !(rate > 0)) throw new FormatError('"rate" is no rate');
	if (!window) throw new FormatError('"window" is missing');
	return { device, label, rate, window };
}

/** In g and °/s; rounding to float32 moves no count, so quantising gives the same ones again. */
function toSamples(bytes: Uint8Array): Float32Array {
	const row = 2 * channels;
	if (0 !== bytes.length % row) throw new FormatError(`${bytes.length} bytes are no samples of ${row}`);
	const view = new DataView(bytes.buffer);
	return Float32Array.from(
		{ length: bytes.length / 2 },
		(_, i) => view.getInt16(2 * i, true) / (i % channels < 3 ? countsPerG : countsPerDegree),
	);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Of our own: neither Node's Buffer nor the DOM's atob is here. */
function decodeBase64(text: string): Uint8Array {
	const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
	if (0 !== text.length % 4) throw new FormatError("the window's base64 is cut short");
	const bytes = new Uint8Array((text.length / 4) * 3 - padding);
	let bits = 0;
	for (let i = 0, at = 0; i < text.length - padding; i++) {
		const value = alphabet.indexOf(text[i]!);
		if (value < 0) throw new FormatError("the window is not base64");
		bits = ((bits << 6) | value) & 0xffffff;
		// After each character but the first of four another byte is complete.
		const held = 2 * (3 - (i % 4));
		if (held < 6) bytes[at++] = bits >> held;
	}
	return bytes;
}
