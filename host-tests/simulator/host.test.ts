/** What the simulator's host promises to apps, of each build that can be made here. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type BuildKind, compiles32Bit } from "../../tools/simulator/build";
import { type Exit, type MachineOptions, Simulator, type SimulatorOptions } from "../../tools/simulator/simulator";
import { hasProgram } from "../optional";
import { freePort } from "./ports";

const app = fileURLToPath(new URL("./apps/host/manifest.json", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "host-test-"));
afterAll(() => rmSync(temporary, { recursive: true }));

const has32 = hasProgram(
	await compiles32Bit(),
	"the simulator's 32-bit build",
	"`apt-get install gcc-multilib` brings what 32-bit programs need",
);

let directories = 0;
function machine(role: string, options: Partial<MachineOptions> & { port?: number } = {}): MachineOptions {
	const { port, ...others } = options;
	return {
		name: role,
		app,
		directory: join(temporary, `${role}-${++directories}`),
		storage: { host: { role, ...(port === undefined ? {} : { port: `${port}` }) } },
		...others,
	};
}

/** Runs `action` with a simulator and what its machines say. */
async function run<Result>(
	options: SimulatorOptions,
	action: (simulator: Simulator, lines: Lines) => Promise<Result>,
): Promise<Result> {
	const simulator = await Simulator.start({ progress: () => {}, ...options });
	try {
		return await action(simulator, new Lines(simulator));
	} finally {
		await simulator.close();
	}
}

class Lines {
	readonly #simulator: Simulator;
	readonly #seen: { machine: string; text: string }[] = [];
	readonly #exits: Exit[] = [];

	constructor(simulator: Simulator) {
		this.#simulator = simulator;
		simulator.on("log", (log) => this.#seen.push(log));
		simulator.on("exit", (exit) => this.#exits.push(exit));
	}

	/** The first line of the machine that matches, be it in the past or to come. */
	async find(name: string, pattern: RegExp): Promise<string> {
		const matches = (log: { machine: string; text: string }) => log.machine === name && pattern.test(log.text);
		const seen = this.#seen.find(matches);
		if (seen) return seen.text;
		const end = this.#exits.find(({ machine }) => machine === name);
		if (end) throw new Error(`${name}: ${end.cause}: ${end.message}\n${end.stack}`);
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${name} said nothing like ${pattern}`)), 20_000);
			this.#simulator.on("log", (log) => {
				if (matches(log)) {
					clearTimeout(timer);
					resolve(log.text);
				}
			});
			this.#simulator.on("exit", (exit) => {
				if (exit.machine === name) {
					clearTimeout(timer);
					reject(new Error(`${name}: ${exit.cause}: ${exit.message}\n${exit.stack}`));
				}
			});
		});
	}

	all(name: string): string[] {
		return this.#seen.filter((log) => log.machine === name).map(({ text }) => text);
	}
}

function exitOf(simulator: Simulator, name: string): Promise<Exit> {
	return new Promise((resolve) =>
		simulator.on("exit", (exit) => {
			if (exit.machine === name) resolve(exit);
		}),
	);
}

/** Adds a machine that ends by its own fault, be it before or after the answer to `add`. */
async function fault(simulator: Simulator, options: MachineOptions): Promise<Exit> {
	const exit = exitOf(simulator, options.name);
	await simulator.add(options).catch(() => {});
	return exit;
}

const builds: BuildKind[] = has32 ? ["debug", "release", "release32"] : ["debug", "release"];

describe.each(builds)("a machine's end (%s)", (build) => {
	it.each([
		["memory", "memory full"],
		["slots", "memory full"],
		["stack", "stack overflow"],
		["exception", "unhandled exception"],
		["rejection", "unhandled rejection"],
		["unknown", "unhandled exception"],
		["await", "unsettled top-level await"],
	])("%s is its own, and the others go on", (role, cause) =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("server", { port: 0 }));
			const exit = await fault(simulator, machine(role));
			expect(exit.cause).toBe(cause);
			if (role === "unknown") {
				expect(exit.message).toContain('"no/such/module"');
				expect(exit.message).toContain(app);
			}
			if (role === "exception" || role === "rejection") expect(exit.message).toContain("on purpose");
			if (build === "debug" && role !== "await" && role !== "unknown") expect(exit.stack).toMatch(/faults\.ts:\d+\)/);
			expect(exit.report!.chunks.peak + exit.report!.slots.peak).toBeLessThanOrEqual(
				32_768 * (exit.report!.slots.size / 16),
			);

			const socket = connect(Number((await lines.find("server", /^port/)).slice(5)), "127.0.0.1");
			const echo = new Promise((resolve) => socket.once("data", (data) => resolve(data.toString())));
			socket.write("still there");
			expect(await echo).toBe("still there");
			socket.destroy();
		}),
	);

	it("names the line that threw in the TypeScript source", () =>
		run({ build: "debug" }, async (simulator) => {
			const source = readFileSync(new URL("./apps/host/faults.ts", import.meta.url), "utf8").split("\n");
			const line = source.findIndex((text) => text.includes("on purpose")) + 1;
			const { stack } = await fault(simulator, machine("exception"));
			expect(stack).toContain(`faults.ts:${line})`);
		}));

	it("a rejection that is handled is none", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("caught"));
			expect(await lines.find("caught", /^caught/)).toBe("caught nobody knows");
			expect((await simulator.report("caught")).slots.current).toBeGreaterThan(0);
		}));

	it("stopping it closes its sockets and ends nothing else", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("server", { port: 0 }));
			const socket: Socket = connect(Number((await lines.find("server", /^port/)).slice(5)), "127.0.0.1");
			await new Promise((resolve) => socket.once("connect", resolve));
			const closed = new Promise((resolve) => socket.once("close", resolve));
			socket.on("error", () => {});
			socket.resume();
			await simulator.stop("server");
			await closed;
			await simulator.add(machine("caught"));
			await lines.find("caught", /^caught/);
		}));
});

describe.each(builds)("clock and network (%s)", (build) => {
	it("a day of one-second timers is over at once", () =>
		run({ build, clock: "virtual" }, async (simulator, lines) => {
			const start = performance.now();
			await simulator.add(machine("ticks"));
			expect(await lines.find("ticks", /^ticks/)).toBe("ticks 86400 in 86400000 ms");
			expect(performance.now() - start).toBeLessThan(5_000);
		}));

	it("two machines talk over TCP while the clock stands still", async () => {
		const port = await freePort();
		await run({ build, clock: "virtual" }, async (simulator, lines) => {
			await simulator.add(machine("server", { port }));
			await simulator.add(machine("client", { port }));
			expect(await lines.find("client", /^answers/)).toBe("answers 1000, waited 0 ms, after 1000 minutes");
			const { native } = await simulator.report("client");
			expect(native.current).toBeLessThan(2_048);
			expect((await simulator.report("server")).native.current).toBeLessThan(2_048);
		});
	});

	it("timers fire by their time and, at one time, in order", () =>
		run({ build, clock: "virtual" }, async (simulator, lines) => {
			await simulator.add(machine("order"));
			expect(await lines.find("order", /./)).toBe("abcde");
		}));

	it("randomness follows seed and name", async () => {
		const draw = (seed: number, name: string) =>
			run({ build, seed }, async (simulator, lines) => {
				await simulator.add(machine("random", { name }));
				return lines.find(name, /./);
			});
		const first = await draw(1, "a");
		expect(await draw(1, "a")).toBe(first);
		expect(await draw(2, "a")).not.toBe(first);
		expect(await draw(1, "b")).not.toBe(first);
	});

	it("a listener that accepts nothing lets connections wait", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("deaf"));
			const socket = connect(Number((await lines.find("deaf", /^port/)).slice(5)), "127.0.0.1");
			await new Promise((resolve) => socket.once("connect", resolve));
			socket.destroy();
		}));

	it("writing ahead is bounded, and goes on when the other side reads", async () => {
		const port = await freePort();
		await run({ build }, async (simulator, lines) => {
			await simulator.add(machine("sink", { port }));
			await simulator.add(machine("flood", { port }));
			expect(await lines.find("flood", /./)).toBe("would block");
			await expect
				.poll(() => lines.all("flood").length, { timeout: 10_000 })
				.toBeGreaterThan(Math.floor(1_000_000 / 6_000));
			expect((await simulator.report("flood")).native.peak).toBeLessThan(12_000);
		});
	});

	it("tells of a refused connection by onError", async () => {
		const port = await freePort();
		await run({ build }, async (simulator, lines) => {
			await simulator.add(machine("refused", { port }));
			expect(await lines.find("refused", /./)).toBe("refused");
		});
	});
});

describe.each(builds)("storage (%s)", (build) => {
	it("flash clears bits and erases blocks", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("flash"));
			await lines.find("flash", /^beyond/);
			expect(lines.all("flash")).toEqual([
				"size 16384 4096 log",
				"fresh ffffffff",
				"and ff300cff",
				"erased ff30ffff",
				"beyond RangeError,RangeError,RangeError,RangeError,Error,Error",
			]);
		}));

	it("flash is read in place", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("mappedFlash"));
			await lines.find("mappedFlash", /^refused/);
			expect(lines.all("mappedFlash")).toEqual([
				"16384 16384 3,4,255,255",
				"later 3,4,15,240",
				"erased 255,255,255,255",
				"refused TypeError,Error",
			]);
		}));

	it("key-value entries keep to NVS's rules", () =>
		run({ build }, async (simulator, lines) => {
			const options = machine("keyValue");
			await simulator.add(options);
			await lines.find("keyValue", /^refused/);
			const said = [
				"65535 grüß\u{1f600} 010203 b",
				"other type TypeError undefined absent undefined",
				"refused RangeError,RangeError,RangeError,RangeError,Error,Error",
			];
			expect(lines.all("keyValue")).toEqual(said);
			await simulator.stop("keyValue");
			await simulator.add(options);
			await expect.poll(() => lines.all("keyValue"), { timeout: 20_000 }).toEqual([...said, ...said]);
		}));

	it("a kill at any moment leaves the old value or the new one", async () => {
		const options = machine("counter");
		let last = 0;
		for (let kill = 0; kill < 5; kill++) {
			const simulator = await Simulator.start({ build, progress: () => {} });
			const lines = new Lines(simulator);
			await simulator.add(options);
			const [first, second] = (await lines.find("counter", /^found/)).split(" ").slice(1).map(Number) as [
				number,
				number,
			];
			expect(second).toBeGreaterThanOrEqual(last);
			expect(first - second === 0 || first - second === 1).toBe(true);
			await lines.find("counter", new RegExp(`^count ${second + 20 * (kill + 1)}$`));
			simulator.kill();
			await simulator.ended;
			last = Math.max(second, ...lines.all("counter").map((line) => Number(/^count (\d+)/.exec(line)?.[1] ?? 0)));
		}
		expect(last).toBeGreaterThan(0);
	});

	it("resources are read in place and cannot be written", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("resource"));
			expect(await lines.find("resource", /./)).toBe("res 8 97 TypeError true false Error");
		}));

	it("what is preloaded or built in cannot be changed where a board could not change it", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("readOnly"));
			expect(await lines.find("readOnly", /./)).toBe("TypeError,TypeError,accepted,TypeError,TypeError,TypeError");
		}));

	it("console.log prints its parts on a line", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("console"));
			expect(await lines.find("console", /./)).toBe("two 2");
		}));

	it("gives the manifest's config", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("config"));
			expect(await lines.find("config", /./)).toBe("from the manifest");
		}));
});

describe.each(builds)("devices (%s)", (build) => {
	it("I2C reaches a chip, and a missing one does not acknowledge", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("bus", { chips: [{ chip: "mpu6050", bus: "i2c", address: 0x68 }] }));
			await lines.find("bus", /^not/);
			expect(lines.all("bus")).toEqual(["who 68", "not acknowledged"]);
		}));

	it("a pin that is driven from outside calls its app", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("pins"));
			expect(await lines.find("pins", /^button/)).toBe("button 1");
			await simulator.pin("pins", 0, 0);
			expect(await lines.find("pins", /^pressed/)).toBe("pressed 0");
		}));

	it("digests and ciphers give the standards' examples", () =>
		run({ build }, async (simulator, lines) => {
			await simulator.add(machine("crypt"));
			await lines.find("crypt", /^Zm9/);
			const block = "00112233445566778899aabbccddeeff";
			expect(lines.all("crypt")).toEqual([
				"SHA1 84983e441c3bd26ebaae4aa1f95129e5e54670f1",
				"SHA256 248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
				"SHA512 204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
				`AES128 69c4e0d86a7b0430d8cdb78070b4c55a ${block}`,
				`AES192 dda97ca4864cdfe06eaf70a0ec0d7191 ${block}`,
				`AES256 8ea2b7ca516745bfeafc49904b496089 ${block}`,
				"Zm9vYmE= foobar",
			]);
		}));
});
