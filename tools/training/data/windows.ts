/** From recordings to rows of model input: resampled, cut to windows and quantised as the wearable's sensor would. */

import { Cutter } from "../cut";
import type { Examples, InputFormat, Origin } from "../examples";
import { quantise } from "../sensor";
import type { Problem, Recording } from "./recording";

/** How windows are taken from a recording. */
export type Cut =
	/** The recording is one window; another length is left out. */
	| { readonly kind: "recorded" }
	/** The wearable's own trigger, as if the recording were its stream; thresholds in mg, history in samples. */
	| { readonly kind: "trigger"; readonly threshold: number; readonly release: number; readonly history: number }
	/** A window every `step` samples; they overlap when that is less than the window. */
	| { readonly kind: "slide"; readonly step: number }
	/**
	 * One window about the greatest movement: where the acceleration's deviation from its mean has the most energy. A
	 * shorter recording is left out, or with `hold` lengthened by holding its first and last sample.
	 */
	| { readonly kind: "peak"; readonly hold?: boolean };

export interface WindowOptions {
	/** Samples in a window. */
	readonly window: number;
	/**
	 * Samples a second of the windows. A recording of another rate is resampled by linear interpolation, without a filter
	 * before it: content above half the new rate folds back. Without one all recordings must have the same rate.
	 */
	readonly rate?: number;
	/** 3 leaves out the gyroscope; without it as recorded, and the same for all. */
	readonly channels?: 3 | 6;
	readonly cut: Cut;
}

/** What became of the recordings of a class. */
export interface CutCount {
	/** Windows cut. */
	windows: number;
	/** Values at or beyond ±4 g or ±2000 °/s, which the counts cannot tell apart. */
	saturated: number;
}

export interface Windows {
	readonly examples: Examples;
	/** Samples a second of the windows. */
	readonly rate: number;
	/** Recordings that gave no window. */
	readonly problems: readonly Problem[];
	/** By label. */
	readonly counts: ReadonlyMap<string, CutCount>;
}

/** The recordings cannot be brought into one form; says what to do. */
export class WindowError extends Error {}

/** A label is a byte. */
export const maximumClasses = 256;
/** Values of all windows, and samples of one recording after resampling. */
const maximumValues = 2 ** 27;
const maximumSamples = 10_000_000;

/**
 * Rows are int16 counts at ±4 g and ±2000 °/s of shape [window, channels]. `classes`: names in the order of the
 * outputs; each recording's label must be one of them.
 */
export function cutWindows(
	recordings: readonly Recording[],
	options: WindowOptions & { classes: readonly string[] },
): Windows {
	const { window, cut, classes } = options;
	const rate = options.rate ?? commonRate(recordings);
	const channels = options.channels ?? commonChannels(recordings);
	if (classes.length > maximumClasses) throw new WindowError(`${classes.length} classes; at most ${maximumClasses}`);
	const rows: Int16Array[] = [];
	const labels: number[] = [];
	const groups: string[] = [];
	const origins: Origin[] = [];
	const problems: Problem[] = [];
	const counts = new Map(classes.map((name): [string, CutCount] => [name, { windows: 0, saturated: 0 }]));
	for (const recording of recordings) {
		const { label, group, source } = recording;
		const count = counts.get(label);
		if (!count) throw new WindowError(`"${label}" of ${source.file}:${source.line} is none of the classes`);
		if (recording.channels < channels)
			throw new WindowError(`${source.file}:${source.line} has no gyroscope; take 3 channels of all recordings`);
		const seconds = recording.samples.length / recording.channels / recording.rate;
		if (seconds * rate > maximumSamples)
			throw new WindowError(
				`${source.file}:${source.line} would have more than ${maximumSamples} samples at ${rate} Hz`,
			);
		const stream = quantiseAll(resample(recording, rate), recording.channels);
		const before = rows.length;
		for (const { start, values } of cutStream(stream.counts, { window, rate, cut })) {
			if ((rows.length + 1) * window * channels > maximumValues)
				throw new WindowError(`more than ${rows.length} windows: take fewer, or shorter ones`);
			rows.push(channels === sensorChannels ? values : firstChannels(values, channels));
			labels.push(classes.indexOf(label));
			groups.push(group);
			origins.push({ ...source, start: start / rate, end: (start + window) / rate });
			count.windows++;
		}
		count.saturated += stream.saturated;
		if (rows.length > before) continue;
		const samples = stream.counts.length / sensorChannels;
		problems.push({ ...source, skipped: "recording", reason: noWindow(cut, samples, window) });
	}
	const input: InputFormat = { datatype: "INT16", shape: [window, channels], scale: 1 / 32768, zeroPoint: 0, rate };
	const length = window * channels;
	const all = new Int16Array(rows.length * length);
	rows.forEach((row, i) => {
		all.set(row, i * length);
	});
	const examples = { input, classes, rows: all, labels: Uint8Array.from(labels), groups, origins };
	return { examples, rate, problems, counts };
}

/** Values in a sample of the wearable's sensor. */
const sensorChannels = 6;

function commonRate(recordings: readonly Recording[]): number {
	const first = recordings[0]?.rate ?? 0;
	const other = recordings.find(({ rate }) => rate !== first);
	if (other)
		throw new WindowError(
			`${other.source.file}:${other.source.line} has ${other.rate} Hz, others have ${first} Hz: state the windows' rate`,
		);
	return first;
}

function commonChannels(recordings: readonly Recording[]): 3 | 6 {
	const first = recordings[0]?.channels ?? sensorChannels;
	const other = recordings.find(({ channels }) => channels !== first);
	if (other)
		throw new WindowError(
			`${other.source.file}:${other.source.line} has ${other.channels} channels, others have ${first}: state the windows' channels`,
		);
	return first;
}

/** Linear interpolation at multiples of the new period, from the first sample to the last. */
export function resample({ samples, channels, rate }: Recording, to: number): Float32Array {
	if (rate === to) return samples;
	const last = samples.length / channels - 1;
	const step = rate / to;
	// A last sample that rounding puts just outside is still the last one.
	const count = Math.floor(last / step + 1e-9) + 1;
	const result = new Float32Array(count * channels);
	for (let i = 0; i < count; i++) {
		const time = Math.min(i * step, last);
		const before = Math.min(Math.floor(time), Math.max(0, last - 1));
		const share = time - before;
		const at = before * channels;
		const next = Math.min(before + 1, last) * channels;
		for (let k = 0; k < channels; k++)
			result[i * channels + k] = samples[at + k]! * (1 - share) + samples[next + k]! * share;
	}
	return result;
}

/** Counts of all six channels; a gyroscope that was not there reads 0. */
function quantiseAll(samples: Float32Array, channels: 3 | 6): { counts: Int16Array; saturated: number } {
	const length = samples.length / channels;
	const counts = new Int16Array(length * sensorChannels);
	const row = new Float32Array(sensorChannels);
	let saturated = 0;
	for (let i = 0; i < length; i++) {
		row.set(samples.subarray(i * channels, (i + 1) * channels));
		const sample = quantise(row);
		counts.set(sample, i * sensorChannels);
		for (let k = 0; k < channels; k++) if (32767 === sample[k] || -32768 === sample[k]) saturated++;
	}
	return { counts, saturated };
}

interface Found {
	/** First sample in the stream; negative where the first sample was held. */
	readonly start: number;
	readonly values: Int16Array;
}

function* cutStream(
	stream: Int16Array,
	options: { window: number; rate: number; cut: Cut },
): Generator<Found, void, undefined> {
	const { window, rate, cut } = options;
	const length = stream.length / sensorChannels;
	const at = (start: number): Found => ({
		start,
		values: stream.slice(start * sensorChannels, (start + window) * sensorChannels),
	});
	switch (cut.kind) {
		case "recorded":
			if (length === window) yield at(0);
			return;
		case "slide":
			for (let start = 0; start + window <= length; start += cut.step) yield at(start);
			return;
		case "trigger": {
			const cutter = new Cutter({ ...cut, window, rate });
			for (let i = 0; i < length; i++) {
				const values = cutter.push(stream.subarray(i * sensorChannels, (i + 1) * sensorChannels));
				if (values) yield { start: i + 1 - window, values };
			}
			return;
		}
		case "peak":
			if (length >= window) yield at(peakStart(stream, window));
			else if (cut.hold && length > 0) yield held(stream, window);
	}
}

/** Where the window begins in which the acceleration deviates most from the stream's mean. */
function peakStart(stream: Int16Array, window: number): number {
	const length = stream.length / sensorChannels;
	const mean = [0, 0, 0];
	for (let i = 0; i < length; i++) for (let k = 0; k < 3; k++) mean[k]! += stream[i * sensorChannels + k]! / length;
	const energy = Float64Array.from({ length }, (_, i) =>
		mean.reduce((sum, value, k) => sum + (stream[i * sensorChannels + k]! - value) ** 2, 0),
	);
	let sum = 0;
	for (let i = 0; i < window; i++) sum += energy[i]!;
	let best = 0;
	let greatest = sum;
	for (let start = 1; start + window <= length; start++) {
		sum += energy[start + window - 1]! - energy[start - 1]!;
		if (sum > greatest) {
			greatest = sum;
			best = start;
		}
	}
	return best;
}

/** The stream in the middle of a window, its ends held. */
function held(stream: Int16Array, window: number): Found {
	const length = stream.length / sensorChannels;
	const before = Math.floor((window - length) / 2);
	const values = new Int16Array(window * sensorChannels);
	for (let i = 0; i < window; i++) {
		const sample = Math.min(Math.max(i - before, 0), length - 1) * sensorChannels;
		values.set(stream.subarray(sample, sample + sensorChannels), i * sensorChannels);
	}
	return { start: -before, values };
}

function firstChannels(values: Int16Array, channels: number): Int16Array {
	const length = values.length / sensorChannels;
	return Int16Array.from(
		{ length: length * channels },
		(_, i) => values[Math.floor(i / channels) * sensorChannels + (i % channels)]!,
	);
}

function noWindow(cut: Cut, samples: number, window: number): string {
	switch (cut.kind) {
		case "recorded":
			return `${samples} samples where a window of ${window} is expected`;
		case "trigger":
			return `the trigger found no movement with a whole window in ${samples} samples`;
		default:
			return `${samples} samples are less than a window of ${window}`;
	}
}
