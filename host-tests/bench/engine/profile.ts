/** Which functions, and which of their instructions, are run on Xtensa: from QEMU's log of each instruction. */
import { execFileSync } from "node:child_process";
import { compilers, type Name } from "./build";
import { prepare } from "./measure";
import { functionsOf, type Phase, phases, type Routine, trace } from "./trace";

/** How often each instruction is run, for each phase. */
async function count(target: "lx106" | "esp32", program: string, directory: string) {
	const counts = new Map<Phase, Map<number, number>>(phases.map((phase) => [phase, new Map()]));
	for await (const { phase, place } of trace(target, program, directory)) {
		const places = counts.get(phase)!;
		places.set(place, (places.get(place) ?? 0) + 1);
	}
	return counts;
}

/** A function's instructions with how often each was run. */
function listing(program: string, { name, begin, end }: Routine, places: Map<number, number>): string {
	const range = [`--start-address=${begin}`, `--stop-address=${end}`];
	const text = execFileSync("xtensa-lx106-elf-objdump", ["-d", "--no-show-raw-insn", ...range, program], {
		encoding: "utf8",
	});
	const lines = text.split("\n").filter((line) => /^\s*[0-9a-f]+:/.test(line));
	return [
		`${name}:`,
		...lines.map((line) => `${String(places.get(Number.parseInt(line, 16)) ?? "").padStart(9)}  ${line}`),
	].join("\n");
}

/** Writes the functions that take most, and the instructions of those whose names hold `listed`. */
export async function profile(
	target: Name,
	program: string,
	model: string,
	golden: string,
	widened: boolean,
	listed?: string,
) {
	const options = { rows: 1, widened };
	if (target === "x86") throw new Error("callgrind_annotate does this for x86-64");
	const functions = functionsOf(program);
	const { directory, remove } = prepare(model, golden, options);
	try {
		const counts = await count(target, program, directory);
		for (const [phase, places] of counts) {
			const all = [...places.values()].reduce((sum, times) => sum + times, 0);
			console.log(`\n${compilers[target].name} ${phase}: ${all} instructions`);
			const taken = functions.map((item) => ({
				item,
				times: [...places].reduce((sum, [pc, n]) => (pc >= item.begin && pc < item.end ? sum + n : sum), 0),
				calls: places.get(item.begin) ?? 0,
			}));
			for (const { item, times, calls } of taken.sort((a, b) => b.times - a.times).slice(0, 25)) {
				if (times === 0) break;
				console.log(
					`${String(times).padStart(10)} ${((100 * times) / all).toFixed(1).padStart(5)} %  ${item.name} (${calls} calls)`,
				);
			}
			for (const { item, times } of taken) {
				if (listed && times > 0 && item.name.includes(listed)) console.log(`\n${listing(program, item, places)}`);
			}
		}
	} finally {
		remove();
	}
}
