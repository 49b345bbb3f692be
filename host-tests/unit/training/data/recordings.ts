import { encodeText } from "common/text";
import type { ImportFile, Recording } from "../../../../tools/training/data/recording";
import type { Examples, Origin } from "../../../../tools/training/examples";

/** A recording of which each value tells sample and channel: sample + channel / 8, in g and °/s. */
export function ramp(samples: number, changes: Partial<Recording> = {}): Recording {
	const channels = changes.channels ?? 6;
	return {
		label: "a",
		group: "g",
		source: { file: "f", line: 1 },
		rate: 100,
		channels,
		samples: Float32Array.from(
			{ length: samples * channels },
			(_, i) => (Math.floor(i / channels) + (i % channels) / 8) / 64,
		),
		...changes,
	};
}

/** Rows of one sample of three counts that no other row has, with their class and group. */
export function examplesOf(rows: readonly { label: number; group: string; origin?: Origin }[]): Examples {
	return {
		input: { datatype: "INT16", shape: [1, 3], scale: 1 / 32768, zeroPoint: 0 },
		classes: Array.from({ length: Math.max(...rows.map(({ label }) => label)) + 1 }, (_, i) => `class ${i}`),
		rows: Int16Array.from(rows.flatMap((_, i) => [i, -i, 1000 + i])),
		labels: Uint8Array.from(rows, ({ label }) => label),
		groups: rows.map(({ group }) => group),
		...(rows[0]?.origin && { origins: rows.map(({ origin }) => origin!) }),
	};
}

export function fileOf(name: string, text: string): ImportFile {
	return { name, bytes: encodeText(text) };
}
