/** More windows of motion for training, from those that there are. Only ever of the training set. */

import type { Examples } from "../examples";
import { rowOf } from "../examples";
import { between, normal, type Random } from "../random";
import { countsPerDegree, countsPerG, rotation } from "../sensor";
import { Fields, SourceError } from "./fields";

/** What may differ from copy to copy; each is drawn anew for each copy, and left as it is where not given. */
export interface AugmentOptions {
	/** Changed copies of each row, beside the row itself. */
	readonly copies: number;
	/** Samples by which a copy may begin sooner or later; what is then missing holds the first or last sample. */
	readonly shift?: number;
	/** Up to what share a movement may be weaker or stronger: rotation, and acceleration about its mean, which is gravity's. */
	readonly scale?: number;
	/** Degrees, about each axis, that the strap may have turned. */
	readonly rotation?: number;
	/** Standard deviation of white noise. */
	readonly noise?: SensorError;
	/** Greatest offset, the same throughout a copy. */
	readonly bias?: SensorError;
}

export interface SensorError {
	/** g. */
	readonly acceleration: number;
	/** °/s. */
	readonly rotation: number;
}

/** Checks a recipe's JSON. Throws `SourceError`. */
export function readAugment(json: unknown, name = "augment"): AugmentOptions {
	const fields = new Fields(name, json);
	const copies = fields.integer("copies", 1, 100);
	const shift = fields.optional("shift", (key) => fields.integer(key, 0, 1000));
	const scale = fields.optional("scale", (key) => fields.number(key, 0, 0.9));
	const rotation = fields.optional("rotation", (key) => fields.number(key, 0, 45));
	const noise = fields.optional("noise", (key) => readError(fields.object(key)));
	const bias = fields.optional("bias", (key) => readError(fields.object(key)));
	fields.end();
	if (![shift, scale, rotation, noise, bias].some((value) => undefined !== value))
		throw new SourceError(name, "says of nothing how it changes");
	return {
		copies,
		...(undefined !== shift && { shift }),
		...(undefined !== scale && { scale }),
		...(undefined !== rotation && { rotation }),
		...(noise && { noise }),
		...(bias && { bias }),
	};
}

function readError(fields: Fields): SensorError {
	const error = { acceleration: fields.number("acceleration", 0, 4), rotation: fields.number("rotation", 0, 2000) };
	fields.end();
	return error;
}

/** The rows are no counts of motion. */
export class AugmentError extends Error {}

/**
 * The training set's rows, each followed by its copies. A copy is moved in time, scaled, turned, given an offset and
 * noise, in this order, and rounded to counts again.
 */
export function augment(training: Examples, options: AugmentOptions & { random: Random }): Examples {
	const [window, channels] = training.input.shape;
	if ("INT16" !== training.input.datatype || 2 !== training.input.shape.length || (3 !== channels && 6 !== channels))
		throw new AugmentError("rows of int16 counts [window, 3 or 6] are expected");
	const copies = options.copies + 1;
	const count = training.labels.length;
	const length = window! * channels;
	const rows = new Int16Array(count * copies * length);
	for (let i = 0; i < count; i++) {
		const row = rowOf(training, i) as Int16Array;
		rows.set(row, i * copies * length);
		for (let k = 1; k < copies; k++) rows.set(change(row, channels, options), (i * copies + k) * length);
	}
	const source = (i: number) => Math.floor(i / copies);
	return {
		...training,
		rows,
		labels: new Uint8Array(count * copies).map((_, i) => training.labels[source(i)]!),
		groups: Array.from({ length: count * copies }, (_, i) => training.groups[source(i)]!),
		...(training.origins && {
			origins: Array.from({ length: count * copies }, (_, i) => training.origins![source(i)]!),
		}),
	};
}

function change(row: Int16Array, channels: 3 | 6, options: AugmentOptions & { random: Random }): Int16Array {
	const { random, shift = 0, scale = 0, noise, bias } = options;
	const samples = row.length / channels;
	const delay = Math.floor(between(random, -shift, shift + 1));
	const factor = 1 + between(random, -scale, scale);
	const turn = ((options.rotation ?? 0) * Math.PI) / 180;
	const matrix = rotation(between(random, -turn, turn), between(random, -turn, turn), between(random, -turn, turn));
	const mean = meanOf(row, channels);
	const unit = (k: number) => (k < 3 ? countsPerG : countsPerDegree);
	const error = (of: SensorError | undefined, k: number) => (k < 3 ? of?.acceleration : of?.rotation) ?? 0;
	const offset = mean.map((_, k) => between(random, -1, 1) * error(bias, k) * unit(k));
	const changed = new Int16Array(row.length);
	const scaled = new Float64Array(channels);
	for (let i = 0; i < samples; i++) {
		const from = Math.min(Math.max(i - delay, 0), samples - 1) * channels;
		for (let k = 0; k < channels; k++) {
			const rest = k < 3 ? mean[k]! : 0;
			scaled[k] = rest + factor * (row[from + k]! - rest);
		}
		for (let k = 0; k < channels; k++) {
			const axis = k % 3;
			const first = k - axis;
			let value = offset[k]!;
			for (let j = 0; j < 3; j++) value += matrix[axis * 3 + j]! * scaled[first + j]!;
			if (noise) value += normal(random) * error(noise, k) * unit(k);
			changed[i * channels + k] = Math.min(32767, Math.max(-32768, Math.round(value)));
		}
	}
	return changed;
}

function meanOf(row: Int16Array, channels: number): Float64Array {
	const mean = new Float64Array(channels);
	for (let i = 0; i < row.length; i++) mean[i % channels]! += (row[i]! * channels) / row.length;
	return mean;
}
