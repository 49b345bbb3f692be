/** Improv Wi-Fi on the board's serial line: thin. */

import Serial from "embedded:io/serial";
import { Improv, type ImprovBoard } from "common/improv";
import { SerialOutput } from "common/serial-output";
import config from "mc/config";

/** The line that flashing tools use: UART0 by its usual pins. */
const line = Object.freeze({ port: 0, receive: 3, transmit: 1, baud: 115_200, format: "buffer" } as const);
/** Bytes that wait to go out: the answers of a scan. */
const capacity = 768;

/** `esp_chip_id_t` of the boards that there are. */
const chips: Readonly<Record<number, string>> = Object.freeze({ 0: "ESP32", 9: "ESP32-S3" });

/** What a gateway of this name says it is. */
export function describe(name: string): ImprovBoard["information"] {
	const { version, chip } = config.gateway;
	return { firmware: "TMLaaS gateway", version, chip: chips[chip] ?? "ESP32", name };
}

/** Speaks Improv on the line. Most gateways never hear anything there: until they do, it takes next to no memory. */
export class ImprovLine {
	readonly #board: ImprovBoard;
	#improv: Improv | undefined;
	#output: SerialOutput | undefined;
	/** Bytes that the line takes now. */
	#room = 0;

	private constructor(board: ImprovBoard) {
		this.#board = board;
		new Serial({ ...line, target: this, onReadable, onWritable });
	}

	/**
	 * Undefined where the line is somebody else's: in a debug build it is the debugger's, and `trace` goes there too. In a
	 * release build nobody writes to it but ESP-IDF at the start, and `trace` goes nowhere.
	 */
	static open(board: ImprovBoard): ImprovLine | undefined {
		try {
			return new ImprovLine(board);
		} catch (error) {
			trace(`no Improv: ${(error as Error).message}\n`);
		}
	}

	/** The network that was asked for, or another, has let the board in. */
	connected(): void {
		this.#improv?.connected();
	}

	/** The network that was asked for has not let the board in. */
	failed(): void {
		this.#improv?.failed();
	}

	readable(serial: Serial, bytes: Uint8Array): void {
		if (undefined === this.#improv) {
			const output = new SerialOutput({ capacity });
			output.writable(serial, this.#room);
			this.#output = output;
			this.#improv = new Improv(this.#board, output);
		}
		this.#improv.receive(bytes);
	}

	writable(serial: Serial, count: number): void {
		this.#room = count;
		this.#output?.writable(serial, count);
	}
}

// Functions of the module rather than of each instance: those are in flash.

function onReadable(this: Serial): void {
	const bytes = this.read();
	if (bytes instanceof ArrayBuffer) (this.target as ImprovLine).readable(this, new Uint8Array(bytes));
}

function onWritable(this: Serial, count: number): void {
	(this.target as ImprovLine).writable(this, count);
}
