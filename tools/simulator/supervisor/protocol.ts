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

/** What a machine used so far; memory in bytes. */
export interface Report {
	/** `size` is that of one slot. */
	readonly slots: { readonly current: number; readonly peak: number; readonly size: number };
	readonly chunks: { readonly current: number; readonly peak: number };
	readonly stack: { readonly peak: number };
	/** What natives allocated outside of XS's heap. */
	readonly native: { readonly current: number; readonly peak: number };
	readonly keys: number;
	/** XS's count of work: the same for the same run, not a time. */
	readonly meter: number;
	readonly collections: number;
}

/** A machine ended by its own fault. */
export interface Exit {
	readonly machine: string;
	readonly cause: string;
	readonly message: string;
	/** A frame a line. */
	readonly stack: string;
	/** Null when the machine could not be made. */
	readonly report: Report | null;
}

/** The answer to the command that had this `id`: with an `error` it was not done. */
export interface Reply {
	readonly id: number;
	readonly report?: Report | null;
	readonly result?: unknown;
	readonly error?: string;
}

export type SimulatorEvent =
	| { event: "ready" }
	| { event: "started"; machine: string }
	| { event: "log"; machine: string; text: string }
	| { event: "listening"; machine: string; port: number }
	| { event: "pin"; machine: string; pin: number; value: 0 | 1 }
	| ({ event: "exit" } & Exit)
	| ({ event: "reply" } & Reply)
	/** A command that could not be done or read, and has no `id` to reply to. */
	| { event: "error"; message: string; command: string };
