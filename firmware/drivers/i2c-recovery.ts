/** The part of ECMA-419's Digital that is used. */
export interface Pin {
	read(): number;
	write(value: number): void;
	close(): void;
}

export interface RecoveryOptions {
	/** Pins of the bus, which nobody has open. */
	data: number;
	clock: number;
	/** An input, and an output that pulls low or lets go. */
	openInput: (pin: number) => Pin;
	openOutput: (pin: number) => Pin;
}

/**
 * Frees a bus whose data line a chip holds low, because the controller was reset in the midst of a byte: clocks until the
 * chip has sent its byte and lets go, nine times at most, and says stop (UM10204 I2C-bus specification, revision 7, 3.1.16).
 * The ESP8266's bus in software only says "busy" then. Gives whether the line is free.
 */
export function freeBus({ data, clock, openInput, openOutput }: RecoveryOptions): boolean {
	const sense = openInput(data);
	const pulse = openOutput(clock);
	for (let i = 0; i < 9 && 0 === sense.read(); i++) {
		pulse.write(0);
		pulse.write(1);
	}
	const free = 1 === sense.read();
	sense.close();
	if (free) {
		// Data rises while the clock is high.
		pulse.write(0);
		const stop = openOutput(data);
		stop.write(0);
		pulse.write(1);
		stop.write(1);
		stop.close();
	}
	pulse.close();
	return free;
}
