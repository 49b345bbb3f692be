import { Trigger } from "wearable/trigger";
import { Recorder, windowLength } from "wearable/window";
import { countsPerG } from "./sensor";

/** The wearable's own settings, by the names that its key-value store has for them. */
export interface CutOptions {
	/** Samples in a window. */
	readonly window: number;
	/** mg, see the wearable's trigger. */
	readonly threshold: number;
	readonly release: number;
	/** Samples of a window from before its trigger. */
	readonly history: number;
}

/** Cuts windows out of a stream of samples with the wearable's own trigger and recorder. */
export class Cutter {
	readonly #trigger: Trigger;
	readonly #recorder: Recorder;
	readonly #window: Uint8Array;

	/** `rate`: samples a second. */
	constructor(options: CutOptions & { rate: number }) {
		const { window, threshold, release, history, rate } = options;
		this.#trigger = new Trigger({ threshold, release, rate, sensitivity: countsPerG });
		this.#recorder = new Recorder({ history });
		this.#window = new Uint8Array(windowLength(window));
	}

	/** Takes one sample of six counts; gives the window that it completes. */
	push(sample: Int16Array): Int16Array | undefined {
		const triggered = this.#trigger.sample(sample[0]!, sample[1]!, sample[2]!);
		if (!this.#recorder.add(sample, 0, triggered, this.#window)) return undefined;
		const view = new DataView(this.#window.buffer);
		return Int16Array.from({ length: this.#window.length / 2 }, (_, i) => view.getInt16(2 * i, true));
	}
}
