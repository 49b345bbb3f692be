import type { Ring } from "wearable/ring";
import { Trigger, type TriggerOptions } from "wearable/trigger";
import { channels, Recorder } from "wearable/window";

/** The part of the MPU-6050's driver that is used here. */
export interface MotionSensor {
	configure(configuration: { rate: number; accelerometer: 4; gyroscope: 2000 }): number;
	read(into: Int16Array): number;
	readonly overflows: number;
	close(): void;
}

export interface IMUOptions extends Pick<TriggerOptions, "threshold" | "release"> {
	/** Opens the sensor; throws what its driver throws. */
	openSensor(): MotionSensor;
	/** Called before the sensor is opened once more: whatever may get the bus going again. */
	recover(): void;
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
/** Samples that are read at once; a poll takes several such portions when there are more. */
const portion = 16;
/** Polls between two attempts with a sensor that fails: about a second. */
const retry = 16;
/** Polls without a sample after which the sensor must have been reset: at 10 samples a second there is one in two. */
const silence = 16;

/** From the sensor's FIFO over the trigger to windows in the ring. */
export class IMU {
	readonly #options: IMUOptions;
	readonly #samples = new Int16Array(portion * channels);
	readonly #recorder: Recorder;
	/** Undefined while it does not answer. */
	#sensor: MotionSensor | undefined;
	/** Of the rate that the sensor really has. */
	#trigger: Trigger | undefined;
	#rate = 0;
	#overflows = 0;
	/** What was told of last. */
	#fault = "";
	/** Polls until the next attempt, and those without a sample. */
	#wait = 0;
	#silent = 0;

	/** The sensor is opened by the first `poll`. */
	constructor(options: IMUOptions) {
		this.#options = options;
		this.#recorder = new Recorder({ history: options.history });
	}

	/** Samples a second that the sensor really takes; 0 before it has answered. */
	get rate(): number {
		return this.#rate;
	}

	/** Whether the sensor answers. */
	get works(): boolean {
		return undefined !== this.#sensor;
	}

	/** Takes what the sensor has; to be called at least every 0.7 s. A sensor that fails is set up anew, again and again. */
	poll(): void {
		if (!this.#sensor && this.#wait-- > 0) return;
		try {
			this.#sensor ??= this.#open();
			this.#take(this.#sensor);
		} catch (error) {
			// A loose wire, a sensor that is another: no window spans the gap.
			this.#fail(`sensor: ${(error as Error).message}; trying again`);
		}
	}

	#take(sensor: MotionSensor): void {
		const samples = this.#samples;
		let count = sensor.read(samples);
		if (sensor.overflows !== this.#overflows) {
			this.#overflows = sensor.overflows;
			this.#options.log("sensor: samples were lost");
			this.#recorder.discard();
		} else if (0 === count) {
			// One that was switched off and on answers, and sleeps.
			if (++this.#silent >= silence) this.#fail("sensor: gives no samples; set up anew");
			return;
		}
		this.#silent = 0;
		this.#fault = "";
		const { ring } = this.#options;
		for (;;) {
			for (let at = 0; at < count * channels; at += channels) {
				const triggered = this.#trigger!.sample(samples[at]!, samples[at + 1]!, samples[at + 2]!);
				if (this.#recorder.add(samples, at, triggered, ring.filling)) ring.commit(this.#options.allocate());
			}
			if (count < portion) return;
			count = sensor.read(samples);
		}
	}

	#open(): MotionSensor {
		const { rate, threshold, release } = this.#options;
		const sensor = this.#options.openSensor();
		try {
			this.#rate = sensor.configure({ rate, accelerometer: 4, gyroscope: 2000 });
		} catch (error) {
			close(sensor);
			throw error;
		}
		this.#trigger ??= new Trigger({ threshold, release, rate: this.#rate, sensitivity });
		this.#overflows = sensor.overflows;
		this.#silent = 0;
		return sensor;
	}

	#fail(line: string): void {
		if (this.#sensor) close(this.#sensor);
		// The first attempt after a failure comes with the next poll.
		this.#wait = this.#sensor ? 0 : retry;
		this.#sensor = undefined;
		this.#recorder.discard();
		if (line !== this.#fault) this.#options.log(line);
		this.#fault = line;
		this.#options.recover();
	}
}

/** A sensor that does not answer cannot be put to sleep either. */
function close(sensor: MotionSensor): void {
	try {
		sensor.close();
	} catch {
		// Its bus is free all the same.
	}
}
