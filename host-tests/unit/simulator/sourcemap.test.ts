import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { keepLineStarts, lineStarts } from "../../../tools/simulator/sourcemap";

describe("lineStarts", () => {
	test("reads esbuild's maps", () => {
		const text = "interface Gone {}\n\nconst a =\n\t1;\n\n\nexport function f(): number {\n\treturn a;\n}\n";
		const { code, map } = transformSync(text, { loader: "ts", sourcemap: "external" });
		const source = text.split("\n");
		const starts = lineStarts(JSON.parse(map).mappings);
		const found = code.split("\n").map((line, index) => [line, source[(starts[index]?.line ?? 0) - 1]]);
		expect(found.slice(0, 4)).toEqual([
			["const a = 1;", "const a ="],
			["export function f() {", "export function f(): number {"],
			["  return a;", "\treturn a;"],
			["}", "}"],
		]);
	});

	test("follows from one source to another, back and forth, over long distances", () => {
		// Fields: column, source, line, column. "ACwlBA" is 0, 1, 600, 0 and "ADvlBA" takes it back but for a line.
		expect(lineStarts("AAAA;;ACwlBA;ADvlBA")).toEqual([
			{ source: 0, line: 1 },
			undefined,
			{ source: 1, line: 601 },
			{ source: 0, line: 2 },
		]);
	});

	test("takes a line's first mapping that has a source", () => {
		expect(lineStarts("A,CAEA,CAEA")).toEqual([{ source: 0, line: 3 }]);
	});
});

describe("keepLineStarts", () => {
	test.each(["AAAA;;ACwlBA;ADvlBA", "", ";;;", "A,CAEA,CAEA;AAEA,CAAA"])("says the same of %j's lines", (mappings) => {
		const kept = keepLineStarts(mappings);
		expect(lineStarts(kept)).toEqual(lineStarts(mappings));
		expect(kept).not.toContain(",");
	});
});
