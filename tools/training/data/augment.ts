/** More rows for training, made from those that there are. Only ever of the training set. */

import { type Examples, rowLength, rowOf } from "../examples";
import { between, normal, type Random } from "../random";
import { countsPerDegree, countsPerG, rotation } from "../sensor";
import { Fields, SourceError } from "./fields";
import type { Picture } from "./recording";
import { remap, storedPicture } from "./reduce";

/** What may differ from copy to copy; each is drawn anew for each copy, and left as it is where not given. */
export interface AugmentOptions {
	/** Changed copies of each row, beside the row itself. */
	readonly copies: number;
	/**
	 * Samples by which a window may begin sooner or later, in whole ones; what is then missing holds the first or last
	 * sample. Pixels by which a picture may move across and down.
	 */
	readonly shift?: number;
	/**
	 * Up to what share a movement may be weaker or stronger: rotation, and acceleration about its mean, which is gravity's.
	 * A picture: narrower or wider, and lower or higher.
	 */
	readonly scale?: number;
	/** Degrees: about each axis, that the strap may have turned; that a picture may be turned about its centre. */
	readonly rotation?: number;
	/** Standard deviation of white noise in windows. */
	readonly noise?: SensorError;
	/** Greatest offset of windows, the same throughout a copy. */
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
	const shift = fields.optional("shift", (key) => fields.number(key, 0, 1000));
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

/** The rows are neither windows of motion nor pictures, cannot be changed so, or would be too many. */
export class AugmentError extends Error {}

/** Values of all rows together. */
const maximumValues = 2 ** 28;

/**
 * The training set's rows, each followed by its copies. A window is moved in time, scaled, turned, given an offset and
 * noise, in this order, and rounded to counts again. A picture is moved, turned and scaled before it is reduced.
 */
export function augment(training: Examples, options: AugmentOptions & { random: Random }): Examples {
	const copyOf = copier(training, options);
	const copies = options.copies + 1;
	const count = training.labels.length * copies;
	const length = rowLength(training.input);
	if (count * length > maximumValues) throw new AugmentError(`${count} rows are too many: take fewer copies`);
	const rows = new (training.rows.constructor as new (length: number) => typeof training.rows)(count * length);
	for (let i = 0; i < count; i++) {
		const index = Math.floor(i / copies);
		rows.set(i % copies === 0 ? rowOf(training, index) : copyOf(index), i * length);
	}
	const { input, classes, labels, groups, origins } = training;
	const source = (i: number) => Math.floor(i / copies);
	return {
		input,
		classes,
		rows,
		labels: new Uint8Array(count).map((_, i) => labels[source(i)]!),
		groups: Array.from({ length: count }, (_, i) => groups[source(i)]!),
		...(origins && { origins: Array.from({ length: count }, (_, i) => origins[source(i)]!) }),
	};
}

/** What makes a changed copy of the row with this index. */
function copier(
	training: Examples,
	options: AugmentOptions & { random: Random },
): (index: number) => Int16Array | Int8Array {
	const { input, pictures } = training;
	if (pictures) {
		if (options.noise || options.bias) throw new AugmentError("pictures have neither a sensor's noise nor its bias");
		return (index) => storedPicture(changePicture(pictures.originals[index]!, options), pictures.reduction);
	}
	const channels = input.shape[1];
	if ("INT16" !== input.datatype || 2 !== input.shape.length || (3 !== channels && 6 !== channels))
		throw new AugmentError("neither windows of motion nor pictures");
	return (index) => change(rowOf(training, index) as Int16Array, channels, options);
}

function changePicture(picture: Picture, options: AugmentOptions & { random: Random }): Picture {
	const { random, shift = 0, scale = 0 } = options;
	const [right, down] = [between(random, -shift, shift), between(random, -shift, shift)];
	const [wider, higher] = [1 + between(random, -scale, scale), 1 + between(random, -scale, scale)];
	const degrees = options.rotation ?? 0;
	const turn = (between(random, -degrees, degrees) * Math.PI) / 180;
	const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
	const [centreX, centreY] = [(picture.width - 1) / 2, (picture.height - 1) / 2];
	const [xx, xy, yx, yy] = [cosine / wider, sine / higher, -sine / wider, cosine / higher];
	return remap(picture, {
		xx,
		xy,
		x0: centreX - xx * (centreX + right) - xy * (centreY + down),
		yx,
		yy,
		y0: centreY - yx * (centreX + right) - yy * (centreY + down),
	});
}

function change(row: Int16Array, channels: 3 | 6, options: AugmentOptions & { random: Random }): Int16Array {
	const { random, shift = 0, scale = 0, noise, bias } = options;
	const samples = row.length / channels;
	const whole = Math.floor(shift);
	const delay = Math.floor(between(random, -whole, whole + 1));
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
