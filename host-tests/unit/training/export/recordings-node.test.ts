import { encodeText } from "common/text";
import { expect, it } from "vitest";
import type { Recording } from "../../../../tools/training/data/recording";
import { exportRecordings } from "../../../../tools/training/export/recordings";
import { importArduino } from "../../../../tools/training/import/arduino";
import { importEdgeImpulse } from "../../../../tools/training/import/edge-impulse";
import { importText } from "../../../../tools/training/import/text";
import { createRandom, normal } from "../../../../tools/training/random";

const random = createRandom(1);
const recording = (label: string, group: string): Recording => ({
	label,
	group,
	source: { file: "captures.ndjson", line: 1 },
	rate: 119.4,
	channels: 6,
	samples: Float32Array.from({ length: 60 }, (_, i) => (i % 6 < 3 ? 1 : 100) * normal(random)),
});
const recordings = [
	recording("left", "wearable-1"),
	recording("left", "wearable-2"),
	recording("up & down", "wearable-1"),
];

const close = (one: Float32Array, other: Float32Array) =>
	expect(Math.max(...one.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-5 + 1e-4);

it("gives Arduino's tables that come in again", () => {
	const files = exportRecordings(recordings, "arduino");
	expect(files.map(({ name }) => name)).toEqual(["left.csv", "up---down.csv"]);
	const { items, problems } = importArduino(
		{ name: "left.csv", bytes: encodeText(files[0]!.text) },
		{ label: "left", rate: 119.4, rows: 10 },
	);
	expect(problems).toEqual([]);
	expect(items).toHaveLength(2);
	items.forEach(({ samples }, i) => {
		close(samples, recordings[i]!.samples);
	});
});

it("gives files of Edge Impulse's format that come in again", () => {
	const files = exportRecordings(recordings, "edge-impulse");
	expect(files.map(({ name }) => name)).toEqual(["left.1.json", "left.2.json", "up---down.1.json"]);
	files.forEach(({ name, text }, i) => {
		const { items, problems } = importEdgeImpulse({ name, bytes: encodeText(text) }, { label: recordings[i]!.label });
		expect(problems).toEqual([]);
		expect(items[0]).toMatchObject({ group: recordings[i]!.group, channels: 6 });
		expect(items[0]!.rate).toBeCloseTo(119.4, 6);
		close(items[0]!.samples, recordings[i]!.samples);
	});
});

it("gives plain texts that come in again", () => {
	const files = exportRecordings(recordings, "text");
	expect(files.map(({ name }) => name)).toEqual(["left_1.txt", "left_2.txt", "up---down_1.txt"]);
	const { items, problems } = importText(
		{ name: files[2]!.name, bytes: encodeText(files[2]!.text) },
		{
			label: "up & down",
			columns: ["aX", "aY", "aZ", "gX", "gY", "gZ"],
			units: { acceleration: "g", rotation: "°/s" },
			rate: 119.4,
			rows: 10,
		},
	);
	expect(problems).toEqual([]);
	close(items[0]!.samples, recordings[2]!.samples);
});
