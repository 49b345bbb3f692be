/**
 * `npm run bench:code`: records in native/engine/code-sizes.json which pieces of code each operator needs on the ESP8266,
 * so that the code of any set of operators can be told without a compiler. An image has a piece once, whichever
 * operators need it, so that the pieces of several are those of each together.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CodeSizes } from "../../tools/training/tflite/code-size";
import { compilers, engineDirectory, version } from "./engine/build";
import { measurePieces } from "./engine/size";

const header = readFileSync(join(engineDirectory, "operators/operators.h"), "utf8");
const names = [...header.matchAll(/^extern const engine_operator engine_(\w+);/gm)].map(([, name = ""]) => name);
const images = new Map(names.map((name) => [name, measurePieces("lx106", [name])]));

/** Pieces that the same operators need are recorded as one. */
const groups = new Map<string, number>();
for (const [piece, bytes] of new Map([...images.values()].flatMap((pieces) => [...pieces]))) {
	const users = names.filter((name) => images.get(name)!.has(piece)).join();
	groups.set(users, (groups.get(users) ?? 0) + bytes);
}
const everyone = names.join();
const others = [...groups.keys()].filter((users) => users !== everyone);
const recorded: CodeSizes = {
	target: "ESP8266 (lx106), -Os",
	compiler: version(compilers.lx106)!,
	engine: groups.get(everyone)!,
	pieces: others.map((users) => groups.get(users)!),
	operators: Object.fromEntries(
		names.map((name) => [name, others.flatMap((users, i) => (users.split(",").includes(name) ? [i] : []))]),
	),
};
const path = join(engineDirectory, "code-sizes.json");
writeFileSync(path, `${JSON.stringify(recorded)}\n`);
console.log(`${path}: ${names.length} operators, ${others.length} pieces, an engine of ${recorded.engine} bytes`);
