/** `npm run flash`: writes firmware into a board that hangs on a serial port. */
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { checkCredentials } from "common/wifi/credentials";
import { type App, builtFolder, chips, readFirmware } from "../flash/firmware";
import { FlashError, flash, type Progress } from "../flash/flasher";
import { joinNetwork, NetworkError } from "../flash/improv";
import { type Line, LineError } from "../flash/line";
import { checkParts, type Part, PartsError } from "../flash/parts";
import { listPorts, SerialLine } from "../flash/serial-line";
import { count } from "../training/tflite/table";
import { FailedError, InputError, readInput, runCommand, UsageError, wholeNumber } from "./command-line";

const usage = `usage: npm run flash -- gateway|wearable --port PORT [options]   writes a board's firmware
       npm run flash -- --list                                   shows the serial ports
  --port PORT          as in /dev/ttyUSB0, /dev/cu.usbserial-0001 or COM3
  --wifi NETWORK       then gives the board this WiFi network; the password is asked for
  --erase              erases all of the flash before: networks, models, tokens and recordings are gone
  --baud N             bits a second while writing (460800); 115200 for long cables
  --from FOLDER        takes the firmware from there (build/firmware/APP, where \`npm run build\` puts it)
  --image OFFSET:FILE  writes this file there, and nothing else; may be given several times
  --help               prints this

Settings, models and recordings stay unless --erase is given. tools/flash/README.md says what to do when it does not work.`;

/** Bytes that no board's flash exceeds. */
const greatestFlash = 16 << 20;

async function readImage(text: string): Promise<Part> {
	const [, digits, file] = /^(0x[0-9a-f]{1,8}|\d{1,9}):(.+)$/i.exec(text) ?? [];
	if (digits === undefined || file === undefined)
		throw new UsageError(`--image takes OFFSET:FILE, as in 0x10000:app.bin, not "${text}"`);
	return { name: basename(file), offset: Number(digits), bytes: await readInput(file, greatestFlash) };
}

/** On a terminal the line of what is being written is written over; elsewhere only what is done is told. */
function printer(): (progress: Progress) => void {
	const isTerminal = process.stdout.isTTY;
	return (progress) => {
		switch (progress.step) {
			case "connecting":
				return console.log("Calling the board's loader …");
			case "connected": {
				const { chip, mac, flashSize } = progress.board;
				return console.log(
					`${chip}, ${mac}, ${flashSize === undefined ? "flash of unknown size" : `${flashSize >> 20} MB of flash`}`,
				);
			}
			case "erasing":
				return console.log("Erasing all of the flash; this takes up to a minute …");
			case "writing": {
				const { part, written, total } = progress;
				if (isTerminal)
					process.stdout.write(`\r${describe(part)}: ${String(Math.floor((100 * written) / total)).padStart(3)} %`);
				return undefined;
			}
			case "verified":
				return console.log(
					`${isTerminal ? "\r" : ""}${describe(progress.part)}: written and checked (MD5 ${progress.md5})`,
				);
			case "finished":
				return console.log(
					progress.isReset
						? "Done; the board starts its firmware."
						: "Done. This port cannot reset the board: let go its button, then press RST.",
				);
		}
	};
}

function describe({ name, offset, bytes }: Part): string {
	return `0x${offset.toString(16).padStart(6, "0")}  ${name}, ${count(bytes.length)} bytes`;
}

/** Seconds that the firmware needs at most until it answers, and to try a network. */
const starting = 30;
const joining = 60;

async function giveNetwork(line: Line, network: { ssid: string; password: string }): Promise<void> {
	console.log(`Giving it the network "${network.ssid}" …`);
	const address = await joinNetwork({ line, ...network, patience: 1000 * starting, trial: 1000 * joining });
	console.log(address === undefined ? "The board is on line." : `The board is on line at ${address}`);
}

/** From the terminal without showing it, or the first line of what is piped in. */
async function askPassword(ssid: string): Promise<string> {
	const { stdin } = process;
	if (stdin.isTTY) process.stderr.write(`Password of "${ssid}" (empty for an open network): `);
	const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
	const terminal = createInterface({ input: stdin, output: silent, terminal: stdin.isTTY });
	const password = await new Promise<string>((resolve) => {
		terminal.on("SIGINT", () => process.exit(130));
		terminal.once("line", resolve);
		terminal.once("close", () => resolve(""));
	});
	terminal.close();
	if (stdin.isTTY) process.stderr.write("\n");
	const wrong = checkCredentials(ssid, password);
	if (wrong === "ssid") throw new UsageError("--wifi takes the name of a network, 1 to 32 bytes");
	if (wrong === "password") throw new UsageError("a WiFi password has 8 to 63 bytes");
	return password;
}

async function printPorts(): Promise<void> {
	const ports = await listPorts();
	for (const { path, description } of ports) console.log(description === "" ? path : `${path}  ${description}`);
	if (ports.length === 0)
		console.log(
			"There is no serial port. Plug the board in with a cable that carries data; some systems want a driver for its adapter (CP210x or CH340).",
		);
}

await runCommand({
	usage,
	options: {
		port: { type: "string" },
		list: { type: "boolean", default: false },
		wifi: { type: "string" },
		erase: { type: "boolean", default: false },
		baud: { type: "string", default: "460800" },
		from: { type: "string" },
		image: { type: "string", multiple: true, default: [] },
	},
	words: 1,
	async run({ port, list, wifi, erase, baud, from, image }, [word]) {
		if (list) {
			await printPorts();
			return undefined;
		}
		if (word !== "gateway" && word !== "wearable")
			throw new UsageError(`which firmware is to be written, gateway or wearable?${word ? ` Not "${word}".` : ""}`);
		const app: App = word;
		if (port === undefined)
			throw new UsageError("--port names the port that the board hangs on; `npm run flash -- --list` shows them");
		if (from !== undefined && image.length > 0)
			throw new UsageError("--from takes all that was built, --image single files: one of the two");
		const baudRate = wholeNumber("baud", baud, 9600, 3_000_000);
		try {
			const parts =
				image.length > 0 ? await Promise.all(image.map(readImage)) : await readFirmware(app, from ?? builtFolder(app));
			checkParts(parts, chips[app]);
			// Asked for at the beginning, so that nobody has to wait for it.
			const network = wifi === undefined ? undefined : { ssid: wifi, password: await askPassword(wifi) };
			const line = new SerialLine(port);
			await flash({ line, chip: chips[app], parts, erase, baudRate, attempts: 7, onProgress: printer() });
			if (network !== undefined) await giveNetwork(line, network);
		} catch (error) {
			if (process.stdout.isTTY) console.log();
			if (error instanceof PartsError) throw new InputError(error.message);
			if (error instanceof FlashError || error instanceof LineError || error instanceof NetworkError)
				throw new FailedError(error.message);
			throw error;
		}
		return undefined;
	},
});
