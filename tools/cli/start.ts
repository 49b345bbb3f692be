/** `npm start`: the gateway and its wearables on the desktop simulator, with a broker. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { buildPage } from "../page/build";
import { Fleet, type Motion, type WearableOptions } from "../simulator/fleet";
import { readArduino } from "../training/import/arduino";
import { Broker } from "./broker";
import { demonstration } from "./demonstration";

const usage = `usage: npm start -- [options]
  --port N          the page's port on 127.0.0.1 (8080)
  --wearables N     how many wearables, 1 to 32 (3; 1 with --motion)
  --seed N          repeats the motions of an earlier run (1)
  --speed X         runs the simulated clock X times as fast (1)
  --broker URL      a broker of your own, mqtt://[user:password@]host[:port] (an embedded one)
  --motion FILE     a recording that the first wearable replays: rows of aX,aY,aZ,gX,gY,gZ
                    in g and °/s, a blank line between recordings`;

/** What the person typed cannot be done; the message says what can. */
class UsageError extends Error {}

function integer(name: string, text: string, least: number, most: number): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < least || value > most)
		throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
	return value;
}

function options() {
	const { values } = parseArgs({
		options: {
			port: { type: "string", default: "8080" },
			wearables: { type: "string" },
			seed: { type: "string", default: "1" },
			speed: { type: "string", default: "1" },
			broker: { type: "string" },
			motion: { type: "string" },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) throw new UsageError("");
	const speed = Number(values.speed);
	if (!(speed > 0 && speed <= 100)) throw new UsageError(`--speed takes a number up to 100, not "${values.speed}"`);
	if (values.broker && !/^mqtt:\/\/[^/\s]+$/.test(values.broker))
		throw new UsageError(`--broker takes mqtt://[user:password@]host[:port], not "${values.broker}"`);
	return {
		port: integer("port", values.port, 1, 65_535),
		wearables: integer("wearables", values.wearables ?? (values.motion ? "1" : "3"), 1, 32),
		seed: integer("seed", values.seed, 0, 2 ** 32 - 1),
		speed,
		broker: values.broker,
		motion: values.motion,
	};
}

/** Reads the recording, and tells of every row that it leaves out. */
async function readMotion(file: string): Promise<Motion> {
	const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
		throw new UsageError(`--motion ${file}: ${"ENOENT" === error.code ? "there is no such file" : error.message}`);
	});
	const { recordings, problems } = readArduino(text);
	for (const { line, reason } of problems) console.log(`  ${file}:${line}: row skipped, ${reason}`);
	if (0 === recordings.length)
		throw new UsageError(`--motion ${file}: no row of six numbers (aX,aY,aZ in g, gX,gY,gZ in °/s)`);
	console.log(`  ${file}: ${recordings.length} recordings`);
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
				new UsageError(
					"EADDRINUSE" === error.code
						? `port ${port} is taken; choose another with --port`
						: `port ${port}: ${error.message}`,
				),
			),
		);
		server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
	});
}

async function main() {
	const { port, wearables: count, seed, speed, broker: given, motion: file } = options();
	await checkPort(port);
	const motion = file ? await readMotion(file) : undefined;
	console.log("Building the page …");
	await buildPage();
	const broker = given ? undefined : await Broker.start([1883, 0]);
	const address = given ?? broker!.address;
	const fleet = await Fleet.start({
		build: "debug",
		speed,
		seed,
		port,
		broker: address,
		wearables: wearables(count, motion),
	});
	fleet.simulator.on("log", ({ machine, text }) => console.log(`${time()}  ${machine}  ${text}`));
	fleet.simulator.on("exit", ({ machine, cause, message, stack }) =>
		console.log(`${time()}  ${machine}  ended: ${cause}${message ? `, ${message}` : ""}${stack ? `\n${stack}` : ""}`),
	);
	let ending = false;
	const end = async () => {
		if (ending) return;
		ending = true;
		console.log("\nEnding …");
		await fleet.close();
		await broker?.close();
		process.exit(0);
	};
	process.on("SIGINT", end);
	process.on("SIGTERM", end);
	console.log(`
The gateway is ready.

  page    ${fleet.address}/#token=${fleet.token}
  token   ${fleet.token}
  broker  ${address}   results: tmlaas/gateway/devices/+/result

Ctrl-C ends it.
`);
	await fleet.admit();
}

const time = () => new Date().toTimeString().slice(0, 8);

main().catch((error: unknown) => {
	if (error instanceof UsageError || (error instanceof TypeError && "code" in error))
		console.error(`${error.message}${error.message ? "\n\n" : ""}${usage}`);
	else console.error(error);
	process.exit(1);
});
