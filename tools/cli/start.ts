/** `npm start`: the gateway and its wearables on the desktop simulator, with a broker. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readBroker, SettingsError } from "../../firmware/gateway/settings";
import { buildPage } from "../page/build";
import { BuildError } from "../simulator/build";
import { Fleet, type Motion, type WearableOptions } from "../simulator/fleet";
import { GatewayClientError } from "../simulator/gateway-client";
import { MachineError, SimulatorError } from "../simulator/simulator";
import { FetchError } from "../simulator/xs";
import { readArduino } from "../training/import/arduino";
import { Broker } from "./broker";
import { FailedError, greatestSeed, InputError, readInput, runCommand, UsageError, wholeNumber } from "./command-line";
import { demonstration } from "./demonstration";
import { startFirstBoot } from "./first-boot";

const usage = `usage: npm start -- [options]
  --port N          the page's port on 127.0.0.1 (8080)
  --wearables N     how many wearables, 1 to 32 (3; 1 with --motion)
  --seed N          repeats the motions of an earlier run (1)
  --speed X         runs the simulated clock X times as fast (1)
  --broker URL      a broker of your own, mqtt://[user:password@]host[:port] (an embedded one)
  --motion FILE     recordings that the first wearable replays once: rows of aX,aY,aZ,gX,gY,gZ
                    in g and °/s, a blank line between recordings
  --first-boot      a gateway fresh from the flasher, without wearables: it makes an access point
                    of its own and waits to be given a network
  --help            prints this`;

/** Bytes; some 13 minutes of motion at 119 Hz. */
const greatestMotion = 4 * 1024 * 1024;
/** Rows that are told of one by one. */
const toldProblems = 10;

/** Asks the gateway's own code, which would refuse it later. */
function checkBroker(broker: string): void {
	try {
		if (/\s/.test(broker) || !readBroker((key) => ("broker" === key ? broker : undefined)))
			throw new SettingsError("broker is empty or has a space");
	} catch (error) {
		if (!(error instanceof SettingsError)) throw error;
		throw new UsageError(`--broker takes mqtt://[user:password@]host[:port], not "${broker}": ${error.message}`);
	}
}

/** Reads the recordings, and tells of the rows that it leaves out. */
async function readMotion(file: string): Promise<Motion> {
	const text = new TextDecoder().decode(await readInput(file, greatestMotion));
	const { recordings, problems } = readArduino(text);
	for (const { line, reason } of problems.slice(0, toldProblems))
		console.log(`  ${file}:${line}: row skipped, ${reason}`);
	if (problems.length > toldProblems) console.log(`  ${file}: ${problems.length - toldProblems} more rows skipped`);
	if (0 === recordings.length)
		throw new InputError(`--motion ${file}: no row of six numbers (aX,aY,aZ in g, gX,gY,gZ in °/s)`);
	console.log(`  ${file}: ${recordings.length} ${1 === recordings.length ? "recording" : "recordings"} to replay`);
	return { source: "rows", recordings: recordings.map((recording) => Array.from(recording)), rest: 240 };
}

/** The wearables to start; with a recording, the first one replays it. */
function wearables(count: number, motion: Motion | undefined): WearableOptions[] {
	const all = demonstration(count);
	// A recording was cut at its own trigger: nothing of what came before belongs to the window.
	if (motion) all[0] = { id: "wearable-1", name: "Replay", motion, settings: { history: 0 } };
	return all;
}

/** Says in time, and in words, that the port is taken; the simulated gateway could only fail. */
async function checkPort(port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const server = createServer();
		server.once("error", (error: NodeJS.ErrnoException) =>
			reject(
				new InputError(
					"EADDRINUSE" === error.code
						? `port ${port} is taken; choose another with --port`
						: `port ${port}: ${error.message}`,
				),
			),
		);
		server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
	});
}

/** Tells when the gateway gets to the broker, and when it loses it. */
async function watchBroker(fleet: Fleet, address: string): Promise<void> {
	let connected: boolean | undefined;
	for (;;) {
		const cloud = (await fleet.client.request("GET", "/api/v1/cloud").catch(() => undefined)) as
			| { state: string; queued: number }
			| undefined;
		if ("connected" === cloud?.state && !connected) {
			connected = true;
			console.log(`${time()}  gateway  connected to ${address}`);
		} else if ("waiting" === cloud?.state && false !== connected) {
			connected = false;
			console.log(`${time()}  gateway  not connected to ${address}; tries again, and keeps the results meanwhile`);
		}
		await wait(2_000);
	}
}

interface Options {
	readonly port: number;
	readonly wearables: number;
	readonly seed: number;
	readonly speed: number;
	readonly broker: string | undefined;
	readonly motion: string | undefined;
	readonly firstBoot: boolean;
}

async function start(options: Options): Promise<void> {
	const { port, wearables: count, seed, speed, broker: given, motion: file, firstBoot } = options;
	await checkPort(port);
	const motion = file ? await readMotion(file) : undefined;

	/** What runs, in the order in which it is ended. */
	const running: { close(): Promise<void> }[] = [];
	let ending = false;
	const end = async (code: number) => {
		if (ending) return;
		ending = true;
		for (const part of running) await part.close();
		process.exit(code);
	};
	const interrupted = () => {
		if (!ending) console.log("\nEnding …");
		end(0);
	};
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupted);
	// Nobody reads any more: the terminal was closed, or what this was piped into has ended.
	for (const stream of [process.stdout, process.stderr]) stream.on("error", () => end(0));

	// Removed whenever this ends, also while it starts.
	const directory = mkdtempSync(join(tmpdir(), "tmlaas-"));
	process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

	console.log("Building the page …");
	await buildPage();
	if (firstBoot) {
		const simulator = await startFirstBoot({ port, speed, directory });
		running.push(simulator);
		simulator.on("end", () => end(1));
		return;
	}
	const broker = given ? undefined : await Broker.start([1883, 0]);
	if (broker) running.push(broker);
	const address = given ?? broker!.address;
	const fleet = await Fleet.start({
		build: "debug",
		speed,
		seed,
		port,
		broker: address,
		directory,
		restarts: true,
		wearables: wearables(count, motion),
	});
	running.unshift(fleet);
	fleet.simulator.on("log", ({ machine, text }) => console.log(`${time()}  ${machine}  ${text}`));
	fleet.simulator.on("exit", ({ machine, cause, message, stack, reason }) => {
		const why = `${cause}${message && message !== cause ? `, ${message}` : ""}${stack ? `\n${stack}` : ""}`;
		if ("other" !== reason) return console.log(`${time()}  ${machine}  starts again: ${why}`);
		console.log(`${time()}  ${machine}  ended: ${why}`);
		if ("gateway" === machine) end(1);
	});
	const { simulator } = fleet;
	simulator.on("end", ({ code, signal }) => {
		if (ending) return;
		console.error(`The simulator ended (${signal ?? `exit code ${code}`}).\n${simulator.printed}`.trimEnd());
		end(1);
	});
	console.log(`
The gateway is ready.

  page    ${fleet.address}/#token=${fleet.token}
  token   ${fleet.token}
  broker  ${withoutPassword(address)}   results: tmlaas/gateway/devices/+/result

Ctrl-C ends it.
`);
	watchBroker(fleet, withoutPassword(address));
	await fleet.admit().catch((error: unknown) => {
		// What was waited for has ended with the rest.
		if (ending) return;
		console.error(told.some((kind) => error instanceof kind) ? (error as Error).message : error);
		end(1);
	});
}

const time = () => new Date().toTimeString().slice(0, 8);

const withoutPassword = (address: string) => address.replace(/\/\/.*@/, "//");

/** Errors that say in words what could not be done. */
const told = [MachineError, SimulatorError, GatewayClientError, BuildError, FetchError];

await runCommand({
	usage,
	options: {
		port: { type: "string", default: "8080" },
		wearables: { type: "string" },
		seed: { type: "string", default: "1" },
		speed: { type: "string", default: "1" },
		broker: { type: "string" },
		motion: { type: "string" },
		"first-boot": { type: "boolean" },
	},
	words: 0,
	async run({ port, wearables, seed, speed, broker, motion, "first-boot": firstBoot }) {
		if (firstBoot && (wearables ?? broker ?? motion))
			throw new UsageError(
				"--first-boot goes with neither --wearables nor --broker nor --motion: it is a gateway alone",
			);
		const times = Number(speed);
		if (!(times > 0 && times <= 100)) throw new UsageError(`--speed takes a number above 0, up to 100, not "${speed}"`);
		if (undefined !== broker) checkBroker(broker);
		const options = {
			port: wholeNumber("port", port, 1, 65_535),
			wearables: wholeNumber("wearables", wearables ?? (motion ? "1" : "3"), 1, 32),
			seed: wholeNumber("seed", seed, 0, greatestSeed),
			speed: times,
			broker,
			motion,
			firstBoot: true === firstBoot,
		};
		try {
			await start(options);
		} catch (error) {
			if (told.some((kind) => error instanceof kind)) throw new FailedError((error as Error).message);
			throw error;
		}
		return undefined;
	},
});
