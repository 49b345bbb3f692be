/** A machine that ends as a board is reset, and starts again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { type Exit, MachineError, type MachineOptions, Simulator } from "../../tools/simulator/simulator";

const app = fileURLToPath(new URL("./apps/board/manifest.json", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "restarts-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

let simulator: Simulator;
let exits: Exit[];
let lines: string[];
beforeEach(async () => {
	exits = [];
	lines = [];
	simulator = await Simulator.start({ clock: "virtual", progress: () => {} });
	simulator.on("exit", (exit) => exits.push(exit));
	simulator.on("log", ({ machine, text }) => lines.push(`${machine}: ${text}`));
});
afterEach(() => simulator.close());

let directories = 0;
const machine = (name: string, role: string, options: Partial<MachineOptions> = {}): MachineOptions => ({
	name,
	app,
	directory: join(temporary, `${++directories}`),
	storage: { board: { role } },
	restarts: true,
	...options,
});

const said = (line: string) => expect.poll(() => lines, { timeout: 20_000 }).toContain(line);

for (const [role, cause, reason] of [
	["restart", "restart", "restart"],
	["exception", "unhandled exception", "panic"],
	["memory", "memory full", "panic"],
	["loop", "watchdog", "watchdog"],
	["native", "watchdog", "watchdog"],
	["wait", "watchdog", "watchdog"],
])
	test(`${role}: ${cause}, and it starts again after "${reason}"; the others go on`, async () => {
		await simulator.add(machine("other", "idle"));
		await simulator.add(machine("one", role!));
		await said(`one: started ${reason} ota_0 false`);
		expect(exits.map((exit) => [exit.machine, exit.cause, exit.reason])).toEqual([["one", cause, reason]]);
		expect((await simulator.report("one")).slots.current).toBeGreaterThan(0);
		await simulator.stop("one");
		await simulator.report("other");
		expect(lines).toContain("other: started power ota_0 false");
	});

test("what is long and fed is not reset", async () => {
	await simulator.add(machine("one", "busy"));
	await said("one: still here");
	expect(exits).toEqual([]);
});

for (const reason of ["power", "button", "brownout"] as const)
	test(`${reason}, from outside`, async () => {
		await simulator.add(machine("one", "idle"));
		await said("one: started power ota_0 false");
		lines.length = 0;
		await simulator.reset("one", reason);
		await said(`one: started ${reason} ota_0 false`);
		expect(exits.map((exit) => exit.reason)).toEqual([reason]);
	});

test("a machine that does not restart stays ended, and tells why", async () => {
	await simulator.add(machine("one", "restart", { restarts: false }));
	await expect.poll(() => exits.length).toBe(1);
	await expect(simulator.report("one")).rejects.toThrow(MachineError);
	expect(lines.filter((line) => line.includes("started"))).toHaveLength(1);
	// Another of its name may start.
	await simulator.add(machine("one", "idle"));
	await simulator.report("one");
});

test("a machine can be taken away while it waits for its next start", async () => {
	await simulator.close();
	simulator = await Simulator.start({ clock: "real", progress: () => {} });
	simulator.on("exit", (exit) => exits.push(exit));
	await simulator.add(machine("one", "restart"));
	await expect.poll(() => exits.length).toBe(1);
	expect(await simulator.stop("one")).toBe(null);
	await simulator.add(machine("one", "idle"));
});

test("levels that it is driven with stay over a restart", async () => {
	await simulator.add(machine("one", "button"));
	await said("one: button 1");
	await simulator.pin("one", 0, 0);
	await simulator.reset("one", "button");
	await said("one: button 0");
});

test("chips keep their state over a reset and lose it with the power", async () => {
	const panel = { chip: "ssd1306", bus: "i2c", address: 0x3c } as const;
	await simulator.add(machine("one", "idle", { chips: [panel] }));
	await simulator.chip("one", "i2c", 0x3c, { picture: true }).catch(() => {});
	await simulator.reset("one", "button");
	await said("one: started button ota_0 false");
	await simulator.reset("one", "power");
	await expect.poll(() => lines.filter((line) => line.includes("started power")).length).toBe(2);
});
