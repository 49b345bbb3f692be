import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withMetadata } from "../../../../tools/training/metadata";
import { createRandom } from "../../../../tools/training/random";
import { ModelFormatError, readModel } from "../../../../tools/training/tflite/reader";
import { buildEngine, runEngine } from "../../../native/build";
import { listGoldens } from "../../../native/goldens";

const directory = mkdtempSync(join(tmpdir(), "tmlaas-metadata-"));
afterAll(() => rmSync(directory, { recursive: true }));

const entries = [
	{ name: "FIRST", data: Uint8Array.from({ length: 33 }, (_, i) => i) },
	{ name: "SECOND_ENTRY", data: Uint8Array.of(7) },
];

/** Of each family of models the engine's tests have, up to three: from TensorFlow's converter and from other writers. */
const corpus = listGoldens().filter(
	({ name }, i, all) => all.slice(0, i).filter((other) => other.name.split("/")[0] === name.split("/")[0]).length < 3,
);

function read(path: string): Uint8Array {
	return new Uint8Array(readFileSync(path));
}

describe("metadata", () => {
	it("is added with all else as it was, byte for byte, behind it", () => {
		expect(corpus.length).toBeGreaterThan(60);
		for (const { model } of corpus) {
			const before = read(model);
			const after = withMetadata(before, entries);
			const moved = after.length - before.length;
			expect(moved % 16).toBe(0);
			expect(Buffer.compare(after.subarray(moved), before)).toBe(0);
			const { metadata, ...rest } = readModel(after);
			const { metadata: old, ...same } = readModel(before);
			expect(rest).toEqual(same);
			expect(metadata).toEqual([...old, ...entries]);
		}
	});

	it("leaves what the engine gives as it was", () => {
		const engine = buildEngine();
		const file = join(directory, "model.tflite");
		for (const { name, model } of corpus) {
			const info = (path: string) => {
				const { size: _, ...rest } = JSON.parse(runEngine(engine, ["--info", path]).output.toString());
				return rest;
			};
			writeFileSync(file, withMetadata(read(model), entries));
			const expected = info(model);
			expect(info(file), name).toEqual(expected);
			const length = expected.inputs.reduce(
				(sum: number, { byteLength }: { byteLength: number }) => sum + byteLength,
				0,
			);
			const random = createRandom(length);
			// Exponents of floats stay small, so that nothing becomes NaN, of which there are many.
			const input = Uint8Array.from({ length: 3 * length }, (_, i) => random() * (i % 4 === 3 ? 64 : 256));
			const { output, status } = runEngine(engine, [model], input);
			expect(status).toBe(0);
			expect(runEngine(engine, [file], input).output.equals(output), name).toBe(true);
			for (const entry of entries)
				expect(new Uint8Array(runEngine(engine, ["--metadata", entry.name, file]).output)).toEqual(entry.data);
		}
	});

	it("replaces entries of the same name and keeps the others", () => {
		const file = withMetadata(read(corpus[0]!.model), entries);
		const again = withMetadata(file, [{ name: "FIRST", data: Uint8Array.of(1, 2) }]);
		expect(readModel(again).metadata.filter(({ name }) => name === "FIRST")).toEqual([
			{ name: "FIRST", data: Uint8Array.of(1, 2) },
		]);
		expect(readModel(again).metadata).toContainEqual(entries[1]);
	});

	it("has its content where the format wants it", () => {
		const file = withMetadata(read(corpus[0]!.model), entries);
		const at = Buffer.from(file).indexOf(entries[0]!.data);
		expect(at % 16).toBe(0);
	});

	it("is not added to bytes that are no model", () => {
		const file = read(corpus[0]!.model);
		for (const bytes of [new Uint8Array(), file.subarray(0, 40), Uint8Array.from(file, (byte) => byte ^ 255)])
			expect(() => withMetadata(bytes, entries)).toThrow(ModelFormatError);
	});

	it("survives altered files", () => {
		const random = createRandom(5);
		const files = ["classical/gesture_tree", "networks/gest6_int8", "convolutions/plain"].flatMap(
			(name) => corpus.find((one) => one.name === name)?.model ?? [],
		);
		const sources = [...files, ...corpus.slice(0, 6).map(({ model }) => model)].map(read);
		const outcomes = [0, 0];
		for (let i = 0; i < 4000; i++) {
			const altered = sources[i % sources.length]!.slice();
			const edits = 1 + Math.floor(random() * 4);
			for (let k = 0; k < edits; k++) altered[Math.floor(random() * altered.length)] = Math.floor(random() * 256);
			try {
				readModel(withMetadata(altered, entries));
				outcomes[1]!++;
			} catch (error) {
				if (!(error instanceof ModelFormatError)) throw error;
				outcomes[0]!++;
			}
		}
		expect(outcomes[0]).toBeGreaterThan(200);
		expect(outcomes[1]).toBeGreaterThan(200);
	});
});
