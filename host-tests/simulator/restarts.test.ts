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

/** For a busy computer. */
const patience = { timeout: 20_000 };

let directories = 0;
const machine = (name: string, role: string, options: Partial<MachineOptions> = {}): MachineOptions => ({
	name,
	app,
	directory: join(temporary, `${++directories}`),
	storage: { board: { role } },
	restarts: true,
	...options,
});

const said = (line: string) => expect.poll(() => lines, patience).toContain(line);

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
	await expect.poll(() => exits.length, patience).toBe(1);
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
	await expect.poll(() => exits.length, patience).toBe(1);
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
	await expect.poll(() => lines.filter((line) => line.includes("started power")).length, patience).toBe(2);
});

const erased = "255,255,255,255,255";
const zero = "0,0,0,0,0";
// The first two operations are the bootloader's. a, b, bytes 0, 63, 64, 65 and 127 of the block's start and of its end.
test.each([
	[1, "before", `undefined undefined ${erased} ${erased}`],
	[2, "torn", `undefined undefined ${erased} ${erased}`],
	[3, "before", `undefined undefined ${erased} ${erased}`],
	[3, "torn", `undefined undefined ${erased} ${erased}`],
	[3, "after", `1 undefined ${erased} ${erased}`],
	[5, "before", `1 undefined ${erased} ${erased}`],
	[5, "torn", `1 undefined 0,0,85,255,255 ${erased}`],
	[5, "after", `1 undefined ${zero} ${erased}`],
	[7, "before", `1 undefined ${zero} ${zero}`],
	[7, "torn", `1 undefined ${erased} 160,15,160,15,15`],
	[7, "after", `1 undefined ${erased} ${erased}`],
	[8, "torn", `1 undefined ${erased} ${erased}`],
	[8, "after", `1 1 ${erased} ${erased}`],
] as const)("power cut at operation %i, %s", async (nth, how, found) => {
	await simulator.add(machine("one", "storage", { cutPower: { nth, how } }));
	await expect.poll(() => lines.filter((line) => line === "one: done"), patience).toHaveLength(1);
	expect(exits.map(({ cause, reason }) => `${cause} ${reason}`)).toEqual(["power cut power"]);
	expect(lines.filter((line) => line.startsWith("one: found")).at(-1)).toBe(`one: found ${found}`);
	const { operations, erases } = await simulator.wear("one");
	// Before it was cut, and all once more. The bootloader does not write its choice over half an entry, as ESP-IDF's.
	expect(operations).toBe(nth + (nth === 1 ? 2 : 0) + 7);
	expect(erases.log!.slice(1)).toEqual([0, 0, 0]);
	expect(erases.log![0]).toBe(2 + (nth < 4 ? 0 : nth < 7 ? 1 : how === "before" ? 1 : 2));
});

test("a power cut that is taken back does not come", async () => {
	await simulator.add(machine("one", "idle", { cutPower: { nth: 3, how: "before" } }));
	await simulator.cutPower("one", undefined);
	await simulator.add(machine("two", "storage"));
	await said("two: done");
	expect(exits).toEqual([]);
});
