/** Each instruction that a model's opening and its first row run on Xtensa, from QEMU's log. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { emulator } from "./measure";

/** What is run between two readings of the counter: see target/measure.c. */
export const phases = ["verify", "open", "invoke"] as const;
export type Phase = (typeof phases)[number];

export interface Routine {
	name: string;
	begin: number;
	end: number;
}

/** Functions in the order of their places, those of one file alone with the file's name. */
export function functionsOf(program: string): Routine[] {
	const found: Routine[] = [];
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

/** The phase and the place of each instruction, in order. `directory`: of `prepare`, with one row. */
export async function* trace(
	target: "lx106" | "esp32",
	program: string,
	directory: string,
): AsyncGenerator<{ phase: Phase; place: number }> {
	const reading = functionsOf(program).find(({ name }) => name === "platform_instructions")?.begin;
	if (reading === undefined) throw new Error("the program is not the measuring program");
	const log = ["-singlestep", "-d", "exec,nochain"];
	const child = spawn("qemu-system-xtensa", [...emulator(target, program), ...log], {
		cwd: directory,
		stdio: ["ignore", "ignore", "pipe"],
	});
	const ended = once(child, "close");
	let readings = 0;
	for await (const line of createInterface({ input: child.stderr })) {
		if (!line.startsWith("Trace")) continue;
		const place = Number.parseInt(line.slice(line.indexOf("/") + 1), 16);
		if (place === reading) readings++;
		// begin, verified, end; then begin and end of the only row
		const phase = [undefined, "verify", "open", undefined, "invoke", undefined][readings] as Phase | undefined;
		if (phase) yield { phase, place };
	}
	const [status] = await ended;
	if (status !== 0) throw new Error(`QEMU ended with ${status}`);
}
