/** What goes between the simulator and who runs it: a scenario file, commands and events as lines of JSON. */

/** A simulated chip; what is not named here is for the chip itself. */
export interface ChipDescription {
	chip: string;
	bus: "i2c" | "spi";
	/** I2C: the 7-bit address; SPI: the select pin. */
	address: number;
	[option: string]: unknown;
}

/** What of an app's description the supervisor itself reads; the rest is for the host. Paths are absolute. */
export interface Application {
	modules: Readonly<Record<string, string>>;
	resources: Readonly<Record<string, string>>;
}

export interface MachineDescription {
	name: string;
	/** Absolute path of the app's description. */
	app: string;
	/** Absolute path of an existing directory for its flash images and key-value file. */
	directory: string;
	/** Domain → key → value, written at the start where the key is absent. */
	storage?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
	chips?: readonly ChipDescription[];
}

export interface Scenario {
	clock?: "real" | "virtual";
	/** Simulated seconds per second of a real clock. */
	speed?: number;
	seed?: number;
	/** Absolute path of the supervisor's bundle. */
	supervisor: string;
	machines?: readonly MachineDescription[];
}

/** A command with an `id` is answered by a reply. */
export type Command =
	| { do: "add"; machine: MachineDescription; id: number }
	/** Like pulling its plug; the reply has its last report. */
	| { do: "stop"; machine: string; id: number }
	| { do: "report"; machine: string; id: number }
	| { do: "pin"; machine: string; pin: number; value: 0 | 1; id: number }
	| {
			do: "chip";
			machine: string;
			bus: "i2c" | "spi";
			address: number;
			request: Readonly<Record<string, unknown>>;
			id: number;
	  }
	| { do: "quit" };

/** All in bytes but `keys`, `meter` (XS's units of computation) and `collections`. */
export interface Report {
	slots: { current: number; peak: number /** bytes of one */; size: number };
	chunks: { current: number; peak: number };
	stack: { peak: number };
	/** What native code has allocated. */
	native: { current: number; peak: number };
	keys: number;
	meter: number;
	collections: number;
}

export type SimulatorEvent =
	| { event: "ready" }
	| { event: "started"; machine: string }
	| { event: "log"; machine: string; text: string }
	| { event: "listening"; machine: string; port: number }
	| { event: "pin"; machine: string; pin: number; value: 0 | 1 }
	/** A machine ended by its own fault. */
	| { event: "exit"; machine: string; cause: string; message: string; stack: string; report: Report | null }
	| { event: "reply"; id: number; report?: Report | null; result?: unknown; error?: string }
	| { event: "error"; message: string; command: string };
