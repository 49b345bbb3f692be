/**
 * Serial ports of this computer, by the package `serialport`: it is kept up, under the MIT licence, and brings what it
 * needs of each system's interface compiled (Linux on x64 and ARM, macOS, Windows), so that nothing is built or fetched
 * when it is installed. What Node itself can do with a terminal's file would lack the rate and the signals.
 */
import { constants } from "node:fs";
import { access, open, readdir, stat } from "node:fs/promises";
import { SerialPort } from "serialport";
import { type Line, LineError, type Signals } from "./line";

export class SerialLine implements Line {
	readonly name: string;
	onData: (bytes: Uint8Array) => void = () => {};
	onLost: () => void = () => {};
	#port: SerialPort | undefined;

	constructor(path: string) {
		this.name = path;
	}

	async open(baudRate: number): Promise<void> {
		await checkPort(this.name);
		const port = new SerialPort({ path: this.name, baudRate, autoOpen: false });
		port.on("data", (bytes: Uint8Array) => this.onData(bytes));
		// Errors that end the line are told by "close", too.
		port.on("error", () => {});
		port.on("close", () => {
			if (this.#port !== port) return;
			this.#port = undefined;
			this.onLost();
		});
		try {
			await call((done) => port.open(done));
		} catch (error) {
			throw new LineError(
				"refused",
				`${this.name} cannot be opened (${(error as Error).message}): is another program using it, such as a serial monitor?`,
			);
		}
		this.#port = port;
	}

	async write(bytes: Uint8Array): Promise<void> {
		const port = this.#opened;
		try {
			await call((done) => port.write(bytes, undefined, done));
			await call((done) => port.drain(done));
		} catch (error) {
			throw new LineError("lost", `${this.name} takes nothing more (${(error as Error).message})`);
		}
	}

	async setBaudRate(baudRate: number): Promise<void> {
		const port = this.#opened;
		try {
			await call((done) => port.update({ baudRate }, done));
		} catch (error) {
			throw new LineError("refused", `${this.name} cannot do ${baudRate} baud (${(error as Error).message})`);
		}
	}

	async setSignals({ dtr, rts }: Signals): Promise<void> {
		const port = this.#opened;
		try {
			await call((done) => port.set({ dtr, rts }, done));
		} catch (error) {
			throw new LineError("no-signals", `${this.name} has no DTR and RTS (${(error as Error).message})`);
		}
	}

	async close(): Promise<void> {
		const port = this.#port;
		this.#port = undefined;
		if (port?.isOpen) await call((done) => port.close(done));
	}

	get #opened(): SerialPort {
		if (this.#port === undefined) throw new LineError("lost", `${this.name} is closed`);
		return this.#port;
	}
}

export interface PortInfo {
	readonly path: string;
	/** What it is by its USB numbers or by its own word; "" when it says nothing. */
	readonly description: string;
}

/** USB adapters that these boards carry, by vendor and product. */
const adapters: Readonly<Record<string, string>> = {
	"10c4:ea60": "CP210x, as on the Wireless Stick and many a NodeMCU",
	"1a86:7523": "CH340, as on many a NodeMCU",
	"1a86:55d4": "CH9102",
	"0403:6001": "FT232",
	"0403:6015": "FT231X",
	"303a:1001": "ESP32-S3 or ESP32-C3 itself: neither board has one",
};

/** USB ports first. */
export async function listPorts(): Promise<PortInfo[]> {
	let ports: Awaited<ReturnType<typeof SerialPort.list>>;
	try {
		ports = await SerialPort.list();
	} catch {
		// Linux without udev, such as a container.
		const names = (await readdir("/dev")).filter((name) => /^tty(USB|ACM)\d+$/.test(name));
		return names.map((name) => ({ path: `/dev/${name}`, description: "" }));
	}
	return ports
		.sort((a, b) => Number(b.vendorId !== undefined) - Number(a.vendorId !== undefined) || a.path.localeCompare(b.path))
		.map(({ path, vendorId, productId, manufacturer }) => {
			const known = adapters[`${vendorId}:${productId}`.toLowerCase()];
			return { path, description: known ?? manufacturer ?? "" };
		});
}

/** Finds what can be found before the adapter is touched; where a port is no file, opening has to tell. */
async function checkPort(path: string): Promise<void> {
	if (process.platform === "win32") return;
	try {
		if (!(await stat(path)).isCharacterDevice())
			throw new LineError("no-port", `${path} is no serial port; \`npm run flash -- --list\` shows them`);
		await access(path, constants.R_OK | constants.W_OK);
		const file = await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
		await file.close();
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT")
			throw new LineError(
				"missing",
				`${path}: there is no such port; is the board plugged in, by a cable that carries data? \`npm run flash -- --list\` shows the ports that there are`,
			);
		if (code === "EACCES" || code === "EPERM")
			throw new LineError(
				"permission",
				`${path}: you may not use this port; on Linux its group may: \`sudo usermod -a -G dialout $USER\` (on some systems "uucp"), then log out and in again`,
			);
		if (code === "EBUSY")
			throw new LineError("busy", `${path} is in use: close the serial monitor or other program that has it open`);
		if (error instanceof LineError || code === undefined) throw error;
		throw new LineError("refused", `${path} cannot be opened (${code}): unplug the board and plug it in again`);
	}
}

/** For functions that call back with an error or without. */
function call(run: (done: (error?: Error | null) => void) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		run((error) => (error ? reject(error) : resolve()));
	});
}
