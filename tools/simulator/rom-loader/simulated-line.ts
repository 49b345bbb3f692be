/** A serial line with a simulated board at its end. */
import { type Line, LineError, type Signals } from "../../flash/line";
import { RomLoader, type RomLoaderOptions } from "./rom-loader";

export interface SimulatedLineOptions extends Omit<RomLoaderOptions, "send" | "onUnplug"> {
	/** False: an adapter without DTR and RTS. */
	readonly hasSignals?: boolean;
	/** Bytes that arrive at the host at once, at most. */
	readonly piece?: number;
}

export class SimulatedLine implements Line {
	readonly name = "a simulated port";
	onData: (bytes: Uint8Array) => void = () => {};
	onLost: () => void = () => {};
	readonly board: RomLoader;
	readonly #hasSignals: boolean;
	#isOpen = false;

	constructor({ hasSignals = true, piece = 64, ...options }: SimulatedLineOptions) {
		this.#hasSignals = hasSignals;
		this.board = new RomLoader({
			...options,
			send: (bytes) => {
				for (let start = 0; start < bytes.length; start += piece) this.#deliver(bytes.slice(start, start + piece));
			},
			onUnplug: () => {
				this.#isOpen = false;
				this.onLost();
			},
		});
	}

	async open(baudRate: number): Promise<void> {
		this.#isOpen = true;
		this.board.setBaudRate(baudRate);
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (!this.#isOpen) throw new LineError("lost", "the simulated port is closed");
		this.board.receive(bytes);
	}

	async setBaudRate(baudRate: number): Promise<void> {
		this.board.setBaudRate(baudRate);
	}

	async setSignals(signals: Signals): Promise<void> {
		if (!this.#hasSignals) throw new LineError("no-signals", "the simulated port has no DTR and RTS");
		this.board.setSignals(signals);
	}

	async close(): Promise<void> {
		this.#isOpen = false;
	}

	#deliver(bytes: Uint8Array): void {
		setImmediate(() => {
			if (this.#isOpen) this.onData(bytes);
		});
	}
}
