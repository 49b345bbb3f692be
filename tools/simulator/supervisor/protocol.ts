/** What goes between the simulator and who runs it: a scenario file, commands and events as lines of JSON. */
import type { Air } from "./air";

export type { Air, Network } from "./air";

/** A simulated chip; what is not named here is for the chip itself. */
export interface ChipDescription {
	chip: string;
	bus: "i2c" | "spi";
	/** I2C: the 7-bit address; SPI: the select pin. */
	address: number;
	/** Pin that feeds it while the app drives it low; without one it always has power. */
	supply?: number;
	/** Pin that holds it in reset unless the app drives it high. */
	reset?: number;
	[option: string]: unknown;
}

/** What of an app's description the supervisor itself reads; the rest is for the host. Paths are absolute. */
export interface Application {
	modules: Readonly<Record<string, string>>;
	resources: Readonly<Record<string, string>>;
	partitions: readonly {
		readonly name: string;
		readonly type: string;
		readonly subtype: string;
		readonly size: number;
	}[];
}

/** Why a machine started, as the module `boot` says it. */
export type ResetReason = "power" | "button" | "restart" | "panic" | "watchdog" | "brownout" | "other";

/**
 * A power cut at the nth flash or key-value operation from now (1: the next): before it, after it, or while it is done.
 * What is torn of a write is its second half, of an erasure half of the block; of a key-value entry the old one stays.
 */
export interface PowerCut {
	readonly nth: number;
	readonly how: "before" | "after" | "torn";
}

export interface MachineDescription {
	name: string;
	/** Absolute path of the app's description. */
	app: string;
	/** Absolute path of an existing directory for its flash images and key-value file. */
	directory: string;
	/** Domain → key → value, written at the start where the key is absent; bytes in hexadecimal. */
	storage?: Readonly<Record<string, Readonly<Record<string, string | number | { readonly hex: string }>>>>;
	chips?: readonly ChipDescription[];
	/** Whether it starts again when it has ended by its own fault or was reset, as a board does. */
	restarts?: boolean;
	cutPower?: PowerCut;
	/** Without it there is one network, which the machine knows already. */
	air?: Air;
}

export interface Scenario {
	/** Stepped: virtual, and it passes only by the command `run`. */
	clock?: "real" | "virtual" | "stepped";
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
	| { do: "report"; machine: string; collect?: boolean; id: number }
	| { do: "reset"; machine: string; reason: "power" | "button" | "brownout"; id: number }
	/** Null: no longer. */
	| { do: "cutPower"; machine: string; cut: PowerCut | null; id: number }
	| { do: "wear"; machine: string; id: number }
	| { do: "pin"; machine: string; pin: number; value: 0 | 1; id: number }
	/** Holds a pin low for so many milliseconds, as a button to ground does; the reply comes when it is let go. */
	| { do: "press"; machine: string; pin: number; milliseconds: number; id: number }
	/** Something else is in the air around the machine from now on. */
	| { do: "air"; machine: string; air: Air; id: number }
	/** Lets the stepped clock go on for so many milliseconds; the reply comes then. */
	| { do: "run"; milliseconds: number; id: number }
	| { do: "serial"; machine: string; port: number; hex: string; id: number }
	/** From a program on this computer to an address that the simulator itself serves. */
	| { do: "datagram"; from: number; address: string; port: number; hex: string; id: number }
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

/** What a machine's flash has been through since it was added. */
export interface Wear {
	/** Writes, erasures of a block, and changes of key-value entries: what a power cut counts. */
	readonly operations: number;
	/** Partition → erasures of each of its blocks. */
	readonly erases: Readonly<Record<string, readonly number[]>>;
}

/** How a machine's radio is; SSIDs and passwords in hexadecimal, since they may be no texts. */
export interface Radio {
	readonly machine: string;
	/** Milliseconds of the simulation's clock, as its machines have it. */
	readonly at: number;
	/** The network that it is joined with, and whether that gave it an address. */
	readonly station: { readonly ssid: string; readonly addressed: boolean } | null;
	/** What it is itself; for programs on this computer its `address` is 127.0.0.1 all the same. */
	readonly accessPoint: {
		readonly address: string;
		readonly ssid: string;
		readonly password: string | null;
		readonly channel: number;
		readonly hidden: boolean;
	} | null;
}

/** A machine ended by its own fault, or was reset. */
export interface Exit {
	readonly machine: string;
	readonly cause: string;
	readonly message: string;
	/** A frame a line. */
	readonly stack: string;
	/** What the module `boot` will say of it if the machine starts again. */
	readonly reason: ResetReason;
	/** Null when the machine could not be made. */
	readonly report: Report | null;
}

/** The answer to the command that had this `id`: with an `error` it was not done. */
export interface Reply {
	readonly id: number;
	readonly report?: Report | null;
	readonly wear?: Wear;
	readonly result?: unknown;
	readonly error?: string;
}

export type SimulatorEvent =
	| { event: "ready" }
	| { event: "started"; machine: string }
	| { event: "log"; machine: string; text: string }
	/** It can be reached at a port of 127.0.0.1 from now on. */
	| { event: "listening"; machine: string; protocol: "tcp" | "udp"; port: number }
	| ({ event: "radio" } & Radio)
	/** A machine has sent bytes by a serial port. */
	| { event: "serial"; machine: string; port: number; hex: string }
	/** A machine has sent a multicast. */
	| { event: "datagram"; machine: string; port: number; address: string; to: number; hex: string }
	| { event: "pin"; machine: string; pin: number; value: 0 | 1 }
	| ({ event: "exit" } & Exit)
	| ({ event: "reply" } & Reply)
	/** A command that could not be done or read, and has no `id` to reply to. */
	| { event: "error"; message: string; command: string };
