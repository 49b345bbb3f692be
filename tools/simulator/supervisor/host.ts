/** The functions of the C host that the supervisor's machine may call, and what the host calls in turn. */

/** Times are milliseconds of the simulation's clock. */
interface Host {
	scenario(): string;
	handle(handlers: Handlers): void;
	read(path: string): string;
	/** Names the present content of a file. */
	stamp(path: string): string;
	known(stamp: string): boolean;
	app(stamp: string, description: unknown): void;
	/** Gives the machine's number. */
	create(name: string, stamp: string, directory: string): number;
	preset(name: string, domain: string, key: string, value: string | number | Uint8Array): void;
	start(name: string): void;
	stop(name: string): void;
	report(name: string, id: number): void;
	drive(name: string, pin: number, value: number): void;
	/** How a machine's radio is; without a network its SSID is empty. */
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
	emit(line: string): void;
	now(): number;
	/** The result is to be kept until the call is due. */
	after(milliseconds: number, callback: () => void): object;
	cancel(after: object): void;
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
	ended(machine: number): void;
}

const names = [
	"after",
	"app",
	"cancel",
	"create",
	"datagram",
	"drive",
	"emit",
	"found",
	"handle",
	"known",
	"link",
	"notify",
	"now",
	"preset",
	"quit",
	"radio",
	"read",
	"report",
	"scenario",
	"stamp",
	"start",
	"stop",
] as const satisfies readonly (keyof Host)[];

export const host = Object.fromEntries(names.map((name) => [name, native(name)])) as unknown as Host;
