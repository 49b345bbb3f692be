/**
 * What a simulated chip is: a class that answers its bus at register level.
 * The supervisor makes one for every entry of a machine's `chips`; nothing here knows of XS or Node.
 */

/** What surrounds a chip. */
export interface ChipContext {
	/** Milliseconds of the simulation's clock, with a fraction. */
	now(): number;
	/** Calls back after so many milliseconds of the simulation's clock; gives what ends it. */
	after(milliseconds: number, callback: () => void): () => void;
	/** Drives a pin of the machine that the chip is wired to. */
	setPin(pin: number, value: 0 | 1): void;
	/** Uniform in [0, 1), repeatable by the simulation's seed. */
	random(): number;
}

/** The bus could not be served; the app's native call throws. */
export class NotAcknowledged extends Error {}

export interface I2CChip {
	/** One write transaction. Throws `NotAcknowledged` where the real chip would not acknowledge. */
	write(bytes: Uint8Array): void;
	/** One read transaction of `count` bytes. */
	read(count: number): Uint8Array;
	/** What a person or a test asks of it (a picture, a fault to inject). */
	request?(request: Readonly<Record<string, unknown>>): unknown;
	close?(): void;
}

export interface SPIChip {
	/** Full duplex: as many bytes back as came, while the chip is selected. */
	transfer(bytes: Uint8Array): Uint8Array;
	/** The select line went to `selected`. */
	select?(selected: boolean): void;
	request?(request: Readonly<Record<string, unknown>>): unknown;
	close?(): void;
}
