/** Improv Wi-Fi on the board's serial line: thin. */

import Serial from "embedded:io/serial";
import { Improv, type ImprovBoard } from "common/improv";
import { SerialOutput } from "common/serial-output";

/** The line that flashing tools use: UART0 by its usual pins. */
const line = Object.freeze({ port: 0, receive: 3, transmit: 1, baud: 115_200, format: "buffer" } as const);
/** Bytes that wait to go out: the answers of a scan. */
const capacity = 768;

/**
 * Speaks Improv on the line; undefined where the line is somebody else's: in a debug build it is the debugger's, and
 * `trace` goes there too. In a release build nobody writes to it but ESP-IDF at the start, and `trace` goes nowhere.
 */
export function openImprov(board: ImprovBoard): Improv | undefined {
	const output = new SerialOutput({ capacity });
	const improv = new Improv(board, (bytes) => output.write(bytes));
	try {
		new Serial({
			...line,
			onReadable() {
				const bytes = this.read();
				if (bytes instanceof ArrayBuffer) improv.receive(new Uint8Array(bytes));
			},
			onWritable(room) {
				output.writable(this, room);
			},
		});
	} catch (error) {
		trace(`no Improv: ${(error as Error).message}\n`);
		return;
	}
	return improv;
}
