/** What moves a motion sensor. */
export interface MotionSource {
	/** A motion that really goes on between samples, which the sensor's low-pass filter smooths; rows of a recording are given as they are. */
	readonly continuous: boolean;
	/** Whether the next sample may be put off while the sensor's FIFO has no room for it. */
	readonly waits: boolean;
	/** The next sample at `rate` samples a second: aX, aY, aZ in g and gX, gY, gZ in °/s. Valid until the next call. */
	next(rate: number): ArrayLike<number>;
	/** What a person is told of it. */
	status(): unknown;
}

/** Lies still and level. */
export const level: ArrayLike<number> = Object.freeze([0, 0, 1, 0, 0, 0]);
