/** Values that fix when a movement counts as one. */
export interface TriggerOptions {
	/** Deviation of the acceleration from gravity, in mg, above which a movement begins. */
	threshold: number;
	/** Deviation in mg below which the device counts as at rest again. */
	release: number;
	/** Samples a second. */
	rate: number;
	/** Counts of the accelerometer per g. */
	sensitivity: number;
}

/** Bits behind the point of the gravity estimate. */
const fraction = 8;
/** Seconds in which the estimate takes up a change but for 1/e; after a second of rest 2 % of an error are left. */
const timeConstant = 0.27;
/** Seconds of rest before the trigger is armed. */
const settling = 0.1;

/**
 * Tells when a movement begins: the acceleration leaves a slowly tracked estimate of gravity by more than a threshold.
 * It fires once and is armed again after a rest, so one movement is one window however it swings. Integers only.
 */
export class Trigger {
	/** Squares of counts: 3 × 65535² is exact in a double. */
	readonly #threshold: number;
	readonly #release: number;
	readonly #settle: number;
	/** The estimate moves by a fraction of 2^-shift of its error each sample. */
	readonly #shift: number;
	readonly #gravity = new Int32Array(3);
	#started = false;
	#armed = false;
	#calm = 0;

	constructor(options: TriggerOptions) {
		const { threshold, release, rate, sensitivity } = options;
		this.#threshold = ((threshold * sensitivity) / 1000) ** 2;
		this.#release = ((release * sensitivity) / 1000) ** 2;
		this.#settle = Math.max(1, Math.round(rate * settling));
		this.#shift = Math.max(1, Math.round(Math.log2(rate * timeConstant)));
	}

	/** Takes the accelerometer's counts of one sample; true when a movement begins with it. */
	sample(x: number, y: number, z: number): boolean {
		const gravity = this.#gravity;
		if (!this.#started) {
			this.#started = true;
			gravity[0] = x << fraction;
			gravity[1] = y << fraction;
			gravity[2] = z << fraction;
		}
		const dx = x - (gravity[0]! >> fraction);
		const dy = y - (gravity[1]! >> fraction);
		const dz = z - (gravity[2]! >> fraction);
		const deviation = dx * dx + dy * dy + dz * dz;
		gravity[0]! += ((x << fraction) - gravity[0]!) >> this.#shift;
		gravity[1]! += ((y << fraction) - gravity[1]!) >> this.#shift;
		gravity[2]! += ((z << fraction) - gravity[2]!) >> this.#shift;

		if (this.#armed) {
			if (deviation <= this.#threshold) return false;
			this.#armed = false;
			this.#calm = 0;
			return true;
		}
		this.#calm = deviation < this.#release ? this.#calm + 1 : 0;
		if (this.#calm >= this.#settle) this.#armed = true;
		return false;
	}
}
