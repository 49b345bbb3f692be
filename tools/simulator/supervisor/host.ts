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
	preset(name: string, domain: string, key: string, value: string | number): void;
	start(name: string): void;
	stop(name: string): void;
	report(name: string, id: number): void;
	drive(name: string, pin: number, value: number): void;
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
	ended(machine: number): void;
}

const names = [
	"after",
	"app",
	"cancel",
	"create",
	"drive",
	"emit",
	"handle",
	"known",
	"now",
	"preset",
	"quit",
	"read",
	"report",
	"scenario",
	"stamp",
	"start",
	"stop",
] as const satisfies readonly (keyof Host)[];

export const host = Object.fromEntries(names.map((name) => [name, native(name)])) as unknown as Host;
