/** The simulator as a Node program uses it: one process of the XS host, with machines that are added and taken away. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { buildApplication } from "./application";
import { type BuildKind, buildHost } from "./build";
import { root } from "./paths";
import type {
	Air,
	Exit,
	MachineDescription,
	Network,
	PowerCut,
	Radio,
	Report,
	ResetReason,
	Scenario,
	SimulatorEvent,
	Wear,
} from "./supervisor/protocol";

export type { Air, Exit, Network, PowerCut, Radio, Report, ResetReason, Wear };

export interface ChipOptions {
	/** Name of a simulated chip, as in `mpu6050`. */
	readonly chip: string;
	readonly bus: "i2c" | "spi";
	/** On I2C: the 7-bit address. */
	readonly address?: number;
	/** Pin that feeds it while the app drives it low; without one it always has power. */
	readonly supply?: number;
	/** Pin that holds it in reset unless the app drives it high. */
	readonly reset?: number;
	/** What the chip itself understands. */
	readonly [option: string]: unknown;
}

export interface MachineOptions {
	readonly name: string;
	/** Path of the app's manifest; the app is built when it has changed. */
	readonly app: string;
	/** Absolute path of the directory of its flash images and key-value store; made when it is not there. */
	readonly directory: string;
	/** Domain → key → value; written at start where the key is absent. */
	readonly storage?: Readonly<Record<string, Readonly<Record<string, string | number | Uint8Array>>>>;
	readonly chips?: readonly ChipOptions[];
	/**
	 * Whether it starts again half a second (of its clock) after it has ended by its own fault or was reset, as a board
	 * does. By default it stays ended.
	 */
	readonly restarts?: boolean;
	/** A power cut that it is added with. */
	readonly cutPower?: PowerCut;
	/** The networks around it. Without this there is one, which the machine knows already and is soon joined with. */
	readonly air?: Air;
}

export interface SimulatorOptions {
	readonly build?: BuildKind;
	/** A virtual clock jumps to what is due next; a stepped one does so only while `run` lets it. */
	readonly clock?: "real" | "virtual" | "stepped";
	/** How many times as fast as real time a real clock runs. */
	readonly speed?: number;
	/** Makes a run with a virtual clock repeatable. */
	readonly seed?: number;
	readonly machines?: readonly MachineOptions[];
	/** Told what takes time and what manifests warn of, a line each; standard error by default. */
	readonly progress?: (line: string) => void;
}

export interface Log {
	readonly machine: string;
	readonly text: string;
}

export interface SimulatorEvents {
	started: [{ readonly machine: string }];
	/** A machine can be reached at a port of 127.0.0.1 from now on: it listens, and is on line. */
	listening: [{ readonly machine: string; readonly protocol: "tcp" | "udp"; readonly port: number }];
	/** A machine's radio is in another state. */
	radio: [Radio];
	/** A machine has sent bytes by a serial port. */
	serial: [{ readonly machine: string; readonly port: number; readonly bytes: Uint8Array }];
	/** A machine has sent a multicast, from and to those ports. */
	datagram: [
		{
			readonly machine: string;
			readonly port: number;
			readonly address: string;
			readonly to: number;
			readonly bytes: Uint8Array;
		},
	];
	/** A machine drives a pin. */
	pin: [{ readonly machine: string; readonly pin: number; readonly value: 0 | 1 }];
	log: [Log];
	/** A machine ended by its own fault, or was reset; the others go on. Its stack names files of the project by their path from the root. */
	exit: [Exit];
	/** The process ended, after `close` or by a fault of its own. */
	end: [{ readonly code: number | null; readonly signal: NodeJS.Signals | null }];
}

/** The simulator's process could not do what was asked. `printed` is what it wrote on standard error. */
export class SimulatorError extends Error {
	override name = "SimulatorError";
	readonly printed: string;

	constructor(message: string, printed = "") {
		super(printed ? `${message}\n${printed}` : message);
		this.printed = printed;
	}
}

/** A machine ended by its own fault while something was waited for. */
export class MachineError extends Error {
	override name = "MachineError";
	readonly exit: Exit;
	/** The last lines that the machine logged. */
	readonly log: readonly string[];

	constructor(exit: Exit, log: readonly string[]) {
		super([`${exit.machine}: ${exit.cause}: ${exit.message}`, exit.stack, ...log].filter((line) => line).join("\n"));
		this.exit = exit;
		this.log = log;
	}
}

interface Waiting {
	readonly machine: string | undefined;
	resolve(value: unknown): void;
	reject(error: Error): void;
	readonly timer: NodeJS.Timeout;
}

/** As JSON carries it. */
function inHex(storage: MachineOptions["storage"]): MachineDescription["storage"] {
	const convert = (value: string | number | Uint8Array) =>
		value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value;
	return Object.fromEntries(
		Object.entries(storage ?? {}).map(([domain, entries]) => [
			domain,
			Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, convert(value)])),
		]),
	);
}

/** Milliseconds; the slowest answer is a machine's start while the computer does other things. */
const TIMEOUT = 30_000;
/** Lines kept of each machine's log, for the error that tells of its end. */
const KEPT_LINES = 40;

export class Simulator extends EventEmitter<SimulatorEvents> {
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #progress: ((line: string) => void) | undefined;
	readonly #waiting = new Map<number | string, Waiting>();
	readonly #logs = new Map<string, string[]>();
	/** Machines that ended for good by their own fault, until another of the same name starts. */
	readonly #exits = new Map<string, Exit>();
	readonly #restarting = new Set<string>();
	readonly #ended: Promise<void>;
	#hasEnded = false;
	#printed = "";
	#nextId = 1;

	/** Builds what is needed and gives a simulator with all machines started. Throws `SimulatorError`, `MachineError` or what the build throws. */
	static async start(options: SimulatorOptions = {}): Promise<Simulator> {
		const { build = "debug", clock = "real", speed = 1, seed = 1, machines = [] } = options;
		const host = await buildHost({ kind: build, apps: machines.map(({ app }) => app), progress: options.progress });
		const directory = mkdtempSync(join(tmpdir(), "simulator-"));
		const scenario = join(directory, "scenario.json");
		const content: Scenario = { clock, speed, seed, supervisor: host.supervisor };
		writeFileSync(scenario, JSON.stringify(content));
		const simulator = new Simulator(host.executable, scenario, options.progress);
		try {
			await simulator.#wait("ready", undefined);
			for (const machine of machines) await simulator.add(machine);
		} catch (error) {
			simulator.kill();
			throw error;
		} finally {
			rmSync(directory, { recursive: true });
		}
		return simulator;
	}

	private constructor(executable: string, scenario: string, progress: ((line: string) => void) | undefined) {
		super();
		this.#progress = progress;
		this.setMaxListeners(0);
		this.#child = spawn(executable, [scenario], { stdio: "pipe" });
		this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.#printed = (this.#printed + text).slice(-16_384);
		});
		// A process that has just ended cannot be written to; its end is told by "close".
		this.#child.stdin.on("error", () => {});
		createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
		this.#ended = new Promise((resolve) => {
			const end = (code: number | null, signal: NodeJS.Signals | null, reason: string) => {
				if (this.#hasEnded) return;
				this.#hasEnded = true;
				this.#failAll(new SimulatorError(reason, this.#printed));
				this.emit("end", { code, signal });
				resolve();
			};
			this.#child.on("error", (error) => end(null, null, `the simulator could not be started: ${error.message}`));
			this.#child.on("close", (code, signal) =>
				end(code, signal, `the simulator ended (${signal ?? `exit code ${code}`})`),
			);
		});
	}

	get pid(): number {
		return this.#child.pid!;
	}

	/** What the process wrote on standard error: its own faults. */
	get printed(): string {
		return this.#printed;
	}

	/** Starts one more machine. */
	async add(machine: MachineOptions): Promise<void> {
		const path = await buildApplication(machine.app, { progress: this.#progress });
		const directory = resolve(machine.directory);
		mkdirSync(directory, { recursive: true });
		this.#exits.delete(machine.name);
		if (machine.restarts) this.#restarting.add(machine.name);
		else this.#restarting.delete(machine.name);
		this.#logs.delete(machine.name);
		const id = this.#nextId++;
		const added = this.#wait(id, machine.name);
		this.#send({ do: "add", machine: { ...machine, app: path, directory, storage: inHex(machine.storage) }, id });
		await added;
	}

	/** Takes a machine away as pulling its plug does, and gives its last report; null when it was just starting again. */
	async stop(name: string): Promise<Report | null> {
		const { report } = await this.#ask(name, { do: "stop" });
		return report as Report | null;
	}

	/**
	 * Resets a machine from outside: its power goes and comes back, its reset button is pressed, its supply sags. It ends
	 * with an `exit` event, and starts again if it `restarts`. Chips keep their state, except when the power goes.
	 */
	async reset(name: string, reason: "power" | "button" | "brownout"): Promise<void> {
		await this.#ask(name, { do: "reset", reason });
	}

	/** Cuts the power at an operation to come, also of a later start; undefined takes that back. */
	async cutPower(name: string, cut: PowerCut | undefined): Promise<void> {
		await this.#ask(name, { do: "cutPower", cut: cut ?? null });
	}

	/** What the machine's flash has been through since it was added. */
	async wear(name: string): Promise<Wear> {
		const { wear } = await this.#ask(name, { do: "wear" });
		return wear as Wear;
	}

	/** With `collect`, garbage is collected first: what is in use then is what lives. */
	async report(name: string, options: { collect?: boolean } = {}): Promise<Report> {
		const { report } = await this.#ask(name, { do: "report", ...options });
		return report as Report;
	}

	/** Lets a stepped clock go on for so many milliseconds, and gives what it shows then. */
	async run(milliseconds: number): Promise<number> {
		const id = this.#nextId++;
		const passed = this.#wait(id, undefined);
		this.#send({ do: "run", milliseconds, id });
		const { result } = (await passed) as { result: number };
		return result;
	}

	/** Drives a pin of a machine from outside. */
	async pin(name: string, pin: number, value: 0 | 1): Promise<void> {
		await this.#ask(name, { do: "pin", pin, value });
	}

	/** Holds a pin low for so many milliseconds of the simulation's clock, as a button to ground does. */
	async press(name: string, pin: number, milliseconds: number): Promise<void> {
		await this.#ask(name, { do: "press", pin, milliseconds });
	}

	/** Sends bytes to a machine's serial port, which its app has opened; they arrive at its speed. */
	async serial(name: string, port: number, bytes: Uint8Array): Promise<void> {
		await this.#ask(name, { do: "serial", port, hex: Buffer.from(bytes).toString("hex") });
	}

	/** Other networks are around a machine from now on. */
	async air(name: string, air: Air): Promise<void> {
		await this.#ask(name, { do: "air", air });
	}

	/**
	 * Sends the machines a datagram that loopback cannot carry: a multicast, or one to port 5353. It comes from the port
	 * `from` of 127.0.0.1, where answers go.
	 */
	async datagram(from: number, address: string, port: number, bytes: Uint8Array): Promise<void> {
		const id = this.#nextId++;
		const sent = this.#wait(id, undefined);
		this.#send({ do: "datagram", from, address, port, hex: Buffer.from(bytes).toString("hex"), id });
		await sent;
	}

	/** Asks a chip something that only that chip understands. */
	async chip(
		name: string,
		bus: "i2c" | "spi",
		address: number,
		request: Readonly<Record<string, unknown>>,
	): Promise<unknown> {
		const { result } = await this.#ask(name, { do: "chip", bus, address, request });
		return result;
	}

	/** The last lines that a machine logged, the oldest first. */
	log(name: string): readonly string[] {
		return this.#logs.get(name) ?? [];
	}

	/** Ends all machines and the process, and waits until it has ended. */
	async close(): Promise<void> {
		if (!this.#hasEnded) {
			this.#send({ do: "quit" });
			this.#child.stdin.end();
			const timer = setTimeout(() => this.kill(), 5_000);
			await this.#ended;
			clearTimeout(timer);
		}
	}

	/** Ends the process at once, as a power cut ends all machines. */
	kill(): void {
		this.#child.kill("SIGKILL");
	}

	/** Resolves when the process has ended. */
	get ended(): Promise<void> {
		return this.#ended;
	}

	#send(command: Readonly<Record<string, unknown>>): void {
		this.#child.stdin.write(`${JSON.stringify(command)}\n`);
	}

	#ask(machine: string, command: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
		const id = this.#nextId++;
		const reply = this.#wait(id, machine);
		this.#send({ ...command, machine, id });
		return reply as Promise<Record<string, unknown>>;
	}

	/** Waits for a reply's id or for an event; fails at once if the machine, or the process, has ended. */
	#wait(key: number | string, machine: string | undefined): Promise<unknown> {
		return new Promise((resolve, reject) => {
			if (this.#hasEnded) return reject(new SimulatorError("the simulator has ended", this.#printed));
			const exit = machine === undefined ? undefined : this.#exits.get(machine);
			if (exit) return reject(this.#errorOf(exit));
			const timer = setTimeout(() => {
				this.#waiting.delete(key);
				reject(new SimulatorError(`no answer within ${TIMEOUT / 1000} s (${key})`, this.#printed));
			}, TIMEOUT);
			this.#waiting.set(key, { machine, resolve, reject, timer });
		});
	}

	#settle(key: number | string, settle: (waiting: Waiting) => void): void {
		const waiting = this.#waiting.get(key);
		if (waiting === undefined) return;
		this.#waiting.delete(key);
		clearTimeout(waiting.timer);
		settle(waiting);
	}

	#failAll(error: Error): void {
		for (const key of [...this.#waiting.keys()]) this.#settle(key, ({ reject }) => reject(error));
	}

	#receive(line: string): void {
		let event: SimulatorEvent;
		try {
			event = JSON.parse(line) as SimulatorEvent;
		} catch {
			this.#printed += `not an event: ${line}\n`;
			this.kill();
			return;
		}
		switch (event.event) {
			case "ready":
				this.#settle("ready", ({ resolve }) => resolve(undefined));
				break;
			case "started":
				this.emit("started", event);
				break;
			case "listening":
				this.emit("listening", event);
				break;
			case "pin":
				this.emit("pin", event);
				break;
			case "radio":
				this.emit("radio", event);
				break;
			case "serial":
				this.emit("serial", { ...event, bytes: Uint8Array.from(Buffer.from(event.hex, "hex")) });
				break;
			case "datagram":
				this.emit("datagram", { ...event, bytes: Uint8Array.from(Buffer.from(event.hex, "hex")) });
				break;
			case "log":
				this.#keep(event.machine, event.text);
				this.emit("log", event);
				break;
			case "exit": {
				const exit: Exit = { ...event, stack: event.stack.replaceAll(`${root}/`, "") };
				// On a board, what awaits for ever stands still; what starts again answers later.
				if (!this.#restarting.has(exit.machine) || exit.reason === "other") {
					this.#exits.set(exit.machine, exit);
					for (const [key, { machine }] of [...this.#waiting])
						if (machine === exit.machine) this.#settle(key, ({ reject }) => reject(this.#errorOf(exit)));
				}
				this.emit("exit", exit);
				break;
			}
			case "error":
				this.#printed += `${event.message}\n`;
				break;
			case "reply": {
				const { id, error } = event;
				this.#settle(id, ({ resolve, reject }) =>
					error === undefined ? resolve(event) : reject(new SimulatorError(error)),
				);
				break;
			}
		}
	}

	#keep(machine: string, text: string): void {
		const lines = this.#logs.get(machine) ?? [];
		lines.push(text);
		if (lines.length > KEPT_LINES) lines.shift();
		this.#logs.set(machine, lines);
	}

	#errorOf(exit: Exit): MachineError {
		return new MachineError(exit, this.log(exit.machine));
	}
}
