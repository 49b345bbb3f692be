/**
 * How one coordinate of a hand moves: a sum of parts whose derivatives are known in closed form,
 * so that acceleration and angular rate need no numerical differentiation.
 */

/** Value and its first two derivatives by time. */
export interface Sample {
	value: number;
	rate: number;
	acceleration: number;
}

interface Part {
	addTo(sample: Sample, time: number): void;
}

/**
 * Point-to-point movement of least jerk (Flash and Hogan, "The coordination of arm movements", 1985):
 * value = amplitude (10 τ³ - 15 τ⁴ + 6 τ⁵) with τ = (time - start) / duration held within [0, 1].
 */
class Reach implements Part {
	readonly #start: number;
	readonly #duration: number;
	readonly #amplitude: number;

	constructor(options: { start: number; duration: number; amplitude: number }) {
		this.#start = options.start;
		this.#duration = options.duration;
		this.#amplitude = options.amplitude;
	}

	addTo(sample: Sample, time: number): void {
		const duration = this.#duration;
		const t = (time - this.#start) / duration;
		if (t <= 0) return;
		if (t >= 1) {
			sample.value += this.#amplitude;
			return;
		}
		const u = 1 - t;
		sample.value += this.#amplitude * t * t * t * (10 - 15 * t + 6 * t * t);
		sample.rate += (this.#amplitude / duration) * 30 * t * t * u * u;
		sample.acceleration += (this.#amplitude / (duration * duration)) * 60 * t * u * (u - t);
	}
}

/** A sine whose amplitude rises and falls with least jerk over `ramp` seconds at each end. */
class Oscillation implements Part {
	readonly #envelope: readonly [Reach, Reach];
	readonly #start: number;
	readonly #pulsation: number;
	readonly #phase: number;

	constructor(options: {
		start: number;
		duration: number;
		ramp: number;
		amplitude: number;
		frequency: number;
		phase: number;
	}) {
		const { start, duration, ramp, amplitude } = options;
		this.#start = start;
		this.#pulsation = 2 * Math.PI * options.frequency;
		this.#phase = options.phase;
		this.#envelope = [
			new Reach({ start, duration: ramp, amplitude }),
			new Reach({ start: start + duration - ramp, duration: ramp, amplitude: -amplitude }),
		];
	}

	addTo(sample: Sample, time: number): void {
		const envelope: Sample = { value: 0, rate: 0, acceleration: 0 };
		this.#envelope[0].addTo(envelope, time);
		this.#envelope[1].addTo(envelope, time);
		const w = this.#pulsation;
		const angle = w * (time - this.#start) + this.#phase;
		const sine = Math.sin(angle);
		const cosine = Math.cos(angle);
		sample.value += envelope.value * sine;
		sample.rate += envelope.rate * sine + envelope.value * w * cosine;
		sample.acceleration +=
			envelope.acceleration * sine + 2 * envelope.rate * w * cosine - envelope.value * w * w * sine;
	}
}

/**
 * A blow: the acceleration of a decaying ring, `peak` (m/s²) at its start. Its displacement is below a millimetre
 * and left out, so only acceleration is added.
 */
class Impact implements Part {
	readonly #start: number;
	readonly #peak: number;
	readonly #decay: number;
	readonly #pulsation: number;

	constructor(options: { start: number; peak: number; decay: number; frequency: number }) {
		this.#start = options.start;
		this.#peak = options.peak;
		this.#decay = options.decay;
		this.#pulsation = 2 * Math.PI * options.frequency;
	}

	addTo(sample: Sample, time: number): void {
		const t = time - this.#start;
		if (t < 0) return;
		sample.acceleration += this.#peak * Math.exp(-t / this.#decay) * Math.cos(this.#pulsation * t);
	}
}

/** One coordinate: metres or radians against seconds. */
export class Track {
	readonly #parts: Part[] = [];

	/** Moves by `amplitude` within `duration` seconds from `start`, at rest before and after. */
	reach(start: number, duration: number, amplitude: number): void {
		this.#parts.push(new Reach({ start, duration, amplitude }));
	}

	oscillate(options: ConstructorParameters<typeof Oscillation>[0]): void {
		this.#parts.push(new Oscillation(options));
	}

	strike(options: ConstructorParameters<typeof Impact>[0]): void {
		this.#parts.push(new Impact(options));
	}

	at(time: number): Sample {
		const sample: Sample = { value: 0, rate: 0, acceleration: 0 };
		for (const part of this.#parts) part.addTo(sample, time);
		return sample;
	}
}
