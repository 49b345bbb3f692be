import {
	type Identity,
	type Imported,
	type ImportFile,
	limits,
	type Problem,
	placeText,
	type Recording,
} from "../data/recording";
import { type Channel, channelNames } from "../sensor";
import { readRows } from "./rows";
import { findUnit, type Quantity, unitNames } from "./units";

/** How a text holds its numbers; nothing of it is guessed. */
export interface TextFormat {
	/** What each column is; "-" is one that is passed over. aX, aY and aZ are needed, and all of gX, gY, gZ or none. */
	readonly columns: readonly (Channel | "-")[];
	/** In the spellings of `findUnit`. */
	readonly units: { readonly acceleration: string; readonly rotation?: string };
	/** Samples a second. */
	readonly rate: number;
	/** Samples that each recording must have; others are left out. */
	readonly rows?: number;
	/** A line that begins a recording; "" is a blank line. Without one a file is one recording. */
	readonly divider?: string;
}

/** What is said of a format makes no sense. */
export class FormatError extends Error {}

/** Where each channel of a recording stands among the columns. Throws `FormatError`. */
export function channelColumns(columns: readonly string[]): number[] {
	for (const [i, name] of columns.entries()) {
		if ("-" === name) continue;
		if (!channelNames.includes(name as Channel))
			throw new FormatError(`column "${name}": use ${channelNames.join(", ")} or "-"`);
		if (columns.indexOf(name) < i) throw new FormatError(`column "${name}" occurs twice`);
	}
	const rotation = columns.some((name) => name.startsWith("g"));
	const places = channelNames.slice(0, rotation ? 6 : 3).map((name) => {
		const place = columns.indexOf(name);
		if (place < 0) throw new FormatError(`column "${name}" is missing`);
		return place;
	});
	return places;
}

/** g or °/s in one of the unit. Throws `FormatError`. */
export function unitFactor(quantity: Quantity, spelling: string | undefined): number {
	if (undefined === spelling) throw new FormatError(`the unit of ${quantity} is not stated: ${unitNames(quantity)}`);
	const unit = findUnit(spelling);
	if (quantity !== unit?.quantity)
		throw new FormatError(`"${spelling}" is no unit of ${quantity}: use one of ${unitNames(quantity)}`);
	return unit.factor;
}

/** Reads rows of numbers, one sample each. Throws `FormatError` when the format is not stated or makes no sense. */
export function importText(file: ImportFile, options: Identity & TextFormat): Imported<Recording> {
	const { columns, units, rate, rows, divider, label, group } = options;
	const places = channelColumns(columns);
	const factors = places.map((_, channel) =>
		channel < 3 ? unitFactor("acceleration", units.acceleration) : unitFactor("rotation", units.rotation),
	);
	if (!(rate > 0)) throw new FormatError("the rate is not stated: give samples a second");
	if (file.bytes.length > limits.file) return { items: [], problems: [tooLarge(file)] };
	const read = readRows(file.bytes, { columns, ...(undefined !== divider && { divider }) });
	const problems: Problem[] = read.problems.map((problem) => ({ file: file.name, skipped: "row", ...problem }));
	const items: Recording[] = [];
	for (const { line, values, malformed } of read.blocks) {
		const count = values.length / columns.length;
		if (undefined !== rows && rows !== count) {
			const found = malformed > 0 ? `${count} rows and ${malformed} malformed` : `${count} rows`;
			const reason = `${found} where ${rows} are expected`;
			problems.push({ file: file.name, line, skipped: "recording", reason });
			continue;
		}
		const samples = new Float32Array(count * places.length);
		for (let i = 0, at = 0; i < count; i++)
			for (let k = 0; k < places.length; k++) samples[at++] = values[i * columns.length + places[k]!]! * factors[k]!;
		const source = { file: file.name, line };
		const channels = places.length as 3 | 6;
		items.push({ label, group: group ?? placeText(source), source, rate, channels, samples });
	}
	if (0 === read.blocks.length) problems.push(empty(file));
	return { items, problems };
}

export function tooLarge({ name, bytes }: ImportFile): Problem {
	const reason = `${bytes.length} bytes where at most ${limits.file} are read`;
	return { file: name, line: 1, skipped: "file", reason };
}

export function empty({ name, bytes }: ImportFile): Problem {
	const reason = 0 === bytes.length ? "the file is empty" : "nothing in the file could be used";
	return { file: name, line: 1, skipped: "file", reason };
}
