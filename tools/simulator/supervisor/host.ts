/** The functions of the C host that the supervisor's machine may call, and what the host calls in turn. */
import type { ResetReason } from "./protocol";

/** Times are milliseconds of the simulation's clock. */
interface Host {
	scenario(): string;
	handle(handlers: Handlers): void;
	read(path: string): string;
	/** Names the present content of a file. */
	stamp(path: string): string;
	known(stamp: string): boolean;
	app(stamp: string, description: unknown): void;
	/** What outlives a machine's restarts: its flash. */
	board(name: string, directory: string, partitions: readonly { name: string; size: number; open: number }[]): void;
	unboard(name: string): void;
	/** Cuts the power at the nth operation from now; 0: not at all. `how`: 1 before, 2 after, 3 within it. */
	cut(name: string, nth: number, how: number): void;
	wear(name: string, id: number): void;
	/** Whether the board has power; with true it comes back. */
	power(name: string, on?: boolean): boolean;
	flashRead(name: string, partition: string, offset: number, length: number): ArrayBuffer;
	/** SHA-256 of the first so many bytes. */
	flashHash(name: string, partition: string, length: number): ArrayBuffer;
	/** These two are operations that the power may be cut at: then they throw. */
	flashWrite(name: string, partition: string, offset: number, bytes: Uint8Array): void;
	flashErase(name: string, partition: string, block: number): void;
	/** Whether anything was ever written to it. */
	flashWritten(name: string, partition: string): boolean;
	/** Gives the machine's number. `reset`: index in `resetReasons`; `slot`: label of the partition that it runs from. */
	create(name: string, stamp: string, reset: number, slot: string): number;
	preset(name: string, domain: string, key: string, value: string | number | Uint8Array): void;
	start(name: string): void;
	stop(name: string): void;
	reset(name: string, reset: number): void;
	report(name: string, id: number, collect: boolean): void;
	drive(name: string, pin: number, value: number): void;
	/** How a machine's radio is; without a network its SSID is empty, without an access point its own address. */
	radio(
		machine: number,
		mode: number,
		joined: boolean,
		addressed: boolean,
		failure: number,
		ssid: Uint8Array,
		bssid: Uint8Array,
		strength: number,
		channel: number,
		accessPoint: string,
	): void;
	/** What its sockets see of that (`SimLink` in host/natives.h). */
	link(machine: number, carries: boolean, routes: boolean, hasInterface: boolean): void;
	/** A message of the radio for the app. */
	notify(machine: number, message: string, reason: number): void;
	/** A result of the app's scan; without one its end. */
	found(
		machine: number,
		ssid?: Uint8Array,
		bssid?: Uint8Array,
		strength?: number,
		channel?: number,
		hidden?: boolean,
		authentication?: string,
	): void;
	/** From outside, to the machines that listen there. */
	datagram(from: number, address: string, port: number, bytes: Uint8Array): void;
	/** To a serial port; false when no app has opened it, or when it does not keep up. */
	serial(name: string, port: number, bytes: Uint8Array): boolean;
	emit(line: string): void;
	now(): number;
	/** The result is to be kept until the call is due. */
	after(milliseconds: number, callback: () => void): object;
	cancel(after: object): void;
	/** Whether the virtual clock stands still. */
	hold(held: boolean): void;
	quit(): void;
}

export interface Handlers {
	command(line: string): void;
	/** With bytes: a write; without: a read of `count` bytes. False: not acknowledged. */
	i2c(machine: number, address: number, count: number, bytes?: ArrayBuffer): ArrayBuffer | boolean;
	/** `select` −1: the chips whose select pin is low. False: none is selected. */
	spi(machine: number, select: number, unused: number, bytes: ArrayBuffer): ArrayBuffer | boolean;
	/** The app drives a pin. */
	pin(machine: number, pin: number, value: 0 | 1): void;
	/** The app's request to its radio; gives why it is refused. */
	radio(
		machine: number,
		request: string,
		a: number,
		b: number,
		ssid?: ArrayBuffer,
		password?: ArrayBuffer,
	): string | undefined;
	/** ESP-IDF's app_update, by the host's SimUpdate. False: refused. */
	update(machine: number, operation: number, argument: number, bytes?: ArrayBuffer): boolean;
	/** `reset`: index in `resetReasons` of what it was, -1 when it was stopped. */
	ended(machine: number, reset: number): void;
}

/** In the order of the host's SimReset. */
export const resetReasons: readonly ResetReason[] = [
	"power",
	"button",
	"restart",
	"panic",
	"watchdog",
	"brownout",
	"other",
];

const names = [
	"after",
	"app",
	"board",
	"cancel",
	"create",
	"cut",
	"datagram",
	"drive",
	"emit",
	"flashErase",
	"flashHash",
	"flashRead",
	"flashWrite",
	"flashWritten",
	"found",
	"handle",
	"hold",
	"known",
	"link",
	"notify",
	"now",
	"power",
	"preset",
	"quit",
	"radio",
	"read",
	"report",
	"reset",
	"scenario",
	"serial",
	"stamp",
	"start",
	"stop",
	"unboard",
	"wear",
] as const satisfies readonly (keyof Host)[];

export const host = Object.fromEntries(names.map((name) => [name, native(name)])) as unknown as Host;
