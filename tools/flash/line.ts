/** The serial line to a board, as far as flashing needs it. */

/** Why a line cannot be used. */
export type LineProblem = "missing" | "no-port" | "permission" | "busy" | "refused" | "lost" | "no-signals";

/** The message says what to do. */
export class LineError extends Error {
	override name = "LineError";
	readonly code: LineProblem;

	constructor(code: LineProblem, message: string) {
		super(message);
		this.code = code;
	}
}

/** The two outputs of a USB adapter that boards reset themselves by; true pulls the wire low. */
export interface Signals {
	/** Data terminal ready: on both boards GPIO 0, by which the chip chooses its loader. */
	readonly dtr: boolean;
	/** Request to send: on both boards the chip's reset. */
	readonly rts: boolean;
}

export interface Line {
	/** What it is called to a person. */
	readonly name: string;
	/** Called with what arrives, from `open` on. */
	onData: (bytes: Uint8Array) => void;
	/** Called once when the line ends by itself. */
	onLost: () => void;
	/** Throws `LineError`. */
	open(baudRate: number): Promise<void>;
	/** Done when the bytes have been handed to the adapter. Throws `LineError`. */
	write(bytes: Uint8Array): Promise<void>;
	setBaudRate(baudRate: number): Promise<void>;
	/** Throws `LineError` "no-signals" where the port has none. */
	setSignals(signals: Signals): Promise<void>;
	/** May be called again. */
	close(): Promise<void>;
}
