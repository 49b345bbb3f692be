/** What importers make of files: labelled recordings, and what they left out and why. */

/** A file as whoever reads files hands it over; `name` is what messages call it. */
export interface ImportFile {
	readonly name: string;
	readonly bytes: Uint8Array;
}

/** Where something begins, for messages: lines count from 1. */
export interface Place {
	readonly file: string;
	readonly line: number;
}

/** One movement or session, as recorded. */
export interface Recording {
	readonly label: string;
	/** Who or what was recorded: a person, a device, a session; the file or the recording itself when nothing is known. */
	readonly group: string;
	readonly source: Place;
	/** Samples a second. */
	readonly rate: number;
	/** 3: aX, aY, aZ; 6: gX, gY, gZ as well. */
	readonly channels: 3 | 6;
	/** Sample after sample; acceleration in g, rotation in °/s. */
	readonly samples: Float32Array;
}

/** A picture in shades of grey. */
export interface Picture {
	readonly label: string;
	readonly group: string;
	readonly source: Place;
	readonly width: number;
	readonly height: number;
	/** Row after row, from 0 to 1. */
	readonly pixels: Float32Array;
}

/** Something that could not be used, and how much was left out for it. */
export interface Problem extends Place {
	readonly skipped: "row" | "recording" | "picture" | "file";
	readonly reason: string;
}

export interface Imported<Item> {
	readonly items: readonly Item[];
	readonly problems: readonly Problem[];
}

/** What an importer learns from the name of a file. */
export interface Identity {
	readonly label: string;
	/** Without one, each recording is its own group. */
	readonly group?: string;
}

/** `file:line`. */
export function placeText({ file, line }: Place): string {
	return `${file}:${line}`;
}

/** What one import may take; beyond it the file is reported, never read. */
export const limits = Object.freeze({
	/** Bytes of a file. */
	file: 64 * 1024 * 1024,
	/** Rows of a file, blank and malformed ones included. */
	rows: 1_000_000,
	/** Bytes of a line of text. */
	line: 64 * 1024,
	/** Problems of one file. */
	problems: 1000,
});
