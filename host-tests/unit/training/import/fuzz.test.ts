import { encodeText } from "common/text";
import { describe, expect, it } from "vitest";
import type { Imported, ImportFile, Picture, Recording } from "../../../../tools/training/data/recording";
import { importArduino } from "../../../../tools/training/import/arduino";
import { importCaptures } from "../../../../tools/training/import/captures";
import { importEdgeImpulse } from "../../../../tools/training/import/edge-impulse";
import { importPictures } from "../../../../tools/training/import/pictures";
import { importText } from "../../../../tools/training/import/text";
import { createRandom, type Random } from "../../../../tools/training/random";

const rounds = 2000;
const rows = Array.from({ length: 12 }, (_, i) => [i / 8, -i, 0.5, i * 10, -1e-3, 99]);
const sensors = ["accX", "accY", "accZ", "gyrX", "gyrY", "gyrZ"].map((name, i) => ({
	name,
	units: i < 3 ? "g" : "dps",
}));
const window = Buffer.from(Int16Array.from(rows.flat()).buffer).toString("base64");
const capture = JSON.stringify({ device: "w", label: "left", time: 0, rate: 119, window });

type Import = (file: ImportFile) => Imported<Recording | Picture>;

const importers: Record<string, { text: string; read: Import }> = {
	arduino: {
		text: `aX,aY,aZ,gX,gY,gZ\n${rows.map((row) => row.join()).join("\n")}\n\n${rows.map((row) => row.join()).join("\n")}`,
		read: (file) => importArduino(file, { label: "a", rate: 119 }),
	},
	text: {
		text: `-,-,-\n${rows.map((row) => row.slice(0, 3).join()).join("\n")}\n-,-,-\n1,2,3`,
		read: (file) =>
			importText(file, {
				label: "a",
				columns: ["aX", "aY", "aZ"],
				units: { acceleration: "m/s2" },
				rate: 25,
				divider: "-,-,-",
			}),
	},
	"edge impulse": {
		text: JSON.stringify({ protected: {}, payload: { device_name: "d", interval_ms: 10, sensors, values: rows } }),
		read: (file) => importEdgeImpulse(file, { label: "a" }),
	},
	captures: { text: [capture, capture, capture].join("\n"), read: (file) => importCaptures(file) },
	pictures: {
		text: JSON.stringify([
			{ label: 1, pixels: [0, 0.5, 1, 0] },
			{
				label: "b",
				pixels: [
					[0, 1],
					[1, 0],
				],
			},
		]),
		read: (file) => importPictures(file, { width: 2, height: 2, white: 1 }),
	},
	"picture data": {
		text: JSON.stringify({ data: [0, 0.5, 1, 0, 0.25, 0.125, 0, 1] }),
		read: (file) => importPictures(file, { label: "a", width: 2, height: 2, white: 1 }),
	},
};

const fragments = [
	"NaN",
	"-Infinity",
	"null",
	"1e999",
	"[[[[",
	"]]",
	"{",
	'"',
	"\\u",
	",,",
	"\n\n",
	"\r",
	"\0",
	"é",
	"-,-,-",
];

/** Cuts, doubles, overwrites and inserts, some at a time. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
	let bytes = Array.from(original);
	const at = () => Math.floor(random() * (bytes.length + 1));
	for (let left = 1 + Math.floor(4 * random()); left > 0; left--) {
		const [a, b] = [at(), at()].sort((x, y) => x - y) as [number, number];
		const what = Math.floor(5 * random());
		if (0 === what) bytes = bytes.slice(0, b);
		else if (1 === what) bytes.splice(a, Math.min(b - a, 40));
		else if (2 === what) bytes.splice(a, 0, ...bytes.slice(a, a + Math.min(b - a, 40)));
		else if (3 === what) bytes[a] = Math.floor(256 * random());
		else bytes.splice(a, 0, ...encodeText(fragments[Math.floor(fragments.length * random())]!));
	}
	return Uint8Array.from(bytes);
}

describe.each(Object.entries(importers))("mutated %s", (_, { text, read }) => {
	const original = encodeText(text);

	it("is read without problems as it was", () => {
		const { items, problems } = read({ name: "f", bytes: original });
		expect(items.length).toBeGreaterThan(0);
		expect(problems).toEqual([]);
	});

	it("gives finite values and problems with a line of the file, and never throws", () => {
		const random = createRandom(4);
		for (let round = 0; round < rounds; round++) {
			const bytes = mutate(original, random);
			const { items, problems } = read({ name: "f", bytes });
			expect(items.length + problems.length).toBeGreaterThan(0);
			const lines = bytes.filter((byte) => 0x0a === byte || 0x0d === byte).length + 1;
			for (const { line, reason } of problems) {
				expect(line).toBeGreaterThanOrEqual(1);
				expect(line).toBeLessThanOrEqual(lines);
				expect(reason).not.toBe("");
			}
			for (const item of items) {
				const values = "samples" in item ? item.samples : item.pixels;
				expect(values.length).toBeGreaterThan(0);
				expect(values.every(Number.isFinite)).toBe(true);
			}
		}
	});
});
