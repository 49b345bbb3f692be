import type { Ring } from "wearable/ring";
import { Trigger, type TriggerOptions } from "wearable/trigger";
import { channels, Recorder } from "wearable/window";

/** The part of the MPU-6050's driver that is used here. */
export interface MotionSensor {
	configure(configuration: { rate: number; accelerometer: 4; gyroscope: 2000 }): number;
	read(into: Int16Array): number;
	readonly overflows: number;
}

export interface IMUOptions extends Pick<TriggerOptions, "threshold" | "release"> {
	sensor: MotionSensor;
	/** Samples a second. */
	rate: number;
	/** Samples of a window from before its trigger. */
	history: number;
	/** Takes the windows. */
	ring: Ring;
	/** The number of the window that is complete. */
	allocate(): number;
	/** Told a line at a time what goes wrong. */
	log(line: string): void;
}

/** Counts per g at ± 4 g. */
const sensitivity = 8192;
/** What the sensor's FIFO holds. */
const maximumSamples = 85;

/** From the sensor's FIFO over the trigger to windows in the ring. */
export class IMU {
	readonly #sensor: MotionSensor;
	readonly #ring: Ring;
	readonly #allocate: () => number;
	readonly #log: (line: string) => void;
	readonly #rate: number;
	#actualRate = 0;
	readonly #trigger: Trigger;
	readonly #recorder: Recorder;
	readonly #samples = new Int16Array(maximumSamples * channels);
	#overflows = 0;
	#configured = true;

	/** Starts the sensor; throws what its driver throws. */
	constructor(options: IMUOptions) {
		const { sensor, ring, allocate, log, threshold, release, history } = options;
		this.#sensor = sensor;
		this.#ring = ring;
		this.#allocate = allocate;
		this.#log = log;
		this.#rate = options.rate;
		this.#configure();
		this.#trigger = new Trigger({ threshold, release, rate: this.#actualRate, sensitivity });
		this.#recorder = new Recorder({ history });
	}

	/** Samples a second that the sensor really takes. */
	get rate(): number {
		return this.#actualRate;
	}

	/** Takes what the sensor has; to be called at least every 0.7 s. */
	poll(): void {
		let count: number;
		try {
			if (!this.#configured) this.#configure();
			count = this.#sensor.read(this.#samples);
		} catch {
			// A loose wire or a sensor that was reset: the next poll tries again, and no window spans the gap.
			if (this.#configured) this.#log("sensor: does not answer");
			this.#configured = false;
			this.#recorder.discard();
			return;
		}
		if (this.#sensor.overflows !== this.#overflows) {
			this.#overflows = this.#sensor.overflows;
			this.#log("sensor: samples were lost");
			this.#recorder.discard();
		}
		const samples = this.#samples;
		for (let at = 0; at < count * channels; at += channels) {
			const triggered = this.#trigger.sample(samples[at]!, samples[at + 1]!, samples[at + 2]!);
			if (this.#recorder.add(samples, at, triggered, this.#ring.filling)) this.#ring.commit(this.#allocate());
		}
	}

	#configure(): void {
		this.#actualRate = this.#sensor.configure({ rate: this.#rate, accelerometer: 4, gyroscope: 2000 });
		this.#configured = true;
	}
}
