/** Recordings as files of the formats that the importers read: what comes out goes in again. */

import type { Recording } from "../data/recording";
import { channelNames } from "../sensor";

/** A file of an export; the name is made of the label and, where there are several, a number. */
export interface ExportFile {
	readonly name: string;
	readonly text: string;
}

export type ExportFormat = "arduino" | "edge-impulse" | "text";

/**
 * - `arduino`: one `LABEL.csv` for each label, in g and °/s, a header line, a blank line after each recording.
 * - `edge-impulse`: one `LABEL.N.json` for each recording, in its data acquisition format, unsigned, in g and °/s.
 * - `text`: one `LABEL_N.txt` for each recording, columns parted by spaces, in g and °/s.
 */
export function exportRecordings(recordings: readonly Recording[], format: ExportFormat): ExportFile[] {
	const byLabel = new Map<string, Recording[]>();
	for (const recording of recordings) {
		const label = fileName(recording.label);
		const known = byLabel.get(label);
		if (known) known.push(recording);
		else byLabel.set(label, [recording]);
	}
	return [...byLabel].flatMap(([label, own]) => formatLabel(label, own, format));
}

function formatLabel(label: string, recordings: readonly Recording[], format: ExportFormat): ExportFile[] {
	switch (format) {
		case "arduino":
			return [{ name: `${label}.csv`, text: formatTable(recordings) }];
		case "edge-impulse":
			return recordings.map((one, i) => ({ name: `${label}.${i + 1}.json`, text: formatAcquisition(one) }));
		case "text":
			return recordings.map((one, i) => ({ name: `${label}_${i + 1}.txt`, text: formatRows(one, " ") }));
	}
}

/** What may stand in a file's name everywhere. */
function fileName(label: string): string {
	return label.replace(/[^\p{L}\p{N}-]/gu, "-");
}

function formatTable(recordings: readonly Recording[]): string {
	const { channels } = recordings[0]!;
	const blocks = recordings.map((recording) => formatRows(recording, ","));
	return `${channelNames.slice(0, channels).join()}\n${blocks.join("\n")}`;
}

function formatRows(recording: Recording, divider: string): string {
	return rowsOf(recording)
		.map((row) => `${row.join(divider)}\n`)
		.join("");
}

/** Edge Impulse's documentation, "Data acquisition format": without a key the signature is of "none". */
function formatAcquisition(recording: Recording): string {
	const { group, rate, channels } = recording;
	const sensors = channelNames
		.slice(0, channels)
		.map((name, i) => ({ name: `${i < 3 ? "acc" : "gyr"}${name[1]}`, units: i < 3 ? "g" : "dps" }));
	return JSON.stringify({
		protected: { ver: "v1", alg: "none", iat: 0 },
		signature: "0".repeat(64),
		payload: {
			device_name: group,
			device_type: "TMLAAS",
			interval_ms: 1000 / rate,
			sensors,
			values: rowsOf(recording),
		},
	});
}

/** Five digits behind the point hold a count of the sensor. */
function rowsOf({ samples, channels }: Recording): number[][] {
	return Array.from({ length: samples.length / channels }, (_, row) =>
		Array.from(samples.subarray(row * channels, (row + 1) * channels), (value) => Number(value.toFixed(5))),
	);
}
