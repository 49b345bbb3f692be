/** More pictures for training, from those that there are. Only ever of the training set. */

import type { Examples, Original } from "../examples";
import { between, type Random } from "../random";
import { Fields, SourceError } from "./fields";
import { type Reduction, reduceToRow } from "./reduce";

/** What may differ from copy to copy; each is drawn anew for each copy, and left as it is where not given. */
export interface PictureAugmentOptions {
	/** Changed copies of each picture, beside the picture itself. */
	readonly copies: number;
	/** Pixels, before the reduction, by which a copy may lie aside in either direction. */
	readonly shift?: number;
	/** Degrees by which it may be turned. */
	readonly rotation?: number;
	/** Up to what share it may be smaller or greater, in width and height apart. */
	readonly scale?: number;
	/** Up to what share of its height its top may lean aside. */
	readonly slant?: number;
}

/** Checks a recipe's JSON. Throws `SourceError`. */
export function readPictureAugment(json: unknown, name = "augment"): PictureAugmentOptions {
	const fields = new Fields(name, json);
	const copies = fields.integer("copies", 1, 100);
	const shift = fields.optional("shift", (key) => fields.number(key, 0, 1000));
	const rotation = fields.optional("rotation", (key) => fields.number(key, 0, 180));
	const scale = fields.optional("scale", (key) => fields.number(key, 0, 0.9));
	const slant = fields.optional("slant", (key) => fields.number(key, 0, 1));
	fields.end();
	if (![shift, rotation, scale, slant].some((value) => undefined !== value))
		throw new SourceError(name, "says of nothing how it changes");
	return {
		copies,
		...(undefined !== shift && { shift }),
		...(undefined !== rotation && { rotation }),
		...(undefined !== scale && { scale }),
		...(undefined !== slant && { slant }),
	};
}

/**
 * The training set's rows, each followed by its copies. Pictures are changed at their full size and reduced afterwards:
 * of the reduced ones too little is left to turn.
 */
export function augmentPictures(
	training: Examples,
	options: PictureAugmentOptions & { reduction: Reduction; random: Random },
): Examples {
	const { originals } = training;
	if (!originals) throw new RangeError("the rows come without the pictures that they were reduced from");
	const copies = options.copies + 1;
	const length = options.reduction.size ** 2;
	const rows = new Int8Array(training.labels.length * copies * length);
	originals.forEach((original, i) => {
		rows.set(training.rows.subarray(i * length, (i + 1) * length), i * copies * length);
		for (let k = 1; k < copies; k++)
			rows.set(reduceToRow(change(original, options), options.reduction), (i * copies + k) * length);
	});
	const repeat = <Item>(items: ArrayLike<Item>) =>
		Array.from({ length: items.length * copies }, (_, i) => items[Math.floor(i / copies)]!);
	const { input, classes, labels, groups } = training;
	return { input, classes, rows, labels: Uint8Array.from(repeat(labels)), groups: repeat(groups) };
}

/** Each new pixel is what lies between four old ones; what comes in from outside is dark. */
function change({ width, height, pixels }: Original, options: PictureAugmentOptions & { random: Random }): Original {
	const { random, shift = 0, scale = 0, slant = 0 } = options;
	const limit = ((options.rotation ?? 0) * Math.PI) / 180;
	const turn = between(random, -limit, limit);
	const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
	const [wider, taller] = [between(random, 1 - scale, 1 + scale), between(random, 1 - scale, 1 + scale)];
	const lean = between(random, -slant, slant);
	const [right, down] = [between(random, -shift, shift), between(random, -shift, shift)];
	const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
	const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : pixels[y * width + x]!);
	const changed = new Float32Array(pixels.length);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const [across, along] = [x - middleX - right, y - middleY - down];
			const [turnedX, turnedY] = [cosine * across + sine * along, cosine * along - sine * across];
			const sourceX = middleX + (turnedX + lean * turnedY) / wider;
			const sourceY = middleY + turnedY / taller;
			const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
			const [partX, partY] = [sourceX - left, sourceY - top];
			const upper = (1 - partX) * at(left, top) + partX * at(left + 1, top);
			const lower = (1 - partX) * at(left, top + 1) + partX * at(left + 1, top + 1);
			changed[y * width + x] = (1 - partY) * upper + partY * lower;
		}
	}
	return { width, height, pixels: changed };
}
