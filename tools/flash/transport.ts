/** What esptool-js calls its transport, over a serial line of Node's rather than of a browser's. */
import { TimeoutError, type Transport } from "esptool-js";
import { type Line, LineError, type Signals } from "./line";
import { FrameReader, frame } from "./slip";

/** Bytes of a packet at most: a block of 16 KiB, the greatest that is sent, with its headers, and room for more. */
const LONGEST = 32768;
/** Bytes that are kept of what was heard last, to say why there was no answer. */
const HEARD = 2048;

/** The part of esptool-js's class that its loader calls. */
type Surface = Pick<
	Transport,
	| "tracing"
	| "baudrate"
	| "getInfo"
	| "getVid"
	| "getPid"
	| "trace"
	| "hexConvert"
	| "write"
	| "read"
	| "readLoop"
	| "peek"
	| "inWaiting"
	| "flushInput"
	| "flushOutput"
	| "drainInput"
	| "setDTR"
	| "setRTS"
	| "setSignals"
	| "connect"
	| "changeBaudrate"
	| "disconnect"
>;

export class LineTransport implements Surface {
	tracing = false;
	baudrate = 0;
	/** Why the line cannot be used any more. */
	lost: LineError | undefined;
	/** Whether DTR and RTS do anything; known once the loader tried. */
	hasSignals = true;

	readonly #line: Line;
	readonly #reader = new FrameReader(LONGEST);
	#packets: Uint8Array[] = [];
	#waiting: (() => void) | undefined;
	/** Raw bytes since the last flush, the last ones of them. */
	#recent = new Uint8Array(0);
	#heard = new Uint8Array(0);
	#signals: Signals = { dtr: false, rts: false };
	#isOpen = false;

	constructor(line: Line) {
		this.#line = line;
		line.onData = (bytes) => {
			this.#recent = keepLast(this.#recent, bytes);
			this.#heard = keepLast(this.#heard, bytes);
			this.#packets.push(...this.#reader.push(bytes));
			this.#waiting?.();
		};
		line.onLost = () => {
			this.lost = new LineError(
				"lost",
				`${line.name} is gone: the plug or the cable came loose, or the adapter was reset; plug it in and try again`,
			);
			this.#waiting?.();
		};
	}

	/** As text: what came last over the line, packets and all. */
	get heard(): string {
		return Buffer.from(this.#heard).toString("latin1");
	}

	getInfo(): string {
		return this.#line.name;
	}

	/** Neither board has a USB interface of the chip's own, which is all that the loader asks this for. */
	getVid(): undefined {}

	getPid(): undefined {}

	/** The loader traces some things unasked. */
	trace(): void {}

	hexConvert(bytes: Uint8Array): string {
		return Buffer.from(bytes).toString("hex");
	}

	async write(packet: Uint8Array): Promise<void> {
		if (this.lost !== undefined) throw this.lost;
		await this.#line.write(frame(packet));
	}

	/** The next packet. Throws esptool-js's `TimeoutError`, or `LineError` when the line is lost. */
	async read(milliseconds: number): Promise<Uint8Array> {
		const end = Date.now() + milliseconds;
		for (;;) {
			const packet = this.#packets.shift();
			if (packet !== undefined) return packet;
			if (this.lost !== undefined) throw this.lost;
			const left = end - Date.now();
			if (left <= 0) throw new TimeoutError(`no answer within ${milliseconds} ms`);
			await this.#arrival(left);
		}
	}

	/** Bytes are read from the moment the line is open. */
	async readLoop(): Promise<void> {}

	peek(): Uint8Array {
		return this.#recent;
	}

	inWaiting(): number {
		return this.#packets.length;
	}

	flushInput(): void {
		this.#packets = [];
		this.#recent = new Uint8Array(0);
		this.#reader.reset();
	}

	async flushOutput(): Promise<void> {}

	/** Waits until nothing came for a while, and forgets all of it. */
	async drainInput(quiet = 100, most = 400): Promise<void> {
		const end = Date.now() + most;
		let before = -1;
		while (Date.now() < end && before !== this.#recent.length) {
			before = this.#recent.length;
			await new Promise((resolve) => setTimeout(resolve, quiet));
		}
		this.flushInput();
	}

	setDTR(dtr: boolean): Promise<void> {
		return this.setSignals(dtr, undefined);
	}

	setRTS(rts: boolean): Promise<void> {
		return this.setSignals(undefined, rts);
	}

	/** Ports without these outputs are used all the same: a person can hold the buttons. */
	async setSignals(dtr = this.#signals.dtr, rts = this.#signals.rts): Promise<void> {
		this.#signals = { dtr, rts };
		if (!this.hasSignals) return;
		try {
			await this.#line.setSignals(this.#signals);
		} catch (error) {
			if (!(error instanceof LineError) || error.code !== "no-signals") throw error;
			this.hasSignals = false;
		}
	}

	async connect(baudRate = 115200): Promise<void> {
		if (this.#isOpen) await this.#line.setBaudRate(baudRate);
		else await this.#line.open(baudRate);
		this.#isOpen = true;
		this.baudrate = baudRate;
	}

	/** Gives whether the port was closed for it, which would reset the board. */
	async changeBaudrate(baudRate: number): Promise<boolean> {
		await this.#line.setBaudRate(baudRate);
		this.baudrate = baudRate;
		return false;
	}

	async disconnect(): Promise<void> {
		this.#isOpen = false;
		await this.#line.close();
	}

	#arrival(milliseconds: number): Promise<void> {
		return new Promise((resolve) => {
			const done = () => {
				clearTimeout(timer);
				this.#waiting = undefined;
				resolve();
			};
			const timer = setTimeout(done, milliseconds);
			this.#waiting = done;
		});
	}
}

function keepLast(before: Uint8Array<ArrayBuffer>, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const all = new Uint8Array(before.length + bytes.length);
	all.set(before);
	all.set(bytes, before.length);
	return all.length > HEARD ? all.slice(-HEARD) : all;
}
