/** Which functions, and which of their instructions, are run on Xtensa: from QEMU's log of each instruction. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { compilers, type Name } from "./build";
import { emulator, prepare } from "./measure";

/** What is run between two readings of the counter: see target/measure.c. */
const phases = ["verify", "open", "invoke"] as const;
type Phase = (typeof phases)[number];

interface Function {
	name: string;
	begin: number;
	end: number;
}

/** Functions in the order of their places, those of one file alone with the file's name. */
function functionsOf(program: string): Function[] {
	const found: Function[] = [];
	let file = "";
	const symbols = execFileSync("xtensa-lx106-elf-readelf", ["-sW", program], { encoding: "utf8", maxBuffer: 1 << 26 });
	for (const line of symbols.split("\n")) {
		const [, address = "", size = "", kind, bind, , , name = ""] = line.trim().split(/\s+/);
		if (kind === "FILE") file = name.replace(/\.c$/, "");
		if (kind !== "FUNC") continue;
		const begin = Number.parseInt(address, 16);
		found.push({ name: bind === "LOCAL" ? `${file}: ${name}` : name, begin, end: begin + Number(size) });
	}
	return found.sort((a, b) => a.begin - b.begin);
}

/** How often each instruction is run, for each phase. */
async function count(target: "lx106" | "esp32", program: string, directory: string, reading: number) {
	const counts = new Map<Phase, Map<number, number>>(phases.map((phase) => [phase, new Map()]));
	const log = ["-singlestep", "-d", "exec,nochain"];
	const child = spawn("qemu-system-xtensa", [...emulator(target, program), ...log], {
		cwd: directory,
		stdio: ["ignore", "ignore", "pipe"],
	});
	const ended = once(child, "close");
	let readings = 0;
	for await (const line of createInterface({ input: child.stderr })) {
		const pc = Number.parseInt(line.slice(line.indexOf("/") + 1), 16);
		if (pc === reading) readings++;
		// begin, verified, end; then begin and end of the only row
		const phase = [undefined, "verify", "open", undefined, "invoke", undefined][readings] as Phase | undefined;
		const places = phase && counts.get(phase);
		places?.set(pc, (places.get(pc) ?? 0) + 1);
	}
	const [status] = await ended;
	if (status !== 0) throw new Error(`QEMU ended with ${status}`);
	return counts;
}

/** A function's instructions with how often each was run. */
function listing(program: string, { name, begin, end }: Function, places: Map<number, number>): string {
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
	const reading = functions.find(({ name }) => name === "platform_instructions")?.begin;
	if (reading === undefined) throw new Error("the program is not the measuring program");
	const { directory, remove } = prepare(model, golden, options);
	try {
		const counts = await count(target, program, directory, reading);
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
