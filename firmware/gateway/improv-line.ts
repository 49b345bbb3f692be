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

/** What the line is told. */
export interface ImprovLine {
	connected(): void;
	failed(): void;
}

/**
 * Speaks Improv on the line; undefined where the line is somebody else's: in a debug build it is the debugger's, and
 * `trace` goes there too. In a release build nobody writes to it but ESP-IDF at the start, and `trace` goes nowhere.
 */
export function openImprov(board: ImprovBoard): ImprovLine | undefined {
	// Most gateways never hear anything there: until they do, it takes no memory.
	let improv: Improv | undefined;
	let output: SerialOutput | undefined;
	let room = 0;
	try {
		new Serial({
			...line,
			onReadable() {
				const bytes = this.read();
				if (!(bytes instanceof ArrayBuffer)) return;
				if (undefined === improv) {
					const created = new SerialOutput({ capacity });
					created.writable(this, room);
					output = created;
					improv = new Improv(board, (packet) => created.write(packet));
				}
				improv.receive(new Uint8Array(bytes));
			},
			onWritable(count) {
				room = count;
				output?.writable(this, count);
			},
		});
	} catch (error) {
		trace(`no Improv: ${(error as Error).message}\n`);
		return;
	}
	return {
		connected: () => improv?.connected(),
		failed: () => improv?.failed(),
	};
}
