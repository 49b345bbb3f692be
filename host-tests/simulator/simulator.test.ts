/** The simulator's Node side: what a program that starts one is told. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SpecifierError } from "../../tools/simulator/application";
import { ManifestError } from "../../tools/simulator/manifest";
import { type Exit, MachineError, Simulator, SimulatorError } from "../../tools/simulator/simulator";

const directory = mkdtempSync(join(tmpdir(), "simulator-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

let apps = 0;
/** Writes an app of one module and gives its manifest's path. */
function app(source: string, manifest: object = {}): string {
	const place = join(directory, `app-${++apps}`);
	mkdirSync(place);
	writeFileSync(join(place, "main.ts"), source);
	const path = join(place, "manifest.json");
	const include = "$(MODDABLE)/examples/manifest_base.json";
	writeFileSync(path, JSON.stringify({ include, modules: { "*": "./main" }, ...manifest }));
	return path;
}

const machine = (name: string, source: string, manifest?: object) => ({
	name,
	app: app(source, manifest),
	directory: join(directory, `flash-${name}`),
});

/** Stays alive, as firmware does. */
const idle = 'import Timer from "timer";\nTimer.repeat(() => {}, 1000);\n';

let simulator: Simulator;
beforeAll(async () => {
	await (await Simulator.start({ progress: console.log })).close();
});
beforeEach(async () => {
	simulator = await Simulator.start();
});
afterEach(() => simulator.close());

const nextExit = () => new Promise<Exit>((resolve) => simulator.once("exit", resolve));

test("keeps each machine's log", async () => {
	const logged = new Promise((resolve) => simulator.on("log", ({ text }) => text === "last" && resolve(text)));
	await simulator.add(machine("one", `trace("first ", 1, "\\nlast\\n");\n${idle}`));
	await logged;
	expect(simulator.log("one")).toEqual(["first 1", "last"]);
	expect(simulator.log("two")).toEqual([]);
});

test("reports memory, and once more at the end", async () => {
	await simulator.add(machine("one", idle));
	const report = await simulator.report("one");
	expect(report.slots.peak).toBeGreaterThan(0);
	expect(report.slots.size).toBe(32);
	expect(report.meter).toBeGreaterThan(0);
	const last = await simulator.stop("one");
	expect(last!.meter).toBeGreaterThanOrEqual(report.meter);
});

test("a stopped machine is gone; another of its name may start", async () => {
	const options = machine("one", idle);
	await simulator.add(options);
	await expect(simulator.add(options)).rejects.toThrow(SimulatorError);
	await simulator.stop("one");
	await expect(simulator.report("one")).rejects.toThrow(SimulatorError);
	await simulator.add(options);
	await simulator.report("one");
});

test("tells who ended, why and where, and the others go on", async () => {
	const exit = nextExit();
	await simulator.add(machine("good", idle));
	await simulator.add(
		machine(
			"bad",
			'interface Erased {}\n\nfunction fail(_: Erased): never {\n\tthrow new Error("as it must");\n}\ntrace("soon\\n");\nfail({});\n',
		),
	);
	const { machine: name, cause, message, stack, report } = await exit;
	expect(name).toBe("bad");
	expect(cause).toBe("unhandled exception");
	expect(message).toContain("as it must");
	expect(stack).toContain(`app-${apps}/main.ts:4`);
	expect(report?.slots.peak).toBeGreaterThan(0);
	await simulator.report("good");
});

test("what is asked of a machine that ended fails with its log", async () => {
	const exit = nextExit();
	await simulator.add(machine("bad", 'trace("last words\\n");\nthrow new Error("gone");\n'));
	await exit;
	const error = await simulator.report("bad").catch((error: unknown) => error);
	expect(error).toBeInstanceOf(MachineError);
	expect((error as MachineError).exit.message).toContain("gone");
	expect((error as MachineError).log).toEqual(["last words"]);
	expect((error as MachineError).message).toContain("last words");
});

test("what is under way fails when the process is killed", async () => {
	await simulator.add(machine("one", idle));
	process.kill(simulator.pid, "SIGSTOP");
	const pending = simulator.report("one");
	const ended = new Promise<unknown>((resolve) => simulator.once("end", resolve));
	simulator.kill();
	await expect(pending).rejects.toThrow(SimulatorError);
	expect(await ended).toEqual({ code: null, signal: "SIGKILL" });
	await expect(simulator.report("one")).rejects.toThrow(SimulatorError);
});

test("refuses a chip, a pin's machine and an app that are not there", async () => {
	await simulator.add(machine("one", idle));
	await expect(simulator.chip("one", "i2c", 0x3c, {})).rejects.toThrow(SimulatorError);
	await expect(simulator.report("nobody")).rejects.toThrow(SimulatorError);
	await expect(simulator.add({ ...machine("two", idle), app: join(directory, "absent.json") })).rejects.toThrow(
		ManifestError,
	);
	await expect(simulator.add(machine("two", 'import "absent";'))).rejects.toThrow(SpecifierError);
});

test("an app that has changed is built anew", async () => {
	const options = machine("one", `trace("old\\n");\n${idle}`);
	const logged = (text: string) =>
		new Promise<void>((resolve) => simulator.on("log", (log) => log.text === text && resolve()));
	const old = logged("old");
	await simulator.add(options);
	await old;
	await simulator.stop("one");
	writeFileSync(join(options.app, "../main.ts"), `trace("new\\n");\n${idle}`);
	const changed = logged("new");
	await simulator.add(options);
	await changed;
});
