/** What the light says; what comes first matters more. The number is that of its flashes. */
export const Signal = Object.freeze({
	/** No network is known: lit and dark in turns of a second. */
	unknown: 0,
	/** It works. */
	well: 1,
	/** No WiFi at present. */
	network: 2,
	/** The gateway is looked for, or does not answer. */
	gateway: 3,
	/** The gateway's operator has to let the device in. */
	operator: 4,
	/** The sensor does not answer, or is another. */
	sensor: 5,
} as const);

export type Signal = (typeof Signal)[keyof typeof Signal];

/** Milliseconds: a flash, from one to the next, from the first one to the first one of the next group. */
const flash = 120;
const step = 360;
const period = 3000;

/** Whether the light is on at this time, in milliseconds. */
export function isLit(signal: Signal, time: number): boolean {
	if (Signal.unknown === signal) return time % 2000 < 1000;
	const within = time % period;
	return within < signal * step && within % step < flash;
}
