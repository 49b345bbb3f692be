/**
 * Labelled windows of generated motion, cut by the wearable's own trigger from what its sensor reads.
 * Sets are split by device: a simulated person who wears one simulated sensor is in one set only.
 */

import { type CutOptions, Cutter } from "./cut";
import { channels, createPerson, createSensor, type Kind, quantise, stroke } from "./motion";
import { between, createRandom, type Random } from "./random";

/** The classes in the order of the model's outputs. */
export const labels: readonly Kind[] = Object.freeze(["left", "right", "other"]);

/** Windows of raw counts one after another, each `window · channels` long, with the number of its label. */
export interface DataSet {
	readonly windows: Int16Array;
	readonly labels: Uint8Array;
}

export interface DataOptions extends CutOptions {
	/** Rows a second that the sensors are asked for. */
	readonly rate: number;
	/** How many devices each set has. */
	readonly devices: { readonly training: number; readonly validation: number; readonly test: number };
	/** Motions of each class that a device makes. */
	readonly motions: number;
}

export interface DataSplit {
	readonly training: DataSet;
	readonly validation: DataSet;
	readonly test: DataSet;
}

/** The same seed gives the same windows. */
export function generate(options: DataOptions & { seed: number }): DataSplit {
	const random = createRandom(options.seed);
	const set = (devices: number) => {
		const collector = new Collector();
		// Each device draws from a generator of its own, so that no two share a sequence.
		for (let i = 0; i < devices; i++) wear(options, createRandom(random() * 0x100000000), collector);
		return collector.dataSet();
	};
	const { devices } = options;
	return { training: set(devices.training), validation: set(devices.validation), test: set(devices.test) };
}

class Collector {
	readonly #windows: Int16Array[] = [];
	readonly #labels: number[] = [];

	add(window: Int16Array, kind: Kind): void {
		this.#windows.push(window);
		this.#labels.push(labels.indexOf(kind));
	}

	dataSet(): DataSet {
		const length = this.#windows[0]?.length ?? 0;
		const windows = new Int16Array(this.#windows.length * length);
		this.#windows.forEach((window, i) => {
			windows.set(window, i * length);
		});
		return { windows, labels: Uint8Array.from(this.#labels) };
	}
}

/**
 * How far a sensor's rate may lie from the one asked for: room for the oscillator and for the neighbours 111 and 125 Hz,
 * which are what an MPU-6050 has where its low-pass filter is wanted.
 */
const rateTolerance = 0.07;

/** One device's session: motions of every class in turn, with pauses, as one stream through the trigger. */
function wear(options: DataOptions, random: Random, collector: Collector): void {
	const { motions } = options;
	const rate = options.rate * between(random, 1 - rateTolerance, 1 + rateTolerance);
	const person = createPerson({ random });
	const sensor = createSensor({ random });
	const cutter = new Cutter({ ...options, rate });
	for (let i = 0; i < motions * labels.length; i++) {
		const kind = labels[i % labels.length]!;
		const rows = stroke({ kind, random, rate, person });
		let expected = kind;
		const feed = (row: Float32Array) => {
			const window = cutter.push(quantise(sensor.apply(row)));
			if (!window) return;
			collector.add(window, expected);
			// What triggers after the stroke's own window, such as the end of the way back, is no stroke.
			expected = "other";
		};
		for (let at = 0; at < rows.length; at += channels) feed(rows.subarray(at, at + channels));
		// The pause lets the last window fill, so that each window belongs to one motion.
		const still = rows.subarray(rows.length - channels);
		for (let left = Math.ceil(between(random, 1.1, 1.6) * rate); left > 0; left--) feed(still);
	}
}
