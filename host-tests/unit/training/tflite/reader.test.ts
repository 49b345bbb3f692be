import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../tools/training/random";
import { describeModel } from "../../../../tools/training/tflite/describe";
import { operatorNames } from "../../../../tools/training/tflite/operator-names";
import { type ModelFault, ModelFormatError, readModel } from "../../../../tools/training/tflite/reader";
import { writeModel } from "../../../../tools/training/tflite/writer";
import { finish, int32s, table, tables, text, u8, u32, u64, vector } from "../../../native/flatbuffer";
import { listGoldens } from "../../../native/goldens";
import { hasData } from "../../../optional";
import { arithmetic, convolutional, tree } from "./graphs";

const files = listGoldens().map(({ model }) => model);
const written = [convolutional(), arithmetic(), tree()].map((graph) =>
	writeModel({ ...graph, description: "written here", metadata: [{ name: "NOTE", data: Uint8Array.of(1, 2, 3) }] }),
);

/** What is wrong, or undefined; anything but a model or the reader's own error fails the test. */
function faultOf(bytes: Uint8Array): ModelFault | undefined {
	try {
		describeModel(readModel(bytes), bytes.length);
	} catch (error) {
		if (error instanceof ModelFormatError) return error.code;
		throw error;
	}
	return undefined;
}

describe("files of other tools", () => {
	it("are all read and described", () => {
		expect(files.length).toBeGreaterThan(1500);
		const kinds = new Set<string>();
		for (const file of files) {
			const bytes = readFileSync(file);
			const model = readModel(bytes);
			expect(describeModel(model, bytes.length).length).toBeGreaterThan(5);
			for (const { kind, hasUnknownOptions } of model.subgraphs.flatMap(({ operators }) => operators)) {
				kinds.add(kind);
				expect(operatorNames).toContain(kind);
				expect(hasUnknownOptions).toBe(false);
			}
		}
		expect(kinds.size).toBeGreaterThan(90);
	});

	const yardsticks = fileURLToPath(new URL("../../../../../shared/data/mlp-goldens/", import.meta.url));
	const present = hasData(yardsticks, "reading 24 models of other tools");
	it.skipIf(!present)("are read with their layers", () => {
		const names = readdirSync(yardsticks).filter((name) => name.endsWith(".tflite"));
		expect(names.length).toBe(24);
		for (const name of names) {
			const { operators } = readModel(readFileSync(yardsticks + name)).subgraphs[0]!;
			expect(operators.filter(({ kind }) => kind === "FULLY_CONNECTED").length).toBeGreaterThanOrEqual(3);
		}
	});
});

describe("damaged files", () => {
	it("are refused when they end too early, at any multiple of 64 bytes", () => {
		for (const bytes of written) {
			for (let length = 0; length < bytes.length - 64; length += 64) {
				expect(faultOf(bytes.slice(0, length)), `${length} bytes`).toMatch(length < 8 ? "format" : /offset|format/);
			}
		}
	});

	it("are read or refused whatever is changed in them", () => {
		const random = createRandom(1);
		const below = (limit: number) => Math.floor(random() * limit);
		const samples = [
			...written,
			...files.filter((_, i) => i % 40 === 0).map((file) => new Uint8Array(readFileSync(file))),
		];
		const faults = new Map<ModelFault | undefined, number>();
		for (let i = 0; i < 6000; i++) {
			const bytes = samples[below(samples.length)]!.slice();
			// Most of a file is weights: what can go wrong stands at its beginning or at its end.
			const place = () =>
				random() < 0.5 ? below(Math.min(bytes.length, 600)) : bytes.length - 1 - below(Math.min(bytes.length, 1500));
			const view = new DataView(bytes.buffer);
			for (let k = below(3); k >= 0; k--) {
				if (random() < 0.5) bytes[place()] = below(256);
				else
					view.setUint32(
						Math.min(place() & ~3, bytes.length - 4),
						[0xffffffff, 0x7fffffff, 0x80000000, below(4096)][below(4)]!,
						true,
					);
			}
			const fault = faultOf(bytes);
			faults.set(fault, (faults.get(fault) ?? 0) + 1);
		}
		expect([...faults.keys()]).toEqual(expect.arrayContaining(["format", "index", "offset", "text", undefined]));
		expect(faults.get(undefined)).toBeGreaterThan(1000);
	});
});

/** A model of one tensor with this name and shape, and of one operator. */
const sound = (tensor = table({}), operator = table({ 1: int32s([0]), 2: int32s([0]) })) =>
	table({
		0: u32(3),
		1: tables([table({ 0: u8(0) })]),
		2: tables([table({ 0: tables([tensor]), 3: tables([operator]) })]),
		4: tables([table({})]),
	});

describe("crafted files", () => {
	const fault = (root: Parameters<typeof finish>[0], identifier = "TFL3") => faultOf(finish(root, identifier));

	it("are told apart by what is wrong", () => {
		expect(fault(sound())).toBeUndefined();
		expect(fault(sound(), "TFL2")).toBe("format");
		expect(fault(table({ 0: u32(2) }))).toBe("format");
		expect(fault(sound(table({ 2: u32(1) })))).toBe("index");
		expect(fault(sound(undefined, table({ 0: u32(1) })))).toBe("index");
		expect(fault(sound(table({ 3: vector(Uint8Array.of(0xff, 0xfe), 1) })))).toBe("text");
		expect(faultOf(Uint8Array.of(0x18, 0, 0, 0, ...new TextEncoder().encode("TFL3")))).toBe("offset");
	});

	it("do not grow: 500 tensors that share a shape of 5,000 numbers are refused at once", () => {
		const shape = int32s(Array.from({ length: 5000 }, () => 1));
		const many = Array.from({ length: 500 }, () => table({ 0: shape }));
		expect(fault(table({ 0: u32(3), 2: tables([table({ 0: tables(many) })]), 4: tables([table({})]) }))).toBe("size");
	});

	it("do not grow: a name of 100,000 bytes that 100 operators share is refused", () => {
		const name = text("x".repeat(100_000));
		const codes = Array.from({ length: 100 }, () => table({ 0: u8(32), 1: name }));
		expect(fault(table({ 0: u32(3), 1: tables(codes), 4: tables([table({})]) }))).toBe("size");
	});

	it("do not grow: 300,000 times the same table is refused", () => {
		const view = new DataView(new ArrayBuffer(64 + 4 * 300_000));
		const bytes = new Uint8Array(view.buffer);
		bytes.set(finish(table({ 0: u32(3), 4: tables([table({})]) }), "TFL3"));
		// The vector of buffers becomes a long one at byte 60, whose offsets all lead to one table behind it.
		const root = view.getUint32(0, true);
		const vtable = root - view.getInt32(root, true);
		const field = root + view.getUint16(vtable + 4 + 2 * 4, true);
		view.setUint32(field, 56 - field, true);
		view.setUint32(56, 300_000 - 4, true);
		const end = bytes.length - 8;
		for (let at = 60; at < 60 + 4 * (300_000 - 4); at += 4) view.setUint32(at, end - at, true);
		view.setInt32(end, -4, true);
		view.setUint16(end + 4, 4, true);
		expect(faultOf(bytes)).toBe("size");
		expect(faultOf(bytes.slice(0, -8))).toBe("offset");
	});

	it("with operators, types and enumerations of tomorrow are read, and described by number", () => {
		const operator = table({ 1: int32s([0, -1, 7]), 2: int32s([0]), 3: u8(250), 4: table({ 0: u32(1) }) });
		const bytes = finish(
			table({
				0: u32(3),
				1: tables([table({ 3: u32(999) })]),
				2: tables([table({ 0: tables([table({ 1: u8(99), 3: text("t") })]), 1: int32s([4]), 3: tables([operator]) })]),
				4: tables([table({})]),
			}),
			"TFL3",
		);
		const { subgraphs } = readModel(bytes);
		expect(subgraphs[0]!.tensors[0]!.type).toBe("TYPE_99");
		expect(subgraphs[0]!.operators[0]).toMatchObject({ kind: "BUILTIN_999", hasUnknownOptions: true });
		const lines = describeModel(readModel(bytes), bytes.length).join("\n");
		expect(lines).toContain("BUILTIN_999");
		expect(lines).toContain("no such tensor");
		expect(lines).toContain("some that are not known here");
	});

	it("with buffers behind the tables are read where these lie", () => {
		const description = (offset: number) =>
			table({
				0: u32(3),
				2: tables([table({ 0: tables([table({ 2: u32(1) })]) })]),
				4: tables([table({}), table({ 1: u64(BigInt(offset)), 2: u64(4n) })]),
			});
		const { length } = finish(description(2), "TFL3");
		const bytes = Uint8Array.of(...finish(description(length), "TFL3"), 1, 2, 3, 4);
		expect(readModel(bytes).subgraphs[0]!.tensors[0]!.data).toEqual(Uint8Array.of(1, 2, 3, 4));
		expect(fault(description(1e6))).toBe("offset");
	});

	it("cannot move a terminal's cursor", () => {
		const name = text("\u001b[2J\u202eevil\n");
		const bytes = finish(sound(table({ 3: name })), "TFL3");
		// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not come through
		expect(describeModel(readModel(bytes), bytes.length).join("")).not.toMatch(/[\u0000-\u001f\u202e]/);
	});
});

describe("names of operators", () => {
	it("are those of the engine", () => {
		const source = readFileSync(new URL("../../../../native/engine/operator_names.c", import.meta.url), "utf8");
		expect(operatorNames).toEqual([...source.matchAll(/^ {4}"(\w+)",$/gm)].map(([, name]) => name));
	});
});
