/** How large an image is that links only the operators that it names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
	type Compiler,
	compile,
	compilers,
	engineDirectory,
	engineSources,
	link,
	type Name,
	programDirectory,
} from "./build";

export interface Size {
	/** Bytes of code and of constants. */
	code: number;
	/** Bytes of memory that is always taken. */
	memory: number;
}

/** What is linked, by what the tables call it. No names: all operators. */
export const images: Record<string, string[]> = {
	"FULLY_CONNECTED, LOGISTIC: int8": ["fully_connected_int8", "logistic_int8"],
	"FULLY_CONNECTED, LOGISTIC: all types": ["fully_connected", "logistic"],
	"FULLY_CONNECTED, SOFTMAX: int8": ["fully_connected_int8", "softmax_int8"],
	"FULLY_CONNECTED, SOFTMAX: all types": ["fully_connected", "softmax"],
	"all operators": [],
};

/** What an application calls. */
const application = (operators: readonly string[]) => `
#include "engine.h"
#include "operators/operators.h"
${operators.length ? `static const engine_operator *const operators[] = {${operators.map((name) => `&engine_${name}`)}};` : ""}
int start(const void *file, uint32_t size, void *work, void *state, void *arena) {
	engine_model model = {file, size, ${operators.length ? `operators, ${operators.length}` : "engine_operators, engine_operator_count"}};
	engine_plan plan;
	engine *engine;
	engine_tensor tensor;
	if (engine_measure(&model, &plan) || engine_verify(&model, &plan, work) ||
		engine_open(&model, &plan, work, state, arena, &engine) || engine_input(engine, 0, &tensor)) {
		return 1;
	}
	engine_invoke(engine);
	return engine_output(engine, 0, &tensor);
}
`;

/** On x86-64 the C library is not linked, since every program has it. */
function linkImage(compiler: Compiler, objects: string[], output: string, map: string): void {
	const script = [
		"-nostdlib",
		`-Wl,--gc-sections,--no-warn-rwx-segments,-estart,-Map=${map},-T${join(programDirectory, "size.ld")}`,
	];
	const libraries = compiler.name === "x86" ? ["-static", "-Wl,--unresolved-symbols=ignore-all,--build-id=none"] : [];
	link({ ...compiler, link: compiler.libraries }, objects, output, [...script, ...libraries]);
}

/** Bytes of each section of the image. */
function sections(compiler: Compiler, image: string): Map<string, number> {
	const text = execFileSync(compiler.command.replace(/gcc$/, "size"), ["-A", image], { encoding: "utf8" });
	return new Map([...text.matchAll(/^(\.\w+)\s+(\d+)/gm)].map(([, name = "", size]) => [name, Number(size)]));
}

/** Links an image with only these operators, or with all when there are none, and reads it with its map of sections. */
function inspectImage<T>(
	target: Name,
	operators: readonly string[],
	directory: string,
	read: (compiler: Compiler, image: string, map: string) => T,
): T {
	const compiler: Compiler = compilers[target];
	const routines = compiler.platform.filter((file) => file.startsWith("routines/"));
	const sources = [...engineSources(directory), ...routines.map((file) => join(programDirectory, file))];
	const objects = compile(compiler, "size", sources, directory);
	const folder = mkdtempSync(join(tmpdir(), "bench-size-"));
	try {
		const source = join(folder, "application.c");
		const [image, map] = [join(folder, "image"), join(folder, "map")];
		writeFileSync(source, application(operators));
		execFileSync(compiler.command, [...compiler.flags, "-Os", `-I${directory}`, "-c", source, "-o", `${source}.o`]);
		linkImage(compiler, [`${source}.o`, ...objects], image, map);
		return read(compiler, image, map);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

export function measureSize(target: Name, operators: readonly string[], directory = engineDirectory): Size {
	return inspectImage(target, operators, directory, (compiler, image) => {
		const bytes = sections(compiler, image);
		const of = (...names: string[]) => names.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0);
		return { code: of(".text", ".rodata", ".data"), memory: of(".data", ".bss") };
	});
}

/** Bytes of each piece of code and constants that such an image has, by its section and file. */
export function measurePieces(target: Name, operators: readonly string[]): Map<string, number> {
	return inspectImage(target, operators, engineDirectory, (_compiler, _image, map) => {
		const [, placed = ""] = readFileSync(map, "utf8").split("Linker script and memory map");
		// A long name stands on a line of its own.
		const entry = /^ (\.(?:text|literal|rodata|data)[^\s]*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (.+)$/gm;
		const pieces = new Map<string, number>();
		for (const [, section = "", size = "", file = ""] of placed.matchAll(entry)) {
			const bytes = Number.parseInt(size, 16);
			if (bytes === 0 || file.includes("application.c")) continue;
			const name = `${section} ${basename(file)}`;
			// Each begins at a word.
			pieces.set(name, (pieces.get(name) ?? 0) + 4 * Math.ceil(bytes / 4));
		}
		return pieces;
	});
}
