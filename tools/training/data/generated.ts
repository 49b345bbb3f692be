/**
 * Labelled windows of generated motion, cut by the wearable's own trigger from what its sensor reads.
 * Sets are split by device: a simulated person who wears one simulated sensor is in one set only.
 */

import { type CutOptions, Cutter } from "../cut";
import type { Examples, InputFormat, Split } from "../examples";
import { channels, createPerson, createSensor, type Kind, quantise, stroke } from "../motion";
import { between, createRandom, type Random } from "../random";

export interface GeneratedOptions extends CutOptions {
	/** The classes in the order of the model's outputs: all kinds of motion, or left and right alone. */
	readonly classes: readonly Kind[];
	/** Rows a second that the sensors are asked for. */
	readonly rate: number;
	/** How many devices each set has. */
	readonly devices: { readonly training: number; readonly validation: number; readonly test: number };
	/** Motions of each class that a device makes. */
	readonly motions: number;
}

/** The same seed gives the same rows; groups are `device-1`, `device-2` and so on. */
export function generate(options: GeneratedOptions & { seed: number }): Split {
	const random = createRandom(options.seed);
	let device = 0;
	const set = (devices: number) => {
		const collector = new Collector(options);
		for (let i = 0; i < devices; i++) {
			collector.group = `device-${++device}`;
			// Each device draws from a generator of its own, so that no two share a sequence.
			wear(options, createRandom(random() * 0x100000000), collector);
		}
		return collector.examples();
	};
	const { devices } = options;
	return { training: set(devices.training), validation: set(devices.validation), test: set(devices.test) };
}

class Collector {
	/** Of the windows that follow. */
	group = "";
	readonly #classes: readonly Kind[];
	readonly #input: InputFormat;
	readonly #windows: Int16Array[] = [];
	readonly #labels: number[] = [];
	readonly #groups: string[] = [];

	constructor({ classes, window, rate }: GeneratedOptions) {
		this.#classes = classes;
		this.#input = { datatype: "INT16", shape: [window, channels], scale: 1 / 32768, zeroPoint: 0, rate };
	}

	/** A window of a kind that is no class is dropped. */
	add(window: Int16Array, kind: Kind): void {
		const label = this.#classes.indexOf(kind);
		if (label < 0) return;
		this.#windows.push(window);
		this.#labels.push(label);
		this.#groups.push(this.group);
	}

	examples(): Examples {
		const length = this.#windows[0]?.length ?? 0;
		const rows = new Int16Array(this.#windows.length * length);
		this.#windows.forEach((window, i) => {
			rows.set(window, i * length);
		});
		const labels = Uint8Array.from(this.#labels);
		return { input: this.#input, classes: this.#classes, rows, labels, groups: this.#groups };
	}
}

/**
 * How far a sensor's rate may lie from the one asked for: room for the oscillator and for the neighbours 111 and 125 Hz,
 * which are what an MPU-6050 has where its low-pass filter is wanted.
 */
const rateTolerance = 0.07;

/** One device's session: motions of every class in turn, with pauses, as one stream through the trigger. */
function wear(options: GeneratedOptions, random: Random, collector: Collector): void {
	const { motions, classes } = options;
	const rate = options.rate * between(random, 1 - rateTolerance, 1 + rateTolerance);
	const person = createPerson({ random });
	const sensor = createSensor({ random });
	const cutter = new Cutter({ ...options, rate });
	for (let i = 0; i < motions * classes.length; i++) {
		const kind = classes[i % classes.length]!;
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
