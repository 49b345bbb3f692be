/** `npm start -- --first-boot`: a gateway as it comes from the flasher, which knows no network and nobody. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { panel } from "../simulator/fleet";
import { root } from "../simulator/paths";
import { Simulator } from "../simulator/simulator";
import { drawPanel } from "./panel";

/** What is in the simulated air, beside the gateway's own access point. */
const networks = [
	{ ssid: "Home", password: "correct horse battery", strength: -48 },
	{ ssid: 'Café "Zur Post" <guest>', strength: -71 },
];
/** Rows of dots of a line of text. */
const lineHeight = 8;
/** Milliseconds between two looks at the panel, real ones. */
const lookInterval = 250;

export interface FirstBootOptions {
	/** Of the portal, and then of the page, on 127.0.0.1. */
	readonly port: number;
	readonly speed: number;
	/** Of the machine's flash and key-value store. */
	readonly directory: string;
}

/** Starts the gateway and tells what a person with the board would see, until the simulator ends. */
export async function startFirstBoot(options: FirstBootOptions): Promise<Simulator> {
	const { port, speed, directory } = options;
	const simulator = await Simulator.start({ build: "debug", speed });
	const tell = (text: string) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
	simulator.on("log", ({ text }) => tell(text));
	simulator.on("exit", ({ cause, message }) => tell(`the gateway restarts: ${cause}${message ? `, ${message}` : ""}`));
	simulator.on("listening", ({ port: open, protocol }) => {
		if ("tcp" === protocol) tell(`http://127.0.0.1:${open} answers`);
	});
	console.log(`
A gateway fresh from the flasher. In its air are

${networks.map(({ ssid, password }) => `  ${ssid.padEnd(26)}${password ? `password ${password}` : "open"}`).join("\n")}

Its panel, below, names its access point. Joining that is left out here: its portal is at http://127.0.0.1:${port}
Ctrl-C ends it.
`);
	await simulator.add({
		name: "gateway",
		app: join(root, "manifest.json"),
		directory,
		storage: { gateway: { port } },
		air: { networks },
		restarts: true,
		chips: [panel],
	});
	showPanel(simulator);
	return simulator;
}

/** Draws the panel when what it shows is another thing: one line that changes is a text that runs along it. */
async function showPanel(simulator: Simulator): Promise<void> {
	let shown: string[] = [];
	let ended = false;
	simulator.on("end", () => {
		ended = true;
	});
	while (!ended) {
		// While the machine starts again there is nothing to be asked.
		const rows = (await simulator.chip("gateway", "i2c", panel.address!, { do: "rows" }).catch(() => [])) as string[];
		const lines = [0, 1, 2, 3].map((line) => rows.slice(lineHeight * line, lineHeight * (line + 1)).join(""));
		if (lines.join("").trim() && lines.filter((line, index) => line !== shown[index]).length > 1) {
			shown = lines;
			const drawn = drawPanel(rows);
			const edge = "─".repeat(drawn[0]!.length);
			console.log([`┌${edge}┐`, ...drawn.map((line) => `│${line}│`), `└${edge}┘`].join("\n"));
		}
		await wait(lookInterval);
	}
}
